"""What of a file is sent in one message: as many statements as may travel together, up to a size.

Pure: no database; reads a file again only where it is too large to be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from whimbrel.parsing.insert_batch import Run
from whimbrel.parsing.lexer_rules import Lexis
from whimbrel.parsing.splitter import Statement
from whimbrel.planning.plan import Plan
from whimbrel.planning.statement import Planned, planned

__all__ = ["MOST_CHARACTERS", "Part", "parts"]

# Together with what one statement may add to it, far below what any server takes in a message.
MOST_CHARACTERS = 128 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Statements that follow one another, the first of which has the number `first`; `alone` if no others may be with them."""

    first: int
    pieces: tuple[Statement | Run, ...]
    alone: bool
    lexis: Lexis

    @property
    def numbers(self) -> range:
        """The numbers of its statements."""
        return range(self.first, self.first + sum(piece.count for piece in self.pieces))

    def texts(self) -> list[str]:
        """Return the statements as they are sent."""
        found: list[str] = []
        for piece in self.pieces:
            found += piece.texts(self.lexis) if isinstance(piece, Run) else [piece.text]
        return found

    def statements(self) -> Iterator[Planned]:
        """Yield the statements one by one."""
        number = self.first
        for piece in self.pieces:
            yield from planned(number, piece, self.lexis)
            number += piece.count


def parts(plan: Plan, alone: Callable[[int, Statement | Run], bool]) -> Iterator[Part]:
    """Yield all of a file; by themselves what is to be `alone`, by its first number and text, and what the plan says must be."""
    first, size = 1, 0
    gathered: list[Statement | Run] = []
    for number, piece in plan.pieces():
        by_itself = number in plan.alone or alone(number, piece)
        if gathered and (by_itself or size + len(piece.text) > MOST_CHARACTERS):
            yield Part(first, tuple(gathered), False, plan.lexis)
            gathered, size = [], 0
        if by_itself:
            yield Part(number, (piece,), True, plan.lexis)
            continue
        first = first if gathered else number
        gathered.append(piece)
        size += len(piece.text)
    if gathered:
        yield Part(first, tuple(gathered), False, plan.lexis)
