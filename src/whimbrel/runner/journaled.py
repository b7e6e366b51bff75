"""Run a file that no transaction takes: the journal says after every statement how far it came: intent, run, done.

That a statement is done is recorded together with the intent of the next one, or with the end of the file. What a run that died
left open, the next one settles by the catalog.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from whimbrel.errors import ConnectionLost, DatabaseError, StatementTimeout, StoppedHalfway
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.statement import Statement
from whimbrel.planning.batches import Batch, batches
from whimbrel.planning.plan import Plan
from whimbrel.planning.statement import PlannedStatement
from whimbrel.runner.failure import CurrentStatement, failure
from whimbrel.runner.journal import Journal, Overtaken
from whimbrel.runner.recovery import ask_catalog
from whimbrel.session.session import Session

__all__ = ["run_with_journal"]


async def run_with_journal(session: Session, plan: Plan, rank: int, applied: Sequence[str]) -> int | None:
    """Run a file, or what is left of it, and record it with `rank`; return how many statements were sent.

    Returns None, having done nothing, if the history holds ranks that the caller has not seen. Raises MigrationFailed,
    StatementUnsettled, or ValidationFailed if a statement that is applied has been edited.
    """
    if session.left != "nothing":
        await session.renew()
    async with session.dialect.lock_kept(session.connection):
        journal = Journal(session, plan, rank)
        if plan.begun and not await session.patiently(journal.find_out, lambda: ""):
            return None
        try:
            return await JournaledFile(session, plan, journal).all(applied)
        except Overtaken:
            return None


class JournaledFile:
    """The statements of one file, sent one after the other."""

    def __init__(self, session: Session, plan: Plan, journal: Journal) -> None:
        self._session = session
        self._plan = plan
        self._journal = journal

    async def all(self, applied: Sequence[str]) -> int:
        """Run what is left, and record it."""
        session, plan, journal = self._session, self._plan, self._journal
        if session.portable is not plan.portable or session.is_limited(plan.migration.directives):
            await session.enter(portable=plan.portable, directives=plan.migration.directives)
        try:
            with failure(plan, applied) as at:
                sent = await self._run_all(at)
            await session.patiently(journal.complete, lambda: "")
        except BaseException:
            await asyncio.shield(journal.record_what_waits())
            raise
        return sent

    async def _run_all(self, at: CurrentStatement) -> int:
        sent = 0
        async with self._session.foreign_keys_checked(unchecked=self._plan.keys_unchecked):
            for batch in batches(self._plan, self._is_alone):
                sent += await self._run_together(batch, at) or await self._run_one_by_one(batch, at)
            at.ended = True
        return sent

    def _is_alone(self, _number: int, piece: Statement | InsertBatch) -> bool:
        dialect, plan = self._session.dialect, self._plan
        return isinstance(piece, Statement) and not dialect.shares_transaction(leading_words(piece.text, plan.lexer_rules))

    async def _run_together(self, batch: Batch, at: CurrentStatement) -> int:
        """Run statements that share one transaction, and their one journal row; 0 if that is not possible, or was refused."""
        session, plan, journal, numbers = self._session, self._plan, self._journal, batch.numbers
        behind = max(journal.reached.done, journal.reached.intent.first_statement if journal.reached.intent else 0)
        directives = plan.migration.directives
        # Who writes transaction=off wants each statement committed by itself.
        apart = batch.alone or directives.transaction is False or session.is_timed(directives)
        if apart or len(numbers) == 1 or batch.first <= behind:
            return 0
        if not await session.dialect.all_protected(session.connection, session.schema):
            return 0
        statements = list(batch.statements())
        at.statement = statements[0]
        try:
            await journal.commit(journal.journal_row_sql(statements), texts=batch.texts())
        except ConnectionLost:
            raise
        except DatabaseError:
            # Rolled back, as a rule; then one by one they tell which of them it is.
            return len(numbers) if await journal.recorded(statements) else 0
        return len(numbers)

    async def _run_one_by_one(self, batch: Batch, at: CurrentStatement) -> int:
        sent = 0
        for planned in batch.statements():
            at.statement = planned
            sent += await self._run_after(planned)
        return sent

    async def _run_after(self, planned: PlannedStatement) -> bool:
        """Run a statement of a file that came this far; return whether it was sent because it was not applied yet."""
        session, reached = self._session, self._journal.reached
        if planned.number <= reached.done:
            # The session is another one: what set it is needed again.
            if session.dialect.sets_session(planned.words):
                await session.run(planned.statement)
            return False
        if reached.intent is not None and planned.number == reached.intent.first_statement:
            settle = await ask_catalog(session, self._plan, planned, reached.intent)
            await self._journal.settle(planned, applied=settle)
            if settle:
                return False
        if self._plan.own_transactions:
            await self._run_one(planned)
        else:
            await session.patiently(self._attempts(planned), lambda: planned.statement.text)
        return True

    def _attempts(self, planned: PlannedStatement) -> Callable[[], Awaitable[None]]:
        """Return what runs a statement, and when it is called again looks first whether it has been run.

        A cluster may have committed a transaction of which it said that it was rolled back.
        """
        tried = False

        async def attempt() -> None:
            nonlocal tried
            state = await self._journal.recorded([planned]) if tried else ""
            tried = True
            if state == "intent":
                # It is recorded before its statement is sent.
                await self._journal.settle(planned, applied=False)
            if state != "done":
                await self._run_one(planned)

        return attempt

    async def _run_one(self, planned: PlannedStatement) -> None:
        """Run a statement and its journal row: as one transaction where that holds, otherwise intent, run, done."""
        session, dialect, plan, journal = self._session, self._session.dialect, self._plan, self._journal
        own = plan.own_transactions and (session.connection.in_transaction or dialect.controls_transaction(planned.words))
        shares = dialect.shares_transaction(planned.words)
        if not own and shares and not await dialect.unprotected(session.connection, session.schema, planned.statement):
            await journal.run_shared(planned)
        elif dialect.sets_session(planned.words) and not plan.own_transactions:
            # Nothing that lasts: what a crash leaves undone, the next run does again in any case.
            await session.run(planned.statement)
            await journal.commit(journal.journal_row_sql([planned]))
        else:
            await self._run_announced(planned, whole=not shares and not dialect.may_stop_halfway(planned.words))

    async def _run_announced(self, planned: PlannedStatement, *, whole: bool) -> None:
        """Run a statement behind its intent. If the server refuses one that it does `whole` or not at all, the intent goes."""
        before = await self._session.dialect.snapshot_objects(self._session.connection, planned.statement)
        refused = await self._send_announced(planned, before)
        if refused is None:
            return
        if not whole:
            # What it did before may have stayed: it is not tried again, and the intent waits for a person's answer.
            raise StoppedHalfway(refused.message, code=refused.code, offset=refused.offset) from refused
        await self._clear_away(planned, before)
        raise refused

    async def _send_announced(self, planned: PlannedStatement, before: str) -> DatabaseError | None:
        """Record the intent, run the statement, note its end; return what the server refused the statement with.

        If nobody knows whether it took effect that is raised: the intent stays, and the next run asks the catalog.
        """
        journal = self._journal
        await journal.commit(journal.journal_row_sql([planned], "intent", before))
        try:
            await self._session.run(planned.statement)
        except (ConnectionLost, StatementTimeout):
            raise
        except DatabaseError as error:
            return error
        await journal.note_end(planned)
        return None

    async def _clear_away(self, planned: PlannedStatement, before: str) -> None:
        """After the database refused a statement: end its transaction, drop what it left half-done, remove its intent."""
        if self._plan.own_transactions:
            await self._session.connection.roll_back()

        async def attempt() -> None:
            await self._session.dialect.clear_away(self._session.connection, planned.statement, before)
            await self._journal.settle(planned, applied=False)

        # What cannot be cleared away now keeps its intent, and the next run does it: the first error is the one to tell.
        with suppress(DatabaseError):
            await self._session.patiently(attempt, lambda: planned.statement.text)
