"""Find the end of a MySQL routine whose body is in a language other than SQL, between dollar signs.

Pure: no database, no disk. In other places MySQL reads a dollar sign as a letter of a name.
https://dev.mysql.com/doc/refman/9.7/en/create-procedure.html
"""

from __future__ import annotations

import re

from whimbrel.parsing.lexer import end_of_dollar_quote, tokens
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["end_of_foreign_body"]

_CREATE = re.compile(r"create\b", re.IGNORECASE)
_KINDS = ("FUNCTION", "PROCEDURE", "LIBRARY")
# DEFINER = `a`@`b` and similar options stand before the kind.
_BEFORE_KIND = 12


def end_of_foreign_body(script: str, begin: int, rules: LexerRules) -> int | None:
    """Return the end of the body for the statement that begins at `begin`; None if it is not such a routine."""
    if rules.name != "mysql" or not _CREATE.match(script, begin):
        return None
    depth, routine, foreign, before = 0, False, False, ""
    for number, token in enumerate(tokens(script, rules, begin)):
        this = token.upper or token.text
        routine = routine or this in _KINDS
        if this == ";" or (number > _BEFORE_KIND and not routine):
            return None
        depth += (this == "(") - (this == ")")
        foreign = foreign or (before == "LANGUAGE" and token.kind == "word" and this != "SQL")
        if before == "AS" and depth == 0 and foreign and routine:
            end = end_of_dollar_quote(script, token.start)
            return end if end > token.start else None
        before = token.upper
    return None
