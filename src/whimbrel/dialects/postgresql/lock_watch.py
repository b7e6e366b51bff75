"""Watch, from other sessions, the locks of a statement that cannot run in a transaction.

Such a statement drops its locks before it ends. So one session holds locks on all tables that the statement's locks conflict
with: the statement waits, and another session reads which lock it waits for. Then the first session lets go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING

from whimbrel.errors import DatabaseError

if TYPE_CHECKING:
    from whimbrel.dialects.connection import Connection
    from whimbrel.dialects.postgresql.relations import Lock

__all__ = ["LockWatch"]

_STEP_SECONDS = 0.002
_LOCKS = """
    SELECT CASE WHEN locktype OPERATOR(pg_catalog.=) 'relation' THEN CAST(relation AS BIGINT) END AS oid, mode, granted
    FROM pg_catalog.pg_locks WHERE pid OPERATOR(pg_catalog.=) {pid}
         AND (locktype OPERATOR(pg_catalog.=) 'relation' OR NOT granted)"""
# SHARE UPDATE EXCLUSIVE conflicts with itself and all stronger modes, ACCESS SHARE with ACCESS EXCLUSIVE alone.
_FIRST, _SECOND = "SHARE UPDATE EXCLUSIVE", "ACCESS SHARE"
_LAST = "AccessExclusiveLock"
_WEAK = ("AccessShareLock", "RowShareLock", "RowExclusiveLock")


class LockWatch:
    """Two sessions beside the one with the process number `pid`: one holds locks, one reads."""

    def __init__(self, holder: Connection, reader: Connection, pid: int) -> None:
        self._holder = holder
        self._reader = reader
        self._locks = _LOCKS.format(pid=pid)

    async def watch(self, work: Awaitable[int], tables: Mapping[int, str]) -> tuple[int, frozenset[Lock]]:
        """Wait for a statement that was sent; return its count of rows and the locks that it took or waited for.

        `tables` are the tables of the database by number, as SQL. Raises the error of the statement. Locks that readers or
        writers take are left out: nothing makes the statement wait for them, so it would be chance whether one is seen.
        """
        seen: set[Lock] = set()
        await self._hold(tables, seen)
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await self._look(tables, seen)
                await asyncio.wait([task], timeout=_STEP_SECONDS)
        finally:
            await asyncio.shield(self._holder.roll_back())
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        return await task, frozenset((number, mode) for number, mode in seen if mode not in _WEAK)

    async def _look(self, tables: Mapping[int, str], seen: set[Lock]) -> None:
        rows = await self._reader.fetch_all(self._locks)
        seen |= {(row["oid"], row["mode"]) for row in rows if row["oid"] is not None}
        waits = [row["oid"] for row in rows if not row["granted"]]
        if waits and self._holder.in_transaction:
            await self._holder.run("ROLLBACK")
            # A statement that waits for whole transactions would wait again.
            if all(number in tables for number in waits):
                await self._hold(tables, seen)

    async def _hold(self, tables: Mapping[int, str], seen: set[Lock]) -> None:
        """Hold the locks that show which further locks the statement takes."""
        known = {number for number, mode in seen if mode not in _WEAK}
        first = [name for number, name in tables.items() if number not in known]
        second = [name for number, name in tables.items() if (number, _LAST) not in seen]
        await self._holder.run("BEGIN")
        try:
            await self._lock(second, _SECOND)
            await self._lock(first, _FIRST)
        except DatabaseError:
            # The statement has a lock that nobody has seen yet; the reader will see it.
            await self._holder.run("ROLLBACK")

    async def _lock(self, tables: Sequence[str], mode: str) -> None:
        if tables:
            await self._holder.run(f"LOCK TABLE {', '.join(tables)} IN {mode} MODE NOWAIT")
