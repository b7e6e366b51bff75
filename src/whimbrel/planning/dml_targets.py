"""Read the tables that INSERT, UPDATE, DELETE and similar statements write to.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.planning.ddl_targets import StatementTarget, read_more

__all__ = ["read_dml", "read_inner", "read_write"]

_OPTIONS = frozenset(("LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "CONCURRENT", "QUICK", "IGNORE"))
# SQLite: the alternatives of INSERT OR ...
_ALTERNATIVES = frozenset(("ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK"))
_INNER = frozenset(("INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE"))
# After one of these words no statement begins: FOR UPDATE, FOR NO KEY UPDATE, ON DELETE, a column of that name.
_NO_STATEMENT = frozenset(("FOR", "KEY", "ON", "OR", "."))
# Words before a statement that writes, or around it.
_AROUND = frozenset(("WITH", "EXPLAIN", "ANALYZE", "PREPARE", "BEGIN", "IF", "FOR", "WHILE", "CASE", "REPEAT", "LOOP", "("))
_JOINS = frozenset(("JOIN", "STRAIGHT_JOIN", ",", "FROM"))
# Words and symbols that may follow a table's name in the place of an alias.
_AFTER_NAME = (
    "SET WHERE ON USING JOIN INNER OUTER LEFT RIGHT FULL CROSS NATURAL STRAIGHT_JOIN PARTITION FROM ORDER LIMIT RETURNING USE "
    "FORCE IGNORE INDEXED NOT , ( )"
)
_NO_ALIAS = frozenset((*_AFTER_NAME.split(), ""))


def read_dml(head: TokenCursor) -> Iterator[StatementTarget]:
    """Yield the tables that a statement writes to; a statement that only reads yields none."""
    verb = head.peek()
    read = _READERS.get(verb)
    if verb == "COPY" and head.take("COPY", "("):
        yield from read_inner(head)
    elif read is not None:
        head.skip()
        for name in read(head):
            yield StatementTarget("write", "relation", name, verb)
    elif verb in _AROUND:
        yield from read_inner(head)
    elif head.take("SET", "STATEMENT"):
        head.skip_to("FOR")
        yield from read_dml(head)
    elif verb == "SELECT":
        yield from _selected(head)


def _insert(head: TokenCursor) -> Iterator[Name]:
    """Read INSERT or REPLACE, after the verb."""
    if head.take("OR") and head.peek() in _ALTERNATIVES:
        head.skip()
    _skip_options(head)
    head.take("INTO")
    yield from _one(head)


def _skip_options(head: TokenCursor) -> None:
    while head.peek() in _OPTIONS:
        head.skip()


def _one(head: TokenCursor) -> Iterator[Name]:
    if (name := head.relation()) is not None:
        yield name


def _merge(head: TokenCursor) -> Iterator[Name]:
    head.take("INTO")
    yield from _one(head)


def _copy(head: TokenCursor) -> Iterator[Name]:
    """Read COPY. Only COPY ... FROM writes to a table."""
    name = head.relation()
    if head.take("("):
        head.skip_parentheses()
    if name is not None and (head.take("FROM") or head.take("BINARY", "FROM")):
        yield name


def _load(head: TokenCursor) -> Iterator[Name]:
    while not head.ended():
        if head.take("INTO", "TABLE"):
            yield from _one(head)
            return
        head.skip()


def _refresh(head: TokenCursor) -> Iterator[Name]:
    if head.take("MATERIALIZED", "VIEW"):
        head.take("CONCURRENTLY")
        yield from _one(head)


def _update(head: TokenCursor) -> Iterator[Name]:
    """Read UPDATE. With several tables, it writes to the tables whose columns SET names."""
    if head.take("OR"):
        head.skip()
    _skip_options(head)
    tables = _references(head)
    changed = set(_set_tables(head))
    known = len(tables) > 1 and changed and changed <= {alias for alias, _ in tables}
    yield from dict.fromkeys(name for alias, name in tables if not known or alias in changed)


def _references(head: TokenCursor) -> list[tuple[str, Name]]:
    """Read the tables of an UPDATE, or of a DELETE after FROM, with their aliases. Stop at SET, WHERE or the end."""
    found: list[tuple[str, Name]] = []
    expected = True
    while not head.ended() and head.peek() not in ("SET", "WHERE", "ORDER", "LIMIT", "RETURNING"):
        if head.take("("):
            # A subquery is not written to. Parentheses around tables are skipped.
            if head.peek() in ("SELECT", "WITH", "VALUES"):
                head.skip_parentheses()
            continue
        if not expected:
            expected = head.peek() in _JOINS
            head.skip()
            continue
        expected = False
        if (name := head.relation()) is not None:
            head.take("*")
            head.take("AS")
            alias = None if head.peek() in _NO_ALIAS and not _is_quoted(head) else head.name()
            found.append((alias or name[1], name))
    return found


def _is_quoted(head: TokenCursor) -> bool:
    token = head.peek_token()
    return token is not None and token.kind == "name"


def _set_tables(head: TokenCursor) -> Iterator[str]:
    """Yield the table of each column in `SET a.x = 1, b.y = 2`; yield an empty text for a column without a table."""
    more = head.take("SET")
    while more:
        name = head.qualified()
        if name is None:
            return
        if head.take("."):
            # schema.table.column
            head.skip()
            yield name[1]
        else:
            yield name[0]
        more = head.skip_to_comma("WHERE", "FROM", "ORDER", "LIMIT", "RETURNING")


def _delete(head: TokenCursor) -> Iterator[Name]:
    """Read DELETE FROM t, and the forms of MySQL: DELETE a, b FROM ... and DELETE FROM a, b USING ..."""
    _skip_options(head)
    if behind := head.take("FROM"):
        named = [*_one(head), *read_more(head)]
        using = _skip_to(head, "USING") if len(named) == 1 else head.take("USING")
    else:
        named = list(_starred(head))
        using = head.take("FROM")
    tables = _references(head) if using else []
    # An alias never has a schema.
    aliases = {("", alias): name for alias, name in tables}
    yield from (aliases.get(name, name) for name in named)
    if len(named) == 1 and behind:
        # On PostgreSQL the only name after FROM is not an alias, even if USING gives the same one to another table.
        yield from (name for name in named if aliases.get(name, name) != name)


def _starred(head: TokenCursor) -> Iterator[Name]:
    """Read `a, b.*, s.c.*`."""
    while (name := head.name()) is not None:
        schema = ""
        while head.take(".") and not head.take("*"):
            schema, name = name, head.name() or ""
        yield schema, name
        if not head.take(","):
            return


def _skip_to(head: TokenCursor, word: str) -> bool:
    while not head.ended() and head.peek() != "WHERE":
        if head.take(word):
            return True
        head.skip()
    return False


_READERS: dict[str, Callable[[TokenCursor], Iterator[Name]]] = {
    "INSERT": _insert,
    "REPLACE": _insert,
    "UPDATE": _update,
    "DELETE": _delete,
    "MERGE": _merge,
    "COPY": _copy,
    "LOAD": _load,
    "REFRESH": _refresh,
}


def read_inner(head: TokenCursor) -> Iterator[StatementTarget]:
    """Yield the tables that the inner statements write to: after WITH, EXPLAIN or PREPARE, and in blocks."""
    before = ""
    while not head.ended():
        word = head.peek()
        head.skip()
        yield from read_write(head, word, before)
        before = word


def read_write(head: TokenCursor, word: str, before: str) -> list[StatementTarget]:
    """Return what a statement writes to that begins with `word`, the one in front of the cursor; nothing if none begins there."""
    # REPLACE and INSERT are functions, too.
    if word not in _INNER or before in _NO_STATEMENT or head.peek() in ("(", ")", ","):
        return []
    return [StatementTarget("write", "relation", name, word) for name in head.ahead(_READERS[word])]


def _selected(head: TokenCursor) -> Iterator[StatementTarget]:
    """Read SELECT ... INTO t. On PostgreSQL it creates a table."""
    depth = 0
    while (token := head.token()) is not None:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.upper == "INTO":
            temporary = head.take("TEMP") or head.take("TEMPORARY")
            _ = head.take("UNLOGGED")
            head.take("TABLE")
            if head.peek() not in ("OUTFILE", "DUMPFILE", "STRICT") and (name := head.qualified()) is not None:
                yield StatementTarget("create", "relation", name, "SELECT ... INTO", temporary=temporary)
            return
