"""A table as SQL: its CREATE TABLE, and what comes after it: partitions, keys, indexes, foreign keys, triggers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from whimbrel.schema.column import Column
from whimbrel.schema.model import Check, Key, Schema, Sequence, Table
from whimbrel.schema.postgresql.names import quoted, text

__all__ = ["TableSource", "comment", "comments_on_columns"]

_PARENT = re.compile(r'(?:"(?:[^"]|"")*"|[^\s".]+)(?:\.(?:"(?:[^"]|"")*"|[^\s".]+))? ')
# Clauses of Table.options that belong to CREATE TABLE, in the order of its grammar.
_OPTIONS = ("INHERITS ", "USING ", "WITH ", "SERVER ")


def comment(kind: str, name: str, value: str) -> list[str]:
    """Return the statement that comments an object, if there is a comment."""
    return [f"COMMENT ON {f'{kind} {name}'.lstrip()} IS {text(value)}"] if value else []


def comments_on_columns(relation: str, columns: tuple[Column, ...]) -> list[str]:
    """Return the statements that comment columns."""
    return [part for one in columns for part in comment("COLUMN", f"{quoted(relation)}.{quoted(one.name)}", one.comment)]


@dataclass(frozen=True)
class TableSource:
    """A table, and the facts about the rest of the schema that its statements need.

    `apart` are the names of defaults and checks that are created after the table: "default t.c", "constraint t.c". `named` are
    the names that NOT NULL constraints of the schema state: "CONSTRAINT t_c_not_null".
    """

    schema: Schema
    table: Table
    sequences: Mapping[str, Sequence]
    apart: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The quoted name."""
        return quoted(self.table.name)

    @property
    def foreign(self) -> bool:
        """Whether the table is a foreign table, whose rows are on another server."""
        return any(one.startswith("SERVER ") for one in self.table.options)

    @property
    def plain(self) -> bool:
        """Whether the table is neither partitioned nor a partition, so that its keys can be created with it."""
        return not (self.table.partitioning or self.table.partition_of)

    @property
    def typed(self) -> str:
        """The clause OF TYPE of a typed table."""
        return next((one for one in self.table.options if one.startswith("OF ")), "")

    def default_key(self, column: Column) -> str:
        """Return the name of a default as dependencies have it."""
        return f"default {self.name}.{quoted(column.name)}"

    def constraint_key(self, one: Check | Key) -> str:
        """Return the name of a constraint as dependencies have it."""
        return f"constraint {self.name}.{quoted(one.name)}"

    def create(self) -> list[str]:
        """Return CREATE TABLE with the actions and comments that belong to it."""
        lines = [*filter(None, map(self._column, self.table.columns)), *self._inner()]
        kind = "FOREIGN TABLE" if self.foreign else "UNLOGGED TABLE" if "UNLOGGED" in self.table.options else "TABLE"
        head = f"CREATE {kind} {self.name}" + (f" {self.typed}" if self.typed else "")
        inside = " (\n    " + ",\n    ".join(lines) + "\n)" if lines else "" if self.typed else " ()"
        partitioned = f"PARTITION BY {self.table.partitioning}" if self.table.partitioning else ""
        chosen = {start: next((one for one in self.table.options if one.startswith(start)), "") for start in _OPTIONS}
        clauses = [chosen["INHERITS "], partitioned, chosen["USING "], chosen["WITH "], chosen["SERVER "]]
        statement = "\n".join([head + inside, *filter(None, clauses)])
        return [statement, *self._column_actions(), *self._comments()]

    def _column(self, one: Column) -> str:
        """Return the line of a column; empty for a column that the table gets from a parent or a type."""
        parts = [*self._value(one), *([self._not_null(one)] if not one.nullable and not one.not_null else [])]
        if self.typed:
            return f"{quoted(one.name)} WITH OPTIONS {' '.join(parts)}" if parts else ""
        if one.inherited and not self.table.partition_of:
            return ""
        options = [option for option in one.options if option.startswith("OPTIONS ")]
        return " ".join([quoted(one.name), one.type.native, *options, *_collated(one), *parts])

    def _not_null(self, one: Column) -> str:
        """Return NOT NULL, with its usual name if a constraint that is created before, of a partition, has that name too."""
        name = f"CONSTRAINT {quoted(f'{self.table.name}_{one.name}_not_null')}"
        return f"{name} NOT NULL" if name in self.named else "NOT NULL"

    def _value(self, one: Column) -> list[str]:
        if one.generated:
            return [f"GENERATED ALWAYS AS ({_bare(one.generated.native)}) {'STORED' if one.generated.stored else 'VIRTUAL'}"]
        if one.identity in ("always", "by default"):
            return self._identity(one)
        if one.default and self.default_key(one) not in self.apart:
            return [f"DEFAULT {one.default.native}"]
        return []

    def _identity(self, one: Column) -> list[str]:
        sequence = self.sequences.get(f"{self.table.name}.{one.name}")
        if sequence is None:  # A partition takes numbers from its parent's sequence.
            return []
        options = f" ({sequence.native})" if sequence.native else ""
        return [f"GENERATED {one.identity.upper()} AS IDENTITY{options}"]

    def _inner(self) -> Iterator[str]:
        """Yield the constraints that are created with the table."""
        for column in self.table.columns:
            if column.not_null.startswith("CONSTRAINT ") and not column.not_null.endswith(" NOT VALID"):
                yield column.not_null
        for key in self.keys() if self.plain else ():
            yield f"CONSTRAINT {quoted(key.name)} {key.native}"
        for one in self.table.checks:
            if self.is_inner(one):
                yield f"CONSTRAINT {quoted(one.name)} {one.native}"

    def is_inner(self, one: Check) -> bool:
        """Whether a check is created with the table."""
        return not one.native.endswith(" NOT VALID") and self.constraint_key(one) not in self.apart

    def keys(self) -> tuple[Key, ...]:
        """Return the primary key, then the unique constraints."""
        return (*filter(None, [self.table.primary_key]), *self.table.uniques)

    def _column_actions(self) -> Iterator[str]:
        for one in self.table.columns:
            actions = [option for option in one.options if option.startswith("SET ")]
            actions += [one.not_null] if one.not_null == "SET NOT NULL" else []
            actions += self._own_default(one) if one.inherited and not self.table.partition_of else []
            for action in actions:
                yield f"ALTER TABLE ONLY {self.name} ALTER COLUMN {quoted(one.name)} {action}"
            if one.not_null.endswith(" NOT VALID"):
                yield f"ALTER TABLE {self.name} ADD {one.not_null}"

    def _own_default(self, one: Column) -> list[str]:
        """Return the action that gives an inherited column a default other than its parent's."""
        if one.generated:
            return []
        return [f"SET DEFAULT {one.default.native}"] if one.default else ["DROP DEFAULT"]

    def _comments(self) -> list[str]:
        kind = "FOREIGN TABLE" if self.foreign else "TABLE"
        found = [*comment(kind, self.name, self.table.comment), *comments_on_columns(self.table.name, self.table.columns)]
        keys = self.keys() if self.plain else ()
        inner: tuple[Check | Key, ...] = (*keys, *filter(self.is_inner, self.table.checks))
        return found + [part for one in inner for part in self.commented(one.name, one.comment)]

    def commented(self, constraint: str, value: str) -> list[str]:
        """Return the statement that comments a constraint, if there is a comment."""
        return comment("CONSTRAINT", f"{quoted(constraint)} ON {self.name}", value)

    def attach(self) -> str:
        """Return the statement that makes the table a partition."""
        parent = _PARENT.match(self.table.partition_of)
        assert parent, "a partition has a parent"
        bound = self.table.partition_of[parent.end() :]
        return f"ALTER TABLE ONLY {parent[0].rstrip()} ATTACH PARTITION {self.name} {bound}"


def _collated(one: Column) -> list[str]:
    chosen = [option for option in one.options if option.startswith("COLLATE ")]
    if chosen:
        return chosen
    explicit = one.collation is not None and one.collation.name != '"default"'
    return [f"COLLATE {one.collation.name}"] if one.collation and explicit else []


def _bare(expression: str) -> str:
    """Return an expression without the parentheses around all of it."""
    depth = 0
    if not expression.startswith("(") or "'" in expression or '"' in expression:
        return expression
    for place, letter in enumerate(expression):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return expression[1:-1] if place == len(expression) - 1 else expression
    return expression
