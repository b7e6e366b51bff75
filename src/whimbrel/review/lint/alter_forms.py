"""The forms of the actions of ALTER TABLE. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from whimbrel.parsing.cursor import Name
from whimbrel.review.lint.column_forms import added_column, charset_of, modified_column, retyped_column
from whimbrel.review.lint.ddl.alter import AlterAction
from whimbrel.review.lint.ddl.constraints import ConstraintText, unnamed
from whimbrel.review.lint.ddl.tables import TableText, TextSchema
from whimbrel.review.lint.foreseen import is_too_long
from whimbrel.review.lint.form import FormPart, Roles

__all__ = ["INDEXES", "action_forms", "constraint_form", "on_partitions", "roles_of", "roles_of_all"]

# The constraints that have an index, and indexes.
INDEXES = ("index", "unique", "exclude", "primary key", "fulltext index", "spatial index")
# The parts of a table that matter when one of their columns is dropped.
_HOLDING = {
    "postgresql": ("foreign key",),
    "mysql": ("index", "unique", "primary key", "foreign key", "fulltext index"),
    "mariadb": ("index", "unique", "primary key", "foreign key", "fulltext index"),
    "sqlite": ("index", "unique", "primary key", "foreign key", "check"),
}
# A storage engine, a row format and the like: the new value decides.
_WITH_VALUE = ("row_format", "replica identity")


def roles_of(schema: TextSchema, table: Name, index: str = "", refers: tuple[Name, ...] = ()) -> Roles:
    """Return the roles of a statement on one table."""
    known = schema.table(table)
    others = () if known is None else tuple(own for own, one in known.parts.items() if one.kind in INDEXES and own != index)
    found = {"t": (table[1],), "r": tuple(name[1] for name in refers), "i": (index,) if index else (), "x": others}
    found["p"] = tuple(name[1] for name in schema.partitions(table))
    return {role: names for role, names in found.items() if names}


def roles_of_all(schema: TextSchema) -> Roles:
    """Return the roles of a statement on every table."""
    tables = [one for one in schema.tables.values() if one.kind == "table"]
    indexes = [name for one in tables for name, part in one.parts.items() if part.kind in INDEXES]
    return {"t": tuple(one.name[1] for one in tables), "x": tuple(indexes)}


def action_forms(action: AlterAction, table: Name, schema: TextSchema) -> Iterator[FormPart]:
    """Yield the forms of one action on a table, before the action is applied to the schema."""
    words, roles = action.words, roles_of(schema, table)
    if words == "add column" and action.column is not None:
        if schema.column(table, action.column.name) is not None:
            yield FormPart("nothing", {}) if action.conditional else FormPart("add column, there already", roles)
        else:
            yield from added_column(action.column, schema, roles)
    elif words == "modify":
        yield from modified_column(action, table, schema, roles)
    elif words == "type":
        yield from retyped_column(action, table, schema, roles)
    elif (read := _READERS.get(words)) is not None:
        yield read(action, table, schema)
    elif words == "rename column" and _is_missing(action, table, schema):
        yield FormPart("rename column, not there", roles)
    elif words == "rename table" and schema.table((table[0], action.new)) is not None:
        yield FormPart("rename table, name taken", roles)
    else:
        value = f" {action.new}" if words in _WITH_VALUE and action.new else ""
        refers = () if action.other is None else (action.other,)
        yield FormPart(words + value, roles_of(schema, table, action.name if "index" in words else "", refers))


def _is_missing(action: AlterAction, table: Name, schema: TextSchema) -> bool:
    known = schema.table(table)
    return known is not None and known.complete and schema.column_key(action.name) not in known.columns


def on_partitions(part: FormPart, table: Name, schema: TextSchema) -> FormPart:
    """Return a form for a table with partitions, which PostgreSQL changes, too."""
    known = schema.table(table)
    parted = schema.database == "postgresql" and known is not None and (known.partitioned or "p" in part.roles)
    if not parted or part.form == "nothing" or "partition" in part.form:
        return part
    end = ", with partitions"
    return part._replace(form=part.form + end, instead=tuple(form + end for form in part.instead))


def constraint_form(one: ConstraintText, table: Name, schema: TextSchema) -> FormPart:
    """Return the form of adding a constraint or an index."""
    name = one.name or unnamed(schema.database, table[1], one)
    suffix = ", using index" * bool(one.using) + ", not valid" * one.not_valid + ", not enforced" * one.not_enforced
    suffix += ", of an expression" * one.of_expression
    suffix += ", too long" * (
        schema.database in ("mysql", "mariadb") and one.kind == "unique" and is_too_long(one, table, schema)
    )
    index = (one.using or name) if one.kind in INDEXES else ""
    roles = roles_of(schema, table, index, (one.references,) if one.references else ())
    form = f"add {one.kind}{suffix}"
    if one.kind == "not null" and (column := schema.column(table, one.columns[0])) is not None and not column.nullable:
        return FormPart("set not null, of a not null column", roles)
    if one.kind == "foreign key" and not schema.keys_checked and schema.database != "sqlite":
        undecided = "no facts are recorded about a foreign key that is added while foreign_key_checks is 0"
        return FormPart(form, roles, undecided=undecided)
    if one.kind != "primary key" or schema.database != "postgresql":
        return FormPart(form, roles)
    columns = _key_columns(one, table, schema)
    nullable = None if None in columns.values() else any(columns.values())
    forms = {True: f"{form}, of nullable columns", False: f"{form}, of not null columns"}
    if nullable is not None:
        return FormPart(forms[nullable], roles)
    undecided = f"no file says whether the columns of the primary key of {table[1]} are NOT NULL; if not, the table is scanned"
    return FormPart(forms[True], roles, (forms[False],), undecided)


def _key_columns(one: ConstraintText, table: Name, schema: TextSchema) -> Mapping[str, bool | None]:
    """Return whether each column of a key is nullable; None for a column that no file makes."""
    known = schema.table(table)
    using = None if known is None else known.parts.get(one.using)
    columns = [schema.column(table, column) for column in (using.columns if using else one.columns)]
    found = {str(number): None if column is None else column.nullable for number, column in enumerate(columns)}
    return found or {"": None}


def _dropped_column(action: AlterAction, table: Name, schema: TextSchema) -> FormPart:
    known, at = schema.table(table), schema.column_key(action.name)
    if known is not None and known.complete and at not in known.columns:
        return FormPart("nothing", {}) if action.conditional else FormPart("drop column, not there", roles_of(schema, table))
    parts = [] if known is None else [one for one in known.parts.values() if at in one.columns or _mentions(one, at)]
    # A check of the column itself goes with it.
    kinds = sorted({one.kind for one in parts if one.kind != "check" or at not in one.columns} & set(_HOLDING[schema.database]))
    kinds += ["a view"] * (schema.is_viewed(table, action.name) and not action.cascade)
    column = schema.column(table, action.name)
    generated = f", generated {column.generated}" if column is not None and column.generated else ""
    refers = tuple(one.references for one in parts if one.references is not None)
    return FormPart(f"drop column{generated}{''.join(f', in {kind}' for kind in kinds)}", roles_of(schema, table, "", refers))


def _mentions(one: ConstraintText, column: str) -> bool:
    return column.lower() in one.expression.lower().split()


def _dropped_part(action: AlterAction, table: Name, schema: TextSchema) -> FormPart:
    known = schema.table(table)
    part = None if known is None else known.parts.get(action.name)
    if action.conditional and part is None and known is not None and known.complete:
        return FormPart("nothing", {})
    refers = (part.references,) if part is not None and part.references is not None else ()
    index = action.name if action.words == "drop index" or (part is not None and part.kind in INDEXES) else ""
    roles = roles_of(schema, table, index, refers)
    # SQLite drops none, of whatever kind.
    if action.words != "drop constraint" or schema.database == "sqlite":
        return FormPart(action.words, roles)
    if part is not None:
        # MariaDB has no DROP CHECK.
        named = "constraint of a check" if part.kind == "check" and schema.database in ("mysql", "mariadb") else part.kind
        return FormPart(f"drop {named}", roles)
    forms = tuple(f"drop {kind}" for kind in ("check", "unique", "foreign key", "primary key"))
    return FormPart(forms[0], roles, forms[1:], f"no file makes the constraint {action.name}, so its kind is not known")


def _conditions(expression: str) -> list[str]:
    """Return the conditions that a CHECK joins with AND, in capitals, without parentheses around them."""
    text = " ".join(expression.upper().replace('"', "").replace("(", " ").replace(")", " ").split())
    # OR and NOT weaken the conditions beside them; what stands alone is not weakened.
    return text.split(" AND ") if " OR " not in text and "NOT " not in text.replace("IS NOT NULL", "") else [text]


def _not_null(action: AlterAction, table: Name, schema: TextSchema) -> FormPart:
    known = schema.table(table)
    roles, forms = roles_of(schema, table), ("set not null", "set not null, after a check")
    column = schema.column(table, action.name)
    if column is not None and not column.nullable:
        return FormPart("set not null, of a not null column", roles)
    checks = [] if known is None else [one for one in known.parts.values() if one.kind == "check" and not one.not_valid]
    wanted = f"{schema.column_key(action.name)} IS NOT NULL".upper()
    if any(wanted in _conditions(one.expression) for one in checks):
        return FormPart(forms[1], roles)
    if known is not None and known.complete:
        return FormPart(forms[0], roles)
    return FormPart(
        forms[0],
        roles,
        forms[1:],
        f"the files do not list all columns of {table[1]}; a valid CHECK ({action.name} IS NOT NULL) spares the scan",
    )


def _attached(action: AlterAction, table: Name, schema: TextSchema) -> FormPart:
    if action.other is None:
        return FormPart(action.words, roles_of(schema, table))
    other = schema.table(action.other)
    checked = other is not None and any(one.kind == "check" and not one.not_valid for one in other.parts.values())
    roles = roles_of(schema, table, "", (action.other,))
    default = schema.default_partition(table)
    roles, end = {**roles, "d": default}, ", beside a default" * bool(default)
    if not checked:
        return FormPart(action.words + end, roles)
    undecided = f"a CHECK of {action.other[1]} that implies the bounds of the partition spares the scan"
    return FormPart(action.words + end, roles, (f"{action.words}, after a check{end}",), undecided)


def _validated(action: AlterAction, table: Name, schema: TextSchema) -> FormPart:
    known = schema.table(table)
    part = None if known is None else known.parts.get(action.name)
    refers = (part.references,) if part is not None and part.references is not None else ()
    roles = roles_of(schema, table, "", refers)
    if part is not None:
        return FormPart(f"validate {part.kind}", roles)
    undecided = f"no file makes the constraint {action.name}, so its kind is not known"
    return FormPart("validate check", roles, ("validate foreign key",), undecided)


def _converted(action: AlterAction, table: Name, schema: TextSchema) -> FormPart:
    roles, charset = roles_of(schema, table), charset_of(table, schema)
    known = schema.table(table)
    forms = [f"convert to {one} character set" for one in ("the same", "another")]
    if known is not None and known.complete:
        forms[0] += _converted_columns(action, known)
    if charset:
        return FormPart(forms[charset != action.new], roles)
    return FormPart(forms[0], roles, tuple(forms[1:]), f"the character set of {table[1]} is in none of the files")


def _converted_columns(action: AlterAction, table: TableText) -> str:
    """Return the kind of columns that decides whether a new collation, of the same character set, writes the rows anew."""
    if action.collation and action.collation == table.collation:
        return ", same collation"
    indexed = {name for one in table.parts.values() if one.kind in INDEXES for name in one.columns}
    kinds = {one.type.base for one in table.columns.values()}
    if any(one.type.base in ("varchar", "char", "text") for at, one in table.columns.items() if at in indexed):
        return ", indexed"
    return ", of an enum" if kinds & {"enum", "set"} else ", of a text" if any(one.endswith("text") for one in kinds) else ""


def _engine(action: AlterAction, table: Name, schema: TextSchema) -> FormPart:
    return FormPart(f"engine {'innodb' if action.new == 'innodb' else 'of another kind'}", roles_of(schema, table))


def _expression(action: AlterAction, table: Name, schema: TextSchema) -> FormPart:
    column = schema.column(table, action.name)
    kind = "stored" if column is None else column.generated or "stored"
    return FormPart(f"{action.words}, generated {kind}", roles_of(schema, table))


def _added_part(action: AlterAction, table: Name, schema: TextSchema) -> FormPart:
    if action.constraint is None:
        return FormPart("add ?", roles_of(schema, table))
    return constraint_form(action.constraint, table, schema)


def _logged(action: AlterAction, table: Name, schema: TextSchema) -> FormPart:
    known, roles = schema.table(table), roles_of(schema, table)
    unlogged = None if known is None else known.unlogged
    changes = unlogged is None or unlogged == (action.words == "set logged")
    # A statement that changes nothing has the facts of the recorded one that changes nothing: SET LOGGED of a logged table.
    return FormPart("set unlogged" if changes else "set logged", roles)


_READERS: dict[str, Callable[[AlterAction, Name, TextSchema], FormPart]] = {
    "add constraint": _added_part,
    "drop column": _dropped_column,
    **dict.fromkeys(("drop index", "drop constraint", "drop foreign key", "drop check", "drop primary key"), _dropped_part),
    "alter column set not null": _not_null,
    "attach partition": _attached,
    "validate constraint": _validated,
    "convert to character set": _converted,
    "engine": _engine,
    **dict.fromkeys(("set logged", "set unlogged"), _logged),
    "alter column set expression": _expression,
    "alter column drop expression": _expression,
}
