"""The first words of a statement, which tell what it does."""

from __future__ import annotations

from whimbrel.parsing.lexer_rules import LexerRules, tokens

__all__ = ["leading_words"]

# SET may name whatever matters at its end; of what a data file has most, the first word says all.
_ENOUGH = {"SET": 400, "INSERT": 2, "REPLACE": 2, "UPDATE": 2, "DELETE": 2}


def leading_words(text: str, rules: LexerRules, limit: int = 12) -> tuple[str, ...]:
    """Return the first words of a statement in capitals, quoted names as they are: enough to tell what it does."""
    found: list[str] = []
    for token in tokens(text, rules):
        if token.kind in ("word", "name"):
            found.append(token.upper or token.text)
        elif token.kind != "mark":
            found.append(token.text if token.kind == "symbol" else token.kind)
        if found and len(found) >= _ENOUGH.get(found[0], limit):
            break
    return tuple(found)
