"""tenants: list, add and migrate tenants, and show their states."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from whimbrel.commands._options import Answer, Settings, add_options, read_settings, read_url
from whimbrel.commands._output import write
from whimbrel.commands._progress import add_quiet, shown
from whimbrel.commands._servers import read_servers
from whimbrel.commands._table import table
from whimbrel.messages.printable import printable
from whimbrel.runner.report import Report
from whimbrel.session.course import Course
from whimbrel.session.session import LOCK_WAIT_SECONDS
from whimbrel.tenants import Progress, SyncReport, TenantState, TenantStatus, fleet_listed, onboard, sync_tenants, tenant_status
from whimbrel.tenants.course import FleetCourse
from whimbrel.tenants.fleet import Unreachable
from whimbrel.tenants.registry import Tenant

HELP = "list, add and migrate tenants, each with its own schema, and show their states"
EXAMPLE = "whimbrel tenants sync --url postgresql://app@localhost/app --sql sql/tenant --canary acme"

_EVERY = 100


class TenantList(NamedTuple):
    """The document of `tenants list`: the rows of the tables of tenants, by name, and the servers that could not be read."""

    tenants: Sequence[Tenant]
    unreachable: Sequence[Unreachable] = ()


class TenantAdded(NamedTuple):
    """The document of `tenants add`: the tenant, and the report of its first run."""

    tenant: str
    report: Report


class TenantStates(NamedTuple):
    """The document of `tenants status`: how many tenants are in each state, and every tenant."""

    counts: Mapping[str, int]
    tenants: Sequence[TenantStatus]


DOCUMENT = TenantList | TenantAdded | SyncReport | TenantStates


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of this verb, and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _action(actions, "list", "show every tenant, its newest versions, and the time of its last sync")
    _configure_add(_action(actions, "add", "register a tenant, create its schema, and bring it to the newest version"))
    _configure_sync(_action(actions, "sync", "migrate every tenant that is behind"))
    stated = _action(actions, "status", "show the state of every tenant, in one query to each server")
    stated.add_argument("--check", action="store_true", help="exit with 4 if a tenant is not up to date")


def _configure_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the tenant's name, and its schema's")
    parser.add_argument("--server", default="", metavar="NAME", help="the server to place it on, of [tool.whimbrel.servers]")
    parser.add_argument("--adopt", action="store_true", help="take over an existing schema of this name")
    _add_run_options(parser)


def _configure_sync(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--concurrency",
        type=int,
        default=4,
        metavar="N",
        help="number of tenants to migrate at once on each server (default %(default)s)",
    )
    parser.add_argument(
        "--canary",
        action="append",
        default=[],
        metavar="NAME",
        help="the tenant to migrate first; if it fails, no other is touched",
    )
    parser.add_argument(
        "--wave", default="", metavar="N,...", help="how many tenants are done after each wave, as in 1,10,100%%; a failure stops"
    )
    parser.add_argument(
        "--shard", default="", metavar="I/N", help="the number of this process among N that share the work; its share comes first"
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="migrate only this tenant; may be repeated")
    parser.add_argument(
        "--verify", action="store_true", help="check each tenant's own history, whatever the table of tenants says"
    )
    _add_run_options(parser)


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the actions that migrate tenants."""
    parser.add_argument("--accept-existing", action="store_true", help="let new sets run on existing tables of a schema")
    add_quiet(parser)
    parser.add_argument("--app-version", metavar="VERSION", help="the application's version, for migrations with min_app")
    parser.add_argument(
        "--lock-wait", type=float, metavar="SECONDS", default=LOCK_WAIT_SECONDS, help="how long to wait for other processes"
    )


def _action(actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, told: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=told, description=told)
    add_options(parser)
    # This option may stand before or after the action.
    for option in ("--json", "--verbose"):
        parser.add_argument(option, action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    if arguments.action == "list":
        return await _list(arguments)
    settings = read_settings(arguments, blueprints=True)
    if arguments.action == "add":
        return await _add(arguments, settings)
    if arguments.action == "sync":
        return await _sync(arguments, settings)
    tenants = await tenant_status(settings.url, *settings.folders, schema=settings.schema, servers=read_servers())
    return _status(tenants, check=arguments.check)


async def _list(arguments: argparse.Namespace) -> Answer:
    # The table of tenants needs no files, so the user need not name a folder.
    url, schema = read_url(arguments)
    reading = await fleet_listed(url, schema, servers=read_servers())
    tenants = sorted([*reading.tenants, *reading.unread], key=lambda one: one.name)
    rows = [[one.name, _versions(one.versions), f"{one.synced_on or one.created_on:%Y-%m-%d %H:%M:%S}"] for one in tenants]
    told = _table(("tenant", "versions", "synced_on"), rows, [one.server for one in tenants])
    lost = "".join(f"\nserver {one.server}: {printable(one.error)}" for one in reading.unreachable)
    exit_code = reading.unreachable[0].exit_code if reading.unreachable else 0
    return Answer(exit_code, f"{told}\n{len(tenants)} tenants{lost}", TenantList(tenants, reading.unreachable))


def _table(head: tuple[str, ...], rows: list[list[str]], servers: list[str]) -> str:
    """Return the rows as a table, with the server of each tenant if one is placed on a further server."""
    if any(servers):
        head, rows = (*head, "server"), [[*row, server] for row, server in zip(rows, servers, strict=True)]
    return table(head, rows)


async def _add(arguments: argparse.Namespace, settings: Settings) -> Answer:
    course = Course()
    async with shown(course, quiet=arguments.quiet):
        report = await onboard(
            settings.url,
            arguments.name,
            *settings.folders,
            schema=settings.schema,
            adopt=arguments.adopt,
            lock_wait=arguments.lock_wait,
            app_version=arguments.app_version,
            databases=settings.databases,
            accept_existing=arguments.accept_existing,
            server=arguments.server,
            servers=read_servers(),
            course=course,
        )
    return Answer(0, f"tenant {arguments.name}: {report.summary()}", TenantAdded(arguments.name, report))


async def _sync(arguments: argparse.Namespace, settings: Settings) -> Answer:
    course = FleetCourse()
    async with shown(course, quiet=arguments.quiet):
        report = await _synced(arguments, settings, course)
    return Answer(report.exit_code, str(report), report)


async def _synced(arguments: argparse.Namespace, settings: Settings, course: FleetCourse) -> SyncReport:
    return await sync_tenants(
        settings.url,
        *settings.folders,
        concurrency=arguments.concurrency,
        canary=arguments.canary,
        only=arguments.only,
        verify=arguments.verify,
        lock_wait=arguments.lock_wait,
        app_version=arguments.app_version,
        databases=settings.databases,
        accept_existing=arguments.accept_existing,
        schema=settings.schema,
        servers=read_servers(),
        wave=arguments.wave,
        shard=arguments.shard,
        progress=None if arguments.quiet else _tell,
        course=course,
    )


def _tell(progress: Progress) -> None:
    """Report the progress on standard error: each failure at once, other tenants now and then."""
    if progress.failure is not None:
        write(sys.stderr, f"failed {printable(progress.failure.name)}: {printable(progress.failure.error)}")
    if progress.done % _EVERY == 0 or progress.done == progress.total:
        failed = f", {progress.failed} failed" if progress.failed else ""
        write(sys.stderr, f"{progress.done} of {progress.total} tenants{failed}")


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _status(tenants: list[TenantStatus], *, check: bool) -> Answer:
    counts = Counter(one.state for one in tenants)
    others = [one for one in tenants if one.state is not TenantState.UP_TO_DATE]
    rows = [[one.name, str(one.state), _versions(one.versions), ", ".join(one.lacks), one.last_error] for one in others]
    head = ("tenant", "state", "versions", "lacks", "last_error")
    told = _table(head, rows, [one.server for one in others]) + "\n" if rows else ""
    unreachable = counts[TenantState.UNREACHABLE]
    states = [state for state in TenantState if state is not TenantState.UNREACHABLE or unreachable]
    summary = ", ".join(f"{counts[state]} {state}" for state in states)
    document = TenantStates({str(state): counts[state] for state in TenantState}, tenants)
    return Answer(7 if unreachable else 4 if check and others else 0, f"{told}{len(tenants)} tenants: {summary}", document)
