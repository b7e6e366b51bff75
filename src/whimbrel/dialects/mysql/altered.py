"""Derive the effects of a statement on tables from the view of other sessions and of the catalog. Pure: no database, no disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from whimbrel.dialects.gauge import Algorithm, StatementFacts, TableLock
from whimbrel.dialects.mysql.altering import Altering
from whimbrel.dialects.mysql.storage import Storage, find_built, find_rewritten

__all__ = ["Passage", "Seen", "find_facts"]

_NO_PROCESS = "this user cannot see whether a table is written anew; for that: GRANT PROCESS ON *.*"


@dataclass
class Passage:
    """The sessions that passed a statement while it waited for a table. `first_read` says that reads passed at its first wait."""

    first_read: bool = False
    reads: bool = False
    writes: bool = False


class Seen(NamedTuple):
    """The view that other sessions and the catalog had of a statement.

    `rows` are those that it reported, `passages` those of the tables that it waited for. `before` and `after` are None if this
    user may not read them. `instant` says that the server accepted it with ALGORITHM=INSTANT.
    """

    rows: int
    passages: Mapping[str, Passage]
    before: Storage | None
    after: Storage | None
    instant: bool
    notes: Sequence[str]


def find_facts(altering: Altering, table: str, seen: Seen, limit: int) -> StatementFacts:
    """Return the facts of a statement that is no DML.

    `table` is the table that it changes; empty if there is none of this database. A table takes `limit` instant changes.
    """
    locks = tuple(_lock(name, passage) for name, passage in sorted(seen.passages.items()))
    if altering.kind == "other" or not table:
        return StatementFacts(rows=seen.rows, locks=locks, notes=tuple(seen.notes))
    before, after = seen.before or {}, seen.after or {}
    rewritten = find_rewritten(before, after, moves_partitions=altering.moves_partitions)
    algorithm = _algorithm(altering, table, seen, is_rewritten=table in rewritten)
    if algorithm == "copy":
        rewritten = tuple(sorted({*rewritten, table}))
    built = find_built(before, after, rewritten)
    versions = after[table].versions if table in after else None
    return StatementFacts(
        rows=seen.rows,
        locks=locks,
        rewritten=rewritten,
        scanned=tuple(sorted({*rewritten, *built})),
        built=tuple(name for names in built.values() for name in names),
        algorithm=algorithm,
        instant_left=limit - versions if algorithm == "instant" and versions is not None else None,
        notes=(*seen.notes, _NO_PROCESS) if seen.before is None and not algorithm else tuple(seen.notes),
    )


def _algorithm(altering: Altering, table: str, seen: Seen, *, is_rewritten: bool) -> Algorithm:
    passage = seen.passages.get(table)
    # A copy reports its rows; one of an empty table is known by its first lock, which lets reads pass.
    copied = seen.rows > 0 or (is_rewritten and passage is not None and passage.first_read)
    if altering.kind == "alter" and copied:
        return "copy"
    if is_rewritten:
        return "rebuild"
    counts = [(storage or {})[table].versions for storage in (seen.before, seen.after) if table in (storage or {})]
    if seen.instant or altering.is_instant or len(set(counts)) > 1:
        return "instant"
    # A statement whose condition did not hold waits for no table. Without the catalog, it could be a rebuild.
    return "in place" if passage is not None and altering.kind == "alter" and seen.before is not None else ""


def _lock(table: str, passage: Passage) -> TableLock:
    if passage.writes:
        return TableLock(table, "SHARED_UPGRADABLE", "schema changes")
    if passage.reads:
        return TableLock(table, "SHARED_NO_WRITE", "writes")
    return TableLock(table, "EXCLUSIVE", "everything")
