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
    Place,
    Problem,
    StatementUnsettled,
    ValidationFailed,
)
from database.history import JournalRow
from database.plan import Plan
from database.session import Session

__all__ = ["AppliedScript", "apply", "check_journal"]

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
    total = len(plan.statements)
    await session.enter(portable=plan.portable, lock_timeout=plan.migration.directives.lock_timeout)
    with _failure(plan, applied, "nothing, its transaction was rolled back", "correct the file and run again") as at:
        async with session.transaction():
            if await session.history.last_rank() != rank - 1:
                return None
            for number in range(1, total + 1):
                at.number = number
                await run_statement(session, plan, number)
            at.number = 0
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
    return total


async def _run_with_journal(session: Session, plan: Plan, rank: int, applied: Sequence[str]) -> int | None:
    started = monotonic()
    async with session.dialect.lock_kept(session.connection):
        if not await _begin(session, plan, rank):
            return None
        rows = await session.history.journal(plan.migration)
        done = check_journal(plan, rows)
        for row in rows:
            if row.state == "intent":
                await session.history.settle(plan.migration, row.first_statement, applied=row.first_statement <= done)
        await session.enter(portable=plan.portable, lock_timeout=plan.migration.directives.lock_timeout)
        await _run_from(session, plan, done, applied)
        await session.enter(portable=plan.portable)
        await _prove_lock(session)
        async with session.transaction():
            await session.history.complete(plan.migration, hashes=plan.hashes(), milliseconds=_milliseconds(started))
    return len(plan.statements) - done


async def _begin(session: Session, plan: Plan, rank: int) -> bool:
    """Record the file as begun, unless it is already. False if the history holds ranks that the caller has not seen."""
    async with session.transaction():
        if await session.history.last_rank() != rank - 1:
            return False
        if not await session.history.is_begun(plan.migration):
            await session.history.record(
                plan.migration, rank=rank, hashes=[], installed_by=session.user, milliseconds=0, success=False
            )
    return True


async def _run_from(session: Session, plan: Plan, done: int, applied: Sequence[str]) -> None:
    """Run what follows statement `done`, after those before it that only set the session, which was another one then."""
    for number in range(1, len(plan.statements) + 1):
        if number <= done and not session.dialect.sets_session(plan.words[number - 1]):
            continue
        with _failure(plan, applied, _left_behind(plan, number), _advice(plan, number)) as at:
            at.number = number
            await (run_statement if number <= done else _run_one)(session, plan, number)


async def _run_one(session: Session, plan: Plan, number: int) -> None:
    """Run a statement and its journal row: as one transaction where that holds, otherwise intent, run, done."""
    history, migration = session.history, plan.migration
    kind, digest = plan.kind_of(number), plan.hash_of(number)
    if not plan.own_transactions and session.dialect.shares_transaction(plan.words[number - 1]):
        async with session.transaction():
            await run_statement(session, plan, number)
            await _prove_lock(session)
            await history.write_done(migration, number, kind, digest)
        return
    await _prove_lock(session)
    await history.write_intent(migration, number, kind, digest)
    try:
        await run_statement(session, plan, number)
    except ConnectionLost:
        raise  # Nobody knows whether it took effect: the intent stays and says so.
    except DatabaseError:
        if plan.own_transactions:
            await session.connection.roll_back()
        await history.settle(migration, number, applied=False)
        raise
    if not await history.settle(migration, number, applied=True):
        # The file's own ROLLBACK took the intent with it.
        await history.write_done(migration, number, kind, digest)


async def run_statement(session: Session, plan: Plan, number: int) -> None:
    """Send one statement, or do what the server lacks a form for."""
    statement = plan.statements[number - 1]
    if not await session.dialect.carry_out(session.connection, statement):
        await session.connection.run(statement.text)


def check_journal(plan: Plan, rows: Sequence[JournalRow]) -> int:
    """Return how many statements are applied, by the journal.

    Raises StatementUnsettled if one was begun and never ended, ValidationFailed if an applied one has been edited since.
    """
    done = 0
    for row in rows:
        number = row.first_statement
        if number > len(plan.statements) or plan.hash_of(number) != row.digest:
            raise ValidationFailed([_edited(plan, number, row.kind)])
        if row.state == "intent" and plan.words[number - 1][0] in ("COMMIT", "END"):
            return number  # The row was committed together with what it announces.
        if row.state == "intent" and plan.words[number - 1][0] in ("BEGIN", "START"):
            return done  # What was begun ended with its connection.
        if row.state == "intent":
            raise StatementUnsettled(
                f"{plan.place(number)}: statement {number} of {len(plan.statements)} ({row.kind}) was begun on "
                f"{row.started_on:%Y-%m-%d %H:%M:%S} UTC and its end was never recorded\n"
                "  the run died, or lost its connection, while the database worked on it: it may have taken effect or not\n"
                f"  next: look whether it did. If so: UPDATE whimbrel_journal SET state = 'done' {_where(plan, number)}\n"
                f"        if not: DELETE FROM whimbrel_journal {_where(plan, number)}\n        then run again"
            )
        done = number
    return done


def _where(plan: Plan, number: int) -> str:
    set_name = plan.migration.set_name.replace("'", "''")
    return f"WHERE set_name = '{set_name}' AND version = '{plan.migration.version}' AND first_statement = {number};"


def _edited(plan: Plan, number: int, kind: str) -> Problem:
    where = str(plan.place(number)) if number <= len(plan.statements) else plan.migration.path
    message = (
        f"{where}: statement {number} ({kind}) is applied and has been edited since; "
        "put it back as it was, only what follows the statement that failed may be changed"
    )
    return Problem("resume", message, plan.migration.path)


@dataclass(slots=True)
class _At:
    """The statement that is being run; 0 before and after them all."""

    number: int = 0


@contextmanager
def _failure(plan: Plan, applied: Sequence[str], left_behind: str, advice: str) -> Iterator[_At]:
    """Turn what the database says into MigrationFailed, with the place in the file."""
    at = _At()
    try:
        yield at
    except DatabaseError as error:
        number, total = at.number or len(plan.statements), len(plan.statements)
        lost = isinstance(error, ConnectionLost)
        raise MigrationFailed(
            script=plan.migration.script,
            place=plan.place(number, error.offset if at.number else 0) if total else Place(plan.migration.path, 1, 1, ""),
            statement=number,
            total=total,
            kind=plan.kind_of(at.number) if at.number else "COMMIT",
            code=error.code,
            server_message=error.message,
            applied=applied,
            left_behind="unknown, the connection was lost" if lost else left_behind,
            advice=_advice_for(error) or advice,
        ) from error


def _advice_for(error: DatabaseError) -> str:
    if isinstance(error, ConnectionLost):
        return "run again; what was finished is recorded and will not run twice"
    if isinstance(error, DatabaseBusy):
        return "another session's lock stood in the way; run again when it is gone, or allow a longer lock_timeout"
    return ""


def _advice(plan: Plan, number: int) -> str:
    if plan.own_transactions:
        return "correct the file and run again; it goes on after the last statement that is recorded"
    return f"correct the file from this statement on and run again; it goes on at statement {number}"


def _left_behind(plan: Plan, number: int) -> str:
    if plan.own_transactions:
        return "what its own transactions committed, which is recorded"
    if number == 1:
        return "nothing, its first statement failed"
    before = "statement 1 is" if number == 2 else f"statements 1 to {number - 1} are"
    return f"{before} applied and recorded"


async def _prove_lock(session: Session) -> None:
    if not await session.owns_lock():
        raise DatabaseError("the migration lock is not ours any more, so nothing was recorded")


def _milliseconds(started: float) -> int:
    return round((monotonic() - started) * 1000)
