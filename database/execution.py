"""Run one migration: its statements and its record. The one place where a migration's SQL reaches the database.

In a transaction, statements and record are one. Where the database cannot do that, the journal says after every statement how
far the file came: intent, run, done.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from database.errors import (
    ConnectionLost,
    DatabaseBusy,
    DatabaseError,
    MigrationFailed,
)
from database.plan import Plan, Planned
from database.resume import check_journal, check_variables
from database.session import Session

__all__ = ["AppliedScript", "apply"]

logger = logging.getLogger("database")


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
    run = _run_in_transaction if plan.in_transaction else _run_with_journal
    sent = await run(session, plan, rank, [f"{one.set_name}/{one.script}" for one in applied])
    if sent is None:
        return None
    seconds = monotonic() - started
    migration = plan.migration
    done = AppliedScript(migration.set_name, str(migration.version), migration.script, sent, seconds)
    logger.info("%s", done)
    return done


async def _run_in_transaction(session: Session, plan: Plan, rank: int, applied: Sequence[str]) -> int | None:
    started = monotonic()
    await session.enter(portable=plan.portable, lock_timeout=plan.migration.directives.lock_timeout)
    with _failure(plan, applied) as at:
        async with session.transaction():
            if await session.history.last_rank() != rank - 1:
                return None
            for planned in plan.statements():
                at.statement = planned
                await run_statement(session, planned)
            at.ended = True
            await session.enter(portable=plan.portable)
            await _prove_lock(session)
            await session.history.record(
                plan.migration,
                rank=rank,
                hashes=plan.hashes(),
                installed_by=session.user,
                milliseconds=_milliseconds(started),
                success=True,
            )
    return plan.total


async def _run_with_journal(session: Session, plan: Plan, rank: int, applied: Sequence[str]) -> int | None:
    started = monotonic()
    async with session.dialect.lock_kept(session.connection):
        if not await _begin(session, plan, rank):
            return None
        rows = await session.history.journal(plan.migration)
        done = check_journal(plan, rows)
        check_variables(plan, done)
        for row in rows:
            if row.state == "intent":
                await session.history.settle(plan.migration, row.first_statement, applied=row.first_statement <= done)
        await session.enter(portable=plan.portable, lock_timeout=plan.migration.directives.lock_timeout)
        with _failure(plan, applied) as at:
            for planned in plan.statements():
                at.statement = planned
                await _run_after(session, plan, planned, done)
        await session.enter(portable=plan.portable)
        await _prove_lock(session)
        async with session.transaction():
            await session.history.complete(plan.migration, hashes=plan.hashes(), milliseconds=_milliseconds(started))
    return plan.total - done


async def _begin(session: Session, plan: Plan, rank: int) -> bool:
    """Record the file as begun, unless it is already. False if the history holds ranks that the caller has not seen."""
    async with session.transaction():
        if await session.history.last_rank() != rank - 1:
            return False
        success = await session.history.success(plan.migration)
        if success:
            return False
        if success is None:
            await session.history.record(
                plan.migration, rank=rank, hashes=[], installed_by=session.user, milliseconds=0, success=False
            )
    return True


async def _run_after(session: Session, plan: Plan, planned: Planned, done: int) -> None:
    """Run what follows statement `done`; of what precedes it only what set the session, which was another one then."""
    if planned.number > done:
        await _run_one(session, plan, planned)
    elif session.dialect.sets_session(planned.words):
        await run_statement(session, planned)


async def _run_one(session: Session, plan: Plan, planned: Planned) -> None:
    """Run a statement and its journal row: as one transaction where that holds, otherwise intent, run, done."""
    history, migration, number = session.history, plan.migration, planned.number
    if not plan.own_transactions and session.dialect.shares_transaction(planned.words):
        async with session.transaction():
            await run_statement(session, planned)
            await _prove_lock(session)
            await history.write_done(migration, number, planned.kind, planned.digest)
        return
    await _prove_lock(session)
    if session.dialect.sets_session(planned.words) and not plan.own_transactions:
        # Nothing that lasts: what a crash leaves undone, the next run does again in any case.
        await run_statement(session, planned)
        await history.write_done(migration, number, planned.kind, planned.digest)
        return
    await history.write_intent(migration, number, planned.kind, planned.digest)
    try:
        await run_statement(session, planned)
    except ConnectionLost:
        raise  # Nobody knows whether it took effect: the intent stays and says so.
    except DatabaseError:
        if plan.own_transactions:
            await session.connection.roll_back()
        await history.settle(migration, number, applied=False)
        raise
    if not await history.settle(migration, number, applied=True):
        # The file's own ROLLBACK took the intent with it.
        await history.write_done(migration, number, planned.kind, planned.digest)


async def run_statement(session: Session, planned: Planned) -> None:
    """Send one statement, or do what the server lacks a form for."""
    if not await session.dialect.carry_out(session.connection, planned.statement):
        await session.connection.run(planned.statement.text)


@dataclass(slots=True)
class _At:
    """The statement that is being run, the last one when all have `ended`."""

    statement: Planned | None = None
    ended: bool = False


@contextmanager
def _failure(plan: Plan, applied: Sequence[str]) -> Iterator[_At]:
    """Turn what the database says into MigrationFailed, with the place in the file."""
    at = _At()
    try:
        yield at
    except DatabaseError as error:
        left_behind, advice = _left_behind(plan, at), _advice(plan, at)
        if isinstance(error, ConnectionLost):
            left_behind, advice = "unknown, the connection was lost", "run again; what is recorded will not run twice"
        elif isinstance(error, DatabaseBusy):
            advice = "another session's lock stood in the way; run again when it is gone, or allow a longer lock_timeout"
        raise MigrationFailed(
            script=plan.migration.script,
            place=plan.place(at.statement, 0 if at.ended else error.offset),
            statement=at.statement.number if at.statement else 0,
            total=plan.total,
            kind="COMMIT" if at.ended or not at.statement else at.statement.kind,
            code=error.code,
            server_message=error.message,
            applied=applied,
            left_behind=left_behind,
            advice=advice,
        ) from error


def _advice(plan: Plan, at: _At) -> str:
    if plan.in_transaction or at.statement is None:
        return "correct the file and run again"
    if plan.own_transactions:
        return "correct the file and run again; it goes on after the last statement that is recorded"
    number = at.statement.number
    return f"correct the file from this statement on and run again; it goes on at statement {number}"


def _left_behind(plan: Plan, at: _At) -> str:
    if plan.in_transaction:
        return "nothing, its transaction was rolled back"
    if plan.own_transactions:
        return "what its own transactions committed, which is recorded"
    number = at.statement.number if at.statement else 1
    if number == 1:
        return "nothing, its first statement failed"
    before = "statement 1 is" if number == 2 else f"statements 1 to {number - 1} are"
    return f"{before} applied and recorded"


async def _prove_lock(session: Session) -> None:
    if not await session.owns_lock():
        raise DatabaseError("the migration lock is not ours any more, so nothing was recorded")


def _milliseconds(started: float) -> int:
    return round((monotonic() - started) * 1000)
