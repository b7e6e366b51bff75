"""Run several short files in one message, each in a transaction of its own with its record.

For a database without a history only: its tables are new, so no file takes long, and an operator does not need to see which one
runs. If the database refuses a file, the history shows which; the run then repeats that file alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from time import monotonic

from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.planning.batches import batches
from whimbrel.planning.plan import Plan
from whimbrel.runner.failure import failure
from whimbrel.runner.transactional import begin_sql, commit_sql
from whimbrel.session.session import Session

__all__ = ["run_together"]

# If a whole message took fewer milliseconds than this, the time of each file is not worth a query.
_SHORT = 20.0


async def run_together(session: Session, plans: Sequence[Plan], rank: int, applied: Sequence[str]) -> list[float]:
    """Run files and record them with `rank` and the ranks after it; return the milliseconds of each recorded file.

    The recorded files are all of them, or those before the file that the database refused. After a short message each file counts
    an equal part of it; the history has the time by the server's clock. Raises MigrationFailed if the connection is lost.
    """
    message, ends = await _message(session, plans, rank)
    started = monotonic()
    async with session.connection.rollback_on_error():
        with failure(plans[0], applied) as at:
            at.statement = next(plans[0].statements(), None)
            outcome = await _send(session, message, plans)
    took = (monotonic() - started) * 1000
    if not outcome.refused and took < _SHORT:
        return [took / len(plans)] * len(plans)
    reached = outcome.reached if outcome.reached is not None else await _held(session, len(message))
    recorded = await session.history.times(rank)
    sent = [plan for plan, end in zip(plans, ends, strict=True) if end <= reached]
    ours = takewhile(lambda pair: pair[0].key == pair[1][0], zip(sent, recorded, strict=False))
    return [milliseconds for _, (_, milliseconds) in ours]


async def _held(session: Session, statements: int) -> int:
    """Return `statements` if the lock is still ours, else 0.

    Some drivers do not report how many statements of a message took effect. While we hold the lock, no other process records
    anything, so the records show how far it came.
    """
    return statements if await session.dialect.owns_lock(session.connection, session.schema) else 0


async def _message(session: Session, plans: Sequence[Plan], rank: int) -> tuple[list[str], list[int]]:
    """Return the statements of the message, and their number at the end of each file."""
    message: list[str] = []
    ends: list[int] = []
    started = monotonic()
    for index, plan in enumerate(plans):
        message += await begin_sql(session, plan)
        for batch in batches(plan, lambda _number, _piece: False):
            message += batch.texts()
        recorded = session.records.recorded(rank + index - 1) if index else ""
        message += commit_sql(session, plan, rank + index, session.dialect.elapsed(started, recorded))
        ends.append(len(message))
        session.state = session.state._replace(left=plan.left)
    return message, ends


class _Outcome(NamedTuple):
    """The outcome of a message. `reached` counts the statements that took effect; it is None if the driver does not report it."""

    reached: int | None
    refused: bool = True


async def _send(session: Session, message: Sequence[str], plans: Sequence[Plan]) -> _Outcome:
    """Send the message. If the database refuses a file, roll that file back; those before it are recorded."""
    try:
        await session.connection.send(message)
    except ConnectionLost as error:
        together = f"{plans[0].migration} to {plans[-1].migration} were sent together"
        raise ConnectionLost(f"{error.message}; {together}", code=error.code) from error
    except DatabaseError as error:
        outcome = _Outcome(error.reached)
    else:
        outcome = _Outcome(None) if session.connection.in_transaction else _Outcome(len(message), refused=False)
    if outcome.refused:
        await session.connection.roll_back()
        session.state = session.state.in_doubt()
    return outcome
