"""Read the objects that a statement creates, drops or renames, down to columns, indexes and triggers.

Pure: no database, no disk. The effects inside of DO, CALL and the like are not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from whimbrel.dialects.objects import Catalog
from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.planning.alter_table import Action, read_actions
from whimbrel.planning.ddl_targets import read_columns, read_ddl, read_names
from whimbrel.planning.dml_targets import read_dml

__all__ = ["TEMPORARY", "SchemaChange", "read_changes"]

# This limit is enough for a statement with the columns of a wide table, or with a hundred tables to drop.
_MOST_TOKENS = 50_000
_NO_TABLE: Name = ("", "")
_FAMILIES = {
    **dict.fromkeys(("TABLE", "TABLES", "VIEW", "SEQUENCE"), "relation"),
    **dict.fromkeys(("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"), "routine"),
    **dict.fromkeys(("TYPE", "DOMAIN"), "type"),
    "INDEX": "index",
    "TRIGGER": "trigger",
    "EVENT": "event",
}


# PostgreSQL and SQLite have such a schema; the others need none.
TEMPORARY = "pg_temp"


class SchemaChange(NamedTuple):
    """One object and the change to it. `name` is the object's own name; `table` is the table that it belongs to.

    `columns` are the columns that a CREATE TABLE declares. `new` is the new name. An `optional` change does nothing if its
    condition does not hold. With `anew` the statement replaces an existing object.
    """

    effect: Literal["make", "drop", "rename", "use"]
    kind: str
    name: Name
    table: Name = _NO_TABLE
    columns: tuple[str, ...] = ()
    new: Name = _NO_TABLE
    optional: bool = False
    anew: bool = False


def read_changes(text: str, rules: LexerRules, catalog: Catalog) -> Iterator[SchemaChange]:
    """Yield the changes that a statement makes to objects, in order. The schema of a new temporary object is TEMPORARY."""
    head = TokenCursor(text, rules, _MOST_TOKENS, catalog.fold)
    verb = head.peek()
    if verb == "CREATE":
        yield from _created(text, rules, catalog)
    elif verb == "SELECT" and rules.dollar_quotes:
        for target in read_dml(head):
            if target.effect == "create":
                yield SchemaChange("make", "relation", (TEMPORARY if target.temporary else target.name[0], target.name[1]))
    elif verb == "ALTER":
        yield from _altered(head, catalog)
    elif verb == "DROP":
        yield from _dropped(head)
    elif verb == "RENAME":
        yield from _renamed(head)
    elif head.take("USE") and rules.delimiter_command and (name := head.name()) is not None:
        yield SchemaChange("use", "schema", ("", name))


def _created(text: str, rules: LexerRules, catalog: Catalog) -> Iterator[SchemaChange]:
    head = TokenCursor(text, rules, _MOST_TOKENS, catalog.fold)
    head.skip()
    anew = head.take("OR", "REPLACE")
    words = ("UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR", "CONSTRAINT", "ONLINE", "OFFLINE", "AGGREGATE")
    while head.peek() in words:
        head.skip()
    if head.take("DEFINER", "="):
        while not head.ended() and head.peek() not in _FAMILIES:
            head.skip()
    if head.take("INDEX"):
        yield from _index(head)
    elif head.take("TRIGGER"):
        yield from _trigger(head)
    else:
        for target in read_ddl(TokenCursor(text, rules, _MOST_TOKENS, catalog.fold), catalog):
            if target.effect == "create" and target.temporary:
                yield SchemaChange("make", target.family, (TEMPORARY, target.name[1]))
            elif target.effect == "create":
                is_table = target.words == "CREATE TABLE"
                columns = _declared(TokenCursor(text, rules, _MOST_TOKENS, catalog.fold), catalog) if is_table else ()
                yield SchemaChange("make", target.family, target.name, columns=columns, anew=anew and is_table)


def _declared(head: TokenCursor, catalog: Catalog) -> tuple[str, ...]:
    """Return the columns of a CREATE TABLE; none if another table or a query defines them."""
    while not head.ended() and not head.take("TABLE"):
        head.skip()
    head.condition(wanted=True)
    head.qualified()
    return (read_columns(head, catalog.not_columns) if head.take("(") else None) or ()


def _index(head: TokenCursor) -> Iterator[SchemaChange]:
    head.take("CONCURRENTLY")
    optional = head.condition(wanted=True) is not None
    name = None if head.peek() == "ON" else head.qualified()
    while not head.ended() and not head.take("ON"):
        head.skip()
    head.take("ONLY")
    table = head.qualified()
    # PostgreSQL gives a name to an index without one.
    if name is not None and table is not None:
        yield SchemaChange("make", "index", name, table=(table[0] or name[0], table[1]), optional=optional)


def _trigger(head: TokenCursor) -> Iterator[SchemaChange]:
    head.condition(wanted=True)
    name = head.qualified()
    while not head.ended() and not head.take("ON"):
        head.skip()
    table = head.qualified()
    if name is not None and table is not None:
        yield SchemaChange("make", "trigger", name, table=(table[0] or name[0], table[1]))


def _kind(head: TokenCursor) -> tuple[str, str]:
    """Skip the verb and the kind. Return the kind of the objects and its word; the kind is empty if it does not matter here."""
    head.skip()
    while head.peek() in ("MATERIALIZED", "FOREIGN", "ONLINE", "OFFLINE", "IGNORE"):
        head.skip()
    word = head.peek()
    head.skip()
    return _FAMILIES.get(word, ""), word


def _dropped(head: TokenCursor) -> Iterator[SchemaChange]:
    kind, _ = _kind(head)
    if not kind or (kind == "event" and head.take("TRIGGER")):
        return
    head.take("CONCURRENTLY")
    optional = head.condition(wanted=False) is not None
    names = list(read_names(head))
    table = (head.qualified() or _NO_TABLE) if kind in ("index", "trigger") and head.take("ON") else _NO_TABLE
    for name in names:
        yield SchemaChange("drop", kind, name, table=table, optional=optional)


def _altered(head: TokenCursor, catalog: Catalog) -> Iterator[SchemaChange]:
    kind, word = _kind(head)
    head.condition(wanted=False)
    head.take("ONLY")
    name = head.qualified()
    if not kind or name is None:
        return
    if word == "TABLE":
        for action in read_actions(head, catalog.not_columns):
            yield _of_action(action, name)
            name = (name[0], action.new) if action.effect == "rename" and action.kind == "relation" else name
        return
    while not head.ended() and not head.take("RENAME", "TO"):
        head.skip()
    if (new := head.name()) is not None:
        yield SchemaChange("rename", kind, name, new=(name[0], new))


def _of_action(action: Action, table: Name) -> SchemaChange:
    own = table if action.kind == "relation" else (table[0], action.name)
    return SchemaChange(
        action.effect,
        action.kind,
        own,
        table=_NO_TABLE if action.kind == "relation" else table,
        new=(table[0], action.new),
        optional=action.optional,
    )


def _renamed(head: TokenCursor) -> Iterator[SchemaChange]:
    """Read RENAME TABLE a TO b, x TO y, a form of MySQL."""
    head.skip()
    if not head.take("TABLE") and not head.take("TABLES"):
        return
    while (old := head.qualified()) is not None:
        while not head.ended() and not head.take("TO"):
            head.skip()
        if (new := head.qualified()) is not None:
            yield SchemaChange("rename", "relation", old, new=(new[0] or old[0], new[1]))
        if not head.take(","):
            return
