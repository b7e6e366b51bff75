"""The forms of adding a column, and of changing the definition of one. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.parsing.cursor import Name
from whimbrel.review.lint.ddl.alter import AlterAction
from whimbrel.review.lint.ddl.columns import ColumnText, DefaultKind
from whimbrel.review.lint.ddl.constraints import of_column
from whimbrel.review.lint.ddl.tables import TextSchema
from whimbrel.review.lint.ddl.types import type_change
from whimbrel.review.lint.ddl.vocabulary import VOCABULARIES
from whimbrel.review.lint.ddl.written_types import charset_of as charset_of_column
from whimbrel.review.lint.form import FormPart, Roles

__all__ = ["IN_EXPRESSION", "added_column", "charset_of", "modified_column", "retyped_column"]

# MySQL refuses some defaults for these: https://dev.mysql.com/doc/refman/9.7/en/data-type-defaults.html
_LONG = ("text", "tinytext", "mediumtext", "longtext", "blob", "tinyblob", "mediumblob", "longblob", "json", "geometry")
_DEFAULTS: dict[DefaultKind, str] = {
    "constant": ", constant default",
    "now": ", default now",
    "steady": ", steady default",
    "changing": ", changing default",
}
# The ending of the form of a change to a column that an index has in an expression.
IN_EXPRESSION = ", in an index expression"
# The pairs of types between which the time zone of the session decides.
_UTC = ("UTC", "GMT", "ETC/UTC", "UCT", "ZULU")
_ZONED = {"timestamp -> timestamptz", "timestamptz -> timestamp"}


def added_column(column: ColumnText, schema: TextSchema, roles: Roles) -> Iterator[FormPart]:
    """Yield the forms of adding a column: of the column, and of each constraint that its definition declares."""
    numbered = column.identity or column.type.base in VOCABULARIES[schema.database].numbering
    start = "add column" + ", not null" * (not column.nullable and not numbered and not column.primary)
    end = f", generated {column.generated}" if column.generated else ""
    end += ", numbered" * numbered + ", of a constrained domain" * (
        schema.domains.get(column.type.base, False) and not column.type.array
    )
    end += ", in its place" * bool(column.position)
    if schema.database in ("mysql", "mariadb") and column.default not in ("", "null"):
        end += ", of a long type" * (column.type.base in _LONG) + ", in parentheses" * column.default_text.startswith("(")
    elif schema.database == "sqlite":
        # A literal in parentheses is a literal.
        end += ", in parentheses" * (column.default_text.startswith("(") and len(column.default_text.split()) > 3)
    if column.default == "unknown":
        forms = [f"{start}{_DEFAULTS[kind]}{end}" for kind in ("steady", "changing")]
        undecided = f"whether the default {column.default_text} of {column.name} differs from row to row depends on its functions"
        yield FormPart(forms[0], roles, (forms[1],), undecided)
    else:
        yield FormPart(f"{start}{_DEFAULTS.get(column.default, '')}{end}", roles)
    yield from _constraints(column, schema, roles)


def _constraints(column: ColumnText, schema: TextSchema, roles: Roles) -> Iterator[FormPart]:
    numbered = column.type.base in VOCABULARIES[schema.database].numbering
    filled = ", filled" * (column.is_filled or numbered)
    table = roles["t"][0]
    for one in of_column(column):
        ending = {"primary key": "pkey", "unique": f"{column.name}_key"}.get(one.kind, "")
        index = f"{table}_{ending}" if schema.database == "postgresql" else "PRIMARY" if column.primary else column.name
        own = {**roles, "i": (index,)} if ending else roles
        own = own if one.references is None else {**own, "r": (one.references[1],)}
        yield FormPart(f"add column with {one.kind}{filled}", own)


def retyped_column(action: AlterAction, table: Name, schema: TextSchema, roles: Roles) -> Iterator[FormPart]:
    """Yield the form of ALTER COLUMN ... TYPE."""
    assert action.type is not None, "the reader gives a type to this action"
    if schema.database != "postgresql":
        yield FormPart("type", roles)
        return
    if schema.is_viewed(table, action.name):
        yield FormPart("type, in a view", roles)
        return
    if action.using and not action.using_cast:
        yield FormPart("type, using an expression", roles)
        return
    old = schema.column(table, action.name)
    if old is not None and old.generated == "virtual":
        # It is stored nowhere.
        yield FormPart("type, unchanged", roles)
        return
    using = ", using a cast" * bool(action.using)
    if old is None:
        undecided = f"no file makes {table[1]}.{action.name}, so its type before is not known; some changes rewrite the table"
        yield FormPart("type, unchanged", roles, ("type: integer -> bigint",), undecided)
        return
    new = ColumnText(action.name, schema.resolved(action.type), collation=action.collation)
    found = type_change(schema.database, old._replace(type=schema.resolved(old.type)), new, "")
    in_expression = _is_in_expression(action.name, table, schema)
    indexed = IN_EXPRESSION if in_expression else ", indexed" * _is_indexed(action.name, table, schema)
    indexed += ", checked" * _is_checked(action.name, table, schema)
    # Without COLLATE, the column gets that of its type.
    other = action.collation.lower() != old.collation
    if other:
        yield FormPart(f"type, other collation{indexed}", roles)
    if not found and not other:
        yield FormPart("type, unchanged", roles)
    for form in found:
        if form.removesuffix(", unlimited") in _ZONED:
            yield _zoned(form, roles, schema)
        else:
            yield FormPart(f"type: {form}{using}{indexed}", roles)


def _zoned(form: str, roles: Roles, schema: TextSchema) -> FormPart:
    forms = (f"type: {form}, in UTC", f"type: {form}, elsewhere")
    if schema.zone:
        return FormPart(forms[schema.zone not in _UTC], roles)
    undecided = f"whether {form} rewrites the table depends on the session's TimeZone: it does not if that is UTC"
    return FormPart(forms[0], roles, forms[1:], undecided)


def _is_checked(column: str, table: Name, schema: TextSchema) -> bool:
    """Whether a CHECK names the column: the server checks all rows again if the type changes."""
    known = schema.table(table)
    checks = [] if known is None else [one for one in known.parts.values() if one.kind == "check"]
    return any(column.upper() in one.expression.upper().replace('"', "").split() for one in checks)


def _is_in_expression(column: str, table: Name, schema: TextSchema) -> bool:
    """Whether an index has the column in an expression or in its condition: the server builds it again for any change."""
    known = schema.table(table)
    indexes = [] if known is None else [one for one in known.parts.values() if one.kind in ("index", "unique")]
    return any(column.upper() in one.expression.upper().replace('"', "").split() for one in indexes)


def _is_indexed(column: str, table: Name, schema: TextSchema) -> bool:
    known = schema.table(table)
    kinds = ("index", "unique", "primary key", "foreign key", "fulltext index")
    return known is not None and any(one.kind in kinds for one in known.indexes_of(schema.column_key(column)))


def modified_column(action: AlterAction, table: Name, schema: TextSchema, roles: Roles) -> Iterator[FormPart]:
    """Yield the forms of MODIFY and CHANGE: one for each difference between the definitions before and after."""
    new, old = action.column, schema.column(table, action.name)
    if new is None or schema.database not in ("mysql", "mariadb"):
        yield FormPart("modify", roles)
    elif old is None:
        undecided = f"no file makes {table[1]}.{action.name}, so its definition before is not known; some changes copy the table"
        yield FormPart("modify, unchanged", roles, ("modify, int -> bigint",), undecided)
    else:
        yield from _modified(action.name, old, new, table, schema, roles)


def _modified(name: str, old: ColumnText, new: ColumnText, table: Name, schema: TextSchema, roles: Roles) -> Iterator[FormPart]:
    found = list(_differences(name, old, new, table, schema))
    charset = charset_of(table, schema)
    types = type_change(schema.database, old, new, charset)
    indexed = ", indexed" * _is_indexed(name, table, schema)
    for form in found:
        yield FormPart(f"modify, {form}", roles)
    if types:
        forms = tuple(f"modify, {form}{indexed * ('length' not in form)}" for form in types)
        undecided = f"the character set of {table[1]} is in none of the files" if len(types) > 1 else ""
        yield FormPart(forms[0], roles, forms[1:], undecided)
    elif not found:
        yield FormPart("modify, unchanged", roles)


def _differences(name: str, old: ColumnText, new: ColumnText, table: Name, schema: TextSchema) -> Iterator[str]:
    """Yield the differences between two definitions, but for the type."""
    indexed = ", indexed" * _is_indexed(name, table, schema)
    known = schema.table(table)
    old_charset, new_charset = (charset_of_column(one, known) if known else "" for one in (old, new))
    is_text = bool(new.charset or new.collation)
    old_collation = old.collation or (known.collation if known else "")
    defaults = (old.default, old.default_text, old.on_update), (new.default, new.default_text, new.on_update)
    named = {
        "to null": new.nullable and not old.nullable and not old.primary,
        "to not null": old.nullable and not new.nullable,
        "renamed": schema.column_key(new.name) != schema.column_key(name),
        "moved": _moves(old, new, table, schema),
        "other default": defaults[0] != defaults[1] and {old.default, new.default} != {"", "null"},
        "other comment": old.comment != new.comment,
        "numbered": new.identity and not old.identity,
        "not numbered": old.identity and not new.identity,
        f"generated {new.generated}": bool(new.generated) and old.generated != new.generated,
        f"other expression, generated {new.generated}": old.generated == new.generated and old.expression != new.expression,
        f"no longer generated {old.generated}": bool(old.generated) and not new.generated,
        f"other character set{indexed}": is_text and new_charset != old_charset,
        f"other collation{indexed}": is_text
        and new_charset == old_charset
        and bool(new.collation)
        and old_collation != new.collation,
    }
    yield from (form for form, differs in named.items() if differs)


def _moves(old: ColumnText, new: ColumnText, table: Name, schema: TextSchema) -> bool:
    if not new.position:
        return False
    known = schema.table(table)
    order = [] if known is None or not known.complete else list(known.columns)
    at = schema.column_key(old.name)
    if at not in order:
        return True
    before = order[order.index(at) - 1] if order.index(at) else ""
    wanted = schema.column_key(new.position.removeprefix("after ")) if new.position != "first" else ""
    return before != wanted


def charset_of(table: Name, schema: TextSchema) -> str:
    """Return the character set that CREATE TABLE names; empty if it names none."""
    known = schema.table(table)
    return "" if known is None else known.charset
