"""Find the end of a statement with a body: the semicolons inside the body do not end it.

Pure: no database, no disk. Each database has a class, which reads the tokens of one statement and returns which one ends it.
"""

from __future__ import annotations

import re
from typing import Protocol

from whimbrel.parsing.lexer import Token
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.mysql_compound import RoutineBody
from whimbrel.parsing.scanner import SEMICOLON, Stops

__all__ = ["BodyRule", "body_rule", "may_have_body"]


class BodyRule(Protocol):
    """Find the end of one statement; give it the tokens from the first one on.

    After each token, `stops` holds the marks and words up to which the caller may skip; None means that the next token matters.
    """

    stops: Stops | None

    def ends_at(self, token: Token) -> bool:
        """Take one token; return whether it is the semicolon that ends the statement."""
        ...


# The statements of a body, up to the END after them.
_TO_END = Stops(not_first=("END",))


class _AtomicBody:
    """PostgreSQL: CREATE FUNCTION ... BEGIN ATOMIC ... END, and parentheses as in CREATE RULE ... DO (a; b).

    The END that closes a body comes after a semicolon or after ATOMIC, where a statement would begin. The END of a CASE, or a
    column named end, never does. https://www.postgresql.org/docs/current/sql-createfunction.html (sql_body)
    """

    _HEADS = (
        ("CREATE", "FUNCTION"),
        ("CREATE", "PROCEDURE"),
        ("CREATE", "OR", "REPLACE", "FUNCTION"),
        ("CREATE", "OR", "REPLACE", "PROCEDURE"),
    )

    _HEADER = Stops(";", words=("BEGIN",), marks="()")

    def __init__(self) -> None:
        self.stops: Stops | None = None
        self._depth = 0
        self._head: tuple[str, ...] = ()
        self._routine = False
        self._in_body = False
        self._previous = ""

    def ends_at(self, token: Token) -> bool:
        this = token.upper or (token.text if token.kind == "symbol" else token.kind)
        if len(self._head) < 4:
            self._head = (*self._head, this)
            self._routine = self._routine or self._head in self._HEADS
        if this in ("(", ")"):
            self._depth = max(0, self._depth + (1 if this == "(" else -1))
        ends = this == ";" and self._depth == 0 and not self._in_body
        if self._routine and self._depth == 0:
            this = self._follow_body(this)
        self._previous = this
        self.stops = self._find_stops(this)
        return ends

    def _follow_body(self, this: str) -> str:
        """Enter or leave the body.

        Return the token; the ATOMIC that opens the body gets a mark, which distinguishes it from a name.
        """
        if this == "ATOMIC" and self._previous == "BEGIN" and not self._in_body:
            self._in_body = True
            return "BEGIN ATOMIC"
        if this == "END" and self._in_body and self._previous in (";", "BEGIN ATOMIC"):
            self._in_body = False
        return this

    def _find_stops(self, this: str) -> Stops | None:
        if len(self._head) < 4 or this == "BEGIN":
            return None
        if self._in_body:
            return _TO_END if this in (";", "BEGIN ATOMIC") else SEMICOLON
        return self._HEADER


class _TriggerBody:
    """SQLite: CREATE [TEMP] TRIGGER ... BEGIN ...; END. The rule is that of https://sqlite.org/c3ref/complete.html."""

    def __init__(self) -> None:
        self.stops: Stops | None = None
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
        self.stops = self._find_stops(this)
        return ends

    def _find_stops(self, this: str) -> Stops | None:
        if len(self._words) < 6 or self._last_two == (";", "END"):
            return None
        return _TO_END if this == ";" else SEMICOLON


_RULES: dict[str, type[BodyRule]] = {
    "postgresql": _AtomicBody,
    "mysql": RoutineBody,
    "mariadb": RoutineBody,
    "sqlite": _TriggerBody,
}


# A statement without any of these words before its first semicolon has no body. On PostgreSQL the body of a routine is a string,
# except for BEGIN ATOMIC, and the actions of a rule stand in parentheses.
_WITH_BODY = {
    "postgresql": ("atomic", "rule"),
    "mysql": ("procedure", "function", "trigger", "event"),
    "mariadb": ("procedure", "function", "trigger", "event"),
    "sqlite": ("trigger",),
}
_MAKES = re.compile(r"(?:create|alter|explain)\b|/\*", re.IGNORECASE)
_BLOCK = re.compile(r"(?:begin|if|case|loop|while|repeat|for)\b", re.IGNORECASE)


def may_have_body(script: str, begin: int, end: int, rules: LexerRules) -> bool:
    """Return whether the statement whose first semicolon is at `end` may have a body; True if in doubt."""
    if rules.dollar_quotes and script.count("(", begin, end) != script.count(")", begin, end):
        return True
    if _MAKES.match(script, begin):
        text = script[begin:end].lower()
        return any(word in text for word in _WITH_BODY[rules.name])
    return rules.delimiter_command and _BLOCK.match(script, begin) is not None


def body_rule(name: str) -> BodyRule:
    """Return a fresh rule for one statement of the database `name`."""
    return _RULES[name]()
