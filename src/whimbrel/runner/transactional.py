"""Run a file in one transaction, together with its record.

The run sends the statements in as few messages as possible, and the record with the last one. A refused message does not show
which statement failed. So the run rolls back, and sends the statements of that message once more, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import NoReturn

from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.statement import Statement
from whimbrel.planning.batches import Batch, batches
from whimbrel.planning.plan import Plan
from whimbrel.planning.statement import PlannedStatement
from whimbrel.planning.strategy import Messages
from whimbrel.runner.failure import CurrentStatement, failure
from whimbrel.session.session import Session

__all__ = ["begin_sql", "commit_sql", "run_in_transaction"]


async def run_in_transaction(session: Session, plan: Plan, rank: int, applied: Sequence[str]) -> int | None:
    """Run a file and record it with `rank`; return how many statements it has.

    Returns None, having done nothing, if another process recorded ranks that the caller has not seen. Raises MigrationFailed.
    """
    run = TransactionalFile(session, plan, rank)
    with failure(plan, applied) as at:
        return await session.patiently(lambda: run.attempt(at), lambda: at.text)


async def begin_sql(session: Session, plan: Plan) -> list[str]:
    """Renew the session and set it up for the file; return the statements for this that begin the transaction's first message."""
    dialect = session.dialect
    session_reset_sql = dialect.session_reset_sql(session.schema, session.state.left) if session.state.left != "nothing" else []
    if session.state.left != "nothing" and not session_reset_sql:
        await session.renew(portable=plan.portable)
    directives, session_setup_sql = plan.migration.directives, list[str]()
    if session.state.portable is not plan.portable:
        # A server parses a whole message before it runs the first statement, so settings that change parsing are sent before.
        await session.enter(portable=plan.portable, directives=directives)
    elif session.state.is_limited(directives):
        session_setup_sql = session.session_setup_sql(portable=plan.portable, directives=directives)
    return (
        [plan.begin, *session_reset_sql, *session_setup_sql]
        if dialect.enters_inside
        else [*session_setup_sql, plan.begin, *session_reset_sql]
    )


def commit_sql(session: Session, plan: Plan, rank: int, milliseconds: str) -> list[str]:
    """Return the statements that restore the session, record the file, and commit. `milliseconds` is SQL."""
    fencing_sql = session.dialect.fencing_sql(session.schema)
    return [
        *session.restoring(plan.migration.directives, plan.left, portable=plan.portable),
        *fencing_sql,
        _record(session, plan, rank, milliseconds),
        "COMMIT",
    ]


def _record(session: Session, plan: Plan, rank: int, milliseconds: str) -> str:
    return session.records.applied(
        plan.migration, rank=rank, hashes=plan.hashes(), installed_by=session.user, milliseconds=milliseconds
    )


class _Refused(Exception):
    """The database refused a message of several statements."""


class TransactionalFile:
    """Sends the statements of one file."""

    def __init__(self, session: Session, plan: Plan, rank: int) -> None:
        self._session = session
        self._plan = plan
        self._rank = rank
        self._messages = Messages.of(session.dialect, plan, session.state)

    async def attempt(self, at: CurrentStatement) -> int | None:
        """Run the file; if the database refuses a message of several statements, run it again with these sent alone."""
        session = self._session
        if not await session.dialect.all_protected(session.connection, session.schema):
            self._messages = Messages.apart(self._plan)
        while True:
            at.statement, at.ended = None, False
            try:
                return await (self._run_joined(at) if self._messages.joined else self._run_apart(at))
            except _Refused:
                self._session.state = self._session.state.in_doubt()
            except DatabaseError:
                # The run may try again, and a rollback restores rows but not variables.
                self._session.state = self._session.state.in_doubt()
                raise

    async def _run_joined(self, at: CurrentStatement) -> int:
        session, started = self._session, monotonic()
        message, last = await begin_sql(session, self._plan), None
        async with session.connection.rollback_on_error():
            for batch in batches(self._plan, self._is_alone):
                if last is not None or (message and batch.alone):
                    await self._send(message, last, at)
                    message, last = [], None
                if batch.alone:
                    await self._send_alone(batch, at)
                else:
                    message, last = [*message, *batch.texts()], batch
            elapsed = session.dialect.elapsed(started)
            if message and not elapsed:
                await self._send(message, last, at)
                message = []
            ending = commit_sql(session, self._plan, self._rank, elapsed or str(_milliseconds(started)))
            await self._send([*message, *ending], last, at)
            if session.connection.in_transaction:
                # The server read a statement as extending to the end of the message, so it did not read the record.
                self._refuse(last)
        return self._plan.total

    async def _run_apart(self, at: CurrentStatement) -> int | None:
        session, plan, started = self._session, self._plan, monotonic()
        if session.state.left != "nothing":
            await session.renew()
        async with session.transaction(portable=plan.portable, directives=plan.migration.directives, begin=plan.begin):
            if await session.history.last_rank() != self._rank - 1:
                return None
            async with session.foreign_keys_checked(unchecked=plan.keys_unchecked):
                for batch in batches(plan, self._is_alone):
                    if batch.alone or len(batch.numbers) == 1:
                        await self._send_alone(batch, at)
                    else:
                        await self._send(batch.texts(), batch, at)
                        at.statement = _last(batch)
                at.ended = True
            session.course.pause("recording and committing")
            await session.enter(portable=plan.portable)
            await session.record(_record(session, plan, self._rank, str(_milliseconds(started))))
        return plan.total

    def _is_alone(self, number: int, _piece: Statement | InsertBatch) -> bool:
        return number in self._messages.alone

    async def _send(self, texts: Sequence[str], batch: Batch | None, at: CurrentStatement) -> None:
        self._session.course.sends(batch.numbers if batch else range(0))
        try:
            await self._session.connection.send(texts)
        except ConnectionLost:
            at.statement = next(batch.statements(), None) if batch else at.statement
            raise
        except DatabaseError:
            self._refuse(batch)

    def _refuse(self, batch: Batch | None) -> NoReturn:
        """Note that a message was refused and raise _Refused. The next attempt sends its statements alone."""
        self._messages = self._messages.after_refusal(self._plan, None if batch is None else batch.numbers)
        raise _Refused

    async def _send_alone(self, batch: Batch, at: CurrentStatement) -> None:
        session = self._session
        for planned in batch.statements():
            at.statement = planned
            if table := await session.dialect.unprotected(session.connection, session.schema, planned.statement):
                raise DatabaseError(
                    f"table {table} uses an engine without transactions, so its rows would stay if this file failed; "
                    "give it the engine InnoDB, or write -- whimbrel: transaction=off"
                )
            session.course.sends(range(planned.number, planned.number + 1), planned.kind)
            await session.run(planned.statement)


def _last(batch: Batch | None) -> PlannedStatement | None:
    return list(batch.statements())[-1] if batch else None


def _milliseconds(started: float) -> int:
    return round((monotonic() - started) * 1000)
