"""Decide which differences from a kept model are drift. Pure: no database, no disk.

Maintenance adds and drops partitions of a table, so these changes do not count as drift.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import takewhile

from whimbrel.schema.compare import Difference, compare
from whimbrel.schema.model import Schema, Table

__all__ = ["find_drift", "find_unseen"]


def find_drift(kept: Schema, now: Schema, ignore: Collection[str] = ()) -> list[Difference]:
    """Return the objects that were added, dropped or changed in a schema since its model was kept.

    `ignore` are patterns such as "other_*". They leave out objects by their own name, by the name of their table, or by both,
    as in "users.tmp_*". The result says nothing about objects that the user cannot see now, or could not see when the model was
    kept.
    """
    moved, unseen = _partitions(kept) ^ _partitions(now), {*find_unseen(kept), *find_unseen(now)}
    found = compare(_settled(kept, moved), _settled(now, moved))
    return [one for one in found if not _is_unseen(one, unseen) and not any(_matches(one, pattern) for pattern in ignore)]


def find_unseen(schema: Schema) -> list[str]:
    """Return the objects that the user who read a schema may not see: "triggers", "view paid_orders"."""
    return [one.name for one in schema.opaques if one.kind == "unseen"]


def _is_unseen(one: Difference, unseen: Collection[str]) -> bool:
    kinds = "routines" if one.kind in ("function", "procedure") else f"{one.kind}s"
    told = {kinds, f"table {one.within}", f"view {one.within}"}
    told |= {f"{one.kind} {name.partition('(')[0]}" for name in (one.own, one.within) if name}
    return one.kind == "unseen" or not told.isdisjoint(unseen)


def _partitions(schema: Schema) -> set[str]:
    return {one.name for one in schema.tables if one.partition_of}


def _settled(schema: Schema, moved: Collection[str]) -> Schema:
    """Return a schema without the tables in `moved`, and without the bounds of the others."""
    return replace(schema, tables=tuple(_unbounded(one) for one in schema.tables if one.name not in moved))


def _unbounded(table: Table) -> Table:
    if not (table.partitioning or table.partition_of):
        return table
    # On MySQL the clause includes the list of the partitions, or their number.
    clause = table.partitioning.partition(" (PARTITION ")[0].partition(" PARTITIONS ")[0]
    return replace(table, partitioning=clause, partition_of="", native="\n".join(takewhile(_is_before, table.native.split("\n"))))


def _is_before(line: str) -> bool:
    """Whether a line of MySQL's CREATE TABLE comes before the list of partitions."""
    return not line.removeprefix("/*!50100").lstrip().startswith("PARTITION BY")


def _matches(one: Difference, pattern: str) -> bool:
    return any(fnmatchcase(name, pattern) for name in (one.name, one.within, one.own) if name)
