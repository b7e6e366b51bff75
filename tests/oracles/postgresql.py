"""Split a script as PostgreSQL itself does, with libpg_query, which is its scanner and its grammar."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import pglast
from pglast.parser import ParseError

from whimbrel.parsing.splitter import split

Span = tuple[int, int]


class Judge:
    """One script. A statement is known by the places of its first and last token, so that blanks and comments do not count."""

    def __init__(self, script: str) -> None:
        self._script = script
        tokens = [token for token in pglast.scan(script) if token.name not in ("SQL_COMMENT", "C_COMMENT")]
        self._starts: list[int] = [token.start for token in tokens]
        self._ends: list[int] = [token.end + 1 for token in tokens]

    def parsed(self) -> list[Span] | None:
        """Return the statements that the grammar finds; None if it refuses the script."""
        try:
            return self._spans(pglast.split(self._script, with_parser=True, only_slices=True))
        except ParseError:
            return None

    def scanned(self) -> list[Span]:
        """Return the statements that the scanner finds by tokens alone, which is wrong within BEGIN ATOMIC."""
        return self._spans(pglast.split(self._script, with_parser=False, only_slices=True))

    def ours(self) -> list[Span]:
        """Return the statements that the splitter finds."""
        found = [slice(one.offset, one.offset + len(one.text)) for one in split(self._script, "postgresql")]
        assert all(one.start in self._starts for one in found), "a statement begins with its first token"
        return self._spans(found)

    def _spans(self, slices: Iterable[slice]) -> list[Span]:
        return [self._span(one.start, one.stop) for one in slices]

    def _span(self, start: int, stop: int) -> Span:
        first, last = bisect_left(self._starts, start), bisect_right(self._ends, stop) - 1
        assert first <= last, f"no token between {start} and {stop}"
        return self._starts[first], self._ends[last]
