"""What of a file is sent in one message: as many statements as may travel together, up to a size.

Pure: no database; reads a file again only where it is too large to be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.statement import Statement
from whimbrel.planning.plan import Plan
from whimbrel.planning.statement import PlannedStatement, planned

__all__ = ["MOST_CHARACTERS", "Batch", "batches"]

# Together with what one statement may add to it, far below what any server takes in a message.
MOST_CHARACTERS = 128 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements that follow one another, the first of which has the number `first`; `alone` if no others may be with them."""

    first: int
    statements_or_batches: tuple[Statement | InsertBatch, ...]
    alone: bool
    lexer_rules: LexerRules

    @property
    def numbers(self) -> range:
        """The numbers of its statements."""
        return range(self.first, self.first + sum(piece.count for piece in self.statements_or_batches))

    def texts(self) -> list[str]:
        """Return the statements as they are sent."""
        found: list[str] = []
        for piece in self.statements_or_batches:
            found += piece.texts(self.lexer_rules) if isinstance(piece, InsertBatch) else [piece.text]
        return found

    def statements(self) -> Iterator[PlannedStatement]:
        """Yield the statements one by one."""
        number = self.first
        for piece in self.statements_or_batches:
            yield from planned(number, piece, self.lexer_rules)
            number += piece.count


def batches(plan: Plan, alone: Callable[[int, Statement | InsertBatch], bool]) -> Iterator[Batch]:
    """Yield all of a file; by themselves what is to be `alone`, by its first number and text, and what the plan says must be."""
    first, size = 1, 0
    gathered: list[Statement | InsertBatch] = []
    for number, piece in plan.statements_or_batches():
        by_itself = number in plan.alone or alone(number, piece)
        if gathered and (by_itself or size + len(piece.text) > MOST_CHARACTERS):
            yield Batch(first, tuple(gathered), False, plan.lexer_rules)
            gathered, size = [], 0
        if by_itself:
            yield Batch(number, (piece,), True, plan.lexer_rules)
            continue
        first = first if gathered else number
        gathered.append(piece)
        size += len(piece.text)
    if gathered:
        yield Batch(first, tuple(gathered), False, plan.lexer_rules)
