"""Find the transaction commands in a DO block of PostgreSQL, by the text of its body.

Pure: no database, no disk. https://www.postgresql.org/docs/current/plpgsql-transactions.html
"""

from __future__ import annotations

from whimbrel.parsing.lexer import Token, end_of_dollar_quote, tokens
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["body_text", "find_controls"]

_CONTROLS = ("COMMIT", "ROLLBACK", "CALL")
# A statement of PL/pgSQL begins after one of these. A label ends in >>.
_BEFORE = ("", ";", "BEGIN", "THEN", "ELSE", "LOOP", ">")


def find_controls(block: Token, rules: LexerRules) -> tuple[str, ...]:
    """Return those of COMMIT, ROLLBACK and CALL that begin a statement of the block's body, each once."""
    found: list[str] = []
    before = ""
    for token in tokens(body_text(block.text), rules):
        this = token.upper or token.text
        if this in _CONTROLS and token.kind == "word" and before in _BEFORE and this not in found:
            found.append(this)
        before = this
    return tuple(found)


def body_text(quoted: str) -> str:
    """Return the text in a string token: in dollar quotes, or in quotes, which it may hold doubled."""
    if quoted[0] == "$":
        mark = quoted.index("$", 1) + 1
        return quoted[mark : -mark if end_of_dollar_quote(quoted, 0) == len(quoted) else None]
    quote = '"' if quoted[0] == '"' else "'"
    return quoted.partition(quote)[2].removesuffix(quote).replace(quote * 2, quote)
