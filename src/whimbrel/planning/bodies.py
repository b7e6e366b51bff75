"""Read the objects that DO blocks, routines and texts for EXECUTE change: in PL/pgSQL, SQL/PSM and plain SQL.

Pure: no database, no disk. A CREATE in a body does not count: it fails on an existing object, or a condition guards it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from whimbrel.dialects.objects import Catalog
from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.do_block import body_text
from whimbrel.parsing.lexer import unquoted
from whimbrel.planning.ddl_targets import StatementTarget, read_ddl
from whimbrel.planning.dml_targets import read_write

__all__ = ["Bodies"]

_DDL = frozenset(("ALTER", "DROP", "TRUNCATE", "RENAME"))
# A statement begins after one of these: in a block, or as the whole body of a routine behind its head.
_BEFORE = frozenset(
    ("", ";", "BEGIN", "THEN", "ELSE", "LOOP", "REPEAT", "DO", ">", ":", ")", "DATA", "INVOKER", "DEFINER", "DETERMINISTIC")
)
# Only these statements run the functions that they name; others, such as GRANT and COMMENT, only refer to them.
_CALLERS = frozenset(
    ("CALL", "DELETE", "DO", "EXECUTE", "EXPLAIN", "INSERT", "MERGE", "REPLACE", "SELECT", "SET", "UPDATE", "VALUES", "WITH", "(")
)
_ROUTINES = frozenset(("FUNCTION", "PROCEDURE"))
# MySQL and MariaDB prepare the text of a variable: SET @sql = '...'; PREPARE s FROM @sql.
_RUNS_TEXT = frozenset(("DO", "PREPARE", "EXECUTE", "SET"))


class Bodies:
    """The routines that the files of a run define, in order, with the objects that each changes when something calls it.

    `head` returns a cursor at the start of a text.
    """

    def __init__(self, catalog: Catalog, head: Callable[[str], TokenCursor], known: dict[str, list[StatementTarget]]) -> None:
        self._catalog = catalog
        self._head = head
        self._known = known

    def read(self, text: str, words: Sequence[str]) -> list[StatementTarget]:
        """Return the objects that a statement changes through bodies. `words` are the targets' words that its head shows."""
        first = self._head(text).peek()
        if "CREATE FUNCTION" in words or "CREATE PROCEDURE" in words:
            self._define(text)
            return []
        found = [*self._texts(text, first)] if first in _RUNS_TEXT else []
        return found + (self.called(text) if first in _CALLERS else [])

    def _define(self, text: str) -> None:
        head = self._head(text)
        while not head.ended() and head.peek() not in _ROUTINES:
            head.skip()
        head.skip()
        head.condition(wanted=True)
        if (name := head.qualified()) is None:
            return
        found = [*self._body(head), *self._texts(text, "AS"), *self.called(text)]
        # The functions of one name share an entry: only the database knows which of them a call means.
        self._known.setdefault(name[1].lower(), []).extend(found)

    def _texts(self, text: str, behind: str) -> Iterator[StatementTarget]:
        """Yield what the strings of a statement change that stand behind a word."""
        head = self._head(text)
        head.skip_to(behind)
        while (token := head.token()) is not None:
            if token.kind == "string":
                yield from self._inner(body_text(token.text))

    def _inner(self, text: str) -> Iterator[StatementTarget]:
        yield from self._body(self._head(text))
        yield from self.called(text)

    def _body(self, head: TokenCursor) -> Iterator[StatementTarget]:
        """Yield what the statements from here on change."""
        before = ""
        while not head.ended():
            word = head.peek()
            if word in _DDL and before in _BEFORE:
                yield from (one for one in head.ahead(self._ddl) if one.effect != "create")
            head.skip()
            yield from read_write(head, word, before)
            if word in ("EXECUTE", "IMMEDIATE", "PREPARE"):
                yield from head.ahead(self._executed)
            before = word

    def _ddl(self, head: TokenCursor) -> Iterator[StatementTarget]:
        return read_ddl(head, self._catalog)

    def _executed(self, head: TokenCursor) -> Iterator[StatementTarget]:
        """Yield what a text behind EXECUTE changes: a string, or the first string of format('...', ...)."""
        while not head.ended() and head.peek() != ";":
            token = head.token()
            if token is not None and token.kind == "string":
                yield from self._inner(body_text(token.text))
                return

    def called(self, text: str) -> list[StatementTarget]:
        """Return what the known routines change that a statement calls, a CREATE TRIGGER included."""
        found: list[StatementTarget] = []
        head, before = self._head(text if self._known else ""), ""
        while (token := head.token()) is not None:
            # MySQL calls a procedure without arguments by its name alone.
            if token.kind in ("word", "name") and (head.peek() == "(" or before == "CALL"):
                name = unquoted(token, self._catalog.fold)
                found += [one._replace(words=f"{one.words} in {name}()") for one in self._known.get(name.lower(), ())]
            before = token.upper or token.text
        return found
