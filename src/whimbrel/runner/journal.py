"""The journal of a file that cannot run in a transaction: it records begin, progress and end.

A record that is not urgent waits, and is sent together with the next one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic

from whimbrel.dialects.base import Announced
from whimbrel.errors import ConnectionLost, DatabaseError, WhimbrelError
from whimbrel.planning.plan import Plan
from whimbrel.planning.resume import ResumePoint, check_journal, check_session, joint_digest, shown
from whimbrel.planning.statement import PlannedStatement
from whimbrel.session.history_sql import JournalEntry
from whimbrel.session.session import Session

__all__ = ["Journal", "Overtaken"]


class Overtaken(Exception):
    """Another process recorded ranks that the caller has not seen."""


class Journal:
    """The records of one file; `reached` is the point that an earlier run reached."""

    def __init__(self, session: Session, plan: Plan, rank: int) -> None:
        self._session = session
        self._plan = plan
        self._rank = rank
        self._started = monotonic()
        self.reached = ResumePoint()
        # The waiting record: before the first statement, that the file is begun; later, that the previous statement is done.
        self._waiting = [session.records.begun(plan.migration, rank=rank, installed_by=session.user)]
        self._begun = False

    async def find_out(self) -> bool:
        """Read the progress of an earlier run. Return False if another process recorded ranks that the caller has not seen."""
        session, plan = self._session, self._plan
        if await session.history.last_rank() != self._rank - 1 or await session.history.success(plan.migration):
            return False
        self._waiting, self._begun = [], True
        rows = await session.history.journal(plan.migration)
        self.reached = check_journal(plan, rows, session.where)
        check_session(plan, self.reached.done)
        for row in rows:
            # The intents of the file's own BEGIN and COMMIT: the rows beside them show whether they took effect.
            if row.state == "intent" and row is not self.reached.intent:
                applied = row.first_statement <= self.reached.done
                await session.write(session.records.settled(*plan.key, row.first_statement, applied=applied))
        return True

    def journal_row_sql(self, statements: Sequence[PlannedStatement], state: str = "done", before: str = "") -> str:
        """Return the SQL that records statements as done.

        With `before`, it records the intent of a statement that is about to be sent alone.
        """
        first, last = statements[0], statements[-1]
        text = shown(statements, self._plan.lexer_rules)
        entry = JournalEntry(first.number, last.number, state, first.kind, joint_digest(statements), before, text)
        return self._session.records.journal_row_sql(self._plan.migration, entry)

    async def commit(self, *records: str, texts: Sequence[str] = ()) -> None:
        """Write records in their own transaction.

        If the file may be in a transaction, write them without BEGIN, which would end it.
        """
        if self._plan.own_transactions and self._begun:
            await self._session.record(*texts, *records)
            return
        async with self._no_overtaking():
            await self._session.commit(*self._session.owed, *records, *self._waiting, texts=texts, begin=self._plan.begin)
        self._sent()

    async def announce(self, planned: PlannedStatement, before: str, following: PlannedStatement | None) -> Announced | None:
        """Record an intent and run its statement in one message; None, having sent nothing, if the statement needs its own."""
        if self._plan.own_transactions:
            return None
        async with self._no_overtaking():
            found = await self._session.announce(
                # The last file must be recorded before this intent begins: `others_since` compares the times.
                *self._session.owed,
                self.journal_row_sql([planned], "intent", before),
                *self._waiting,
                begin=self._plan.begin,
                statement=planned.statement,
                following=None if following is None else following.statement,
            )
        if found is not None:
            self._sent()
        return found

    async def run_shared(self, statement: PlannedStatement) -> None:
        """Run a statement in one transaction with its record."""
        async with self._no_overtaking(), self._session.transaction(begin=self._plan.begin):
            await self._session.run(statement.statement)
            # The record that the file is begun comes last, since the database may refuse it.
            await self._session.record(*self._session.owed, self.journal_row_sql([statement]), *self._waiting)
        self._sent()

    async def recorded(self, statements: Sequence[PlannedStatement]) -> str:
        """Return the recorded state of statements: "intent", "done", or an empty text."""
        key = (statements[0].number, joint_digest(statements))
        rows = await self._session.history.journal(self._plan.migration)
        state = next((row.state for row in rows if (row.first_statement, row.digest) == key), "")
        if state:
            # The waiting record was sent with this one.
            self._sent()
        return state

    async def settle(self, statement: PlannedStatement, *, applied: bool) -> None:
        """Record whether a statement with an intent took effect."""
        await self.commit(self._settled(statement.number, applied=applied))

    async def note_end(self, statement: PlannedStatement) -> None:
        """Record that a statement took effect: with the next record, or at once if the file's own ROLLBACK may undo it."""
        settled = self._settled(statement.number, applied=True)
        if not self._plan.own_transactions:
            self._waiting = [settled]
        elif not await self._session.write(settled):
            # The file's own ROLLBACK removed the intent.
            await self._session.record(self.journal_row_sql([statement]))

    async def complete(self, *, later: bool) -> None:
        """Record that the file is applied: now, or `later` with the next file's first record if nothing has to be restored."""
        session, plan = self._session, self._plan
        if not self._begun:
            await self.commit()
        milliseconds = round((monotonic() - self._started) * 1000)
        completed = session.records.completed(plan.migration, hashes=plan.hashes(), milliseconds=milliseconds)
        restoring = session.restoring(plan.migration.directives, plan.left, portable=plan.portable)
        if later and not restoring:
            session.owed = tuple(completed)
        else:
            await session.commit(*completed, restoring=restoring)

    async def record_what_waits(self) -> None:
        """Write the waiting record (the file is begun, or its last statement is done), since no other record will follow."""
        # If this fails, the intent is there and the next run asks the catalog. The first error is the one to report.
        if self._waiting:
            with suppress(WhimbrelError, Overtaken):
                await self.commit()

    def _sent(self) -> None:
        """Note that a record was written, and with it the waiting ones."""
        self._session.owed, self._waiting, self._begun = (), [], True

    def _settled(self, number: int, *, applied: bool) -> str:
        return self._session.records.settled(*self._plan.key, number, applied=applied)

    @asynccontextmanager
    async def _no_overtaking(self) -> AsyncIterator[None]:
        """Raise Overtaken if another process recorded this rank first."""
        try:
            yield
        except DatabaseError as error:
            if self._begun or isinstance(error, ConnectionLost) or await self._session.history.last_rank() == self._rank - 1:
                raise
            raise Overtaken from None
