"""Find runs of plain INSERT statements by one pattern instead of token by token: a data file has a hundred thousand of them.

Pure: no database, no disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from whimbrel.parsing.lexer_rules import BLANKS, LexerRules, quote_patterns

__all__ = ["InsertBatch", "find_insert_batch"]

# One message holds a whole run, so a cancellation may have to wait for all of it.
_MOST_STATEMENTS = 1_000
_MOST_CHARACTERS = 128 * 1024


@dataclass(frozen=True, slots=True)
class InsertBatch:
    """The text of `count` successive statements, with their delimiters and the blanks between them.

    `offset` counts characters of the script from 0, `line` and `column` count from 1; all three belong to the first statement.
    `rules` are those of this place, if the script changed them before.
    """

    text: str
    count: int
    offset: int
    line: int
    column: int
    rules: LexerRules | None = None

    def texts(self, rules: LexerRules) -> list[str]:
        """Return the statements, byte for byte, without delimiters and the blanks between them."""
        return [found[1] for found in _pattern(self.rules or rules).finditer(self.text)]


def find_insert_batch(script: str, position: int, rules: LexerRules) -> tuple[int, int]:
    """Return the end of the run that begins at `position`, after its last delimiter, and its number of statements.

    A statement belongs to the run if it consists of words, numbers, closed quotes and plain symbols alone.
    """
    match, end, count = _pattern(rules).match, position, 0
    while count < _MOST_STATEMENTS and end - position < _MOST_CHARACTERS and (found := match(script, end)):
        end, count = found.end(), count + 1
    return end, count


@lru_cache
def _pattern(rules: LexerRules) -> re.Pattern[str]:
    # Any other start ends the run: a comment, a dollar quote, a name in brackets, a command of psql, a variable. So does a
    # quote after a letter, which may change its meaning, as in E'...'.
    quotes = "|".join(rf"(?<![A-Za-z]){pattern}" for _, pattern in quote_patterns(rules) if pattern[0] in "'\"")
    plain = rf"""[^;'"`\[$#@\\\-/\x00]++|-(?!-)|/(?!\*)|{quotes}"""
    return re.compile(rf"[{BLANKS}]*+(insert[{BLANKS}](?:{plain})*+);", re.IGNORECASE | re.DOTALL)
