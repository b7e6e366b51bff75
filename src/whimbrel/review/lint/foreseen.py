"""The effects of a statement that the files before it decide: refusals by names and keys, narrower types, equal texts. Pure.

Recorded facts are those of a statement of the same form; here, the statement's own columns and keys decide. A table whose columns
the files do not list decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from whimbrel.parsing.cursor import Name
from whimbrel.review.lint.ddl.alter import AlterAction
from whimbrel.review.lint.ddl.columns import ColumnText
from whimbrel.review.lint.ddl.constraints import ConstraintText
from whimbrel.review.lint.ddl.tables import TableText, TextSchema
from whimbrel.review.lint.ddl.written_types import charset_of, collation_of, convert_collation, find_type
from whimbrel.review.lint.foreseen_keys import linked_columns, stored_type
from whimbrel.review.lint.form import NOTHING_FORESEEN, Foreseen, join_foreseen
from whimbrel.review.lint.narrowing import describe_narrowing, ignores_more
from whimbrel.review.lint.refusals import refusal_of
from whimbrel.schema.column import Column

if TYPE_CHECKING:
    from whimbrel.schema.column import Collation

__all__ = ["foresee", "foresee_drop_index", "foresee_index", "foresee_table", "is_too_long"]

_KEYS = ("primary key", "unique")
_INDEXES = (*_KEYS, "index")
_STRICT = ("int", "integer", "real", "text", "blob", "any")
_LONG = ("tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob", "json")
# https://dev.mysql.com/doc/refman/9.7/en/innodb-limits.html
_LONGEST_KEY = 3072
_WIDTHS = {"utf8mb4": 4, "utf8mb3": 3, "utf8": 3, "latin1": 1, "ascii": 1}
_ENDS = {"drop column": "nothing to drop", "drop index": "nothing to drop"}


def foresee(action: AlterAction, table: Name, schema: TextSchema, *, alone: bool) -> Foreseen:
    """Return the effects of an action of ALTER TABLE, before it is applied. `alone` says that the statement has no other."""
    known, database = schema.table(table), schema.database
    if known is None or not known.complete or action.conditional:
        return NOTHING_FORESEEN
    return join_foreseen((*_by_names(action, table, schema), *(_by_use(action, table, schema) if alone else ()),
                          *_by_type(action, table, schema), *_by_collation(action, table, schema, database)))  # fmt: skip


def _by_names(action: AlterAction, table: Name, schema: TextSchema) -> Iterator[Foreseen]:
    known, words, database = schema.table(table), action.words, schema.database
    there = schema.column(table, action.name) is not None
    if known is None:
        return
    if words == "add column" and action.column is not None:
        if schema.column(table, action.column.name) is not None:
            yield refusal_of("column there", database, f"{table[1]} has a column {action.column.name} already")
        given = action.column.default not in ("", "null")
        if action.column.references is not None and given and schema.keys_checked:
            yield refusal_of("default of a reference", database, "a new column that refers to a table has the default NULL")
        if action.column.position:
            yield refusal_of("place of a column", database, "a new column is always the last one")
    elif words in ("drop column", "rename column", "modify", "type") and not there:
        kind = _ENDS.get(words, "column missing")
        yield refusal_of(kind, database, f"{table[1]} has no column {action.name}")
    elif words == "rename column" and _is_taken(action, table, schema):
        yield refusal_of("column there", database, f"{table[1]} has a column {action.new} already")
    elif words == "add constraint" and action.constraint is not None:
        yield foresee_index(action.constraint, table, schema)


def _is_taken(action: AlterAction, table: Name, schema: TextSchema) -> bool:
    """Whether another column has the new name; MySQL and MariaDB may rename that one in the same statement."""
    other = schema.column(table, action.new)
    own = schema.column_key(action.new) == schema.column_key(action.name)
    return other is not None and not own and schema.database not in ("mysql", "mariadb")


def _by_use(action: AlterAction, table: Name, schema: TextSchema) -> Iterator[Foreseen]:
    """Yield refusals because another object needs what the action takes away."""
    known, at = schema.table(table), schema.column_key(action.name)
    if known is None:
        return
    if action.words == "drop column":
        yield from _dropped_column(action, known, schema.database)
    elif action.words == "drop primary key":
        yield from _without_key(table, schema)
    elif action.words == "rename column":
        yield from _renamed_in_check(at, known, schema.database)
    elif action.words == "type":
        users = _computed_from(at, known) + ["a view"] * schema.is_viewed(table, action.name)
        if users:
            yield refusal_of("type of a used column", schema.database, f"{', '.join(users)} uses {table[1]}.{action.name}")
    elif action.words == "drop index" and schema.keys_checked:
        yield from _without_index(action.name, table, schema)
    elif action.words == "modify" and action.column is not None and schema.keys_checked:
        linked = [one for one in linked_columns(table, schema) if at in one]
        old = schema.column(table, action.name)
        if linked and old is not None and stored_type(old) != stored_type(action.column):
            yield refusal_of("type of a key", schema.database, f"a foreign key needs the type of {table[1]}.{action.name}")


def _computed_from(at: str, table: TableText) -> list[str]:
    return [one.name for one in table.columns.values() if at in one.expression.lower().split() and one.name != at]


def _dropped_column(action: AlterAction, table: TableText, database: str) -> Iterator[Foreseen]:
    at = action.name.lower()
    computed = _computed_from(at, table)
    if computed and not action.cascade:
        yield refusal_of("column used", database, f"the values of {', '.join(computed)} are computed from {action.name}")
    if (column := table.columns.get(at)) is not None and column.generated == "virtual":
        yield Foreseen(computed=(column.name,))


def _renamed_in_check(column: str, table: TableText, database: str) -> Iterator[Foreseen]:
    checks = [own for own, one in table.parts.items() if one.kind == "check" and column.lower() in one.expression.lower().split()]
    if checks and database == "mysql":
        yield Foreseen(code="3959", message=f"the CHECK {checks[0]} uses {column}")


def _without_key(table: Name, schema: TextSchema) -> Iterator[Foreseen]:
    """Yield refusals of DROP PRIMARY KEY alone."""
    known = schema.table(table)
    numbered = [one.name for one in known.columns.values() if one.identity] if known is not None else []
    if numbered and schema.database in ("mysql", "mariadb"):
        yield Foreseen(code="1075", message=f"{numbered[0]} is AUTO_INCREMENT and needs a key")
    elif schema.referring(table) and schema.keys_checked:
        yield refusal_of("index of a foreign key", schema.database, f"a foreign key of {schema.referring(table)[0][1]} needs it")


def foresee_drop_index(name: str, table: Name | None, schema: TextSchema) -> Foreseen:
    """Return the effects of DROP INDEX; MySQL and MariaDB name the table."""
    if table is not None:
        return join_foreseen(_without_index(name, table, schema)) if schema.keys_checked else NOTHING_FORESEEN
    if name.lower().startswith("sqlite_autoindex"):
        return refusal_of("index of a key", schema.database, f"{name} belongs to a key")
    return NOTHING_FORESEEN


def foresee_table(table: TableText, database: str) -> Foreseen:
    """Return the effects of CREATE TABLE on SQLite: a STRICT table has few types."""
    if "STRICT" not in table.options.split():
        return NOTHING_FORESEEN
    wrong = [one.name for one in table.columns.values() if one.type.base not in _STRICT]
    told = f"{', '.join(wrong)} has a type that a STRICT table does not take"
    return refusal_of("type of a strict table", database, told) if wrong else NOTHING_FORESEEN


def _without_index(name: str, table: Name, schema: TextSchema) -> Iterator[Foreseen]:
    known = schema.table(table)
    if known is None or not known.complete:
        return
    keys = [one for one in known.parts.values() if one.kind == "foreign key"]
    others = [one.columns for own, one in known.parts.items() if own != name and one.kind in _INDEXES]
    gone = known.parts.get(name)
    if gone is None:
        # A foreign key without an index of its own made one.
        if not keys:
            yield refusal_of("nothing to drop", schema.database, f"{table[1]} has no index {name}")
        return
    for key in keys:
        count = len(key.columns)
        if gone.columns[:count] == key.columns and all(one[:count] != key.columns for one in others):
            yield refusal_of("index of a foreign key", schema.database, f"the foreign key on {key.columns[0]} needs it")


def _by_type(action: AlterAction, table: Name, schema: TextSchema) -> Iterator[Foreseen]:
    old = schema.column(table, action.name) if action.words in ("modify", "type") else None
    new = action.column if action.words == "modify" else None if action.type is None else ColumnText(action.name, action.type)
    if old is None or new is None or schema.database == "sqlite" or old.generated:
        return
    before, after = (find_type(schema.database, one.type) for one in (old, new))
    if "other" not in (before.family, after.family) and (how := describe_narrowing(before, after)):
        yield Foreseen(narrowed=((f"{table[1]}.{old.name}", how),))


def _by_collation(action: AlterAction, table: Name, schema: TextSchema, database: str) -> Iterator[Foreseen]:
    known = schema.table(table)
    if database not in ("mysql", "mariadb") or known is None:
        return
    unique = {name for one in known.parts.values() if one.kind in _KEYS for name in one.columns}
    converts = action.words == "convert to character set"
    equal = []
    for at, column in known.columns.items():
        new: Collation | None = None
        if converts:
            new = convert_collation(action, database)
        elif action.words == "modify" and action.column is not None and at == schema.column_key(action.name):
            new = collation_of(action.column, known, database)
        old = collation_of(column, known, database)
        kind = find_type(database, column.type)
        if at in unique and new is not None and old is not None and kind.family == "text":
            sides = [Column(name=column.name, type=kind, nullable=True, collation=one) for one in (old, new)]
            equal += [column.name] if ignores_more(sides[0], sides[1]) else []
    if equal:
        yield Foreseen(equal=tuple(equal))


def foresee_index(one: ConstraintText, table: Name, schema: TextSchema) -> Foreseen:
    """Return the effects of an index or a key, before it is added."""
    known, database = schema.table(table), schema.database
    if known is None or not known.complete or one.kind not in _INDEXES or one.using:
        return NOTHING_FORESEEN
    if one.name and schema.has_index(one.name, table) and database in ("mysql", "mariadb"):
        return refusal_of("index there", database, f"{table[1]} has an index {one.name} already")
    whole = [schema.column(table, column) for column in one.columns if column not in one.prefixed]
    columns = [column for column in whole if column is not None]
    texts = [column.name for column in columns if column.type.base in _LONG]
    if texts and database == "mariadb" and one.kind == "index":
        return Foreseen(cut=tuple(texts))
    if texts:
        return refusal_of("text in a key", database, f"the key on {', '.join(texts)} needs a length")
    size = sum(_bytes(column, charset_of(column, known)) for column in columns)
    return refusal_of("long key", database, f"the key has {size} bytes") if size > _LONGEST_KEY else NOTHING_FORESEEN


def is_too_long(one: ConstraintText, table: Name, schema: TextSchema) -> bool:
    """Whether a key has more bytes than an index of MySQL; MariaDB enforces it by a hash of the values."""
    known = schema.table(table) if schema.database in ("mysql", "mariadb") else None
    found = [schema.column(table, column) for column in one.columns if column not in one.prefixed]
    columns = [column for column in found if column is not None]
    size = sum(_bytes(column, charset_of(column, known)) for column in columns) if known is not None else 0
    return size > _LONGEST_KEY or (known is not None and any(column.type.base in _LONG for column in columns))


def _bytes(column: ColumnText, charset: str) -> int:
    numbers = column.type.numbers if column.type.base in ("varchar", "char") else ()
    return numbers[0] * _WIDTHS.get(charset, 1) if numbers else 0
