"""Prove that a database has everything that files make: replay the files into a throw-away database, and compare the schemas."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from whimbrel.adoption.differences import (
    ProofDifference,
    accept,
    find_differences,
    find_other_clients,
    find_uncovered,
    find_unproven,
    leave_out,
    tools_in,
)
from whimbrel.adoption.replay import Original, Replay, replay, server_version
from whimbrel.dialects.place import HISTORY_TABLE
from whimbrel.errors import ConfigurationError, DatabaseUnreachable
from whimbrel.messages.printable import joined, printable
from whimbrel.migrations.migration import MigrationSet, Version
from whimbrel.schema.compare import Difference
from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import Schema
from whimbrel.schema.own_tables import without_own
from whimbrel.session.connect import Target, open_session, parse_target, url_of
from whimbrel.session.course import Course
from whimbrel.session.session import Session
from whimbrel.url import DatabaseUrl, parse_url

__all__ = ["ProofDifference", "ProofReport", "prove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofReport:
    """The result of a proof. `differences` includes the accepted ones, which have a `reason`.

    `failed` says why the files could not be replayed; nothing was compared then. `notes` say what the proof does not cover.
    `unneeded` are the names of accepted differences that this database does not have. Another database may need them, so the
    proof holds in spite of them.
    """

    database: str
    differences: tuple[ProofDifference, ...] = ()
    failed: str = ""
    notes: tuple[str, ...] = ()
    unneeded: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether the files were replayed, and every difference is accepted."""
        return not self.failed and not self.unaccepted

    @property
    def unaccepted(self) -> tuple[ProofDifference, ...]:
        """The differences without a reason."""
        return tuple(one for one in self.differences if not one.reason)

    @property
    def advice(self) -> str:
        """The next steps for a person if the proof failed."""
        return _REPLAYABLE if self.failed else _ACCEPTABLE

    def __str__(self) -> str:
        lines = [f"note: {one}" for one in self.notes]
        lines += [f"accepted: {printable(one.name)} ({printable(one.reason)})" for one in self.differences if one.reason]
        lines += [f"accepted, but this database does not have this difference: {printable(one)}" for one in self.unneeded]
        if self.failed:
            return "\n".join([*lines, "not proven, since the files cannot be replayed:", self.failed, f"  next: {self.advice}"])
        lines += map(str, self.unaccepted)
        if self.unaccepted:
            lines += [f"not proven: {_counted(len(self.unaccepted))}, on {self.database}", f"  next: {self.advice}"]
        else:
            lines.append(f"proven: {self.database} has all that the files make, {_counted(len(self.differences))} accepted")
        return "\n".join(lines)


def _counted(count: int) -> str:
    return "1 difference" if count == 1 else f"{count} differences"


_REPLAYABLE = "give the folders of all sets that the files need; files that need rows or other schemas cannot be proven"
_ACCEPTABLE = (
    "change the database, or accept a difference by the name before its values, with the reason, in [tool.whimbrel.proof] of "
    'pyproject.toml: "column t.c: default" = "because"'
)


async def prove(
    target: Target,
    sets: Sequence[MigrationSet],
    *,
    schema: str = "",
    upto: Mapping[str, Version] | None = None,
    databases: Collection[str] = (),
    on: str | DatabaseUrl | None = None,
    accepted: Mapping[str, str] | None = None,
    without: Collection[str] = (),
    course: Course | None = None,
) -> ProofReport:
    """Replay `sets` into a throw-away database, and compare its schema with that of `target`, which is only read.

    `upto` maps the name of a set to the last version to replay; a set that is not in it is replayed completely. `databases` are
    those that the sets are meant for, all four if empty. `on` is the address of the server for the throw-away database; by
    default, that database is created beside `target`. `accepted` maps the name of each wanted difference to its reason.
    `without` are tables to leave out on both sides, such as the history of another tool. The proof notes in `course` where it
    is.

    Raises ConfigurationError if no database may be created there, if `on` is of another kind than `target`, or if a file would
    reach beyond the throw-away database; DatabaseUnreachable.
    """
    target = parse_target(target)
    url = url_of(target)
    address = parse_url(on) if on is not None else url
    _check(url, address)
    sets = [_cut(one, (upto or {}).get(one.name)) for one in sets]
    course = course or Course()
    original = await _read_original(target, schema, sets)
    made = await replay(address, original, sets, course, native=len(databases) == 1, beside=on is None)
    if made.schema is None:
        return ProofReport(database=original.database, failed=made.failed, notes=made.notes)
    # The schema is read after the replay, because a replay may take long.
    found, others = await _read_found(target, schema, sets)
    return _judge(made, made.schema, found, others, accepted or {}, without)


def _check(url: DatabaseUrl, on: DatabaseUrl) -> None:
    url.check()
    on.check()
    if on.dialect not in url.databases:
        raise ConfigurationError(
            f"{on} is not a server of {url.dialect}, so the files of {url} cannot be replayed there\n"
            "  next: name a server of the same kind with --on"
        )


def _cut(one: MigrationSet, last: Version | None) -> MigrationSet:
    return one if last is None else one._replace(variants=tuple(file for file in one.variants if file.version <= last))


async def _read_original(target: Target, schema: str, sets: Sequence[MigrationSet]) -> Original:
    async with open_session(target, schema, sets, question=True) as session:
        if session.connection.stands_in:
            raise DatabaseUnreachable("the database does not exist, so there is nothing to prove; check its address")
        dialect, connection = session.dialect, session.connection
        return Original(
            session.database,
            await server_version(connection),
            await dialect.server_identity(connection),
            await dialect.surroundings(connection, session.schema),
        )


async def _read_found(target: Target, schema: str, sets: Sequence[MigrationSet]) -> tuple[Schema, list[str]]:
    """Return the schema, and the names of the sets in its history that are not among `sets`."""
    async with open_session(target, schema, sets, question=True) as session:
        found = await find_inspector(session.dialect.name).read(session.connection, session.schema)
        return without_own(found), await _other_sets(session, sets)


async def _other_sets(session: Session, sets: Sequence[MigrationSet]) -> list[str]:
    if await session.history.lacks(HISTORY_TABLE):
        return []
    rows = await session.connection.fetch_all(f"SELECT DISTINCT set_name FROM {session.records.history} ORDER BY set_name")
    known = {one.name for one in sets}
    return [name for row in rows if (name := str(row["set_name"])) not in known]


def _judge(
    made: Replay, expected: Schema, found: Schema, others: Sequence[str], accepted: Mapping[str, str], without: Collection[str]
) -> ProofReport:
    ours = {one.name.lower() for one in expected.tables}
    tools = {table: tool for table, tool in tools_in(found).items() if table.lower() not in ours}
    expected, found = leave_out(expected, without), leave_out(found, [*without, *tools])

    def place(one: Difference) -> str:
        assert made.makers is not None, "a schema comes with its makers"
        maker = made.makers.find(one.kind, one.within, one.own)
        if maker is None and one.within:
            maker = made.makers.find("table", "", one.within)
        return str(maker or "")

    differences, extra = find_differences(expected, found, place)
    differences += find_unproven(expected, found)
    notes = [*made.notes, *(f"left out: table {printable(table)}, the history of {tool}" for table, tool in tools.items())]
    if others and extra:
        notes.append(_unjudged(extra, others))
    else:
        differences += extra
    if others_made := find_other_clients(expected, found):
        named = joined([printable(one) for one in others_made])
        notes.append(f"made by a client with another character set or collation, which is not compared: {named}")
    if uncovered := find_uncovered(expected, found):
        notes.append(f"this user may not see {joined(uncovered)}, so the proof does not cover further objects of these kinds")
    judged, unneeded = accept(differences, accepted)
    return ProofReport(database=found.database, differences=tuple(judged), notes=tuple(notes), unneeded=tuple(unneeded))


def _unjudged(extra: Sequence[ProofDifference], others: Sequence[str]) -> str:
    return (
        f"not judged, since the history also has the sets {joined([printable(one) for one in others])}, whose folders were not "
        f"given: {joined([printable(one.object) for one in extra])}"
    )
