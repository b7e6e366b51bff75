"""Read the objects that DO blocks, routines and texts for EXECUTE change: in PL/pgSQL, SQL/PSM and plain SQL.

Pure: no database, no disk. A CREATE in a body does not count: it fails on an existing object, or a condition guards it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from whimbrel.dialects.objects import Catalog
from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.do_block import body_text
from whimbrel.parsing.lexer import unquoted
from whimbrel.planning.built_texts import UNKNOWN, read_texts
from whimbrel.planning.ddl_targets import StatementTarget, read_ddl
from whimbrel.planning.dml_targets import read_write

__all__ = ["Bodies"]

_DDL = frozenset(("ALTER", "DROP", "TRUNCATE", "RENAME"))
# A statement begins after one of these: in a block, or as the whole body of a routine behind its head.
_BEFORE = frozenset(
    (
        "",
        ";",
        "BEGIN",
        "ATOMIC",
        "THEN",
        "ELSE",
        "LOOP",
        "REPEAT",
        "DO",
        ">",
        ":",
        ")",
        "DATA",
        "INVOKER",
        "DEFINER",
        "DETERMINISTIC",
    )
)
# Other statements that may run functions: in AS SELECT, for the rows that are there, or for those to come.
_EVALUATES = frozenset(("CREATE TABLE", "ALTER TABLE", "CREATE INDEX"))
# Only these statements run the functions that they name; others, such as GRANT and COMMENT, only refer to them.
_CALLS = "CALL COPY DECLARE DELETE DO EXECUTE EXPLAIN INSERT MERGE PREPARE REPLACE SELECT SET UPDATE VALUES WITH ("
_CALLERS = frozenset(_CALLS.split())
_ROUTINES = frozenset(("FUNCTION", "PROCEDURE"))
# MySQL and MariaDB prepare the text of a variable: SET @sql = '...'; PREPARE s FROM @sql.
_RUNS_TEXT = frozenset(("DO", "PREPARE", "EXECUTE", "SET"))
# MariaDB runs these outside of routines too.
_BLOCKS = frozenset(("BEGIN", "IF", "FOR", "WHILE", "CASE", "REPEAT", "LOOP"))


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
        if first == "ALTER":
            self._rename(text)
        if "CREATE EVENT" in words or "ALTER EVENT" in words:
            # The server runs it later, without a file.
            head = self._head(text)
            return [*self._body(head), *self.called(text)] if head.skip_to("DO") else []
        if first in _BLOCKS:
            return [*self._inner(text)]
        found = [*self._texts(text, first)] if first in _RUNS_TEXT or (first == "SELECT" and "@" in text) else []
        calls = (
            first in _CALLERS or not _EVALUATES.isdisjoint(words) or ("CREATE VIEW" in words and "materialized" in text.lower())
        )
        return found + (self.called(text) if calls else [])

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

    def _rename(self, text: str) -> None:
        """Follow ALTER FUNCTION f(...) RENAME TO g."""
        head = self._head(text)
        head.skip()
        if head.peek() not in (*_ROUTINES, "ROUTINE"):
            return
        head.skip()
        name = head.qualified()
        known = self._known.get(name[1].lower(), []) if name is not None else []
        if known and head.skip_to("RENAME") and head.take("TO") and (new := head.name()) is not None:
            self._known.setdefault(new.lower(), []).extend(known)

    def _texts(self, text: str, behind: str) -> Iterator[StatementTarget]:
        """Yield what the strings of a statement change that stand behind a word."""
        head = self._head(text)
        head.skip_to(behind)
        for inner in read_texts(head):
            yield from self._inner(inner)

    def _inner(self, text: str) -> Iterator[StatementTarget]:
        yield from self._body(self._head(text))
        yield from self.called(text)

    def _body(self, head: TokenCursor) -> Iterator[StatementTarget]:
        """Yield what the statements from here on change, and what the texts change that one of them may execute."""
        executes = not _EXECUTES.isdisjoint(re.findall(r"\w+", head.text.upper()))
        texts = head.ahead(read_texts) if executes else []
        yield from filter(None, map(_placed, self._statements(head)))
        for text in texts:
            yield from self._inner(text)

    def _statements(self, head: TokenCursor) -> Iterator[StatementTarget]:
        before = ""
        while not head.ended():
            word = head.peek()
            if word in _DDL and before in _BEFORE:
                yield from (one for one in head.ahead(self._ddl) if one.effect != "create")
            head.skip()
            yield from read_write(head, word, before)
            before = word

    def _ddl(self, head: TokenCursor) -> Iterator[StatementTarget]:
        return read_ddl(head, self._catalog)

    def called(self, text: str) -> list[StatementTarget]:
        """Return what the known routines change that a statement calls, a CREATE TRIGGER included, and the sequences it sets."""
        found: list[StatementTarget] = []
        sets = "setval" in text.lower()
        head = self._head(text if self._known or sets else "")
        while (token := head.token()) is not None:
            if token.upper == "CALL":
                # MySQL calls a procedure without arguments by its name alone.
                found += [one for name in head.ahead(_qualified) for one in self._changed_by(name)]
                head.relation()
            elif token.kind in ("word", "name") and head.peek() == "(":
                found += self._changed_by(unquoted(token, self._catalog.fold))
                found += head.ahead(self._set_sequence) if token.upper == "SETVAL" else []
        return found

    def _changed_by(self, name: str) -> list[StatementTarget]:
        return [one._replace(words=f"{one.words} in {name}()") for one in self._known.get(name.lower(), ())]

    def _set_sequence(self, head: TokenCursor) -> Iterator[StatementTarget]:
        """Yield the sequence of SETVAL(...): its name, a text with its name, or that of pg_get_serial_sequence('table', ...)."""
        head.take("(")
        _ = head.take("PG_CATALOG", ".")
        _ = head.take("PG_GET_SERIAL_SEQUENCE", "(")
        token = head.peek_token()
        named = head if token is None or token.kind != "string" else self._head(body_text(token.text))
        if (name := named.relation()) is not None:
            yield StatementTarget("write", "relation", name, "SETVAL")


_EXECUTES = frozenset(("EXECUTE", "PREPARE"))


def _qualified(head: TokenCursor) -> Iterator[str]:
    if (name := head.qualified()) is not None:
        yield name[1]


def _placed(target: StatementTarget) -> StatementTarget | None:
    """Return the target; for a name that only the server knows, return the whole schema, or None if no row can be lost.

    Trigger functions insert into a partition whose name they put together, and many procedures add a column only once.
    """
    schema, own = target.name
    if UNKNOWN not in own + schema:
        return target
    if target.effect != "drop" and target.words not in _LOSING:
        return None
    place = "" if UNKNOWN in schema else schema
    return StatementTarget(target.effect, "contents", ("", place), f"{target.words} of a name that the server puts together")


_LOSING = ("DELETE", "MERGE", "REPLACE", "TRUNCATE", "UPDATE")
