"""An application's connection while a pool lends it. Every call ends at its time limit, or when it is cancelled.

Each call runs in a task of its own, so a cancellation reaches the statement and never the driver's bookkeeping.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any, TypeVar

from whimbrel.dialects.connection import ApplicationConnection, Connection, Parameters, Row
from whimbrel.dialects.deadlines import until_done
from whimbrel.errors import ConnectionLost, DatabaseError, StatementTimeout, TransactionEnded, WhimbrelError
from whimbrel.pool.calls import advised, check_begins_none, check_parameters, check_rows, check_sql, foreign

__all__ = ["Lent"]

T = TypeVar("T")
Call = Callable[[], Coroutine[Any, Any, T]]
Statement = Callable[[str, Parameters | None], Coroutine[Any, Any, T]]
# The time that a server may take to end a cancelled statement, or to finish the COMMIT of a cancelled caller.
_STOP_SECONDS = 3.5
_ROLL_BACK_SECONDS = 5.0
# If the driver sends rows together, this many of them share one statement limit.
_ROWS_TOGETHER = 100
_NEXT = "run the transaction again from its beginning"


class Lent(Connection):
    """A connection that belongs to one borrower until it is given back. All errors that it raises itself are WhimbrelErrors.

    `changed` says that the session must be reset before another borrower gets it. `ended` says why the database ended the current
    transaction, and `incomplete` that not all of it was committed. `left` says why the transaction's block is over, even if its
    task does not know that yet.
    """

    def __init__(self, own: ApplicationConnection, limit: float | None) -> None:
        self.dialect = own.dialect
        self.database = own.database
        self.begins_at_once = own.begins_at_once
        self.own = own
        self.changed = False
        self.ended = self.left = ""
        self.incomplete = self.dropped = self._inside = self.forgotten = False
        self._limit = limit
        self._depth = 0
        self._closed: Callable[[], WhimbrelError] | None = None
        self._running: asyncio.Task[Any] | None = None
        # If two tasks call at once, the second waits: drivers mix up their answers.
        self._turn = asyncio.Lock()

    @property
    def bare(self) -> Connection:
        self.changed = True
        return self.own

    @property
    def in_transaction(self) -> bool:
        return self.own.in_transaction

    @property
    def is_idle(self) -> bool:
        """Whether no call is running, not even one whose caller was cancelled."""
        return not self._turn.locked()

    async def settled(self) -> None:
        """Wait until no call is running."""
        async with self._turn:
            pass

    async def interrupt(self, why: Callable[[], WhimbrelError]) -> None:
        """End the running call, on the server too, or drop the connection; refuse further calls. Raises no error."""
        self.take_back(why)
        if self._running is not None and not self._running.done():
            await self._stop(self._running)

    def renounce(self, why: Callable[[], WhimbrelError]) -> None:
        """Stop using the connection, without a rollback: in a forked child it belongs to the parent."""
        self._closed, self.forgotten = why, True

    def take_back(self, why: Callable[[], WhimbrelError]) -> None:
        """Reject every further call with the error that `why` returns."""
        self._closed = why

    async def run(self, sql: str) -> None:
        await self._send(lambda text, _: self.own.run(text), sql)

    async def send(self, statements: Sequence[str]) -> int:
        texts = [check_sql(statement) for statement in statements]
        self.changed = True
        return await self._call(lambda: self.own.send(texts))

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        return await self._ask(self.own.execute, sql, parameters)

    async def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        text, given = check_sql(sql), check_rows(rows)
        while part := [check_parameters(row) or {} for row in islice(given, _ROWS_TOGETHER)]:
            await self._send(lambda text, _, part=part: self.own.execute_many(text, part), text)  # type: ignore[misc]

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        return await self._ask(self.own.fetch_all, sql, parameters)

    async def fetch_one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        return await self._ask(self.own.fetch_one, sql, parameters)

    def abort(self) -> None:
        self.own.abort()

    async def close(self) -> None:
        """Disconnect. The pool opens another connection in place of this one."""
        self.abort()

    @asynccontextmanager
    async def transaction(self, *, begun: bool = False) -> AsyncIterator[None]:
        if self._inside:
            # A second BEGIN would commit the transaction on MySQL and MariaDB, and PostgreSQL would ignore it.
            self._depth += 1
            async with self.savepoint(f"whimbrel_lent_{self._depth}"):
                yield
            return
        async with self.rollback_on_error():
            if not begun:
                await self._call(lambda: self.own.run(self.dialect.begin))
            self._inside = True
            yield
            await self._commit()

    @asynccontextmanager
    async def rollback_on_error(self) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            self._inside = False
            await self.roll_back()
            raise
        finally:
            self._inside = False

    async def roll_back(self) -> None:
        """Roll back, within the statement limit; if that fails, drop the connection. Raises no error."""
        if self.forgotten or (self.is_idle and not (self.own.usable and self.own.in_transaction)):
            return
        work = asyncio.get_running_loop().create_task(self._roll_back())
        if not await until_done(work, max(self._limit or _ROLL_BACK_SECONDS, _ROLL_BACK_SECONDS)):
            self.own.abort()

    async def _roll_back(self) -> None:
        async with self._turn:
            if self.own.usable and self.own.in_transaction:
                try:
                    await self.own.run("ROLLBACK")
                except Exception:
                    # The earlier error is the one to report, and no borrower may continue in an open transaction.
                    self.own.abort()

    async def _commit(self) -> None:
        if self.forgotten and self._closed is not None:
            raise self._closed()
        if self.incomplete:
            raise TransactionEnded(f"nothing was committed: {self.ended}\n  next: {_NEXT}")
        if self.ended:
            return
        self._inside = False
        work = asyncio.get_running_loop().create_task(self._alone(lambda: self.own.run("COMMIT")))
        try:
            done, _ = await asyncio.wait((work,), timeout=self._limit)
        except asyncio.CancelledError:
            # Finish it instead of interrupting it: otherwise it would be unknown whether it took effect.
            if not await until_done(work, _STOP_SECONDS):
                self._give_up(work)
            raise
        if not done:
            self._give_up(work)
            raise ConnectionLost(
                f"the server did not answer COMMIT within {self._limit:g} s, so it is unknown whether it took effect"
            )
        work.result()

    @asynccontextmanager
    async def savepoint(self, name: str) -> AsyncIterator[None]:
        """Keep the work of the block, or undo only that work on any exception."""
        await self._call(lambda: self.own.run(f"SAVEPOINT {name}"))
        try:
            yield
        except BaseException:
            await self._undo_to(name)
            raise
        await self._call(lambda: self.own.run(f"RELEASE SAVEPOINT {name}"))

    async def _undo_to(self, name: str) -> None:
        if self.ended or self.forgotten:
            return
        work = asyncio.get_running_loop().create_task(self._alone(lambda: self.own.run(f"ROLLBACK TO SAVEPOINT {name}")))
        settled = False
        try:
            settled = await until_done(work, max(self._limit or _ROLL_BACK_SECONDS, _ROLL_BACK_SECONDS))
        finally:
            if not settled or work.cancelled() or work.exception() is not None:
                # The nested transaction's work can no longer be separated from the outer one's.
                self.end("a nested transaction could not be rolled back by itself", incomplete=True)

    def end(self, why: str, *, incomplete: bool) -> None:
        """Reject all further statements of this transaction.

        `incomplete` says that a part of it was not, or cannot be, committed.
        """
        self.ended = self.ended or why
        self.incomplete = self.incomplete or incomplete

    def leave(self, why: str, *, dropped: bool) -> None:
        """Reject all further statements of this transaction, which another task now commits or, if `dropped`, rolls back."""
        self.left, self.dropped = why, dropped

    async def _send(self, call: Statement[T], sql: str, parameters: Parameters | None = None) -> T:
        text, given = check_sql(sql), check_parameters(parameters)
        if self._inside:
            check_begins_none(text, self.dialect.lexer_rules(portable=True, database=self.database))
        if not self.changed:
            self.changed = self.own.changes_session(text)
        return await self._call(lambda: call(text, given))

    async def _ask(self, call: Statement[T], sql: str, parameters: Parameters | None) -> T:
        try:
            return await self._send(call, sql, parameters)
        except DatabaseError as error:
            if parameters is not None:
                raise
            raise advised(error, sql, self.dialect, self.database) from error.__cause__

    async def _call(self, call: Call[T]) -> T:
        if self._closed is not None:
            raise self._closed()
        if why := self.ended or self.left:
            raise TransactionEnded(f"the transaction has ended, and the statement was not sent: {why}\n  next: {_NEXT}")
        work = asyncio.get_running_loop().create_task(self._alone(call))
        self._running = work
        try:
            done, _ = await asyncio.wait((work,), timeout=self._limit)
        except asyncio.CancelledError:
            await self._stop(work)
            raise
        if not done and not await self._stop(work):
            raise self.own.hindrance or StatementTimeout(
                f"cancelled after {self._limit:g} s, the manager's statement_timeout\n"
                "  next: make the statement faster, or set a higher limit for this manager (0 for none)"
            )
        if self.dropped:
            raise TransactionEnded(f"the transaction has ended, and the statement is rolled back: {self.left}\n  next: {_NEXT}")
        if work.cancelled():
            # The pool was closed meanwhile; or else the driver has lost its connection.
            self.own.abort()
            raise self._closed() if self._closed else ConnectionLost("the connection ended while the statement ran")
        return work.result()

    async def _stop(self, work: asyncio.Task[Any]) -> bool:
        """End a running call, or else the connection. Return whether the call completed meanwhile."""
        # The cancel request may reach the server late. The reset receives it then, not the next borrower's statement.
        self.changed = True
        work.cancel()
        if not await until_done(work, _STOP_SECONDS):
            self._give_up(work)
            return False
        if self._inside and not (self.own.usable and self.own.in_transaction):
            # SQLite rolls back the whole transaction when it interrupts a write: https://sqlite.org/c3ref/interrupt.html
            self.end("the database rolled it back when a statement in it was cancelled", incomplete=True)
        return not work.cancelled() and not isinstance(work.exception(), ConnectionLost)

    def _give_up(self, work: asyncio.Task[Any]) -> None:
        self.own.abort()
        self.end("its connection was given up, because the server did not answer", incomplete=True)
        work.cancel()

    async def _alone(self, call: Call[T]) -> T:
        async with self._turn:
            try:
                answer = await call()
            except WhimbrelError as error:
                if self._inside and not await self._is_still_inside():
                    self.end(f"the database ended it after an error ({error})", incomplete=True)
                raise
            except Exception as error:
                self.own.abort()
                self.end("its connection is lost", incomplete=True)
                raise foreign(error) from error
            if self._inside and not self.own.in_transaction:
                self.end(
                    "one of its statements ended it: COMMIT, ROLLBACK or, on MySQL and MariaDB, a DDL statement",
                    incomplete=False,
                )
            return answer

    async def _is_still_inside(self) -> bool:
        try:
            return self.own.usable and await self.own.still_in_transaction()
        except DatabaseError:
            return False
