"""The effects of foreign keys that the files before a statement decide. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from whimbrel.parsing.cursor import Name
from whimbrel.review.lint.ddl.alter import AlterAction
from whimbrel.review.lint.ddl.columns import ColumnText
from whimbrel.review.lint.ddl.constraints import ConstraintText, of_column
from whimbrel.review.lint.ddl.tables import TextSchema
from whimbrel.review.lint.ddl.written_types import find_type
from whimbrel.review.lint.form import NOTHING_FORESEEN, Foreseen, join_foreseen
from whimbrel.review.lint.refusals import refusal_of

__all__ = ["added_keys", "foresee_drop", "foresee_keys", "linked_columns", "stored_type"]

_KEYS = ("primary key", "unique")
_INDEXES = (*_KEYS, "index")
_TAKING = ("cascade", "set null", "set default")
_NUMERIC = ("integer", "decimal", "float")


def foresee_drop(name: Name, schema: TextSchema, *, cascade: bool, others: Sequence[Name]) -> Foreseen:
    """Return the effects of DROP TABLE. `others` are tables that the statement drops, too."""
    referring = [one for one in schema.referring(name) if one not in others]
    if schema.database == "sqlite":
        return Foreseen(children=tuple(_children(name, schema))) if schema.keys_checked else NOTHING_FORESEEN
    if not referring or (cascade and schema.database == "postgresql") or not schema.keys_checked:
        return NOTHING_FORESEEN
    told = f"a foreign key of {referring[0][1]} refers to {name[1]}"
    return refusal_of("table used", schema.database, told)


def _children(name: Name, schema: TextSchema) -> Iterator[str]:
    own = schema.key(name)
    for other in schema.referring(name):
        table = schema.table(other)
        for one in table.parts.values() if table is not None else ():
            if one.references is not None and schema.key(one.references) == own and one.on_delete in _TAKING:
                yield f"{other[1]} ({one.on_delete})"


def linked_columns(table: Name, schema: TextSchema) -> Iterator[tuple[str, ...]]:
    """Yield the columns of this table that belong to foreign keys, on either side."""
    known, own = schema.table(table), schema.key(table)
    for one in known.parts.values() if known is not None else ():
        if one.references is not None:
            yield one.columns
    for name in schema.referring(table):
        other = schema.table(name)
        for one in other.parts.values() if other is not None else ():
            if one.references is not None and schema.key(one.references) == own:
                yield one.to_columns or (known.key if known is not None else ())


def foresee_keys(table: Name, keys: Iterable[ConstraintText], schema: TextSchema) -> Foreseen:
    """Return the effects of foreign keys, after they were added."""
    return join_foreseen(_foreign(table, one, schema) for one in keys if one.references is not None)


def added_keys(action: AlterAction) -> Iterator[ConstraintText]:
    """Yield the constraints that an action adds."""
    if action.words == "add column" and action.column is not None:
        yield from of_column(action.column)
    elif action.words == "add constraint" and action.constraint is not None:
        yield action.constraint


def _foreign(table: Name, one: ConstraintText, schema: TextSchema) -> Foreseen:
    target, database = schema.table(one.references), schema.database
    if target is None or not target.complete or not schema.keys_checked:
        return NOTHING_FORESEEN
    to = tuple(map(schema.column_key, one.to_columns)) or target.key
    if one.to_columns and len(one.columns) != len(to) and database == "postgresql":
        return _unfit("no key", database, f"the foreign key has {len(one.columns)} columns and refers to {len(to)}")
    keys = [part.columns for part in target.parts.values() if part.kind in _KEYS and not part.of_expression]
    named = f"{target.name[1]} ({', '.join(to)})"
    if set(to) not in [set(columns) for columns in keys]:
        indexed = any(part.columns[: len(to)] == to for part in target.parts.values() if part.kind in _INDEXES)
        told = f"{named} is not unique, so a row may refer to several"
        return _unfit("not unique" if indexed else "no key", database, told)
    for own, other in zip(one.columns, to, strict=False):
        ours, theirs = schema.column(table, own), target.columns.get(other)
        if ours is not None and theirs is not None and not _comparable(ours, theirs, database):
            return _unfit("other type", database, f"foreign key: {own} and {target.name[1]}.{other} have different types")
    return NOTHING_FORESEEN


def _unfit(kind: str, database: str, told: str) -> Foreseen:
    found = refusal_of(kind, database, told)
    return found if found.code else Foreseen(unfit=told)


def _comparable(one: ColumnText, other: ColumnText, database: str) -> bool:
    families = [find_type(database, each.type).family for each in (one, other)]
    if "other" in families:
        return True
    if database in ("mysql", "mariadb") and families == ["integer", "integer"]:
        return stored_type(one) == stored_type(other)
    return families[0] == families[1] or (database == "postgresql" and all(each in _NUMERIC for each in families))


def stored_type(one: ColumnText) -> tuple[object, ...]:
    """Return the parts of a type that a foreign key compares on MySQL and MariaDB."""
    base, numbers = one.type.base, one.type.numbers
    sized = base not in ("tinyint", "smallint", "mediumint", "int", "bigint", "varchar", "char")
    return base, one.type.unsigned, numbers if sized else ()
