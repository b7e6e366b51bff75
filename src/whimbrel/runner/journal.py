"""What is recorded of a file that no transaction takes: that it is begun, how far it came, that it is applied.

What may be recorded a moment later waits, and travels with what is recorded next.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic

from whimbrel.errors import ConnectionLost, DatabaseError, WhimbrelError
from whimbrel.planning.plan import Plan
from whimbrel.planning.resume import ResumePoint, check_journal, check_session, joint_digest, shown
from whimbrel.planning.statement import PlannedStatement
from whimbrel.session.history_sql import JournalEntry
from whimbrel.session.session import Session

__all__ = ["Journal", "Overtaken"]


class Overtaken(Exception):
    """The history holds ranks that the caller has not seen."""


class Journal:
    """The records of one file; `reached` says how far an earlier run came with it."""

    def __init__(self, session: Session, plan: Plan, rank: int) -> None:
        self._session = session
        self._plan = plan
        self._rank = rank
        self._started = monotonic()
        self.reached = ResumePoint()
        # That the file is begun, until the first of its statements is; later, that the statement before is done.
        self._waiting = [session.records.begun(plan.migration, rank=rank, installed_by=session.user)]
        self._begun = False

    async def find_out(self) -> bool:
        """Read how far an earlier run came with the file; False if the history holds what the caller has not seen."""
        session, plan = self._session, self._plan
        if await session.history.last_rank() != self._rank - 1 or await session.history.success(plan.migration):
            return False
        self._waiting, self._begun = [], True
        rows = await session.history.journal(plan.migration)
        self.reached = check_journal(plan, rows, session.where)
        check_session(plan, self.reached.done)
        for row in rows:
            # Of the file's own BEGIN and COMMIT: what they announced is known by the rows beside them.
            if row.state == "intent" and row is not self.reached.intent:
                applied = row.first_statement <= self.reached.done
                await session.write(session.records.settled(*plan.key, row.first_statement, applied=applied))
        return True

    def journal_row_sql(self, statements: Sequence[PlannedStatement], state: str = "done", before: str = "") -> str:
        """Return what says that statements took effect, or with `before` that one is about to be sent by itself."""
        first, last = statements[0], statements[-1]
        text = shown(statements, self._plan.lexer_rules)
        entry = JournalEntry(first.number, last.number, state, first.kind, joint_digest(statements), before, text)
        return self._session.records.journal_row_sql(self._plan.migration, entry)

    async def commit(self, *records: str, texts: Sequence[str] = ()) -> None:
        """Record in a transaction of its own, unless the file may be in one that another BEGIN would end."""
        if self._plan.own_transactions and self._begun:
            await self._session.record(*texts, *records)
            return
        async with self._not_outrun():
            await self._session.commit(*records, *self._waiting, texts=texts)
        self._waiting, self._begun = [], True

    async def run_shared(self, statement: PlannedStatement) -> None:
        """Run a statement in one transaction with its record."""
        async with self._not_outrun(), self._session.transaction():
            await self._session.run(statement.statement)
            # That the file is begun comes last: it is what may not be written.
            await self._session.record(self.journal_row_sql([statement]), *self._waiting)
        self._waiting, self._begun = [], True

    async def recorded(self, statements: Sequence[PlannedStatement]) -> str:
        """Return what is recorded of statements: "intent", "done", or an empty text."""
        key = (statements[0].number, joint_digest(statements))
        rows = await self._session.history.journal(self._plan.migration)
        state = next((row.state for row in rows if (row.first_statement, row.digest) == key), "")
        if state:
            # What waited has been recorded with it.
            self._waiting, self._begun = [], True
        return state

    async def settle(self, statement: PlannedStatement, *, applied: bool) -> None:
        """Record that an announced statement took effect, or that it did not."""
        await self.commit(self._settled(statement.number, applied=applied))

    async def note_end(self, statement: PlannedStatement) -> None:
        """Say that a statement took effect: with the next record, or at once in a file whose own ROLLBACK may take it back."""
        settled = self._settled(statement.number, applied=True)
        if not self._plan.own_transactions:
            self._waiting = [settled]
        elif not await self._session.write(settled):
            # The file's own ROLLBACK took the intent with it.
            await self._session.record(self.journal_row_sql([statement]))

    async def complete(self) -> None:
        """Record that the file is applied."""
        session, plan = self._session, self._plan
        if not self._begun:
            await self.commit()
        milliseconds = round((monotonic() - self._started) * 1000)
        completed = session.records.completed(plan.migration, hashes=plan.hashes(), milliseconds=milliseconds)
        await session.commit(
            *completed, restoring=session.restoring(plan.migration.directives, plan.left, portable=plan.portable)
        )

    async def record_what_waits(self) -> None:
        """Record that the file is begun, or its last statement done, which nothing will be recorded with any more."""
        # What cannot be recorded now has its intent, and the next run asks the catalog: what went wrong is what has to be told.
        if self._waiting:
            with suppress(WhimbrelError, Overtaken):
                await self.commit()

    def _settled(self, number: int, *, applied: bool) -> str:
        return self._session.records.settled(*self._plan.key, number, applied=applied)

    @asynccontextmanager
    async def _not_outrun(self) -> AsyncIterator[None]:
        """Raise Outrun where that the file is begun could not be recorded because somebody was quicker."""
        try:
            yield
        except DatabaseError as error:
            if self._begun or isinstance(error, ConnectionLost) or await self._session.history.last_rank() == self._rank - 1:
                raise
            raise Overtaken from None
