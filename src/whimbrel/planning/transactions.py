"""The transactions that a file begins and ends itself: whether they pair up, and with which modes the runner begins its own.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from whimbrel.errors import Problem
from whimbrel.migrations.migration import Migration
from whimbrel.planning.statement import PlannedStatement, place_in
from whimbrel.printable import printable

__all__ = ["are_pairs", "control_problems", "count_modes", "mode_problems"]

_BEGINS, _ENDS = ("BEGIN", "START"), ("COMMIT", "END")
# COMMIT AND CHAIN begins the next transaction, COMMIT RELEASE of MySQL ends the session.
_UNCERTAIN = ("CHAIN", "RELEASE")


def are_pairs(controls: Sequence[PlannedStatement]) -> bool:
    """Whether transactions begin and end in turn, each with COMMIT, and savepoints stand within them.

    Such a file is run as the database's client runs it. One that rolls back, or that ends what it has not begun, is not: it is
    more often a mistake than a wish.
    """
    inside = False
    for planned in controls:
        first = planned.words[0]
        if first in _BEGINS and not inside:
            inside = True
        elif first in _ENDS and inside and not any(word in planned.words for word in _UNCERTAIN):
            inside = False
        elif not (inside and _is_savepoint(planned.words)):
            return False
    return bool(controls) and not inside


def _is_savepoint(words: Sequence[str]) -> bool:
    return words[0] in ("SAVEPOINT", "RELEASE") or (words[0] == "ROLLBACK" and "TO" in words)


def count_modes(modes: Mapping[int, str], first: int) -> int:
    """Return how many statements from number `first` on do nothing but set the modes of a transaction."""
    count = 0
    while first + count in modes:
        count += 1
    return count


def control_problems(migration: Migration, controls: Sequence[PlannedStatement]) -> list[Problem]:
    """Return a problem for every statement that begins or ends a transaction."""
    advice = "to begin and end transactions is the runner's to do; remove it, or write -- whimbrel: transaction=off"
    return [
        Problem("transaction", f"{place_in(migration, one.statement)}: {printable(one.kind)}: {advice}", migration.path)
        for one in controls
    ]


def mode_problems(migration: Migration, asking: Sequence[PlannedStatement]) -> list[Problem]:
    """Return a problem for each statement that asks for modes of a transaction, of a file that has none around it."""
    return [
        Problem(
            "transaction",
            f"{place_in(migration, one.statement)}: {printable(' '.join(one.words))}: the file does not run in one transaction, "
            "so that nothing would have these modes; move what needs them to a file of its own",
            migration.path,
        )
        for one in asking
    ]
