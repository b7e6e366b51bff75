"""Run a file that no transaction takes: the journal says after every statement how far it came: intent, run, done.

What a run that died left open, the next one settles by the catalog.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from time import monotonic

from database.errors import ConnectionLost, DatabaseBusy, DatabaseError, StatementTimeout, StoppedHalfway
from database.failure import failure
from database.history import JournalEntry, JournalRow
from database.plan import Plan, Planned
from database.resume import Reached, check_journal, check_session, shown, unsettled
from database.session import Session

__all__ = ["run_with_journal"]

logger = logging.getLogger("database")


async def run_with_journal(session: Session, plan: Plan, rank: int, applied: Sequence[str]) -> int | None:
    """Run a file, or what is left of it, and record it with `rank`; return how many statements were sent.

    Returns None, having done nothing, if the history holds ranks that the caller has not seen. Raises MigrationFailed,
    StatementUnsettled, or ValidationFailed if a statement that is applied has been edited.
    """
    started = monotonic()
    async with session.dialect.lock_kept(session.connection):
        if not await session.patiently(lambda: _begin(session, plan, rank), lambda: ""):
            return None
        rows = await session.history.journal(plan.migration)
        reached = check_journal(plan, rows)
        check_session(plan, reached.done)
        for row in rows:
            # Of the file's own BEGIN and COMMIT: what they announced is known by the rows beside them.
            if row.state == "intent" and row is not reached.intent:
                applied_too = row.first_statement <= reached.done
                await session.history.settle(*plan.key, row.first_statement, applied=applied_too)
        await session.enter(portable=plan.portable, directives=plan.migration.directives)
        sent = 0
        with failure(plan, applied) as at:
            async with session.keys_kept(unchecked=plan.keys_unchecked):
                for planned in plan.statements():
                    at.statement = planned
                    sent += await _run_after(session, plan, planned, reached)
                at.ended = True
        await session.enter(portable=plan.portable)
        await session.patiently(lambda: _complete(session, plan, started), lambda: "")
    return sent


async def _begin(session: Session, plan: Plan, rank: int) -> bool:
    """Record the file as begun, unless it is already. False if the history holds ranks that the caller has not seen."""
    async with session.transaction():
        if await session.history.last_rank() != rank - 1:
            return False
        success = await session.history.success(plan.migration)
        if success:
            return False
        if success is None:
            await session.prove_lock()
            await session.history.record(
                plan.migration, rank=rank, hashes=[], installed_by=session.user, milliseconds=0, success=False
            )
    return True


async def _complete(session: Session, plan: Plan, started: float) -> None:
    async with session.transaction():
        await session.prove_lock()
        milliseconds = round((monotonic() - started) * 1000)
        await session.history.complete(plan.migration, hashes=plan.hashes(), milliseconds=milliseconds)


async def _run_after(session: Session, plan: Plan, planned: Planned, reached: Reached) -> bool:
    """Run a statement of a file that came as far as `reached`; return whether it was sent because it was not applied yet."""
    if planned.number <= reached.done:
        # The session is another one: what set it is needed again.
        if session.dialect.sets_session(planned.words):
            await session.run(planned.statement)
        return False
    if reached.intent is not None and planned.number == reached.intent.first_statement:
        took_effect = await _ask_catalog(session, plan, planned, reached.intent)
        await _settle(session, plan, planned, applied=took_effect)
        if took_effect:
            return False
    if plan.own_transactions:
        await _run_one(session, plan, planned)
    else:
        await session.patiently(lambda: _run_one(session, plan, planned), lambda: planned.statement.text)
    return True


async def _ask_catalog(session: Session, plan: Plan, planned: Planned, row: JournalRow) -> bool:
    """Find out whether a statement took effect whose end nobody saw. Raises StatementUnsettled if nobody can tell."""
    dialect, connection = session.dialect, session.connection
    if dialect.is_repeatable(planned.words):
        return False
    took_effect = await dialect.took_effect(connection, planned.statement, row.catalog_before)
    if took_effect and not dialect.is_certain(row.catalog_before):
        # What has changed since may be another migration's work.
        took_effect = None if await session.history.others_since(plan.migration, row.started_on) else True
    if took_effect is None:
        now = await dialect.look_up(connection, planned.statement) if row.catalog_before else ""
        raise unsettled(plan, planned, row, now)
    logger.warning(
        "%s: statement %d was cut short; by the catalog it is %s",
        plan.migration,
        planned.number,
        "applied" if took_effect else "not applied and runs again",
    )
    return took_effect


async def _run_one(session: Session, plan: Plan, planned: Planned) -> None:
    """Run a statement and its journal row: as one transaction where that holds, otherwise intent, run, done."""
    history, dialect = session.history, session.dialect
    entry = JournalEntry(planned.number, "done", planned.kind, planned.digest, "", shown(planned, plan.lexis))
    own = plan.own_transactions and (session.connection.in_transaction or dialect.controls_transaction(planned.words))
    shares = dialect.shares_transaction(planned.words)
    if not own and shares and not await dialect.unprotected(session.connection, planned.statement):
        async with session.transaction():
            await session.run(planned.statement)
            await session.prove_lock()
            await history.write(plan.migration, entry)
        return
    if dialect.sets_session(planned.words) and not plan.own_transactions:
        # Nothing that lasts: what a crash leaves undone, the next run does again in any case.
        await session.run(planned.statement)
        async with _proven(session, plan):
            await history.write(plan.migration, entry)
        return
    before = await dialect.look_up(session.connection, planned.statement)
    async with _proven(session, plan):
        await history.write(plan.migration, replace(entry, state="intent", catalog_before=before))
    try:
        await session.run(planned.statement)
    except (ConnectionLost, StatementTimeout):
        raise  # Nobody knows whether it took effect: the intent stays, and the next run asks the catalog.
    except DatabaseError as error:
        if shares or dialect.may_stop_halfway(planned.words):
            # What it did before may have stayed: it is not tried again, and the intent waits for a person's answer.
            raise StoppedHalfway(error.message, code=error.code, offset=error.offset) from error
        await _clear_away(session, plan, planned, before)
        raise
    try:
        settled = await session.patiently(lambda: _settle(session, plan, planned, applied=True), lambda: "")
    except DatabaseBusy as error:
        # Not to be tried again as a whole: the intent stays, and the next run asks the catalog.
        raise DatabaseError(f"it took effect and could not be recorded: {error.message}", code=error.code) from error
    if not settled:
        # The file's own ROLLBACK took the intent with it.
        await history.write(plan.migration, entry)


async def _clear_away(session: Session, plan: Plan, planned: Planned, before: str) -> None:
    """After the database refused a statement: end its transaction, drop what it left half-done, remove its intent."""
    if plan.own_transactions:
        await session.connection.roll_back()
    # What cannot be cleared away now keeps its intent, and the next run does it: the first error is the one to tell.
    with suppress(DatabaseError):
        await session.dialect.clear_away(session.connection, planned.statement, before)
        await _settle(session, plan, planned, applied=False)


async def _settle(session: Session, plan: Plan, planned: Planned, *, applied: bool) -> bool:
    async with _proven(session, plan):
        return await session.history.settle(*plan.key, planned.number, applied=applied)


@asynccontextmanager
async def _proven(session: Session, plan: Plan) -> AsyncIterator[None]:
    """Commit what is written inside together with the proof that the lock is ours: a lease may run out between the two.

    A file with transactions of its own may be in one of them, which another BEGIN would end.
    """
    if plan.own_transactions:
        await session.prove_lock()
        yield
        return
    async with session.transaction():
        await session.prove_lock()
        yield
