"""Apply one planned file, or a few small ones in one message, by the strategy that fits; the caller holds the lock."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

from whimbrel.errors import DatabaseError, MigrationFailed
from whimbrel.planning.plan import Plan
from whimbrel.planning.strategy import Strategy, find_next, next_step
from whimbrel.runner.file_batch import run_together
from whimbrel.runner.journaled import run_with_journal
from whimbrel.runner.report import AppliedScript
from whimbrel.runner.transactional import run_in_transaction
from whimbrel.session.session import Session

__all__ = ["apply"]


async def apply(
    session: Session, plans: Sequence[Plan], *, rank: int, applied: Sequence[str], fresh: bool = False
) -> list[AppliedScript]:
    """Run the first of these migrations, or a few if the database is `fresh`; record them with `rank` and the ranks after it.

    Call it with the lock held; an error lists the migrations `applied` before. Returns nothing, having done nothing, if another
    process recorded ranks that the caller has not seen. Raises MigrationFailed.
    """
    step = next_step(session.dialect, plans, session.state, fresh=fresh)
    if step.strategy is not Strategy.FILE_BATCH:
        following = find_next(session.dialect, session.database, plans, session.state)
        return await _apply_one(session, plans[0], following, rank, applied)
    done = await _apply_together(session, step.plans, rank, applied)
    if len(done) == len(step.plans):
        return done
    # The database refused the next file. Sent alone, the file shows the reason.
    names = [*applied, *(str(plan.migration) for plan in step.plans[: len(done)])]
    return [*done, *await apply(session, step.plans[len(done) :], rank=rank + len(done), applied=names)]


async def _apply_together(session: Session, plans: Sequence[Plan], rank: int, applied: Sequence[str]) -> list[AppliedScript]:
    session.tell(logging.DEBUG, f"applying {plans[0].migration} to {plans[-1].migration}")
    session.course.begin(f"{plans[0].migration} to {plans[-1].migration}", files=len(plans))
    times = await run_together(session, plans, rank, applied)
    return [_done(session, plan, plan.total, milliseconds / 1000) for plan, milliseconds in zip(plans, times, strict=False)]


async def _apply_one(
    session: Session, plan: Plan, following: Plan | None, rank: int, applied: Sequence[str]
) -> list[AppliedScript]:
    started = monotonic()
    session.tell(logging.DEBUG, f"applying {plan.migration}")
    session.course.begin(str(plan.migration), plan.total)
    try:
        if plan.in_transaction:
            sent = await run_in_transaction(session, plan, rank, applied)
        else:
            sent = await run_with_journal(session, plan, rank, applied, following)
    except MigrationFailed as failed:
        await _explain(session, failed)
        raise
    if sent is None:
        session.state = session.state._replace(portable=None)
        session.connection.forget()
        return []
    session.state = session.state._replace(left=plan.left)
    return [_done(session, plan, sent, monotonic() - started)]


async def _explain(session: Session, failed: MigrationFailed) -> None:
    """Add advice from the catalog, if the failed statement names something in a schema that it does not see."""
    with suppress(DatabaseError):  # the failure itself matters more
        if advice := await session.dialect.explain(session.connection, session.schema, failed.code, failed.server_message):
            failed.advise(advice)


def _done(session: Session, plan: Plan, sent: int, seconds: float) -> AppliedScript:
    migration = plan.migration
    done = AppliedScript(migration.set_name, str(migration.version), migration.script, sent, seconds, plan.recorded)
    session.course.applied()
    session.tell(logging.INFO, str(done))
    return done
