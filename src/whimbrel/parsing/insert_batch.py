"""Runs of plain INSERT statements, of which a data file has a hundred thousand: each is found by one pattern, not token by token.

Pure: no database, no disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from whimbrel.parsing.lexer_rules import BLANKS, LexerRules, quote_patterns

__all__ = ["InsertBatch", "find_insert_batch"]

# A run is sent in one message, and is what a server, and a cancellation, may have to wait for.
_MOST_STATEMENTS = 1_000
_MOST_CHARACTERS = 128 * 1024


@dataclass(frozen=True, slots=True)
class InsertBatch:
    """Statements that follow one another, `count` of them, each with its delimiter and the blanks before it.

    `offset` counts characters of the script from 0; `line` and `column` count from 1, and are those of the first one.
    """

    text: str
    count: int
    offset: int
    line: int
    column: int

    def texts(self, rules: LexerRules) -> list[str]:
        """Return the statements, byte for byte, without delimiters and the blanks between them."""
        return [found[1] for found in _pattern(rules).finditer(self.text)]


def find_insert_batch(script: str, position: int, rules: LexerRules) -> tuple[int, int]:
    """Return where a run that begins at `position` ends, behind its last delimiter, and how many statements it has.

    A statement belongs to it if nothing in it, or before it, is anything but words, numbers, closed quotes and plain symbols.
    """
    match, end, count = _pattern(rules).match, position, 0
    while count < _MOST_STATEMENTS and end - position < _MOST_CHARACTERS and (found := match(script, end)):
        end, count = found.end(), count + 1
    return end, count


@lru_cache
def _pattern(rules: LexerRules) -> re.Pattern[str]:
    # What may begin something else than a word, a number or a symbol ends the run: a comment, a dollar quote, a name in
    # brackets, a command of psql, a variable. So does a quote that a letter before it may give another meaning, as E'...' has.
    quotes = "|".join(rf"(?<![A-Za-z]){pattern}" for _, pattern in quote_patterns(rules) if pattern[0] in "'\"")
    plain = rf"""[^;'"`\[$#@\\\-/\x00]++|-(?!-)|/(?!\*)|{quotes}"""
    return re.compile(rf"[{BLANKS}]*+(insert[{BLANKS}](?:{plain})*+);", re.IGNORECASE | re.DOTALL)
