"""Group a file's statements into batches, each sent in one round trip, up to a size limit.

Pure: no database. Reads a file again only if it is too large to be kept.
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

# This and the overhead of one statement are far below the message limit of every server.
MOST_CHARACTERS = 128 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive statements; `first` is the number of the first one. With `alone` no other statement may join them."""

    first: int
    statements_or_batches: tuple[Statement | InsertBatch, ...]
    alone: bool
    lexer_rules: LexerRules

    @property
    def numbers(self) -> range:
        """The numbers of the statements."""
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
    """Yield the whole file in batches.

    A statement is a batch by itself if `alone` says so, given its number and text, or if the plan says so.
    """
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
