"""Where a statement with a body ends: the semicolons inside the body are not its end.

Pure: no database, no disk. One class a database; each is fed the tokens of one statement and says which one ends it.
"""

from __future__ import annotations

from typing import Protocol

from database.lexis import Token

__all__ = ["BodyRule", "body_rule"]


class BodyRule(Protocol):
    """Fed token by token from the start of a statement."""

    def ends_at(self, token: Token) -> bool:
        """Take one token and say whether it is the semicolon that ends the statement."""
        ...


class _AtomicBody:
    """PostgreSQL: CREATE FUNCTION ... BEGIN ATOMIC ... END, and parentheses as in CREATE RULE ... DO (a; b).

    The END that closes a body stands after a semicolon or after ATOMIC, where a statement would begin; the END of a CASE and
    a column named end never do. https://www.postgresql.org/docs/current/sql-createfunction.html (sql_body)
    """

    def __init__(self) -> None:
        self._depth = 0
        self._words: list[str] = []
        self._routine = False
        self._in_body = False
        self._previous = ""

    def ends_at(self, token: Token) -> bool:
        symbol = token.text if token.kind == "symbol" else ""
        word = token.upper
        if len(self._words) < 4 and word:
            self._words.append(word)
            self._routine |= self._words[0] == "CREATE" and word in ("FUNCTION", "PROCEDURE")
        if symbol in ("(", ")"):
            self._depth = max(0, self._depth + (1 if symbol == "(" else -1))
        ends = symbol == ";" and self._depth == 0 and not self._in_body
        if self._routine and self._depth == 0:
            if word == "ATOMIC" and self._previous == "BEGIN":
                self._in_body = True
            elif word == "END" and self._in_body and self._previous in (";", "ATOMIC"):
                self._in_body = False
        self._previous = symbol or word
        return ends


class _TriggerBody:
    """SQLite: CREATE [TEMP] TRIGGER ... BEGIN ...; END. The rule is that of https://sqlite.org/c3ref/complete.html."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._trigger = False
        self._last_two = ("", "")

    def ends_at(self, token: Token) -> bool:
        this = ";" if token.kind == "symbol" and token.text == ";" else token.upper or "other"
        if len(self._words) < 6:
            self._words.append(this)
            head = [word for word in self._words if word not in ("EXPLAIN", "QUERY", "PLAN")]
            self._trigger = (
                head[:1] == ["CREATE"] and "TRIGGER" in head[1:3] and (head[1] == "TRIGGER" or head[1] in ("TEMP", "TEMPORARY"))
            )
        ends = this == ";" and (not self._trigger or self._last_two == (";", "END"))
        self._last_two = (self._last_two[1], this)
        return ends


class _RoutineBody:
    """MySQL and MariaDB: procedures, functions, triggers and events, with or without DELIMITER around them.

    Blocks are kept on a stack. A block opens where a statement may begin, and ends with an END where a statement may begin;
    elsewhere `begin`, `end` and `if` are names or functions. A CASE expression opens and ends in the middle of a statement.
    https://dev.mysql.com/doc/refman/9.7/en/sql-compound-statements.html, https://mariadb.com/kb/en/programmatic-compound-statements/
    """

    _ROUTINES = ("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT")
    _OTHERS = ("TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE", "SERVER", "SEQUENCE", "TABLESPACE", "INSTANCE")
    _BLOCKS = ("BEGIN", "CASE", "IF", "LOOP", "WHILE", "REPEAT", "FOR")
    # A body that starts with one of these is one simple statement.
    _SIMPLE = ("RETURN", "SELECT", "SET", "INSERT", "UPDATE", "DELETE", "REPLACE", "CALL", "WITH", "DO", "TRUNCATE", "SIGNAL")
    _BEFORE_STATEMENT = (";", ":", "BEGIN", "ATOMIC", "THEN", "ELSE", "DO", "LOOP", "REPEAT")
    _EXPRESSION = "CASE expression"

    def __init__(self) -> None:
        self._read = self._read_first
        self._object = ""
        self._may_begin = False
        self._blocks: list[str] = []
        self._statement = ""
        self._parentheses = 0
        self._seen = ("", "")

    def ends_at(self, token: Token) -> bool:
        if token.kind == "mark":
            return False
        this = token.upper or (token.text if token.kind == "symbol" else token.kind)
        if self._seen[1] == ".":
            this = "name"
        if this in ("(", ")"):
            self._parentheses += 1 if this == "(" else -1
        self._read(this)
        self._seen = (self._seen[1], this)
        return this == ";" and not self._blocks

    def _read_first(self, this: str) -> None:
        steps = {"CREATE": self._read_object, "ALTER": self._read_object, "BEGIN": self._read_anonymous}
        self._read = steps.get(this, self._read_simple)
        # MariaDB takes these outside of routines too; on MySQL no statement begins with one of them.
        if this in self._BLOCKS and this != "BEGIN":
            self._open(this)

    def _read_simple(self, this: str) -> None:
        """A statement without a body: its first semicolon ends it."""

    def _read_anonymous(self, this: str) -> None:
        # MariaDB: https://mariadb.com/kb/en/begin-end/; a plain BEGIN starts a transaction.
        if this == "ATOMIC" and self._seen[1] == "NOT":
            self._open("BEGIN")
        elif this != "NOT":
            self._read = self._read_simple

    def _read_object(self, this: str) -> None:
        if this in self._OTHERS:
            self._read = self._read_simple
        elif this in self._ROUTINES:
            self._object, self._read = this, self._read_header
            self._may_begin = this in ("PROCEDURE", "FUNCTION")

    def _read_header(self, this: str) -> None:
        # "BEFORE INSERT ON t" and "ON SCHEDULE EVERY 1 DAY" hold words that begin statements elsewhere.
        starts = {"TRIGGER": ("EACH", "ROW"), "EVENT": (self._seen[0], "DO")}
        self._may_begin = self._may_begin or starts.get(self._object) == self._seen
        if not self._may_begin or self._parentheses > 0:
            return
        if this in self._BLOCKS and self._seen[1] not in self._ROUTINES:
            self._open(this)
        elif this in self._SIMPLE:
            self._read, self._statement = self._read_body, this

    def _read_body(self, this: str) -> None:
        begins = self._seen[1] in self._BEFORE_STATEMENT and self._blocks[-1:] != [self._EXPRESSION]
        if begins:
            self._statement = this
        if this == "END" and self._blocks and (begins or self._ends_inside()):
            self._blocks.pop()
            self._statement = "END"
        elif self._statement == "END":
            return  # The words after END only say what it ends.
        elif this in self._BLOCKS and (begins or (this == "BEGIN" and self._statement == "DECLARE")):
            self._open(this)
        elif this == "CASE":
            self._blocks.append(self._EXPRESSION)
        elif this in ("BEGIN", "IF", "LOOP", "WHILE", "REPEAT", "FOR") and self._opens_late():
            self._open(this)

    def _ends_inside(self) -> bool:
        return self._blocks[-1] == self._EXPRESSION or (self._blocks[-1] == "REPEAT" and self._statement == "UNTIL")

    def _opens_late(self) -> bool:
        # "RETURNS CHAR CHARACTER SET utf8mb4 BEGIN": the header held a word that begins a simple statement elsewhere.
        return not self._blocks and self._statement == "SET" and self._object == "FUNCTION"

    def _open(self, block: str) -> None:
        self._read, self._statement = self._read_body, block
        self._blocks.append(block)


_RULES: dict[str, type[BodyRule]] = {
    "postgresql": _AtomicBody,
    "mysql": _RoutineBody,
    "mariadb": _RoutineBody,
    "sqlite": _TriggerBody,
}


def body_rule(name: str) -> BodyRule:
    """Return a fresh rule for one statement of the database `name`."""
    return _RULES[name]()
