"""The forms of CREATE, DROP and RENAME, and of ALTER but for tables. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.parsing.lexer import unquoted
from whimbrel.planning.ddl_targets import read_more
from whimbrel.review.lint.alter_forms import constraint_form, on_partitions, roles_of
from whimbrel.review.lint.ddl.constraints import read_index, unnamed
from whimbrel.review.lint.ddl.create_table import read_table
from whimbrel.review.lint.ddl.tables import TableText, TextSchema
from whimbrel.review.lint.foreseen import foresee_drop_index, foresee_index, foresee_table
from whimbrel.review.lint.foreseen_keys import foresee_drop, foresee_keys
from whimbrel.review.lint.form import NOTHING_FORESEEN, Foreseen, FormPart
from whimbrel.review.lint.refusals import refusal_of

__all__ = ["altered_object", "created", "dropped", "renamed"]

_MODIFIER_WORDS = (
    "TEMP TEMPORARY GLOBAL LOCAL UNLOGGED UNIQUE FULLTEXT SPATIAL VECTOR ONLINE OFFLINE IGNORE MATERIALIZED RECURSIVE "
    "VIRTUAL FOREIGN CONSTRAINT SQL SECURITY INVOKER DEFINER ALGORITHM UNDEFINED MERGE TEMPTABLE = AGGREGATE EVENT"
)
_MODIFIERS = frozenset(_MODIFIER_WORDS.split())
# These words belong to the name of the kind.
_NAMING = ("UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR", "MATERIALIZED", "UNLOGGED", "FOREIGN", "VIRTUAL", "EVENT")
_ON_TABLE = ("TRIGGER", "POLICY", "RULE", "STATISTICS")


def _kind(head: TokenCursor) -> tuple[str, bool, bool]:
    """Step over the words up to the kind; return it in lower case, whether it is temporary, and whether it replaces."""
    replaces = head.take("OR", "REPLACE")
    temporary, named = False, []
    while head.peek() in _MODIFIERS:
        temporary = temporary or head.peek() in ("TEMP", "TEMPORARY")
        if head.peek() in _NAMING:
            named.append(head.peek())
        if head.take("DEFINER", "="):
            while not head.ended() and head.peek() not in (
                "VIEW",
                "TRIGGER",
                "PROCEDURE",
                "FUNCTION",
                "SQL",
                "EVENT",
                "AGGREGATE",
            ):
                head.skip()
        else:
            head.skip()
    kind = head.peek()
    head.skip()
    if named == ["EVENT"] and kind != "TRIGGER":
        return "event", False, replaces
    return " ".join((*named, kind)).lower(), temporary, replaces


def created(head: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    """Yield the forms of CREATE, and add what it makes to the schema."""
    head.skip()
    kind, temporary, replaces = _kind(head)
    if kind.endswith("table"):
        yield from _created_table(head, schema, kind, temporary=temporary, replaces=replaces)
    elif kind.endswith("index"):
        yield from _created_index(head, schema, kind)
    elif kind.endswith("view"):
        conditional = head.condition(wanted=True) is not None
        name = head.relation() or ("", "")
        if conditional and schema.table(name) is not None:
            yield FormPart("nothing", {})
            return
        again = replaces and (schema.table(name) is not None or schema.database == "sqlite")
        schema.make(TableText(name, kind))
        schema.views[name[1]] = frozenset(_rest_of(head))
        yield FormPart(f"create {kind}{', again' * again}", roles_of(schema, name))
    elif kind == "domain":
        _domain(head, schema)
        yield FormPart("create domain", {})
    else:
        if kind == "type" and (own := head.relation()) is not None and head.take("AS", "ENUM"):
            schema.enums.add(own[1].lower())
        table = _table_of(head) if kind.upper() in _ON_TABLE else None
        yield FormPart(f"create {kind}", {} if table is None else roles_of(schema, table))


def _created_table(head: TokenCursor, schema: TextSchema, kind: str, *, temporary: bool, replaces: bool) -> Iterator[FormPart]:
    conditional = head.condition(wanted=True) is not None
    name = head.relation()
    if name is None:
        return
    if temporary:
        yield FormPart("create temporary table", {})
        return
    if schema.table(name) is not None and not replaces:
        complete = (known := schema.table(name)) is not None and known.complete
        there = (
            refusal_of("table there", schema.database, f"there is a table {name[1]} already") if complete else NOTHING_FORESEEN
        )
        found = FormPart("create table, there already", roles_of(schema, name), foreseen=there)
        yield FormPart("nothing", {}) if conditional else found
        return
    if replaces and kind == "table":
        foreseen = refusal_of("table replaced", schema.database, "this database has no CREATE OR REPLACE TABLE")
        if foreseen.code or schema.table(name) is not None:
            yield FormPart("drop table", roles_of(schema, name), foreseen=foreseen)
    table = read_table(head, name, schema)
    table.unlogged = kind.startswith("unlogged")
    roles: dict[str, tuple[str, ...]] = {"t": (name[1],)}
    query = not table.complete and table.parent is None and any(word in table.options.split() for word in ("SELECT", "EXECUTE"))
    partition = ", partition" * (table.parent is not None)
    if table.parent is not None:
        default = schema.default_partition(table.parent)
        partition += ", beside a default" * bool(default)
        roles |= {"r": (table.parent[1],), "d": default}
    yield FormPart(f"create {kind}{' from a query' * query}{partition}", roles, foreseen=foresee_table(table, schema.database))
    foreseen = foresee_keys(name, tuple(table.parts.values()), schema)
    for other in table.references():
        yield FormPart("create table with foreign key", {"t": (name[1],), "r": (other[1],)}, foreseen=foreseen)


def _created_index(head: TokenCursor, schema: TextSchema, kind: str) -> Iterator[FormPart]:
    concurrently = head.take("CONCURRENTLY")
    conditional = head.condition(wanted=True) is not None
    name = None if head.peek() == "ON" else head.qualified()
    if head.take("USING"):
        head.skip()
    only = head.skip_to("ON") and head.peek() == "ONLY"
    if (table := head.relation()) is None:
        return
    method = head.take("USING")
    if method:
        head.skip()
    one = read_index(head, kind, "" if name is None else name[1], schema.database)
    columns, of_expression = one.columns, one.of_expression
    one = one if one.name else one._replace(name=unnamed(schema.database, table[1], one._replace(kind="index")))
    if schema.has_index(one.name, table):
        complete = (holder := schema.table(schema.indexes.get(one.name))) is not None and holder.complete
        taken = (
            refusal_of("index there", schema.database, f"there is an index {one.name} already") if complete else NOTHING_FORESEEN
        )
        taken = taken._replace(same_index=schema.indexes[one.name][1] if one.name in schema.indexes else "")
        found = FormPart(f"create {kind}, there already", roles_of(schema, table), foreseen=taken)
        yield FormPart("nothing", {}) if conditional else found
        return
    foreseen = foresee_index(one, table, schema)
    known = schema.table(table)
    if concurrently and known is not None and known.partitioned and not only:
        foreseen = refusal_of("parts of an index", schema.database, f"{table[1]} has partitions, and CONCURRENTLY takes none")
    suffix = ", concurrently" * concurrently + ", using a method" * (method and schema.database == "sqlite")
    lacks = known is not None and known.complete and any(schema.column_key(column) not in known.columns for column in columns)
    suffix += ", of no column" * (lacks and not of_expression)
    suffix += ", of a materialized view" * (known is not None and known.kind == "materialized view")
    suffix += ", of an expression" * (of_expression and schema.database in ("mysql", "mariadb"))
    part = constraint_form(one, table, schema)
    schema.add_part(table, one)
    made = on_partitions(FormPart(f"create {kind}{suffix}", part.roles, foreseen=foreseen), table, schema)
    yield made._replace(form=made.form.replace(", with partitions", ", on the parent only")) if only else made


def _there(kind: str, name: str, holder: TableText | None, schema: TextSchema) -> Foreseen:
    """Return the refusal of a name that is taken, if the files list all columns of its table."""
    if holder is None or not holder.complete:
        return NOTHING_FORESEEN
    return refusal_of(f"{kind} there", schema.database, f"there is {'an' if kind == 'index' else 'a'} {kind} {name} already")


def _table_of(head: TokenCursor) -> Name | None:
    found = head.skip_to("ON") and head.relation()
    return found or None


def _rest_of(head: TokenCursor) -> Iterator[str]:
    """Yield the names in the query of a view, in lower case."""
    while (token := head.token()) is not None:
        if token.kind in ("word", "name"):
            yield unquoted(token).lower()


def _domain(head: TokenCursor, schema: TextSchema) -> None:
    name = head.relation()
    rest = []
    while (token := head.token()) is not None:
        rest.append(token.upper)
    if name is not None:
        schema.domains[name[1].lower()] = "CHECK" in rest or ("NOT" in rest and "NULL" in rest)


def dropped(head: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    """Yield the forms of DROP, and take what it drops from the schema."""
    head.skip()
    kind, temporary, _ = _kind(head)
    kind = kind.replace("tables", "table")
    concurrently = head.take("CONCURRENTLY")
    conditional = head.condition(wanted=False) is not None
    first = head.relation()
    names = [] if first is None else [first, *read_more(head)]
    if kind in ("trigger", "policy", "rule", "index") and head.take("ON"):
        table = head.relation()
        yield from _of_table(kind, names, table, schema, conditional=conditional)
        return
    rest = head.peek()
    if kind == "table" and len(names) > 1 and schema.database == "sqlite":
        yield FormPart("drop several tables", {})
        return
    for name in names:
        if temporary:
            yield FormPart("drop temporary table", {})
        elif kind == "index":
            yield from _dropped_index(name, schema, concurrently=concurrently, conditional=conditional)
        else:
            yield _dropped_object(kind, name, names, schema, cascade=rest == "CASCADE", conditional=conditional)
    for name in names if kind.endswith(("table", "view")) else ():
        schema.drop(name)
        schema.views.pop(name[1], None)


def _of_table(kind: str, names: list[Name], table: Name | None, schema: TextSchema, *, conditional: bool) -> Iterator[FormPart]:
    name = names[0][1] if names else ""
    if conditional and kind == "index" and name not in schema.indexes:
        yield FormPart("nothing", {})
        return
    foreseen = foresee_drop_index(name, table, schema) if kind == "index" else NOTHING_FORESEEN
    roles = {} if table is None else roles_of(schema, table, name if kind == "index" else "")
    yield FormPart(f"drop {kind}", roles, foreseen=foreseen)
    if kind == "index":
        schema.drop_index(name)


def _dropped_index(name: Name, schema: TextSchema, *, concurrently: bool, conditional: bool) -> Iterator[FormPart]:
    table = schema.indexes.get(name[1])
    if conditional and table is None:
        yield FormPart("nothing", {})
        return
    roles = {"i": (name[1],)} if table is None else roles_of(schema, table, name[1])
    foreseen = foresee_drop_index(name[1], None, schema)
    yield FormPart(f"drop index{', concurrently' * concurrently}", roles, foreseen=foreseen)
    schema.drop_index(name[1])


def _dropped_object(
    kind: str, name: Name, names: list[Name], schema: TextSchema, *, cascade: bool, conditional: bool
) -> FormPart:
    known = schema.table(name)
    if not kind.endswith(("table", "view")):
        return FormPart(f"drop {kind}{', cascade' * cascade}", {})
    if known is None and conditional:
        return FormPart("nothing", {})
    refers = () if known is None else known.references()
    # Tables that the statement drops, too, are no obstacle.
    referring = tuple(one for one in schema.referring(name) if one not in names)
    suffix = ", referring" * bool(refers) + ", referred to" * bool(referring) + ", cascade" * (cascade and bool(referring))
    foreseen = foresee_drop(name, schema, cascade=cascade, others=names) if kind == "table" else NOTHING_FORESEEN
    if known is not None and known.complete and not foreseen.code:
        stored = tuple(one.name for one in known.columns.values() if one.generated != "virtual")
        foreseen = foreseen._replace(columns=stored)
    return FormPart(f"drop {kind}{suffix}", roles_of(schema, name, "", (*refers, *referring)), foreseen=foreseen)


def renamed(head: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    """Yield the forms of RENAME TABLE a TO b, c TO d, a form of MySQL."""
    head.skip()
    _ = head.take("TABLE") or head.take("TABLES")
    while (old := head.relation()) is not None and head.skip_to("TO") and (new := head.relation()) is not None:
        yield FormPart("rename table", roles_of(schema, old))
        schema.rename(old, new)
        if not head.take(","):
            return


def altered_object(head: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    """Yield the form of ALTER TYPE, ALTER INDEX, ALTER VIEW and the like: the kind, and the first words behind the name."""
    head.skip()
    kind, _, _ = _kind(head)
    head.condition(wanted=False)
    name = head.relation()
    words: list[str] = []
    while head.peek().isalpha() and len(words) < 2:
        words.append(head.peek().lower())
        head.skip()
    roles = {}
    if name is not None and kind == "index" and (table := schema.indexes.get(name[1])) is not None:
        roles = dict(roles_of(schema, table, name[1]))
    elif name is not None and kind.endswith("view"):
        roles = dict(roles_of(schema, name))
    yield FormPart(" ".join(("alter", kind, *words)), roles)
