"""doctor: check everything that a migration needs: address, server, settings, rights, history, lock. Writes nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.address_options import TIME_LIMITS
from whimbrel.commands._options import Answer, add_options, project_folders, read_settings, read_url
from whimbrel.dialects.base import Connection
from whimbrel.dialects.diagnosis import UNREACHABLE, Check, Facts, failed, fine, judge_clock, judge_left_over, judge_tls, warned
from whimbrel.dialects.place import HISTORY_TABLE
from whimbrel.errors import LockTimeout, WhimbrelError
from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import command
from whimbrel.migrations.migration import MigrationSet
from whimbrel.session.connect import Purpose, Target, begin_session, open_connection, parse_target, url_of
from whimbrel.session.doubles import read_sets
from whimbrel.session.session import Session
from whimbrel.settings import read_project
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["Check", "Diagnosis", "doctor"]

HELP = "check address, server, settings, rights, history and lock, and name the next step"
_SHOWN = ("sslmode", "mode", "pool_size", "schema", *TIME_LIMITS)
EXAMPLE = "whimbrel doctor --url postgresql://app@db/chat --sql sql/chat"


class Diagnosis(NamedTuple):
    """The findings, in the order in which they were made. After an error, some later findings may be missing."""

    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """Return the exit code of the first error; 0 if there is none."""
        return next((one.exit_code for one in self.checks if one.level == "error"), 0)

    def __str__(self) -> str:
        lines = []
        for one in self.checks:
            told = printable(one.told, lines=True).replace("\n", "\n" + " " * 21)
            lines.append(f"{one.level:<7}  {one.name:<10}  {told}")
            lines += [f"{'':<21}next: {printable(one.advice)}"] if one.advice else []
        return "\n".join([*lines, f"{self._count('error')}, {self._count('warning')}"])

    def _count(self, level: str) -> str:
        count = sum(one.level == level for one in self.checks)
        return f"{count} {level}{'' if count == 1 else 's'}"


class DoctorDocument(NamedTuple):
    """The findings, in the order in which they were made, and the exit code of the first error."""

    checks: Sequence[Check]
    exit_code: int


async def doctor(target: Target, *folders: str | Traversable, schema: str = "") -> Diagnosis:
    """Check what a migration of `folders` needs from the database of a URL, or of a manager; folders may be left out.

    It takes the migration lock for a moment, and writes nothing. It returns each problem as a `Check`, without raising. Only an
    address that cannot be read raises ConfigurationError, and files that cannot be read raise ValidationFailed.
    """
    target = parse_target(target)
    url = url_of(target)
    url.check()
    sets = await read_sets(target, folders, schema or target.schema) if folders else None
    checks = [fine("address", f"{url}{_options(url)}")]
    resolved = await _resolve(url)
    checks += [resolved] if resolved else []
    if resolved is None or resolved.level == "ok":
        try:
            await _examine(target, url, schema, sets, checks)
        except WhimbrelError as error:
            advice = (
                "correct the address or the login; start the server, which whimbrel wait waits for; or, for an SQLite file, make "
                "its folder"
            )
            checks.append(_of_error("connection", error, advice))
    return Diagnosis(tuple(checks))


def _options(url: DatabaseUrl) -> str:
    """Return the options of an address. Only values of a closed set of words and numbers are shown: people paste passwords."""
    return "".join(f", {name}={value}" if name in _SHOWN else f", {name} is given" for name, value in sorted(url.options.items()))


async def _examine(
    target: Target, url: DatabaseUrl, schema: str, sets: Sequence[MigrationSet] | None, checks: list[Check]
) -> None:
    """Connect, and append every finding to `checks`. Raises WhimbrelError if there is no connection."""
    started = monotonic()
    async with open_connection(target, question=True) as opened:
        connection = await opened.dialect.identify_server_in_time(opened, url)
        checks.append(fine("connection", f"the login succeeded, after {monotonic() - started:.2f} s"))
        session, wrong = await _begin(opened, target, schema, sets)
        place = session.schema if session else schema or parse_target(target).schema
        checks += [wrong] if wrong else []
        checks += await _attempt("server", lambda: _judge(connection, url, place))
        if session is None:
            return
        checks += await _attempt("history", lambda: _check_history(session))
        checks += await _attempt("lock", lambda: _check_lock(session))


async def _resolve(url: DatabaseUrl) -> Check | None:
    """Return the addresses that a host's name stands for; None if there is no name."""
    if not url.host:
        return None
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
    except OSError as error:
        return failed(
            "name", f"{url.host} cannot be resolved: {error}", "correct the name, or the name server of this machine", UNREACHABLE
        )
    return fine("name", f"{url.host} is {', '.join(dict.fromkeys(str(one[4][0]) for one in found))}")


async def _begin(
    connection: Connection, target: Target, schema: str, sets: Sequence[MigrationSet] | None
) -> tuple[Session | None, Check | None]:
    try:
        return await begin_session(connection, target, schema, Purpose(sets, question=True)), None
    except WhimbrelError as error:
        return None, _of_error("history", error, "name the schema with --schema, or follow the message")


async def _attempt(name: str, work: Callable[[], Awaitable[list[Check]]]) -> list[Check]:
    """Return the findings; an error that prevents them becomes a finding itself."""
    try:
        return await work()
    except LockTimeout as error:
        return [
            failed(name, f"another session holds the migration lock: {error.holder}", "wait until that run ends", error.exit_code)
        ]
    except WhimbrelError as error:
        return [_of_error(name, error, "follow the message, and run doctor again")]


def _of_error(name: str, error: WhimbrelError, advice: str) -> Check:
    told, _, own = str(error).partition("\n  next: ")
    return failed(name, told, own or advice, error.exit_code)


async def _judge(connection: Connection, url: DatabaseUrl, schema: str) -> list[Check]:
    """Read the facts about the server, and judge them."""
    module = import_module(f"whimbrel.dialects.{connection.dialect.name}.doctor")
    before = time()
    facts: Facts = await module.read_facts(connection, schema)
    after = time()
    checks: list[Check] = [] if facts.local else [judge_tls(facts.tls, url)]
    if facts.clock is not None:
        checks.append(judge_clock(facts.clock, before, after))
    return [*checks, *module.judge(facts), *judge_left_over(facts.left_over)]


async def _check_history(session: Session) -> list[Check]:
    """Say where the history is and which sets it has; raises ConfigurationError if it cannot be trusted."""
    if await session.history.lacks(HISTORY_TABLE):
        return [fine("history", f"none yet; the first run creates it in {session.schema}")]
    rows = await session.connection.fetch_all(f"SELECT set_name, script, success FROM {session.records.history}")
    names = sorted({str(row["set_name"]) for row in rows})
    counted = ", ".join(f"{name} {sum(row['set_name'] == name for row in rows)}" for name in names)
    checks = [fine("history", f"in {session.schema}: {counted or 'empty'}")]
    for row in rows:
        if not row["success"]:
            told = f"{row['set_name']}/{row['script']} is begun and not finished"
            checks.append(warned("history", told, f"wait until its run ends; if none is active, resume it: {command('migrate')}"))
    return checks


async def _check_lock(session: Session) -> list[Check]:
    """Take the migration lock, and release it."""
    if session.connection.stands_in:
        return []
    if session.dialect.lock_writes:
        return [fine("lock", "not tried, because taking the lease would write to its table")]
    started = monotonic()
    async with session.locked(0.0):
        if not session.connection.begins_at_once:
            # On SQLite, and behind a pooler, the transaction is the lock.
            async with session.transaction():
                pass
    return [fine("lock", f"taken and released, in {monotonic() - started:.2f} s")]


DOCUMENT = DoctorDocument


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    url, schema = read_url(arguments)
    # Without folders, the sets are unknown, but everything else can be checked.
    known = arguments.sql or project_folders(read_project(Path.cwd()))
    folders = read_settings(arguments).folders if known else ()
    found = await doctor(url, *folders, schema=schema)
    return Answer(found.exit_code, str(found), DoctorDocument(found.checks, found.exit_code))
