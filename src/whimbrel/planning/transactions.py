"""Check the transactions that a file begins and ends itself, and find the modes for the runner's own transaction.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from whimbrel.dialects.rules import DialectRules
from whimbrel.errors import Problem, ProblemKind
from whimbrel.messages.printable import printable
from whimbrel.migrations.migration import Migration
from whimbrel.planning.statement import PlannedStatement, place_in

__all__ = ["are_pairs", "control_problems", "count_modes", "mode_problems"]

_BEGINS, _ENDS = ("BEGIN", "START"), ("COMMIT", "END")
# COMMIT AND CHAIN begins the next transaction; COMMIT RELEASE ends the session on MySQL.
_UNCERTAIN = ("CHAIN", "RELEASE")


def are_pairs(dialect: DialectRules, controls: Sequence[PlannedStatement], last: int) -> bool:
    """Whether each transaction ends with COMMIT before the next one begins, and every savepoint is inside one.

    Such a file runs as in the database's own client. A file that rolls back, or that ends a transaction which it did not begin,
    is refused, because that is usually a mistake. While autocommit is off, each COMMIT ends a transaction that began by itself;
    nothing may come after the last one. `last` is the number of the last other statement, apart from settings.
    """
    inside = manual = False
    for planned in controls:
        first = planned.words[0]
        if (on := dialect.switches_autocommit(planned.statement)) is not None and not inside and (manual or not on):
            manual = not on
        elif first in _BEGINS and not inside:
            inside = True
        elif first in _ENDS and (inside or manual) and not any(word in planned.words for word in _UNCERTAIN):
            inside = False
        elif not ((inside or manual) and _is_savepoint(planned.words)):
            return False
    ended = not manual or (controls[-1].words[0] in _ENDS and controls[-1].number > last)
    return bool(controls) and not inside and ended


def _is_savepoint(words: Sequence[str]) -> bool:
    return words[0] in ("SAVEPOINT", "RELEASE") or (words[0] == "ROLLBACK" and "TO" in words)


def count_modes(modes: Mapping[int, str], first: int) -> int:
    """Return how many statements from number `first` on do nothing but set transaction modes."""
    count = 0
    while first + count in modes:
        count += 1
    return count


def control_problems(migration: Migration, controls: Sequence[PlannedStatement]) -> list[Problem]:
    """Return a problem for each statement that begins or ends a transaction."""
    advice = "the runner begins and ends transactions; remove this statement, or write -- whimbrel: transaction=off"
    return [
        Problem(ProblemKind.TRANSACTION, f"{place_in(migration, one.statement)}: {printable(one.kind)}: {advice}", migration.path)
        for one in controls
    ]


def mode_problems(migration: Migration, asking: Sequence[PlannedStatement]) -> list[Problem]:
    """Return a problem for each statement that asks for transaction modes in a file that does not run in one transaction."""
    return [
        Problem(
            ProblemKind.TRANSACTION,
            f"{place_in(migration, one.statement)}: {printable(' '.join(one.words))}: the file does not run in one transaction, "
            "so these modes would have no effect; move the statements that need them to a file of their own",
            migration.path,
        )
        for one in asking
    ]
