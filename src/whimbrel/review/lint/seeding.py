"""Seed rows into the tables of a throw-away database: enough to tell a scan, with keys that hold and values at the limits.

A table that takes no row is noted and stays empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whimbrel.dialects.connection import Connection, Row
from whimbrel.dialects.gauge import Gauge
from whimbrel.errors import ConnectionLost, ConstraintViolated, DatabaseError
from whimbrel.messages.printable import printable
from whimbrel.review.conditions import read_condition, trials
from whimbrel.review.lint.places import PlacedTable, Rows, as_text, read_rows
from whimbrel.review.lint.seed_rows import RowMaker, SeedRow, key_columns, parent_name, takes_rows
from whimbrel.schema.order import in_order

__all__ = ["ROWS", "Seeder"]

# So many rows that a plan for one of them uses an index, and that a scan differs from the reading of a few.
ROWS = 400
_IN_ONE_STATEMENT = 200
# If the rows of a table cannot all be there, for instance since a type has few values, this many are tried alone.
_ALONE = 50


class Seeder:
    """Fills tables over one connection, outside of any transaction."""

    def __init__(self, connection: Connection, gauge: Gauge) -> None:
        self._connection = connection
        self._gauge = gauge
        # SQL conditions that find the rows at the limits of types.
        self._edges: dict[str, list[str]] = {}
        # Why a table has no rows, or has some that should be gone, by its name.
        self.notes: dict[str, str] = {}

    async def fill(self, tables: Sequence[PlacedTable], known: Rows) -> Rows:
        """Fill the tables that are empty; return the rows of all tables. `known` are those that were read before."""
        unknown = [one for one in tables if one.name not in known]
        rows = {one.name: known.get(one.name) for one in tables} | await read_rows(self._connection, unknown)
        filled: list[PlacedTable] = []
        parents = {parent_name(one.table): one for one in tables}
        by_name = {one.table.name: one for one in tables}
        for one in _ordered(tables):
            if rows[one.name] or not takes_rows(one.table, parents):
                continue
            parent = by_name.get(parent_name(one.table))
            maker = RowMaker(one, parent.table if parent else None, rows, self._literal)
            if await self._fill(one, maker):
                filled.append(one)
                # Rows of a partition are rows of its parent too.
                changed = [each for each in tables if each in (one, parent) or parent_name(each.table) == one.table.name]
                rows |= await read_rows(self._connection, changed)
                if await self._add_edges(one, maker, rows[one.name] or []):
                    rows |= await read_rows(self._connection, changed)
        if filled:
            await self._gauge.settle([one.sql for one in filled])
        return rows

    def _literal(self, family: str, text: str) -> str:
        return self._gauge.literal(family, text) or self._connection.dialect.literal(text)

    async def _fill(self, one: PlacedTable, maker: RowMaker) -> bool:
        error = await self._try(one, [maker.row(0)], keep=False)
        if error is not None:
            error = await self._satisfy(one, maker, error)
        for change in maker.changes() if error is not None else ():
            maker.fixed, maker.template = change
            error = await self._try(one, [maker.row(0)], keep=False)
            if error is None:
                break
        if error is None:
            error = await self._try(one, [maker.row(number) for number in range(ROWS)])
            if error is not None and await self._fill_alone(one, maker):
                return True
        if error is not None:
            self.notes[one.name] = f"table {printable(one.name)} has no rows: {printable(error.message)}"
        return error is None

    async def _fill_alone(self, one: PlacedTable, maker: RowMaker) -> bool:
        return any([await self._try(one, [maker.row(number)]) is None for number in range(_ALONE)])

    async def _satisfy(self, one: PlacedTable, maker: RowMaker, error: DatabaseError) -> DatabaseError | None:
        """Fix the values of columns that the checks of a table refuse. Return the error that is left, if any."""
        rules = self._connection.dialect.lexer_rules(portable=True, database=self._connection.database)
        checks = one.table.checks
        conditions = [read_condition(check.name, check.expression, one.table, rules) for check in checks]
        # The database names one check that refuses the row, in an order of its own.
        for condition in [each for _ in checks for each in conditions]:
            start, best = maker.fixed, None
            for trial in trials(condition, one.table, maker.texts(0)):
                maker.fixed = {**start, **{name: _value(value) for name, value in trial.values.items()}}
                left = await self._try(one, [maker.row(0)], keep=False)
                if left is None:
                    return None
                if best is None and _check(left) not in ("", _check(error)):
                    best = maker.fixed, left
            maker.fixed, error = best or (start, error)
        return error

    async def _try(self, one: PlacedTable, rows: Sequence[SeedRow], *, keep: bool = True) -> DatabaseError | None:
        """Insert rows, all or none; return the error if the database refuses one. Without `keep`, no row stays."""
        connection = self._connection
        try:
            await connection.run(connection.dialect.begin)
            await connection.send(list(self._inserts(one, rows)))
            await connection.run("COMMIT" if keep else "ROLLBACK")
        except ConnectionLost:
            raise
        except DatabaseError as error:
            await connection.roll_back()
            return error
        return None

    def _inserts(self, one: PlacedTable, rows: Sequence[SeedRow]) -> Iterator[str]:
        columns = list(rows[0])
        names = ", ".join(map(self._connection.dialect.quote, columns))
        for start in range(0, len(rows), _IN_ONE_STATEMENT):
            some = rows[start : start + _IN_ONE_STATEMENT]
            values = ", ".join(f"({', '.join(row[name] for name in columns)})" for row in some)
            yield f"INSERT INTO {one.sql} ({names}){self._gauge.overriding} VALUES {values}"

    async def _add_edges(self, one: PlacedTable, maker: RowMaker, known: Sequence[Row]) -> bool:
        """Add rows at the limits of types, and one with NULLs, if they can be found again. Return whether there are any."""
        keys = key_columns(one.table)
        rows = [maker.edge(ROWS), maker.nulls(ROWS + 1)] if keys and known else []
        kept = [row for row in rows if await self._try(one, [row]) is None]
        quote = self._connection.dialect.quote
        self._edges[one.name] = [" AND ".join(f"{quote(name)} = {row[name]}" for name in keys) for row in kept]
        return bool(kept)

    @property
    def has_edges(self) -> bool:
        """Whether rows at the limits of types are there."""
        return any(self._edges.values())

    async def remove_edges(self, tables: Sequence[PlacedTable]) -> None:
        """Delete the rows at the limits of types."""
        edges, self._edges = self._edges, {}
        for one in reversed(_ordered(tables)):
            await self._delete(one, [f"DELETE FROM {one.sql} WHERE {condition}" for condition in edges.get(one.name, ())])

    async def empty(self, tables: Sequence[PlacedTable]) -> None:
        """Delete all rows."""
        self._edges = {}
        for one in reversed(_ordered(tables)):
            await self._delete(one, [f"DELETE FROM {one.sql}"])
        await self._gauge.settle([one.sql for one in tables])

    async def _delete(self, one: PlacedTable, statements: Sequence[str]) -> None:
        for statement in statements:
            try:
                await self._connection.send([statement])
            except ConnectionLost:
                raise
            except DatabaseError as error:
                self.notes[one.name] = f"table {printable(one.name)} kept rows: {printable(error.message)}"


def _ordered(tables: Sequence[PlacedTable]) -> list[PlacedTable]:
    """Return the tables so that each comes after those that it refers to, and after their partitions."""
    parts: dict[str, set[str]] = {}
    for one in tables:
        parts.setdefault(parent_name(one.table), set()).add(one.name)
    by_name = {one.name: one for one in tables}
    keys = {one.table.name: {key.table for key in one.table.foreign_keys} for one in tables}
    needs = {one.name: keys[one.table.name] | keys.get(parent_name(one.table), set()) for one in tables}
    return [
        by_name[name]
        for name in in_order({name: {*own, *(part for one in own for part in parts.get(one, ()))} for name, own in needs.items()})
    ]


def _check(error: DatabaseError) -> str:
    """Return what names the check that refused a row; empty for any other error."""
    return (error.name or error.message) if isinstance(error, ConstraintViolated) and error.kind == "check" else ""


def _value(value: object) -> str | None:
    return None if value is None else as_text(value)
