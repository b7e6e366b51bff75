"""Run several short files in one message, each in a transaction of its own with its record.

For a database without a history only: its tables are new, so no file takes long, and nobody waits to see which one does. If the
database refuses a file, the history shows which; the run then repeats that file alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from time import monotonic

from whimbrel.dialects.rules import DialectRules
from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.planning.batches import MOST_CHARACTERS, batches
from whimbrel.planning.plan import Plan
from whimbrel.runner.failure import failure
from whimbrel.runner.transactional import begin_sql, commit_sql
from whimbrel.session.session import Session
from whimbrel.session.state import SessionState

__all__ = ["batchable_files", "run_together"]

_MOST_FILES = 64
# Below so many milliseconds for a whole message, the time of each file is not worth a question.
_SHORT = 20.0


def batchable_files(dialect: DialectRules, plans: Sequence[Plan], state: SessionState) -> list[Plan]:
    """Return the first of these plans that can be sent in one message: none or one if the dialect allows no more."""
    found: list[Plan] = []
    size = 0
    for plan in plans[:_MOST_FILES]:
        size += sum(len(piece.text) for piece in plan.kept)
        timed = state.is_timed(plan.migration.directives)
        if timed or not _travels(dialect, plan) or plan.portable is not plans[0].portable or size > MOST_CHARACTERS:
            break
        # Where the current time is constant within a message, a file that may write rows must be the first of its message.
        if found and plan.left != "nothing" and dialect.time_stands:
            break
        found.append(plan)
        if plan.left != "nothing" and not dialect.session_reset_sql(state.schema, plan.left):
            break
    return found


def _travels(dialect: DialectRules, plan: Plan) -> bool:
    whole = plan.in_transaction and bool(plan.kept) and not (plan.alone or plan.keys_unchecked)
    return whole and dialect.keeps_session and bool(dialect.elapsed(0))


async def run_together(session: Session, plans: Sequence[Plan], rank: int, applied: Sequence[str]) -> list[float]:
    """Run files and record them with `rank` and the ranks after it; return the milliseconds of each recorded file.

    The recorded files are all of them, or those before the file that the database refused. After a short message each file counts
    an equal part of it; the history has the time by the server's clock. Raises MigrationFailed if the connection is lost.
    """
    message, ends = await _message(session, plans, rank)
    started, reached = monotonic(), len(message)
    try:
        async with session.connection.rollback_on_error():
            with failure(plans[0], applied) as at:
                at.statement = next(plans[0].statements(), None)
                await _send(session, message, plans)
        took = (monotonic() - started) * 1000
        if took < _SHORT:
            return [took / len(plans)] * len(plans)
    except _Refused as refused:
        session.state = session.state.in_doubt()
        reached = refused.reached if refused.reached is not None else await _held(session, len(message))
    recorded = await session.history.times(rank)
    sent = [plan for plan, end in zip(plans, ends, strict=True) if end <= reached]
    ours = takewhile(lambda pair: pair[0].key == pair[1][0], zip(sent, recorded, strict=False))
    return [milliseconds for _, (_, milliseconds) in ours]


async def _held(session: Session, statements: int) -> int:
    """Return `statements` if the lock is still ours, else 0.

    Some drivers do not report how far a message came. While we hold the lock nobody else records anything, so the records tell.
    """
    return statements if await session.dialect.owns_lock(session.connection, session.schema) else 0


class _Refused(Exception):
    """The database refused a file, and the files before it are recorded; `reached` is that of the error."""

    def __init__(self, reached: int | None = None) -> None:
        self.reached = reached
        super().__init__()


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


async def _send(session: Session, message: Sequence[str], plans: Sequence[Plan]) -> None:
    try:
        await session.connection.send(message)
    except ConnectionLost as error:
        together = f"{plans[0].migration} to {plans[-1].migration} were sent together"
        raise ConnectionLost(f"{error.message}; {together}", code=error.code) from error
    except DatabaseError as error:
        raise _Refused(error.reached) from error
    if session.connection.in_transaction:
        raise _Refused
