"""Build the model of one table of SQLite from its rows of the catalog and its statement. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.schema.column import Collation, Column
from whimbrel.schema.model import ForeignKey, Index, IndexPart, Key, Table, Trigger
from whimbrel.schema.sqlite.constraints import ParsedColumn, ParsedTable
from whimbrel.schema.sqlite.reading import folded
from whimbrel.schema.sqlite.statements import IndexText, read_index, read_table
from whimbrel.schema.sqlite.types import read_collation, read_default, read_type

__all__ = ["TableFacts", "read_columns_and_keys", "resolve_references"]

_Row = dict[str, Any]
# The number that pragma_index_xinfo has for an expression: https://sqlite.org/pragma.html#pragma_index_xinfo
_EXPRESSION = -2
_UNIQUE, _PARTIAL = 1, 2


class TableFacts(NamedTuple):
    """A table's own row, and the rows of all objects by kind and folded owner."""

    row: _Row
    groups: dict[tuple[str, str], list[_Row]]

    def rows(self, kind: str, owner: str = "") -> list[_Row]:
        """Return the rows of one kind that belong to the table, or to another owner."""
        return self.groups.get((kind, folded(owner or self.row["name"])), [])


def read_columns_and_keys(facts: TableFacts, triggers: tuple[Trigger, ...]) -> Table:
    """Return the table."""
    text = read_table(facts.row["native"])
    columns = _columns(facts, text)
    spelled = {folded(one.name): one.name for one in columns}
    keys = [replace(one, columns=_spell(one.columns, spelled)) for one in text.keys]
    references = [replace(one, columns=_spell(one.columns, spelled)) for one in text.foreign_keys]
    return Table(
        name=facts.row["name"],
        columns=columns,
        primary_key=next((one for one in keys if one.primary), None),
        uniques=tuple(sorted((one for one in keys if not one.primary), key=lambda one: (one.name, one.columns, one.native))),
        foreign_keys=tuple(sorted(references, key=lambda one: (one.name, one.columns, one.table, one.native))),
        checks=tuple(sorted(text.checks, key=lambda one: (one.name, one.expression, one.native))),
        indexes=_indexes(facts, columns),
        triggers=triggers,
        options=text.options,
        native=facts.row["native"],
    )


def _spell(names: Sequence[str], spelled: dict[str, str]) -> tuple[str, ...]:
    return tuple(spelled.get(folded(name), name) for name in names)


def _columns(facts: TableFacts, text: ParsedTable) -> tuple[Column, ...]:
    primary = next((one for one in text.keys if one.primary), None)
    key = {folded(name) for name in primary.columns} if primary else set()
    # Rows are numbered by the key unless it has an index of its own: https://sqlite.org/lang_createtable.html#rowid
    alias = len(key) == 1 and "WITHOUT ROWID" not in text.options and not facts.rows("pk")
    known = {folded(one.name): one for one in text.columns}
    found = []
    for row in sorted(facts.rows("column"), key=lambda row: int(row["position"])):
        name = folded(row["name"])
        found.append(_column(row, known[name], text, in_key=name in key, alias=alias))
    return tuple(found)


def _column(row: _Row, own: ParsedColumn, text: ParsedTable, *, in_key: bool, alias: bool) -> Column:
    strict = "STRICT" in text.options
    kind = read_type(row["native"], strict=strict)
    numbered = in_key and alias
    # Other keys take NULL in an ordinary table: https://sqlite.org/quirks.html#primary_keys_can_sometimes_contain_nulls
    enforced = bool(row["flag"]) or numbered or (in_key and (strict or "WITHOUT ROWID" in text.options))
    default = row["extra"]
    return Column(
        name=row["name"],
        type=kind,
        nullable=not enforced,
        default=None if default is None else read_default(default, kind.family),
        generated=own.generated,
        identity=("autoincrement" if text.autoincrement else "rowid") if numbered else "",
        collation=_collation(own, text=kind.family == "text"),
        options=(own.not_null,) if "CONFLICT" in own.not_null.upper() else (),
    )


def _collation(own: ParsedColumn, *, text: bool) -> Collation | None:
    return read_collation(own.collation or "BINARY") if own.collation or text else None


def _indexes(facts: TableFacts, columns: Sequence[Column]) -> tuple[Index, ...]:
    found = [_index(row, facts.rows("part", row["name"]), columns) for row in facts.rows("index") if row["native"]]
    return tuple(sorted(found, key=lambda one: one.name))


def _index(row: _Row, parts: list[_Row], columns: Sequence[Column]) -> Index:
    in_order = sorted(parts, key=lambda part: int(part["position"]))
    flags = max(int(part["extra"]) for part in parts)
    plain = not flags & _PARTIAL and all(part["number"] != _EXPRESSION for part in parts)
    # The catalog has no expressions, and reading a statement takes longer than all else.
    text = IndexText(("",) * len(parts), "") if plain else read_index(row["native"])
    return Index(
        name=row["name"],
        parts=tuple(_part(part, expression, columns) for part, expression in zip(in_order, text.parts, strict=True)),
        unique=bool(flags & _UNIQUE),
        predicate=text.predicate,
        # SQLite keeps the line end after a comment, and another one whenever the statement is loaded.
        native=row["native"].rstrip(),
    )


def _part(part: _Row, expression: str, columns: Sequence[Column]) -> IndexPart:
    descending = bool(part["flag"])
    if part["number"] == _EXPRESSION:
        return IndexPart(expression=expression, descending=descending)
    own = next((one.collation for one in columns if one.name == part["name"]), None)
    differs = folded(part["native"]) != folded(own.name if own else "BINARY")
    return IndexPart(column=part["name"], descending=descending, options=f"COLLATE {part['native']}" if differs else "")


def resolve_references(tables: Sequence[Table]) -> tuple[Table, ...]:
    """Spell the names in foreign keys as their tables do. A key without columns refers to the primary key."""
    by_name = {folded(one.name): one for one in tables}
    return tuple(replace(one, foreign_keys=tuple(_resolve(key, by_name) for key in one.foreign_keys)) for one in tables)


def _resolve(key: ForeignKey, by_name: dict[str, Table]) -> ForeignKey:
    parent = by_name.get(folded(key.table))
    if parent is None:
        return key
    own: Key | None = parent.primary_key
    columns = key.to_columns or (own.columns if own and len(own.columns) == len(key.columns) else ())
    return replace(key, table=parent.name, to_columns=_spell(columns, {folded(one.name): one.name for one in parent.columns}))
