"""Run one migration: its statements and its record.

In a transaction, statements and record are one. Where the database cannot do that, the journal says after every statement how
far the file came: intent, run, done.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from database.journaled import run_with_journal
from database.plan import Plan
from database.session import Session
from database.transactional import run_in_transaction

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


async def apply(session: Session, plan: Plan, *, rank: int, applied: Sequence[str]) -> AppliedScript | None:
    """Run one migration and record it with `rank`. Call it with the lock held; an error tells what was `applied` before.

    Returns None, having done nothing, if the history holds ranks that the caller has not seen. Raises MigrationFailed.
    """
    started = monotonic()
    session.tell(logging.DEBUG, f"applying {plan.migration}")
    run = run_in_transaction if plan.in_transaction else run_with_journal
    sent = await run(session, plan, rank, applied)
    if sent is None:
        return None
    session.used = not plan.leaves_nothing
    seconds = monotonic() - started
    migration = plan.migration
    done = AppliedScript(migration.set_name, str(migration.version), migration.script, sent, seconds)
    session.tell(logging.INFO, str(done))
    return done
