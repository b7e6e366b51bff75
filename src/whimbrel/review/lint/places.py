"""The tables of a throw-away database: their names, their SQL, their columns, and their rows as last read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import NamedTuple

from whimbrel.dialects.connection import Connection, Row
from whimbrel.dialects.gauge import Gauge, StatementFacts
from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import Schema, Table
from whimbrel.schema.own_tables import without_own

__all__ = ["PlacedTable", "Rows", "add_row_facts", "as_text", "find_renamed", "find_tables", "read_rows", "read_schema"]

Rows = Mapping[str, Sequence[Row] | None]
_SAVEPOINT = "whimbrel_rows"
_MOST_OF = 0.75


class PlacedTable(NamedTuple):
    """A table, its name as the facts have it (with the schema if that is another one), and its name as SQL."""

    name: str
    sql: str
    table: Table


async def read_schema(connection: Connection, schema: str) -> Schema:
    """Return the model of a schema without Whimbrel's own tables."""
    return without_own(await find_inspector(connection.dialect.name).read(connection, schema))


async def find_tables(connection: Connection, gauge: Gauge, schema: Schema) -> list[PlacedTable]:
    """Return the tables of a schema, and of all others in the throw-away database."""
    quote = connection.dialect.quote
    found = [PlacedTable(one.name, quote(one.name), one) for one in schema.tables]
    for name in await gauge.find_schemas():
        other = await read_schema(connection, name)
        found += [PlacedTable(f"{name}.{one.name}", f"{quote(name)}.{quote(one.name)}", one) for one in other.tables]
    return found


async def read_rows(connection: Connection, tables: Iterable[PlacedTable]) -> dict[str, Sequence[Row] | None]:
    """Return the rows of each table; None for one that the session may not read."""
    return {one.name: await _read(connection, f"SELECT * FROM {one.sql}") for one in tables}


async def _read(connection: Connection, query: str) -> Sequence[Row] | None:
    inside = connection.in_transaction
    try:
        if inside:
            await connection.run(f"SAVEPOINT {_SAVEPOINT}")
        try:
            return await connection.fetch_all(query)
        finally:
            if inside:
                await connection.send([f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}", f"RELEASE SAVEPOINT {_SAVEPOINT}"])
    except ConnectionLost:
        raise
    except DatabaseError:
        return None


def add_row_facts(facts: StatementFacts, before: Rows, after: Rows) -> StatementFacts:
    """Return the facts with the tables whose rows became more, fewer or other ones."""
    counts, changed, notes = dict[str, tuple[int, int]](), list[str](), list(facts.notes)
    gone_columns, overwritten = list[str](), list[str]()
    renamed = find_renamed(before, after)
    for name, rows in before.items():
        if name in renamed or rows is None:
            continue
        then = after.get(name, [])
        if then is None or then is rows:
            continue
        if len(rows) != len(then):
            counts[name] = len(rows), len(then)
        if name in after and _are_changed(rows, then):
            changed.append(name)
            overwritten += [name] if _are_overwritten(rows, then) else []
        gone_columns += (f"{name}.{column}" for column in _gone(rows, then))
        if name not in after and rows:
            notes += [f"copied: {name} to {copy}" for copy in _find_copies(rows, after)]
    for name, new in after.items():
        if name not in before and name not in renamed.values() and new:
            counts[name] = 0, len(new)
    return replace(
        facts,
        counts=counts or None,
        changed=tuple(sorted(changed)),
        overwritten=tuple(sorted(overwritten)),
        gone=tuple(sorted(name for name in before if name not in after and name not in renamed)),
        gone_columns=tuple(sorted(gone_columns)),
        notes=tuple(notes),
    )


def find_renamed(before: Rows, after: Rows) -> dict[str, str]:
    """Return the new name of each table that is gone while another one has appeared with the same rows."""
    new = [name for name in after if name not in before]
    found: dict[str, str] = {}
    for name in before:
        if name in after:
            continue
        same = [one for one in new if one not in found.values() and _fits(before[name], after[one])]
        if same:
            found[name] = same[0]
    return found


def _fits(rows: Sequence[Row] | None, others: Sequence[Row] | None) -> bool:
    if rows is None or others is None or len(rows) != len(others):
        return False
    return not rows or (rows[0].keys() == others[0].keys() and not _are_changed(rows, others))


def _find_copies(rows: Sequence[Row], after: Rows) -> list[str]:
    """Return the tables that have all these rows, as far as they have the same columns."""
    return [
        name
        for name, others in after.items()
        if others and len(others) >= len(rows) and len(_common(rows, others)) > 1 and not _missing(rows, others)
    ]


def _are_changed(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    """Whether rows have other values in the columns that both have. Rows that are only gone, or only new, are not changed."""
    return rows != others and bool(_missing(rows, others)) and bool(_missing(others, rows))


def _are_overwritten(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    """Whether most rows have other values in the columns that had any. A column of NULLs that is filled loses nothing."""
    names = [name for name in _common(rows, others) if any(row[name] is not None for row in rows)]
    old, new = _counted(rows, names), _counted(others, names)
    return min((old - new).total(), (new - old).total()) > _MOST_OF * len(rows)


def _gone(rows: Sequence[Row], others: Sequence[Row]) -> Iterator[str]:
    """Yield the columns that are gone with values, unless a new column has the same values, as a renamed one."""
    if not rows or not others or rows[0].keys() == others[0].keys():
        return
    new = [_counted(others, [name]) for name in others[0] if name not in rows[0]]
    for name in rows[0]:
        if name not in others[0] and any(row[name] is not None for row in rows) and _counted(rows, [name]) not in new:
            yield name


def _missing(rows: Sequence[Row], others: Sequence[Row]) -> Counter[tuple[str, ...]]:
    if not rows or not others:
        return Counter()
    names = _common(rows, others)
    return _counted(rows, names) - _counted(others, names)


def _common(rows: Sequence[Row], others: Sequence[Row]) -> list[str]:
    return [name for name in rows[0] if name in others[0]]


def _counted(rows: Sequence[Row], names: Sequence[str]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(as_text(row[name]) for name in names) for row in rows)


def as_text(value: object) -> str:
    """Return a value as a text that is the same for equal values of other types, such as INTEGER and BIGINT."""
    if isinstance(value, str):
        return value
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value.is_finite() else str(value)
    if isinstance(value, datetime):
        return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, default=str)
    return str(value)
