"""Run one migration: its statements and its record. The one place where a migration's SQL reaches the database.

In a transaction, statements and record are one. Where the database cannot do that, the journal says after every statement how
far the file came: intent, run, done.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from database.errors import DatabaseError
from database.failure import At, failure
from database.journaled import run_with_journal
from database.plan import Plan, Planned
from database.session import Session

__all__ = ["AppliedScript", "apply"]


@dataclass(frozen=True, slots=True)
class AppliedScript:
    """What the report says of one migration; `statements` counts those that this run sent."""

    set_name: str
    version: str
    script: str
    statements: int
    seconds: float

    def __str__(self) -> str:
        counted = "1 statement" if self.statements == 1 else f"{self.statements} statements"
        return f"applied {self.set_name}/{self.script}, {counted}, {self.seconds * 1000:.0f} ms"


async def apply(session: Session, plan: Plan, *, rank: int, applied: Sequence[AppliedScript]) -> AppliedScript | None:
    """Run one migration and record it with `rank`. Call it with the lock held.

    Returns None, having done nothing, if the history holds ranks that the caller has not seen. Raises MigrationFailed.
    """
    started = monotonic()
    if session.used:
        await session.renew()
    session.used = not plan.leaves_nothing
    session.tell(logging.DEBUG, f"applying {plan.migration}")
    run = _run_in_transaction if plan.in_transaction else run_with_journal
    sent = await run(session, plan, rank, [f"{one.set_name}/{one.script}" for one in applied])
    if sent is None:
        return None
    seconds = monotonic() - started
    migration = plan.migration
    done = AppliedScript(migration.set_name, str(migration.version), migration.script, sent, seconds)
    session.tell(logging.INFO, str(done))
    return done


async def _run_in_transaction(session: Session, plan: Plan, rank: int, applied: Sequence[str]) -> int | None:
    with failure(plan, applied) as at:
        return await session.patiently(lambda: _attempt(session, plan, rank, at), lambda: at.text)


async def _attempt(session: Session, plan: Plan, rank: int, at: At) -> int | None:
    started = monotonic()
    async with session.transaction(portable=plan.portable, directives=plan.migration.directives):
        if await session.history.last_rank() != rank - 1:
            return None
        async with session.keys_kept(unchecked=plan.keys_unchecked):
            for planned in plan.statements():
                at.statement = planned
                await _refuse_unprotected(session, planned)
                await session.run(planned.statement)
            at.ended = True
        await session.enter(portable=plan.portable)
        await session.prove_lock()
        await session.history.record(
            plan.migration,
            rank=rank,
            hashes=plan.hashes(),
            installed_by=session.user,
            milliseconds=round((monotonic() - started) * 1000),
            success=True,
        )
    return plan.total


async def _refuse_unprotected(session: Session, planned: Planned) -> None:
    """Raise DatabaseError for a table whose rows would stay when this transaction is rolled back."""
    if table := await session.dialect.unprotected(session.connection, planned.statement):
        raise DatabaseError(
            f"table {table} knows no transactions, so that its rows would stay if this file failed; give it the engine InnoDB, "
            "or write -- whimbrel: transaction=off"
        )
