"""Run migrations: their statements and their records.

In a transaction, statements and record are one. Where the database cannot do that, the journal says after every statement how
far the file came: intent, run, done.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import monotonic

from whimbrel.planning.plan import Plan
from whimbrel.runner.file_batch import batchable_files, run_together
from whimbrel.runner.journaled import run_with_journal
from whimbrel.runner.report import AppliedScript
from whimbrel.runner.transactional import run_in_transaction
from whimbrel.session.session import Session

__all__ = ["apply"]


async def apply(
    session: Session, plans: Sequence[Plan], *, rank: int, applied: Sequence[str], fresh: bool = False
) -> list[AppliedScript]:
    """Run the first of these migrations, or a few if the database is `fresh`, and record them with `rank` and those after it.

    Call it with the lock held; an error tells what was `applied` before. Returns nothing, having done nothing, if the history
    holds ranks that the caller has not seen. Raises MigrationFailed.
    """
    together = batchable_files(session.dialect, session.schema, plans, session.is_timed) if fresh else []
    if len(together) < 2:
        return await _apply_one(session, plans[0], rank, applied)
    session.tell(logging.DEBUG, f"applying {together[0].migration} to {together[-1].migration}")
    times = await run_together(session, together, rank, applied)
    done = [_done(session, plan, plan.total, milliseconds / 1000) for plan, milliseconds in zip(together, times, strict=False)]
    if len(done) == len(together):
        return done
    # The one behind those that are recorded was refused; by itself it tells why.
    names = [*applied, *(str(plan.migration) for plan in together[: len(done)])]
    return [*done, *await _apply_one(session, together[len(done)], rank + len(done), names)]


async def _apply_one(session: Session, plan: Plan, rank: int, applied: Sequence[str]) -> list[AppliedScript]:
    started = monotonic()
    session.tell(logging.DEBUG, f"applying {plan.migration}")
    run = run_in_transaction if plan.in_transaction else run_with_journal
    sent = await run(session, plan, rank, applied)
    if sent is None:
        session.portable = None
        session.connection.forget()
        return []
    session.left = plan.left
    return [_done(session, plan, sent, monotonic() - started)]


def _done(session: Session, plan: Plan, sent: int, seconds: float) -> AppliedScript:
    migration = plan.migration
    done = AppliedScript(migration.set_name, str(migration.version), migration.script, sent, seconds)
    session.tell(logging.INFO, str(done))
    return done
