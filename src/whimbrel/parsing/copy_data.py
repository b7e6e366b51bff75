"""Read COPY ... FROM stdin in a script of psql: find the statements that read data from the script, and the end of the data.

Pure: no database, no disk. https://www.postgresql.org/docs/current/sql-copy.html and
https://www.postgresql.org/docs/current/app-psql.html
"""

from __future__ import annotations

import re
from typing import Literal

from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["client_side", "end_of_line", "find_data", "reads_data"]

_COPY = re.compile(r"copy\b", re.IGNORECASE)
_END_OF_DATA = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
# To the server, both words mean the client: https://www.postgresql.org/docs/current/sql-copy.html
_CLIENT = ("STDIN", "STDOUT")


def reads_data(text: str, rules: LexerRules) -> bool:
    """Whether a statement is a COPY from the client. A COPY of a query only sends data, even if its query has a FROM."""
    return client_side(text, rules) == "FROM"


def client_side(text: str, rules: LexerRules) -> Literal["", "FROM", "TO"]:
    """Return whether a statement, without blanks before it, is a COPY FROM the client or TO it; an empty text for any other."""
    if not _COPY.match(text):
        return ""
    depth, before = 0, ""
    for token in tokens(text, rules):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and before in ("FROM", "TO"):
            return before if token.upper in _CLIENT else ""  # type: ignore[return-value]  # it is one of the two
        before = token.upper if depth == 0 else ""
    return ""


def end_of_line(script: str, position: int) -> int:
    """Return the end of the line that holds `position`."""
    end = script.find("\n", position)
    return len(script) if end < 0 else end


def find_data(script: str, start: int) -> tuple[str, int, bool]:
    """Return the data, the position after the line that ends them, and whether text follows that line."""
    found = _END_OF_DATA.search(script, start)
    if found is None or found.end() == len(script):
        return script[start : found.start() if found else None], len(script), False
    return script[start : found.start()], found.end(), True
