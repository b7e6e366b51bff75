"""Run a migration that cannot run in a transaction. The journal records its progress: intent, run, done.

The record that a statement is done is sent together with the intent of the next statement, or with the end of the file. If a
run dies in between, the next run settles the open statement by the catalog.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
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


async def run_with_journal(
    session: Session, plan: Plan, rank: int, applied: Sequence[str], following: Plan | None = None
) -> int | None:
    """Run a file, or the rest of it, and record it with `rank`; return how many statements were sent.

    If a `following` file runs next, the record may travel with its first one (`Session.owed`).

    Returns None, having done nothing, if another process recorded ranks that the caller has not seen. Raises MigrationFailed,
    StatementUnsettled, or ValidationFailed if a statement that is applied has been edited.
    """
    if session.state.left != "nothing":
        await session.renew(portable=plan.portable)
    async with session.dialect.lock_kept(session.connection):
        journal = Journal(session, plan, rank)
        if plan.begun and not await session.patiently(journal.find_out, lambda: ""):
            return None
        try:
            return await JournaledFile(session, plan, journal, following).all(applied)
        except Overtaken:
            await session.pay()
            return None


class JournaledFile:
    """One file whose statements are sent one after the other."""

    def __init__(self, session: Session, plan: Plan, journal: Journal, following: Plan | None) -> None:
        self._session = session
        self._plan = plan
        self._journal = journal
        # The next file, if the record of this one may travel with its first intent.
        self._next = following
        # A BEGIN of the file, until a statement follows that does not set the modes of its transaction.
        self._begun: PlannedStatement | None = None
        # The first statement after the batch that runs.
        self._following: PlannedStatement | None = None
        # Whether the catalog knows the objects of the last statement, so that the next run could tell whether it took effect.
        self._is_shown = False

    async def all(self, applied: Sequence[str]) -> int:
        """Run the rest of the file, and record the file."""
        session, plan, journal = self._session, self._plan, self._journal
        if session.state.portable is not plan.portable or session.state.is_limited(plan.migration.directives):
            await session.enter(portable=plan.portable, directives=plan.migration.directives)
        try:
            with failure(plan, applied) as at:
                sent = await self._run_all(at)
            session.course.pause("recording the file")
            later = self._next is not None and self._is_shown
            await session.patiently(lambda: journal.complete(later=later), lambda: "")
        except BaseException:
            await asyncio.shield(journal.record_what_waits())
            raise
        return sent

    async def _run_all(self, at: CurrentStatement) -> int:
        sent = 0
        async with self._session.foreign_keys_checked(unchecked=self._plan.keys_unchecked):
            for batch, following in _with_next(batches(self._plan, self._is_alone), self._next):
                self._following, self._is_shown = following, False
                sent += await self._run_together(batch, at) or await self._run_one_by_one(batch, at)
            await self._note_begun()
            at.ended = True
        return sent

    def _is_alone(self, _number: int, piece: Statement | InsertBatch) -> bool:
        dialect, plan = self._session.dialect, self._plan
        return isinstance(piece, Statement) and not dialect.shares_transaction(leading_words(piece.text, plan.lexer_rules))

    async def _run_together(self, batch: Batch, at: CurrentStatement) -> int:
        """Run statements in one transaction with one journal row. Return 0 if that is impossible, or was refused."""
        session, plan, journal, numbers = self._session, self._plan, self._journal, batch.numbers
        behind = max(journal.reached.done, journal.reached.intent.first_statement if journal.reached.intent else 0)
        directives = plan.migration.directives
        # A file with transaction=off wants each statement committed by itself.
        apart = batch.alone or plan.own_transactions or directives.transaction is False or session.state.is_timed(directives)
        if apart or batch.first <= behind:
            return 0
        if not await session.patiently(lambda: session.dialect.all_protected(session.connection, session.schema), lambda: ""):
            return 0
        statements = list(batch.statements())
        at.statement = statements[0]
        session.course.sends(numbers)
        try:
            await journal.commit(journal.journal_row_sql(statements), texts=batch.texts())
        except ConnectionLost:
            raise
        except DatabaseError:
            # Usually rolled back. Sent one by one, the statements show which of them fails. A cluster may end this query too.
            return len(numbers) if await session.patiently(lambda: journal.recorded(statements), lambda: "") else 0
        return len(numbers)

    async def _run_one_by_one(self, batch: Batch, at: CurrentStatement) -> int:
        sent = 0
        for planned in batch.statements():
            at.statement = planned
            self._session.course.sends(range(planned.number, planned.number + 1), planned.kind)
            sent += await self._run_after(planned)
        return sent

    async def _run_after(self, planned: PlannedStatement) -> bool:
        """Run the next statement of a resumed file; return whether it was sent, because it was not applied yet."""
        session, reached = self._session, self._journal.reached
        if planned.number <= reached.done:
            # The session is new, so statements that set it must run again.
            if session.dialect.sets_session(planned.words):
                await session.run(planned.statement)
            return False
        if reached.intent is not None and planned.number == reached.intent.first_statement:
            intent = reached.intent
            settle = await session.patiently(lambda: ask_catalog(session, self._plan, planned, intent), lambda: "")
            await self._journal.settle(planned, applied=settle)
            if settle:
                return False
        if self._plan.own_transactions:
            await self._run_one(planned)
        else:
            await session.patiently(self._attempts(planned), lambda: planned.statement.text)
        return True

    def _attempts(self, planned: PlannedStatement) -> Callable[[], Awaitable[None]]:
        """Return a function that runs a statement. Called again, it first checks whether the statement has been applied.

        A cluster may have committed a transaction that it reported as rolled back.
        """
        tried = False

        async def attempt() -> None:
            nonlocal tried
            state = await self._journal.recorded([planned]) if tried else ""
            tried = True
            if state == "intent":
                # The intent is recorded before the statement is sent.
                await self._journal.settle(planned, applied=False)
            if state != "done":
                await self._run_one(planned)

        return attempt

    async def _run_one(self, planned: PlannedStatement) -> None:
        """Run a statement and its journal row: in one transaction if that is possible, otherwise intent, run, done."""
        session, dialect, plan, journal = self._session, self._session.dialect, self._plan, self._journal
        if self._begun is not None and dialect.find_modes(planned.words, planned.statement) is not None:
            # This comes before a query of ours, which would be the first statement of the transaction. It needs no journal row,
            # because no run resumes after it.
            await session.run(planned.statement)
            return
        await self._note_begun()
        own = plan.own_transactions and (session.connection.in_transaction or dialect.controls_transaction(planned.words))
        shares = dialect.shares_transaction(planned.words)
        if not own and shares and not await dialect.unprotected(session.connection, session.schema, planned.statement):
            await journal.run_shared(planned)
        elif dialect.sets_session(planned.words) and not plan.own_transactions:
            # The statement has no lasting effect, and the next run repeats it in any case.
            await session.run(planned.statement)
            await journal.commit(journal.journal_row_sql([planned]))
        else:
            await self._run_announced(planned, whole=not shares and not dialect.may_stop_halfway(planned.words))

    async def _run_announced(self, planned: PlannedStatement, *, whole: bool) -> None:
        """Run a statement after its intent. If the server refuses one that it runs `whole` or not at all, remove the intent."""
        before = await self._look(planned)
        refused = await self._send_announced(planned, before)
        if refused is None:
            return
        if not whole:
            # A part of the statement's work may have stayed. So the run does not try it again, and the intent waits for
            # `resolve`.
            raise StoppedHalfway(refused.message, code=refused.code, offset=refused.offset) from refused
        await self._clear_away(planned, before)
        raise refused

    async def _look(self, planned: PlannedStatement) -> str:
        """Return the state of the objects of a statement, which the message of the statement before may have returned."""
        session = self._session
        foreseen, session.foreseen = session.foreseen, None
        if foreseen is not None and foreseen[0] is planned.statement:
            return foreseen[1]
        return await session.dialect.snapshot_objects(session.connection, planned.statement)

    async def _send_announced(self, planned: PlannedStatement, before: str) -> DatabaseError | None:
        """Record the intent, run the statement, record its end; return the error if the server refused the statement.

        If it is unknown whether the statement took effect, raise the error: the intent stays, and the next run asks the catalog.
        """
        journal = self._journal
        announced = await journal.announce(planned, before, self._following)
        if announced is not None:
            if announced.seen is not None and self._following is not None:
                self._session.foreseen = self._following.statement, announced.seen
            if announced.refused is None:
                self._is_shown = bool(before)
                await journal.note_end(planned)
            return announced.refused
        await journal.commit(journal.journal_row_sql([planned], "intent", before))
        try:
            await self._session.run(planned.statement)
        except (ConnectionLost, StatementTimeout):
            raise
        except DatabaseError as error:
            return error
        if self._plan.own_transactions and planned.words[0] in ("BEGIN", "START"):
            self._begun = planned
        else:
            await journal.note_end(planned)
        return None

    async def _note_begun(self) -> None:
        """Note the end of a BEGIN, in its transaction."""
        begun, self._begun = self._begun, None
        if begun is not None:
            await self._journal.note_end(begun)

    async def _clear_away(self, planned: PlannedStatement, before: str) -> None:
        """Clean up after a refused statement: end its transaction, drop its half-made objects, remove its intent."""
        if self._plan.own_transactions:
            await self._session.connection.roll_back()

        async def attempt() -> None:
            await self._session.dialect.clear_away(self._session.connection, planned.statement, before)
            await self._journal.settle(planned, applied=False)

        # If this fails, the intent stays and the next run cleans up. The first error is the one to report.
        with suppress(DatabaseError):
            await self._session.patiently(attempt, lambda: planned.statement.text)


def _with_next(found: Iterator[Batch], then: Plan | None) -> Iterator[tuple[Batch, PlannedStatement | None]]:
    """Yield each batch with the first statement of the next one, and the last batch with that of the next file, if given."""
    batch = next(found, None)
    while batch is not None:
        following = next(found, None)
        after = then if following is None else following
        yield batch, None if after is None else next(after.statements())
        batch = following
