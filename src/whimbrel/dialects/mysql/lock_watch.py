"""Watch, from other sessions, which tables a statement locks, and what other sessions can do meanwhile.

One session for each table holds the lock of an open transaction that writes. If the statement waits, a writer and a reader queue
behind it, and the holder lets go. A reader or writer that gets its turn before the statement ends may use the table while the
statement works: the statement must then wait for it, so the order is certain and no time is measured.
https://dev.mysql.com/doc/refman/9.7/en/metadata-locking.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from whimbrel.dialects.mysql.altered import Passage
from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.dialects.mysql.other_session import OtherSession
from whimbrel.errors import ConnectionLost, DatabaseError

__all__ = ["LockWatch"]

_T = TypeVar("_T")
_STEP_SECONDS = 0.001
# A statement that has waited so often waits for no table, but for the end of all transactions. The server may list it as waiting
# a moment longer than it waits.
_MOST_FRUITLESS = 50
# A session that has just got its lock may still be listed as waiting.
_STEPS_OF_PATIENCE = 3
_UNSEEN = "the statement waited for a lock that this user cannot see; for that: GRANT SELECT ON performance_schema.*"
_DENIED = "1142"
# https://dev.mysql.com/doc/refman/9.7/en/performance-schema-metadata-locks-table.html
_PENDING = """
    SELECT m.object_name AS name FROM performance_schema.metadata_locks m
    JOIN performance_schema.threads t ON t.thread_id = m.owner_thread_id
    WHERE t.processlist_id = :id AND m.lock_status = 'PENDING' AND m.object_type = 'TABLE'
"""
# The greeting has four bytes for a number that may need eight.
_NUMBERS = 2**32
_READ = "SELECT 1 FROM {table} WHERE FALSE"
# The lock of a write; foreign keys do not make this query open other tables.
_WRITE = f"{_READ} FOR UPDATE"
_SETTINGS = "SET SESSION lock_wait_timeout=600, innodb_lock_wait_timeout=600, autocommit=1"


@dataclass
class _Table:
    """A table that is watched, and its three sessions."""

    name: str
    sql: str
    holder: OtherSession
    writer: OtherSession
    reader: OtherSession
    passage: Passage | None = None

    async def release(self) -> None:
        for session in (self.holder, self.writer, self.reader):
            await session.release()


class LockWatch:
    """The other sessions, which stay open for the next statement."""

    def __init__(self, connection: MysqlConnection) -> None:
        self._connection = connection
        self._side: MysqlConnection | None = None
        self._free: list[OtherSession] = []
        self._tables: list[_Table] = []
        self._fruitless = 0
        # The unseen effects of the last statement.
        self.notes: list[str] = []

    async def hold(self, schema: str, tables: Sequence[str]) -> bool:
        """Hold tables of a database, with the lock of a transaction that writes; return whether that is possible.

        It is not if the statement's own session has locked a table, or this user may not write it. Raises DatabaseUnreachable.
        """
        quote, self._fruitless, self.notes = self._connection.dialect.quote, 0, []
        for name in tables:
            holder, writer, reader = [await self._session() for _ in range(3)]
            self._tables.append(_Table(name, f"{quote(schema)}.{quote(name)}", holder, writer, reader))
        for table in self._tables:
            table.holder.ask(_WRITE.format(table=table.sql))
        await self._give_up([table.holder for table in self._tables])
        granted = [await table.holder.wait() for table in self._tables]
        if not all(granted):
            await self.release()
        return all(granted)

    def holds(self, table: str) -> bool:
        """Whether a session holds this table."""
        return any(table == one.name for one in self._tables)

    async def release(self) -> dict[str, Passage]:
        """Let go of all tables; return what passed the statement, by the tables that it waited for."""
        found = {table.name: table.passage for table in self._tables if table.passage is not None}
        for table in self._tables:
            await table.holder.release()
        await self._give_up([session for one in self._tables for session in (one.writer, one.reader)])
        for table in self._tables:
            await table.release()
            self._free += [table.holder, table.writer, table.reader]
        self._tables = []
        return found

    async def accepts(self, sql: str) -> bool:
        """Whether the server would run a statement that needs the exclusive lock of a held table. It does not run.

        False also if the statement ends without that lock, since it has nothing to do.
        """
        side, task = await self.side(), asyncio.ensure_future(self._connection.send([sql]))
        try:
            while not task.done() and not self._is_waiting(await self._states(), self._connection):
                await asyncio.wait([task], timeout=_STEP_SECONDS)
            accepted = not task.done()
            if accepted:
                # A second KILL could meet the next statement.
                await side.run(f"KILL QUERY {self._connection.session:d}")
                await asyncio.wait([task])
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return accepted

    async def watch(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """Wait for the statement's work, and let it pass each held table. Raises the error of the work."""
        await self.side()
        task = asyncio.ensure_future(work())
        try:
            while not task.done():
                await self._step()
                await asyncio.wait([task], timeout=_STEP_SECONDS)
        finally:
            # This finds it unfinished if the caller was cancelled, or a connection was lost.
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return task.result()

    async def _step(self) -> None:
        """If the statement waits, note who passed it, and let it go on."""
        passed = [(one, one.writer.granted, one.reader.granted) for one in self._tables if one.passage]
        if not self._is_waiting(await self._states(), self._connection):
            return
        # The statement waits, so it has not ended: whoever was granted before passed it.
        for table, writes, reads in passed:
            assert table.passage is not None, "only tables that the statement waited for are listed"
            table.passage.writes |= writes
            table.passage.reads |= reads
            for session in [table.writer] * writes + [table.reader] * reads:
                await session.release()
        if not any(writes or reads for _, writes, reads in passed):
            await self._let_pass()

    async def _let_pass(self) -> None:
        """Find the held tables that the statement waits for, and release them."""
        held = self._held()
        if not held:
            return
        for table in held:
            table.writer.ask(_WRITE.format(table=table.sql))
            table.reader.ask(_READ.format(table=table.sql))
        await self._settled([session for one in held for session in (one.writer, one.reader)])
        # Writes have passed the statement's work, so it needs this table for a moment, at its end.
        late = any(one.passage is not None and one.passage.writes for one in self._tables)
        for table in held:
            blocked, first_read = not table.writer.done, table.reader.done
            if not blocked:
                await table.writer.release()
            if not blocked or first_read:
                await table.reader.release()
            if blocked:
                table.passage = Passage(first_read=first_read, reads=first_read or late, writes=late)
                await table.holder.release()
        self._fruitless = self._fruitless + 1 if held == self._held() else 0
        if self._fruitless:
            await self._let_reader_pass()

    async def _let_reader_pass(self) -> None:
        """Release the table that the statement wants to lock for reads alone: writers pass it while it waits, but not later."""
        wanted = await self._wanted()
        if self._fruitless == _MOST_FRUITLESS:
            self.notes.append(_UNSEEN)
        for table in self._held():
            if table.name in wanted:
                table.passage = Passage(first_read=True, reads=True)
                await table.holder.release()
            elif self._fruitless >= _MOST_FRUITLESS:
                await table.holder.release()

    def _held(self) -> list[_Table]:
        return [one for one in self._tables if one.passage is None]

    async def _wanted(self) -> set[str]:
        """Return the tables whose lock the statement waits for, if this user may read that."""
        side = await self.side()
        if side.database == "mariadb":
            return set()
        try:
            rows = await side.fetch_all(_PENDING, {"id": self._connection.session})
        except ConnectionLost:
            raise
        except DatabaseError as error:
            if error.code != _DENIED:
                raise
            rows = []
        return {row["name"] for row in rows}

    async def _settled(self, sessions: Sequence[OtherSession]) -> None:
        """Wait until each session has its lock or waits for it."""
        while pending := [one for one in sessions if not one.done]:
            states = await self._states()
            if all(one.done or self._is_waiting(states, one.connection) for one in pending):
                return
            await asyncio.sleep(_STEP_SECONDS)

    async def _give_up(self, sessions: Sequence[OtherSession]) -> None:
        """End the queries that wait for a lock which the statement's session keeps."""
        for _ in range(_STEPS_OF_PATIENCE):
            await self._settled(sessions)
        for session in sessions:
            if not session.done:
                await (await self.side()).run(f"KILL QUERY {session.connection.session:d}")

    def _is_waiting(self, states: dict[int, str], connection: MysqlConnection) -> bool:
        state = states.get(connection.session % _NUMBERS, "")
        return state.startswith("Waiting for") and ("lock" in state or "flush" in state)

    async def _states(self) -> dict[int, str]:
        # Users see their own sessions without a privilege: https://dev.mysql.com/doc/refman/9.7/en/show-processlist.html
        side = await self.side()
        rows = await side.fetch_all("SHOW PROCESSLIST")
        return {int(row["Id"]) % _NUMBERS: str(row["State"] or "") for row in rows}

    async def side(self) -> MysqlConnection:
        """Return the session that only asks."""
        if self._side is None:
            self._side = await self._connect()
        return self._side

    async def _session(self) -> OtherSession:
        return self._free.pop() if self._free else OtherSession(await self._connect())

    async def _connect(self) -> MysqlConnection:
        address = self._connection.address
        assert address is not None, "a connection of a run has an address"
        opened = await self._connection.dialect.connect(address)
        assert isinstance(opened, MysqlConnection), "a dialect opens its own connections"
        await opened.run(_SETTINGS)
        return opened

    async def close(self) -> None:
        """Close all sessions."""
        await self.release()
        for session in self._free:
            await session.connection.close()
        if self._side is not None:
            await self._side.close()
        self._free, self._side = [], None
