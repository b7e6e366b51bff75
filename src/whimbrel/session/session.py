"""One private connection with its schema, its history and its lock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from whimbrel.dialects.base import Announced, Connection, Row
from whimbrel.dialects.place import IDENTITY_TABLE
from whimbrel.dialects.rules import SessionEffect
from whimbrel.errors import ConfigurationError, ConstraintViolated, DatabaseError, StatementTimeout, WhimbrelError
from whimbrel.migrations.migration import Directives
from whimbrel.session.foreign_keys import KeyChecks
from whimbrel.session.history import History
from whimbrel.session.history_sql import Records
from whimbrel.session.state import SessionState
from whimbrel.session.waiting import LOCK_WAIT_SECONDS, Waiting

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["LOCK_WAIT_SECONDS", "Session"]

_CHANGED = "nothing was recorded: the history has changed while the migration lock was held"
_LOST = "this session has lost the migration lock, so nothing was recorded"
_REMEDY = "ask the schema's owner for the right to create tables there, or migrate as a user who has it"


class Session(Waiting):
    """A private connection, so that the lock, the statements and their records share one fate."""

    def __init__(
        self,
        connection: Connection,
        state: SessionState,
        user: str,
        where: str = "",
        *,
        tables: frozenset[str] | None = None,
        question: bool = False,
    ) -> None:
        super().__init__(connection, state)
        self.database = connection.database
        self.user = user
        # The command line option for this schema, if it is not the connection's own.
        self.where = where
        self.keys = KeyChecks(connection)
        # Whether the session only reads.
        self.is_question = question
        self.history = History(connection, state.schema, tables, question=question)
        # Whether this session has the lock, and the server's answer whether it accepts writes, if it was asked with the lock.
        self.is_held = False
        self.writable: Row | None = None
        # The records of the last file, which travel with the first record of the next one; a statement, and the state of its
        # objects, if a message has returned it.
        self.owed: tuple[str, ...] = ()
        self.foreseen: tuple[Statement, str] | None = None

    @asynccontextmanager
    async def locked(self, lock_wait: float, *, at_once: bool = False) -> AsyncIterator[float]:
        """Hold the migration lock; yield the seconds waited. Raises LockTimeout after `lock_wait` seconds.

        With `at_once` it raises LockTimeout if another session has the lock now. Later waits for locks still last up to
        `lock_wait`.
        """
        self.connection.patience = lock_wait
        self.state = self.state._replace(lock_wait=0.0 if at_once else lock_wait)
        waited = 0.0 if self.is_held else await self._until(lambda: self.dialect.try_lock(self.connection, self.schema))
        self.is_held, self.state = True, self.state._replace(lock_wait=lock_wait)
        try:
            yield waited
        except BaseException:
            await asyncio.shield(self._leave())
            raise
        await self.release()

    async def _leave(self) -> None:
        # If this fails, the next run settles the last statement of the file. The first error is the one to report.
        with suppress(WhimbrelError):
            await self.pay()
        # The connection will be closed next. That frees the lock in any state, unless the lock is a lease.
        await self.dialect.abandon(self.connection, self.schema)

    async def release(self) -> None:
        """Release the lock, if this session has it."""
        if self.is_held:
            # Releasing a lease is a write, which locks of other sessions may delay.
            await self.patiently(lambda: self.dialect.unlock(self.connection, self.schema), lambda: "")
        self.is_held = False

    async def pay(self) -> None:
        """Write the records that the last file owes, if any. Raises the same errors as `record`."""
        if self.owed:
            await self.commit(*self.owed)
            self.owed = ()

    async def record_and_release(self, *records: str) -> None:
        """Record in a transaction of its own, and release the lock with the same message if the database can.

        Raises the same errors as `record`; the session then still has the lock, unless it has lost it.
        """
        if not await self.send_and_release(*records):
            await self.commit(*records)

    async def send_and_release(self, *statements: str) -> bool:
        """Send statements in a transaction of their own, and release the lock, in one message.

        Return False, having sent nothing, if the database cannot, or this session does not have the lock. Raises DatabaseError.
        """
        unlocking = self.dialect.unlocking_sql(self.schema) if self.is_held else ""
        if not unlocking:
            return False
        async with self.connection.rollback_on_error():
            # This session held the lock until the message released it, so the records were written.
            released = await self.connection.send([self.dialect.begin, *statements, "COMMIT", unlocking])
        self.is_held = False
        if not released:
            raise DatabaseError(_LOST)
        return True

    async def renew(self, *, portable: bool | None = None) -> None:
        """Reset the session to a new one; with `portable`, it may already be in the state of `enter` afterwards.

        If that releases the lock, another process may take it and run the next file.
        """
        if portable is None or not self.is_held or self.dialect.enters_inside:
            has_lock = not await self.dialect.renew(self.connection)
            self.state = self.state.renewed()
        else:
            setup = self.session_setup_sql(portable=portable)
            self.state = self.state.renewed()
            has_lock = await self.dialect.renew_under_lock(self.connection, self.schema, setup)
            self.state = self.state._replace(portable=portable)
        if self.is_held and not has_lock:
            await self._until(lambda: self.dialect.try_lock(self.connection, self.schema))

    @asynccontextmanager
    async def transaction(
        self, *, portable: bool | None = None, directives: Directives | None = None, begin: str = ""
    ) -> AsyncIterator[None]:
        """Open a transaction; with a file's `portable` and `directives`, set it up for the file. `begin` is its first statement.

        On SQLite, and behind a pooler, the transaction is the migration lock, so waiting for the transaction means waiting for
        the lock.
        """
        inside = self.dialect.enters_inside
        if portable is not None and not inside:
            await self.enter(portable=portable, directives=directives)
        await self._until(lambda: self.connection.try_begin(begin))
        async with self.connection.transaction(begun=True):
            if portable is not None and inside:
                await self.enter(portable=portable, directives=directives)
            yield

    @property
    def records(self) -> Records:
        """The builder of statements that write history and journal."""
        return self.history.records

    async def write(self, *statements: str) -> bool:
        """Send records in the current transaction. Return False if the last one found no row to change, or the lock is lost."""
        return await self.connection.send([*self.dialect.fencing_sql(self.schema), *statements]) > 0

    async def commit(self, *records: str, texts: Sequence[str] = (), restoring: Sequence[str] = (), begin: str = "") -> None:
        """Record in a transaction of its own, together with the file's `texts` if given. Send `restoring` before it.

        Raises the same errors as `record`.
        """
        if not self.connection.begins_at_once:
            if restoring:
                await self.connection.send(restoring)
            async with self.transaction():
                await self.record(*texts, *records)
            return
        message = [*restoring, begin or self.dialect.begin, *self.dialect.fencing_sql(self.schema), *texts, *records]
        async with self.connection.rollback_on_error():
            if not texts or self.dialect.is_one_each(texts):
                await self._record(self.connection.send_and_commit(message))
                return
            # The check whether the server sees the same statements must come before the commit.
            await self._record(self.connection.send(message))
            await self.connection.run("COMMIT")

    async def announce(self, *records: str, begin: str, statement: Statement, following: Statement | None) -> Announced | None:
        """Commit records, and run a statement of a migration in the same message; None, having sent nothing, if it needs its own.

        Raises the same errors as `record`. The error of the statement is returned.
        """
        if not self.connection.begins_at_once or self.state.statement_timeout is not None:
            return None
        message = [begin, *self.dialect.fencing_sql(self.schema), *records, "COMMIT"]
        try:
            async with self.connection.rollback_on_error():
                return await self.dialect.run_announced(self.connection, self.schema, message, statement, following)
        except ConstraintViolated:
            await self.prove_lock()
            raise DatabaseError(_CHANGED) from None

    async def record(self, *statements: str) -> None:
        """Send records in the current transaction. Raises DatabaseError if this session has lost the lock."""
        await self._record(self.connection.send([*self.dialect.fencing_sql(self.schema), *statements]))

    async def _record(self, sent: Awaitable[int]) -> None:
        try:
            if await sent:
                return
        except ConstraintViolated:
            # PostgreSQL answers no more queries in this transaction.
            await self.connection.roll_back()
        await self.prove_lock()
        raise DatabaseError(_CHANGED)

    async def prove_lock(self) -> None:
        """Raise DatabaseError if this session has lost the lock; call it before each record."""
        if not await self.dialect.owns_lock(self.connection, self.schema):
            raise DatabaseError(_LOST)

    def foreign_keys_checked(self, *, unchecked: bool) -> AbstractAsyncContextManager[None]:
        """Raise DatabaseError if the block runs with foreign keys `unchecked` and leaves more broken rows.

        Sets for one database alone may leave broken rows, as the database's client allows: `keys.find_broken` returns them.
        """
        return self.keys.kept(tolerated=self.state.native) if unchecked else nullcontext()

    async def run(self, statement: Statement) -> None:
        """Send one statement of a migration, or emulate a form that the server lacks. Raises StatementTimeout."""
        try:
            # Cancelling here also cancels the statement on the server. All databases use this one way; MySQL has no other.
            async with asyncio.timeout(self.state.statement_timeout):
                if not await self.dialect.emulate(self.connection, statement):
                    await self.connection.run(statement.text)
        except TimeoutError:
            told = f"cancelled after {self.state.statement_timeout:g} s, its statement_timeout"
            raise StatementTimeout(told) from None

    async def prepare(self) -> None:
        """Prepare the database for its first migration, under the lock: privileges, defaults, our tables, the identity."""
        if self.writable is not None:
            # The message that took the lock wrote to the journal.
            self.dialect.judge_writable(self.writable)
        else:
            async with self.explained():
                await self.patiently(lambda: self.dialect.check_writable(self.connection), lambda: "")
                if not self.state.native:
                    await self.patiently(lambda: self.dialect.prepare(self.connection, self.schema), lambda: "")
                await self.patiently(self._create_history, lambda: "")
        if await self.history.lacks(IDENTITY_TABLE):
            from whimbrel.session.identity import give_identity  # only a database of an earlier release needs it

            await self.patiently(lambda: give_identity(self), lambda: "")

    @asynccontextmanager
    async def explained(self, refused: str = "create the history table in") -> AsyncIterator[None]:
        """Raise ConfigurationError with advice if our tables cannot be created or written. Not for use in a transaction."""
        try:
            yield
        except DatabaseError as error:
            denied, remedy = self.dialect.is_denied(error), await self.dialect.remedy(self.connection, self.schema, error)
            if not denied and not remedy:
                raise
            told = f"{self.user or 'this user'} {'may not' if denied else 'cannot'} {refused} {self.schema}: {error}"
            raise ConfigurationError(f"{told}\n  next: {remedy or _REMEDY}") from error

    async def _create_history(self) -> None:
        async with self.transaction():
            await self.history.create(model=self.state.keeps_model)

    async def enter(self, *, portable: bool, directives: Directives | None = None) -> None:
        """Put the session into the state in which every file starts, with the file's own limits, or without any."""
        self.state = self.state.entered(directives, portable=portable)
        lock_timeout = self.state.limits_of(directives).lock_timeout
        await self.dialect.enter(self.connection, self.schema, portable=portable, lock_timeout=lock_timeout)

    def session_setup_sql(self, *, portable: bool, directives: Directives | None = None) -> list[str]:
        """Return the statements with the effect of `enter`, to be sent with other statements."""
        self.state = self.state.entered(directives, portable=portable)
        lock_timeout = self.state.limits_of(directives).lock_timeout
        return self.dialect.session_setup_sql(self.connection, self.schema, portable=portable, lock_timeout=lock_timeout)

    def restoring(self, directives: Directives, left: SessionEffect, *, portable: bool) -> list[str]:
        """Return the statements that restore the state of `enter` after a file; none if the file could not change it."""
        # Inside the transaction's message the statements cost little. They also undo settings of functions and event triggers.
        needed = left != "nothing" or self.state.is_limited(directives) or self.dialect.enters_inside
        return self.session_setup_sql(portable=portable) if needed else []
