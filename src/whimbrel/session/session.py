"""One private connection, one schema, its history, its lock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.dialects.base import Connection
from whimbrel.dialects.rules import SessionEffect
from whimbrel.errors import ConfigurationError, ConstraintViolated, DatabaseError, StatementTimeout
from whimbrel.migrations.migration import Directives
from whimbrel.session.foreign_keys import KeyChecks
from whimbrel.session.history import History
from whimbrel.session.history_sql import Records
from whimbrel.session.waiting import Waiting

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["LOCK_WAIT_SECONDS", "Limits", "Session"]

LOCK_WAIT_SECONDS = 300.0
_REMEDY = "let its owner grant the right to create tables there, or migrate as a user who has it"


class Limits(NamedTuple):
    """How long, in seconds, a statement may wait for other sessions' locks, and how long it may take; None: no limit of ours."""

    lock_timeout: float | None = None
    statement_timeout: float | None = None


class Session(Waiting):
    """A connection that nobody else has, so that lock, statements and records live and die together."""

    def __init__(
        self,
        connection: Connection,
        schema: str,
        user: str,
        where: str = "",
        *,
        tables: frozenset[str] | None = None,
        question: bool = False,
    ) -> None:
        super().__init__(connection, schema)
        self.database = connection.database
        self.user = user
        # The option that leads a command to this schema, where it is not the connection's own.
        self.where = where
        self.keys = KeyChecks(connection)
        self.history = History(connection, schema, tables, question=question)
        # Of the whole run; a file's own directives come before them.
        self.limits = Limits()
        # By a file, in the session.
        self.left: SessionEffect = "nothing"
        # The state that it is in between two files, without limits; None if that is not known.
        self.portable: bool | None = None
        # Whether the run's sets are for this database alone, whose own defaults are then left as they are.
        self.native = False
        self._lock_wait = 0.0
        self._statement_timeout: float | None = None

    @asynccontextmanager
    async def locked(self, lock_wait: float, *, at_once: bool = False) -> AsyncIterator[float]:
        """Hold the migration lock; yields the seconds waited. Raises LockTimeout after `lock_wait` seconds.

        With `at_once` it is raised if another session has the lock now; what is met later is still waited for.
        """
        self.connection.patience = lock_wait
        self._lock_wait = 0.0 if at_once else lock_wait
        waited = await self._until(lambda: self.dialect.try_lock(self.connection, self.schema))
        self._lock_wait = lock_wait
        try:
            yield waited
        except BaseException:
            # The connection is about to be closed, which frees the lock whatever state it is in, unless it is a lease.
            await asyncio.shield(self.dialect.abandon(self.connection, self.schema))
            raise
        # A lease is given back by a write, which other sessions may stand in the way of.
        await self.patiently(lambda: self.dialect.unlock(self.connection, self.schema), lambda: "")

    async def renew(self) -> None:
        """Make the session what a new one is. Where the lock goes with it, somebody else may be quicker and do the next file."""
        if await self.dialect.renew(self.connection):
            await self._until(lambda: self.dialect.try_lock(self.connection, self.schema))
        self.left, self.portable = "nothing", None

    @asynccontextmanager
    async def transaction(
        self, *, portable: bool | None = None, directives: Directives | None = None, begin: str = ""
    ) -> AsyncIterator[None]:
        """One transaction, for the file that `portable` and `directives` tell of if they are given; `begin` begins it.

        On SQLite, and behind a pooler, this is the lock, and waited for as such.
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
        """The statements that write history and journal."""
        return self.history.records

    async def write(self, *statements: str) -> bool:
        """Send records, in a transaction; False if the last of them found nothing to change, or the lock is lost."""
        return await self.connection.send([*self.dialect.fencing_sql(self.schema), *statements]) > 0

    async def commit(self, *records: str, texts: Sequence[str] = (), restoring: Sequence[str] = (), begin: str = "") -> None:
        """Record in a transaction of its own, of a file's `texts` or of nothing else; send `restoring` before it.

        Raises as `record` does.
        """
        if not self.connection.begins_at_once:
            if restoring:
                await self.connection.send(restoring)
            async with self.transaction():
                await self.record(*texts, *records)
            return
        message = [*restoring, begin or self.dialect.begin, *self.dialect.fencing_sql(self.schema), *texts, *records]
        async with self.connection.rollback_on_error():
            if not texts:
                await self._record(self.connection.send_and_commit(message))
                return
            # Whether the server has read the same statements is known before they are committed.
            await self._record(self.connection.send(message))
            await self.connection.run("COMMIT")

    async def record(self, *statements: str) -> None:
        """Send records, in a transaction. Raises DatabaseError if the lock is not ours any more."""
        await self._record(self.connection.send([*self.dialect.fencing_sql(self.schema), *statements]))

    async def _record(self, sent: Awaitable[int]) -> None:
        try:
            if await sent:
                return
        except ConstraintViolated:
            # No more questions are answered in this transaction.
            await self.connection.roll_back()
        await self.prove_lock()
        raise DatabaseError("nothing was recorded: the history has changed while the migration lock was held")

    async def prove_lock(self) -> None:
        """Raise DatabaseError if the lock is not ours any more; ask before anything is recorded."""
        if not await self.dialect.owns_lock(self.connection, self.schema):
            raise DatabaseError("the migration lock is not ours any more, so nothing was recorded")

    def foreign_keys_checked(self, *, unchecked: bool) -> AbstractAsyncContextManager[None]:
        """Raise DatabaseError if what is done inside, while foreign keys are `unchecked`, leaves more rows that refer to nothing.

        Sets for one database alone may do what its client does: `keys.find_broken` tells what they leave.
        """
        return self.keys.kept(tolerated=self.native) if unchecked else nullcontext()

    async def run(self, statement: Statement) -> None:
        """Send one statement of a migration, or do what the server lacks a form for. Raises StatementTimeout."""
        try:
            # Whoever is cancelled here cancels on the server; one way for all databases, and MySQL has no other.
            async with asyncio.timeout(self._statement_timeout):
                if not await self.dialect.emulate(self.connection, statement):
                    await self.connection.run(statement.text)
        except TimeoutError:
            told = f"cancelled after {self._statement_timeout:g} s, its statement_timeout"
            raise StatementTimeout(told) from None

    async def prepare(self) -> None:
        """Make the database ready for a first migration, under the lock: privileges, defaults, history and journal."""
        async with self.explained():
            await self.patiently(lambda: self.dialect.check_writable(self.connection), lambda: "")
            if not self.native:
                await self.patiently(lambda: self.dialect.prepare(self.connection, self.schema), lambda: "")
            await self.patiently(self._create_history, lambda: "")

    @asynccontextmanager
    async def explained(self, refused: str = "make the history table in") -> AsyncIterator[None]:
        """Raise ConfigurationError, with what to do, if our tables cannot be made or written. Not for use in a transaction."""
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
            await self.history.create()

    async def enter(self, *, portable: bool, directives: Directives | None = None) -> None:
        """Put the session into the state from which a file starts; with the file's own limits, or without any."""
        limits = self._limits_of(directives)
        self._statement_timeout, self.portable = limits.statement_timeout, portable
        await self.dialect.enter(self.connection, self.schema, portable=portable, lock_timeout=limits.lock_timeout)

    def session_setup_sql(self, *, portable: bool, directives: Directives | None = None) -> list[str]:
        """Return what does the same, to be sent with other statements."""
        limits = self._limits_of(directives)
        self._statement_timeout, self.portable = limits.statement_timeout, portable
        return self.dialect.session_setup_sql(self.connection, self.schema, portable=portable, lock_timeout=limits.lock_timeout)

    def restoring(self, directives: Directives, left: SessionEffect, *, portable: bool) -> list[str]:
        """Return what takes back, after a file, what it may have changed of that state: nothing where it could not."""
        # Where it travels in a transaction's message it costs little, and takes back what functions and event triggers set.
        needed = left != "nothing" or self.is_limited(directives) or self.dialect.enters_inside
        return self.session_setup_sql(portable=portable) if needed else []

    def is_timed(self, directives: Directives) -> bool:
        """Whether each statement of a file has a time in which it must end, which is watched from here."""
        return self._limits_of(directives).statement_timeout is not None

    def is_limited(self, directives: Directives) -> bool:
        """Whether a file's statements have any limit of ours."""
        return self._limits_of(directives) != Limits()

    def _limits_of(self, directives: Directives | None) -> Limits:
        if directives is None:
            return Limits()
        own, run = directives, self.limits
        return Limits(
            run.lock_timeout if own.lock_timeout is None else own.lock_timeout,
            run.statement_timeout if own.statement_timeout is None else own.statement_timeout,
        )
