"""Read the objects that CREATE, ALTER, DROP, RENAME and TRUNCATE name.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from whimbrel.dialects.objects import Catalog, Family
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.planning.signature import read_signature

__all__ = ["StatementTarget", "read_columns", "read_ddl", "read_names"]

Effect = Literal["create", "change", "drop", "write"]


class StatementTarget(NamedTuple):
    """An object and the effect of a statement on it. `words` names the statement: CREATE TABLE, INSERT, ...

    `passes_over` says that the statement leaves an existing object as it is (IF NOT EXISTS). `of_index` says that it creates or
    drops an index of the table. `columns` are the columns that a CREATE TABLE declares, or None if the text does not list them.
    `reached` are the tables that a later write to the object may reach: those behind a view, and those that a trigger writes to.
    `signature` are the types of the function that a CREATE FUNCTION makes, or None if the text does not say them for certain.
    """

    effect: Effect
    family: Family
    name: Name
    words: str
    passes_over: bool = False
    of_index: bool = False
    columns: tuple[str, ...] | None = None
    temporary: bool = False
    reached: tuple[Name, ...] = ()
    signature: str | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """The key by which equal touches count once. A second declaration of a table with other columns has another key."""
        return self.words, self.family, self.name, self.passes_over, self.columns, self.reached, self.signature


_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("TABLE", "VIEW", "SEQUENCE", "INDEX"), "relation"),
    **dict.fromkeys(("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE", "PACKAGE"), "routine"),
    **dict.fromkeys(("TYPE", "DOMAIN"), "type"),
    "SCHEMA": "schema",
    "DATABASE": "database",
    "EXTENSION": "extension",
    "TRIGGER": "trigger",
    "EVENT": "event",
}
# Each kind is a part of a table. The statement names the table after ON; CREATE RULE names it after TO.
_PARTS = frozenset(("INDEX", "TRIGGER", "POLICY", "RULE"))
_JUDGED = _PARTS | _FAMILIES.keys()
_CONTAINERS = ("SCHEMA", "DATABASE", "EXTENSION")
# Words between the verb and the kind: OR REPLACE, UNIQUE, SQL SECURITY INVOKER, ALGORITHM = MERGE, ...
_MODIFIERS = (
    "OR REPLACE TEMP TEMPORARY GLOBAL LOCAL UNLOGGED UNIQUE FULLTEXT SPATIAL VECTOR ONLINE OFFLINE IGNORE MATERIALIZED RECURSIVE "
    "VIRTUAL FOREIGN CONSTRAINT SQL SECURITY INVOKER DEFINER ALGORITHM UNDEFINED MERGE TEMPTABLE = JSON RELATIONAL DUALITY"
)
_BETWEEN = frozenset(_MODIFIERS.split())


def read_ddl(head: TokenCursor, catalog: Catalog) -> Iterator[StatementTarget]:
    """Yield the objects that a statement with one of these verbs touches."""
    verb = head.peek()
    head.skip()
    if verb == "TRUNCATE":
        head.take("TABLE")
        yield from (StatementTarget("write", "relation", name, verb) for name in read_names(head))
    elif verb == "RENAME":
        yield from _renamed(head) if head.take("TABLE") or head.take("TABLES") else ()
    else:
        yield from _definition(verb, head, catalog)


def _renamed(head: TokenCursor) -> Iterator[StatementTarget]:
    """Read `a TO x, b TO y`, a form of MySQL."""
    head.condition(wanted=False)
    while (old := head.relation()) is not None:
        yield StatementTarget("change", "relation", old, "RENAME TABLE")
        head.skip_to("TO")
        if (new := head.relation()) is not None:
            yield StatementTarget("create", "relation", new, "RENAME TABLE", reached=(old,))
        if not head.take(","):
            return


def _definition(verb: str, head: TokenCursor, catalog: Catalog) -> Iterator[StatementTarget]:
    replaces = head.peek() == "OR"
    kind, temporary = _kind(head)
    words = f"{verb} {kind}"
    if verb == "DROP" and kind == "OWNED":
        # The current schema represents all objects that the role owns.
        yield StatementTarget("drop", "schema", ("", ""), words)
    if kind not in _JUDGED or (kind == "EVENT" and head.take("TRIGGER")):
        return  # An event trigger does not belong to a table.
    if kind in _PARTS:
        yield from _part(verb, kind, head)
    elif verb == "DROP":
        head.condition(wanted=False)
        names = list(read_names(head))
        # Without CASCADE an extension that is in use stays.
        if kind != "EXTENSION" or head.take("CASCADE"):
            yield from (StatementTarget("drop", _FAMILIES[kind], name, words, temporary=temporary) for name in names)
    elif kind == "TABLE":
        yield from _table(head, catalog, temporary=temporary) if verb == "CREATE" else _altered_table(head)
    elif kind in _CONTAINERS:
        if verb == "ALTER" and (name := head.relation()) is not None and head.take("RENAME"):
            yield StatementTarget("change", _FAMILIES[kind], name, words)
        elif replaces and (name := head.relation()) is not None:
            # MariaDB drops the database and all that it holds.
            yield StatementTarget("drop", _FAMILIES[kind], name, "CREATE OR REPLACE")
    else:
        yield from _object(verb, kind, head, temporary=temporary)


def _object(verb: str, kind: str, head: TokenCursor, *, temporary: bool) -> Iterator[StatementTarget]:
    """Read CREATE or ALTER of a view, a sequence, a routine and the like."""
    passes = head.condition(wanted=True) is not None
    head.condition(wanted=False)
    name, words = head.relation(), f"{verb} {kind}"
    if name is None:
        return
    # CREATE VIEW IF NOT EXISTS: the existing view may have another query.
    passes = passes and kind == "SEQUENCE"
    effect: Effect = "create" if verb == "CREATE" else "change"
    signature = read_signature(head) if words == "CREATE FUNCTION" else None
    yield StatementTarget(effect, _FAMILIES[kind], name, words, passes_over=passes, temporary=temporary, signature=signature)
    if words == "ALTER VIEW" and head.take("RENAME"):
        yield from _new_name(head, name, "ALTER VIEW ... RENAME")


def _kind(head: TokenCursor) -> tuple[str, bool]:
    """Skip the words before the kind, and return the kind; return an empty text for a kind that first contact does not judge."""
    temporary = False
    while head.peek() in _BETWEEN:
        temporary = temporary or head.peek() in ("TEMP", "TEMPORARY")
        if head.take("DEFINER", "="):
            _skip_user(head)
        else:
            head.skip()
    kind = head.peek()
    head.skip()
    _ = (kind == "PACKAGE" and head.take("BODY")) or (kind == "AGGREGATE" and head.take("FUNCTION"))
    return ("TABLE" if kind == "TABLES" else kind), temporary


def _skip_user(head: TokenCursor) -> None:
    # name@host, CURRENT_USER or CURRENT_USER()
    head.skip()
    if head.take("@"):
        head.skip()
    if head.take("("):
        head.take(")")


def _part(verb: str, kind: str, head: TokenCursor) -> Iterator[StatementTarget]:
    """Read a part of a table. If the statement names no table, the part is an object by itself."""
    head.take("CONCURRENTLY")
    passes = head.condition(wanted=True) is not None
    head.condition(wanted=False)
    words, first = f"{verb} {kind}", head.relation() if not (kind == "INDEX" and head.peek() == "ON") else None
    rest = list(read_more(head)) if verb == "DROP" else []
    head.skip_to("TO" if words == "CREATE RULE" else "ON")
    if (table := head.relation()) is not None and (verb != "ALTER" or kind != "INDEX"):
        yield StatementTarget("change", "relation", table, words, passes_over=passes, of_index=kind == "INDEX")
    elif kind in _FAMILIES:
        effect: Effect = "drop" if verb == "DROP" else "change"
        yield from (StatementTarget(effect, _FAMILIES[kind], name, words) for name in (first, *rest) if name is not None)


def read_names(head: TokenCursor) -> Iterator[Name]:
    """Read `a, b`. The names may come with ONLY, a star, or arguments in parentheses."""
    if (name := head.relation()) is not None:
        yield name
        yield from read_more(head)


def read_more(head: TokenCursor) -> Iterator[Name]:
    """Read the rest of a list of names, after the first."""
    while True:
        if head.peek() == "*":
            head.skip()
        if head.peek() == "(":
            head.skip()
            head.skip_parentheses()
        if head.peek() != ",":
            return
        head.skip()
        name = head.relation()
        if name is None:
            return
        yield name


def _table(head: TokenCursor, catalog: Catalog, *, temporary: bool) -> Iterator[StatementTarget]:
    passes = head.condition(wanted=True) is not None
    name = head.relation()
    if name is None:
        return
    # The columns matter only if the table may exist already. INHERITS follows them.
    read = passes or "inherits" in head.text.lower()
    columns = read_columns(head, catalog.not_columns) if read and head.take("(") else None
    yield StatementTarget("create", "relation", name, "CREATE TABLE", passes, columns=columns, temporary=temporary)
    if head.take("PARTITION", "OF") and (parent := head.relation()) is not None:
        yield StatementTarget("change", "relation", parent, "CREATE TABLE ... PARTITION OF")
    if head.take("INHERITS", "("):
        yield from (StatementTarget("change", "relation", parent, "CREATE TABLE ... INHERITS") for parent in read_names(head))


def read_columns(head: TokenCursor, not_columns: frozenset[str]) -> tuple[str, ...] | None:
    """Read the columns of CREATE TABLE up to the closing parenthesis; return None if another table or a query defines them."""
    found: list[str] = []
    more = not head.take(")")
    while more:
        word = head.peek()
        if word in ("(", "SELECT", "WITH", "VALUES", "TABLE", "LIKE"):
            head.skip_parentheses()
            return None
        name = None if word in not_columns else head.name()
        # A column may be called EXCLUDE; the constraint continues with one of these words.
        if name is not None and not (word == "EXCLUDE" and head.peek() in ("USING", "(")):
            found.append(name)
        more = head.skip_element()
    return tuple(found)


# The table that follows becomes a part of another table, or the other way round.
_WITH_ANOTHER = (("ATTACH", "PARTITION"), ("WITH", "TABLE"), ("CONVERT", "TABLE"), ("INHERIT",))


def _altered_table(head: TokenCursor) -> Iterator[StatementTarget]:
    head.condition(wanted=False)
    name = head.relation()
    if name is None:
        return
    yield StatementTarget("change", "relation", name, "ALTER TABLE")
    while not head.ended():
        if head.take("RENAME"):
            yield from _new_name(head, name)
        elif words := next((" ".join(one) for one in _WITH_ANOTHER if head.take(*one)), ""):
            if (other := head.relation()) is not None:
                yield StatementTarget("change", "relation", other, f"ALTER TABLE ... {words}")
        else:
            head.skip()


def _new_name(head: TokenCursor, old: Name, words: str = "ALTER TABLE ... RENAME") -> Iterator[StatementTarget]:
    """Read the rest of RENAME [TO | AS] name. Return None if it renames a part of the table: there TO follows a name."""
    _ = head.take("TO") or head.take("AS")
    new = None if head.peek() in ("COLUMN", "INDEX", "KEY", "CONSTRAINT") else head.relation()
    if new is not None and head.peek() != "TO":
        yield StatementTarget("create", "relation", (new[0] or old[0], new[1]), words, reached=(old,))
