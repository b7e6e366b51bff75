"""The facts of a schema in words that compare across databases.

Pure. Each object of a schema has facts; each fact has a text. A fact that the set leaves to the database is marked as the
database's own: such facts differ between databases, and no set can avoid that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from whimbrel.schema.model import Collation, Column, Default, ForeignKey, Index, IndexPart, Schema, Table, Type, View

__all__ = ["ANYTHING", "Described", "Facts", "NeutralFact", "facts_of", "is_boolean", "unique_columns"]

# This value counts as equal to every value of the other databases.
ANYTHING = "*"
# From this length on, in bytes, a text of MySQL is one without a declared length: TEXT, MEDIUMTEXT, LONGTEXT.
_UNLIMITED = 65_535
# PostgreSQL's number of digits without a declared fraction.
_FRACTION = 6


class NeutralFact(NamedTuple):
    """One fact about an object. `own` facts come from the database: the set does not declare them."""

    text: str
    own: bool = False


Facts = Mapping[str, NeutralFact]


class Described(NamedTuple):
    """An object's facts, and the table or view that it belongs to."""

    table: str
    facts: Facts


def facts_of(schema: Schema) -> dict[str, Described]:
    """Return the facts of each object by its name: "column users.email", "unique key users (email)"."""
    found: dict[str, Described] = {}
    for table in schema.tables:
        found |= {name: Described(table.name, facts) for name, facts in _table(table, schema)}
    for view in schema.views:
        columns = ", ".join(one.name for one in view.columns)
        facts = {"columns": NeutralFact(columns) if columns else NeutralFact(ANYTHING, own=True)}
        found[f"view {view.name}"] = Described(view.name, facts)
        found |= {name: Described(view.name, one) for name, one in _indexes(view)}
    found |= {f"{one.kind} {one.name}": Described("", {}) for one in schema.routines}
    found |= {f"sequence {one.name}": Described("", {}) for one in schema.sequences if not one.owner}
    return found


def _table(table: Table, schema: Schema) -> Iterator[tuple[str, Facts]]:
    yield f"table {table.name}", _checks(table)
    yield from ((f"column {table.name}.{one.name}", _column(one, schema)) for one in table.columns)
    yield from _keys(table)
    yield from _indexes(table)
    yield from ((f"trigger {table.name}.{one.name}", {"enabled": _yes(one.enabled)}) for one in table.triggers)


def is_boolean(one: Type) -> bool:
    """Whether a type is BOOLEAN: on MySQL and MariaDB that word means tinyint(1)."""
    return one.family == "boolean" or one.native.lower() == "tinyint(1)"


def unique_columns(table: Table) -> Iterator[tuple[str, ...]]:
    """Yield the columns of each key and of each unique index that is as good as a key."""
    if table.primary_key is not None:
        yield table.primary_key.columns
    yield from (key.columns for key in table.uniques)
    yield from (_plain_columns(index) for index in table.indexes if _is_key(index))


def _yes(value: bool) -> NeutralFact:
    return NeutralFact("yes" if value else "no")


def _column(column: Column, schema: Schema) -> Facts:
    kind = column.type
    family = "boolean" if is_boolean(kind) else kind.family
    facts = {
        "type": NeutralFact(f"{'fixed ' if kind.fixed and family == 'text' else ''}{family}"),
        "nullable": _yes(column.nullable),
        "default": _default(column.default, family),
        "generated": NeutralFact("no" if column.generated is None else "stored" if column.generated.stored else "virtual"),
        "numbered by the database": _numbered(column),
    }
    if family in ("integer", "float") and kind.bits is not None:
        facts["width"] = (
            NeutralFact(f"{kind.bits} bits", own=family == "float") if kind.enforced else NeutralFact(ANYTHING, own=True)
        )
        facts["unsigned"] = _yes(kind.unsigned)
    if family == "decimal":
        facts["digits"] = _digits(kind)
    if family in ("text", "bytes", "bits"):
        facts["length"] = _length(kind)
    if family in ("timestamp", "time"):
        facts["fraction"] = _fraction(kind)
    if family in ("enum", "set"):
        facts["values"] = NeutralFact(", ".join(kind.values))
    if family == "text":
        facts["comparison"] = _comparison(column.collation, schema)
    return facts


def _default(default: Default | None, family: str) -> NeutralFact:
    if default is None or default.kind == "null":
        return NeutralFact("none")
    if default.kind == "sequence":
        return NeutralFact("none")  # The fact "numbered by the database" has this information.
    if default.kind == "literal":
        return NeutralFact(_literal(default.value, family))
    return NeutralFact("the current time" if default.kind == "now" else "an expression")


def _literal(value: str, family: str) -> str:
    if family == "boolean":
        return {"1": "true", "t": "true", "0": "false", "f": "false"}.get(value.lower(), value.lower())
    if family in ("integer", "decimal", "float", "year"):
        try:
            return f"{Decimal(value).normalize():f}"
        except InvalidOperation:
            return value
    return repr(value)


def _numbered(column: Column) -> NeutralFact:
    numbered = bool(column.identity) or (column.default is not None and column.default.kind == "sequence")
    # SQLite numbers every INTEGER PRIMARY KEY.
    return NeutralFact("yes" if numbered else "no", own=column.identity in ("", "rowid"))


def _digits(kind: Type) -> NeutralFact:
    if kind.precision is None:
        return NeutralFact("any", own=True)
    return NeutralFact(f"{kind.precision}, {kind.scale or 0} of them after the point")


def _length(kind: Type) -> NeutralFact:
    if kind.length is None and not kind.enforced:
        return NeutralFact(ANYTHING, own=True)
    if kind.length is None or (kind.length >= _UNLIMITED and "var" not in kind.native.lower()):
        return NeutralFact("no limit" if kind.length is None else f"{kind.length} bytes", own=True)
    return NeutralFact(str(kind.length))


def _fraction(kind: Type) -> NeutralFact:
    if not kind.enforced:
        return NeutralFact(ANYTHING, own=True) if kind.fraction is None else NeutralFact(f"{kind.fraction} digits")
    declared = kind.fraction if kind.fraction is not None else _FRACTION
    return NeutralFact(f"{declared} digits", own="(" not in kind.native)


def _comparison(collation: Collation | None, schema: Schema) -> NeutralFact:
    default = schema.collation or Collation(name="")
    used = default if collation is None else collation
    facts = (("case", used.case_sensitive), ("accents", used.accent_sensitive), ("trailing blanks", _negated(used.padded)))
    ignored = [what for what, kept in facts if kept is False]
    told = f"ignores {' and '.join(ignored)}" if ignored else "tells all texts apart"
    if None in (kept for _, kept in facts):
        told = f"unknown ({used.name})"
    # PostgreSQL's own is called "default", in quotes because the word is reserved.
    return NeutralFact(told, own=used.name.strip('"') == default.name.strip('"'))


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _checks(table: Table) -> Facts:
    names = sorted(one.name for one in table.checks if one.enforced)
    return {"checks": NeutralFact(str(len(names)))}


def _keys(table: Table) -> Iterator[tuple[str, Facts]]:
    if table.primary_key is not None:
        yield f"primary key of {table.name}", {"columns": NeutralFact(", ".join(table.primary_key.columns))}
    for key in table.uniques:
        yield (
            f"unique key {table.name} ({', '.join(key.columns)})",
            {"NULLs are distinct": _yes(key.nulls_distinct), "deferred": NeutralFact(key.deferral or "no")},
        )
    for index in table.indexes:
        if _is_key(index):
            facts = {"NULLs are distinct": _yes(index.nulls_distinct), "deferred": NeutralFact("no")}
            yield f"unique key {table.name} ({', '.join(_plain_columns(index))})", facts
    for foreign in table.foreign_keys:
        yield f"foreign key {table.name} ({', '.join(foreign.columns)})", _foreign(foreign)


def _foreign(key: ForeignKey) -> Facts:
    return {
        "refers to": NeutralFact(f"{key.table} ({', '.join(key.to_columns)})"),
        "on delete": NeutralFact(_action(key.on_delete)),
        "on update": NeutralFact(_action(key.on_update)),
        "deferred": NeutralFact(key.deferral or "no"),
        "enforced": _yes(key.enforced),
    }


def _action(action: str) -> str:
    # They differ for deferred keys alone, and two databases report one as the other.
    return "no action" if action == "restrict" else action


def _is_key(index: Index) -> bool:
    plain = all(part.column and part.prefix is None for part in index.parts)
    return index.unique and plain and not index.predicate and index.usable


def _plain_columns(index: Index) -> tuple[str, ...]:
    return tuple(part.column for part in index.parts)


def _indexes(table: Table | View) -> Iterator[tuple[str, Facts]]:
    for index in table.indexes:
        if _is_key(index) or _serves_key(table, index):
            continue
        yield (
            f"index {table.name}.{index.name}",
            {
                "columns": NeutralFact(", ".join(_part(part) for part in index.parts)),
                "prefix": NeutralFact(str([part.prefix for part in index.parts if part.prefix] or "none"), own=not index.unique),
                "unique": _yes(index.unique),
                "partial": _yes(bool(index.predicate)),
                "method": NeutralFact("btree" if index.method in ("", "btree") else index.method),
                "used": _yes(index.usable),
            },
        )


def _part(part: IndexPart) -> str:
    return f"{part.column or 'an expression'}{' descending' if part.descending else ''}"


def _serves_key(table: Table | View, index: Index) -> bool:
    """Whether the index is the one that MySQL makes for a foreign key: it has the name of the key or of its first column."""
    keys = table.foreign_keys if isinstance(table, Table) else ()
    columns = _plain_columns(index)
    return not index.unique and any(key.columns == columns and index.name in (key.name, key.columns[0]) for key in keys)
