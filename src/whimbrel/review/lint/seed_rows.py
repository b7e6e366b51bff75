"""The rows to seed into one table, as SQL. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping

from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.lexer import tokens, unquoted
from whimbrel.parsing.lexer_rules import POSTGRESQL
from whimbrel.review.lint.places import PlacedTable, Rows, as_text
from whimbrel.review.lint.values import edge_value, plain_value
from whimbrel.review.neutral import unique_columns
from whimbrel.schema.model import Column, Table

__all__ = ["RowMaker", "SeedRow", "key_columns", "parent_name", "takes_rows"]

# SQL for the value of each column.
SeedRow = Mapping[str, str]
# Everyday forms of texts that a CHECK or a domain asks for.
_PLAIN = "{}"
_TEMPLATES = ("{}@example.com", "https://example.com/{}", "+{:0>11}", "a{}", "A{}", "a-{}")
# The bounds of a partition: the lowest values of a range, or the values of a list.
_BOUNDS = re.compile(r" FOR VALUES (?:FROM|IN) \((.*?)\)(?: TO \(.*\))?$", re.DOTALL)


def parent_name(table: Table) -> str:
    """Return the table that a table is a partition of, without its schema; empty if it is none."""
    head = TokenCursor(table.partition_of, POSTGRESQL)
    return "" if head.ended() else (head.qualified() or ("", ""))[1]


def takes_rows(table: Table, parents: Container[str]) -> bool:
    """Whether rows are seeded into a table itself. They go into partitions, which have bounds, but hashes are left to the server.

    `parents` are the tables that have partitions.
    """
    if table.partition_of:
        return _BOUNDS.search(table.partition_of) is not None and table.name not in parents
    return table.name not in parents or table.partitioning.upper().startswith("HASH")


def key_columns(table: Table) -> tuple[str, ...]:
    """Return the columns that identify a row; empty if none do."""
    return next(iter(unique_columns(table)), ())


class RowMaker:
    """Makes the rows of one table. `rows` are those of all tables, to which its foreign keys refer.

    If the table is a partition, `parent` is the table that it is a part of, which has the foreign keys.
    """

    def __init__(
        self,
        one: PlacedTable,
        parent: Table | None,
        rows: Rows,
        literal: Callable[[str, str], str],
    ) -> None:
        self._one = one
        self._foreign_keys = (*one.table.foreign_keys, *(parent.foreign_keys if parent else ()))
        self._bounds = _read_bounds(one.table, parent)
        self._rows = rows
        self._literal = literal
        # Values, by column, that every row has; None is NULL.
        self.fixed: Mapping[str, str | None] = {}
        # The text of each row in columns of text, with the number of the row.
        self.template = _PLAIN
        self._columns = [column for column in one.table.columns if column.generated is None]
        self._keys = {name for columns in unique_columns(one.table) for name in columns}
        self._referring = {name for key in self._foreign_keys for name in key.columns}

    def row(self, number: int) -> SeedRow:
        """Return a row that the types and keys accept."""
        return self._sql(self.texts(number))

    def edge(self, number: int) -> SeedRow:
        """Return a row with values at the limits of types."""
        edges = {one.name: edge_value(one.type) for one in self._columns if one.name not in self._referring | self._keys}
        texts, fixed = self.texts(number), {*self.fixed, *self._bounds}
        return self._sql(texts | {name: text for name, text in edges.items() if text is not None and name not in fixed})

    def nulls(self, number: int) -> SeedRow:
        """Return a row with NULL in each column that takes it."""
        free = (one.name for one in self._columns if one.nullable and one.name not in self._keys and one.name not in self._bounds)
        return self._sql(self.texts(number) | dict.fromkeys(free))

    def changes(self) -> Iterator[tuple[Mapping[str, str | None], str]]:
        """Yield other values of `fixed` and `template`, for rows that the table takes more likely."""
        yield from ((self.fixed, template) for template in _TEMPLATES)
        yield dict.fromkeys(one.name for one in self._columns if one.nullable and one.name not in self._keys), _PLAIN

    def texts(self, number: int) -> dict[str, str | None]:
        """Return the values of a row as texts; None is NULL."""
        found = {one.name: plain_value(one.type, number) for one in self._columns}
        if self.template != _PLAIN:
            texts = (one.name for one in self._columns if one.type.family == "text")
            found |= {name: self.template.format(found[name]) for name in texts}
        for key in self._foreign_keys:
            parents = self._rows.get(f"{key.schema}.{key.table}" if key.schema else key.table) or ()
            parent = parents[number % len(parents)] if parents else {}
            for own, other in zip(key.columns, key.to_columns, strict=False):
                if parents:
                    found[own] = as_text(parent[other]) if parent.get(other) is not None else None
                elif (column := self._one.table.column(own)) is not None and column.nullable:
                    found[own] = None
        return {**found, **self._bounds, **self.fixed}

    def _sql(self, texts: Mapping[str, str | None]) -> SeedRow:
        return {one.name: self._one_sql(one, texts[one.name]) for one in self._columns}

    def _one_sql(self, column: Column, text: str | None) -> str:
        if text is None:
            return "NULL" if column.nullable else "DEFAULT" if column.default is not None else self._literal("text", "1")
        return self._literal(column.type.family, text)


def _read_bounds(table: Table, parent: Table | None) -> dict[str, str | None]:
    """Return values of the parent's partition key that lie in a partition."""
    found = _BOUNDS.search(table.partition_of) if parent is not None else None
    if found is None or parent is None:
        return {}
    values = [unquoted(one) for one in tokens(found[1], POSTGRESQL) if one.kind in ("string", "number")]
    names = [unquoted(one) for one in tokens(parent.partitioning, POSTGRESQL) if one.kind in ("word", "name")]
    known = [name for name in names if parent.column(name) is not None]
    return dict(zip(known, values, strict=False))
