"""Run a file that no transaction takes: the journal says after every statement how far it came: intent, run, done.

That a statement is done is recorded together with the intent of the next one, or with the end of the file. What a run that died
left open, the next one settles by the catalog.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic

from database.errors import ConnectionLost, DatabaseError, StatementTimeout, StoppedHalfway, WhimbrelError
from database.failure import At, failure
from database.parts import Part, parts
from database.plan import Plan
from database.planned import Planned
from database.records import JournalEntry
from database.resume import Reached, check_journal, check_session, joint_digest, shown
from database.runs import Run
from database.session import Session
from database.settling import ask_catalog
from database.statements import Statement
from database.words import leading_words

__all__ = ["run_with_journal"]


async def run_with_journal(session: Session, plan: Plan, rank: int, applied: Sequence[str]) -> int | None:
    """Run a file, or what is left of it, and record it with `rank`; return how many statements were sent.

    Returns None, having done nothing, if the history holds ranks that the caller has not seen. Raises MigrationFailed,
    StatementUnsettled, or ValidationFailed if a statement that is applied has been edited.
    """
    if session.left != "nothing":
        await session.renew()
    async with session.dialect.lock_kept(session.connection):
        run = _Run(session, plan, rank)
        if plan.begun and not await session.patiently(run.find_out, lambda: ""):
            return None
        try:
            return await run.all(applied)
        except _Outrun:
            return None


class _Outrun(Exception):
    """The history holds ranks that the caller has not seen."""


class _Run:
    """One file: how far it came, and what is to be recorded with the next record."""

    def __init__(self, session: Session, plan: Plan, rank: int) -> None:
        self._session = session
        self._plan = plan
        self._rank = rank
        self._reached = Reached()
        self._started = monotonic()
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
        self._reached = check_journal(plan, rows, session.where)
        check_session(plan, self._reached.done)
        for row in rows:
            # Of the file's own BEGIN and COMMIT: what they announced is known by the rows beside them.
            if row.state == "intent" and row is not self._reached.intent:
                applied = row.first_statement <= self._reached.done
                await session.write(session.records.settled(*plan.key, row.first_statement, applied=applied))
        return True

    async def all(self, applied: Sequence[str]) -> int:
        """Run what is left, and record it."""
        session, plan = self._session, self._plan
        if session.portable is not plan.portable or session.is_limited(plan.migration.directives):
            await session.enter(portable=plan.portable, directives=plan.migration.directives)
        try:
            with failure(plan, applied) as at:
                sent = await self._run_all(at)
            await session.patiently(self._complete, lambda: "")
        except BaseException:
            await asyncio.shield(self._record_what_waits())
            raise
        return sent

    async def _run_all(self, at: At) -> int:
        sent = 0
        async with self._session.keys_kept(unchecked=self._plan.keys_unchecked):
            for part in parts(self._plan, self._is_alone):
                sent += await self._run_together(part, at) or await self._run_one_by_one(part, at)
            at.ended = True
        return sent

    def _is_alone(self, _number: int, piece: Statement | Run) -> bool:
        dialect, plan = self._session.dialect, self._plan
        return isinstance(piece, Statement) and not dialect.shares_transaction(leading_words(piece.text, plan.lexis))

    async def _run_together(self, part: Part, at: At) -> int:
        """Run statements that share one transaction, and their one journal row; 0 if that is not possible, or was refused."""
        session, plan, numbers = self._session, self._plan, part.numbers
        behind = max(self._reached.done, self._reached.intent.first_statement if self._reached.intent else 0)
        directives = plan.migration.directives
        # Who writes transaction=off wants each statement committed by itself.
        apart = part.alone or directives.transaction is False or session.is_timed(directives)
        if apart or len(numbers) == 1 or part.first <= behind:
            return 0
        if not await session.dialect.all_protected(session.connection, session.schema):
            return 0
        statements = list(part.statements())
        first = at.statement = statements[0]
        digest = joint_digest(statements)
        entry = JournalEntry(part.first, numbers[-1], "done", first.kind, digest, "", shown(statements, plan.lexis))
        try:
            await self._commit(session.records.noted(plan.migration, entry), texts=part.texts())
        except ConnectionLost:
            raise
        except DatabaseError:
            # Rolled back, as a rule; then one by one they tell which of them it is.
            return len(numbers) if await self._recorded(part.first, digest) else 0
        return len(numbers)

    async def _run_one_by_one(self, part: Part, at: At) -> int:
        sent = 0
        for planned in part.statements():
            at.statement = planned
            sent += await self._run_after(planned)
        return sent

    async def _run_after(self, planned: Planned) -> bool:
        """Run a statement of a file that came this far; return whether it was sent because it was not applied yet."""
        session, reached = self._session, self._reached
        if planned.number <= reached.done:
            # The session is another one: what set it is needed again.
            if session.dialect.sets_session(planned.words):
                await session.run(planned.statement)
            return False
        if reached.intent is not None and planned.number == reached.intent.first_statement:
            took_effect = await ask_catalog(session, self._plan, planned, reached.intent)
            await self._commit(self._settled(planned, applied=took_effect))
            if took_effect:
                return False
        if self._plan.own_transactions:
            await self._run_one(planned)
        else:
            await session.patiently(self._attempts(planned), lambda: planned.statement.text)
        return True

    def _attempts(self, planned: Planned) -> Callable[[], Awaitable[None]]:
        """Return what runs a statement, and when it is called again looks first whether it has been run.

        A cluster may have committed a transaction of which it said that it was rolled back.
        """
        tried = False

        async def attempt() -> None:
            nonlocal tried
            state = await self._recorded(planned.number, planned.digest) if tried else ""
            tried = True
            if state == "intent":
                # It is recorded before its statement is sent.
                await self._commit(self._settled(planned, applied=False))
            if state != "done":
                await self._run_one(planned)

        return attempt

    async def _recorded(self, first: int, digest: str) -> str:
        """Return what the journal says of statements, empty if it says nothing."""
        rows = await self._session.history.journal(self._plan.migration)
        state = next((row.state for row in rows if (row.first_statement, row.digest) == (first, digest)), "")
        if state:
            # What waited has been recorded with it.
            self._waiting, self._begun = [], True
        return state

    async def _run_one(self, planned: Planned) -> None:
        """Run a statement and its journal row: as one transaction where that holds, otherwise intent, run, done."""
        session, dialect, plan = self._session, self._session.dialect, self._plan
        entry = JournalEntry(
            planned.number, planned.number, "done", planned.kind, planned.digest, "", shown([planned], plan.lexis)
        )
        noted = session.records.noted(plan.migration, entry)
        own = plan.own_transactions and (session.connection.in_transaction or dialect.controls_transaction(planned.words))
        shares = dialect.shares_transaction(planned.words)
        if not own and shares and not await dialect.unprotected(session.connection, session.schema, planned.statement):
            async with self._not_outrun(), session.transaction():
                await session.run(planned.statement)
                # That the file is begun comes last: it is what may not be written.
                await session.record(noted, *self._waiting)
            self._waiting, self._begun = [], True
        elif dialect.sets_session(planned.words) and not plan.own_transactions:
            # Nothing that lasts: what a crash leaves undone, the next run does again in any case.
            await session.run(planned.statement)
            await self._commit(noted)
        else:
            before = await dialect.look_up(session.connection, planned.statement)
            await self._commit(session.records.noted(plan.migration, entry._replace(state="intent", catalog_before=before)))
            await self._run_intended(planned, before, shares=shares)
            await self._note_end(planned, noted)

    async def _run_intended(self, planned: Planned, before: str, *, shares: bool) -> None:
        session = self._session
        try:
            await session.run(planned.statement)
        except (ConnectionLost, StatementTimeout):
            raise  # Nobody knows whether it took effect: the intent stays, and the next run asks the catalog.
        except DatabaseError as error:
            if shares or session.dialect.may_stop_halfway(planned.words):
                # What it did before may have stayed: it is not tried again, and the intent waits for a person's answer.
                raise StoppedHalfway(error.message, code=error.code, offset=error.offset) from error
            await self._clear_away(planned, before)
            raise

    async def _note_end(self, planned: Planned, noted: str) -> None:
        """Say that a statement took effect: with the next record, or at once in a file whose own ROLLBACK may take it back."""
        settled = self._settled(planned, applied=True)
        if not self._plan.own_transactions:
            self._waiting = [settled]
        elif not await self._session.write(settled):
            # The file's own ROLLBACK took the intent with it.
            await self._session.record(noted)

    async def _clear_away(self, planned: Planned, before: str) -> None:
        """After the database refused a statement: end its transaction, drop what it left half-done, remove its intent."""
        if self._plan.own_transactions:
            await self._session.connection.roll_back()

        async def attempt() -> None:
            await self._session.dialect.clear_away(self._session.connection, planned.statement, before)
            await self._commit(self._settled(planned, applied=False))

        # What cannot be cleared away now keeps its intent, and the next run does it: the first error is the one to tell.
        with suppress(DatabaseError):
            await self._session.patiently(attempt, lambda: planned.statement.text)

    def _settled(self, planned: Planned, *, applied: bool) -> str:
        return self._session.records.settled(*self._plan.key, planned.number, applied=applied)

    async def _commit(self, *records: str, texts: Sequence[str] = ()) -> None:
        """Record in a transaction of its own, unless the file may be in one that another BEGIN would end."""
        if self._plan.own_transactions and self._begun:
            await self._session.record(*texts, *records)
            return
        async with self._not_outrun():
            await self._session.commit(*records, *self._waiting, texts=texts)
        self._waiting, self._begun = [], True

    @asynccontextmanager
    async def _not_outrun(self) -> AsyncIterator[None]:
        """Raise _Outrun where that the file is begun could not be recorded because somebody was quicker."""
        try:
            yield
        except DatabaseError as error:
            if self._begun or isinstance(error, ConnectionLost) or await self._session.history.last_rank() == self._rank - 1:
                raise
            raise _Outrun from None

    async def _complete(self) -> None:
        plan = self._plan
        if not self._begun:
            await self._commit()
        milliseconds = round((monotonic() - self._started) * 1000)
        completed = self._session.records.completed(plan.migration, hashes=plan.hashes(), milliseconds=milliseconds)
        restoring = self._session.restoring(plan.migration.directives, plan.left, portable=plan.portable)
        await self._session.commit(*completed, restoring=restoring)

    async def _record_what_waits(self) -> None:
        """Record that the file is begun, or its last statement done, which nothing will be recorded with any more."""
        # What cannot be recorded now has its intent, and the next run asks the catalog: what went wrong is what has to be told.
        if self._waiting:
            with suppress(WhimbrelError, _Outrun):
                await self._commit()
