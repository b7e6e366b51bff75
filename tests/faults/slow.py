"""A set whose second file has a statement of some seconds, and a watcher that shows which session still runs it on the server."""

import asyncio
from datetime import datetime
from pathlib import Path
from time import monotonic

from tests.faults.ledger import EACH, FIRST, judge
from tests.files import write_set
from tests.patience import PATIENCE
from whimbrel import DatabaseManager
from whimbrel.dialects.base import Connection
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

# Only the slow statement contains this text.
MARK = "slowly"
_NOW = {"postgresql": "clock_timestamp()", "mysql": "SYSDATE(6)", "mariadb": "SYSDATE(6)", "sqlite": "0"}
_SESSION = {"postgresql": "pg_backend_pid()", "mysql": "CONNECTION_ID()", "mariadb": "CONNECTION_ID()", "sqlite": "0"}
_MADE = {
    "postgresql": "CREATE FUNCTION slowly(n INTEGER) RETURNS INTEGER LANGUAGE plpgsql IMMUTABLE AS "
    "$$ BEGIN PERFORM pg_sleep(0.6); RETURN n; END $$;\nINSERT INTO rest VALUES (1), (2), (3), (4), (5);\n",
}
# If the statement runs by itself, the server commits it even without a client. If it shares a transaction, it is rolled back
# without one.
_ALONE = {
    "postgresql": "CREATE INDEX CONCURRENTLY rest_n ON rest (slowly(n));\n",
    "mysql": "CREATE TABLE slow AS SELECT SLEEP(3) AS slowly;\n",
    "mariadb": "CREATE TABLE slow AS SELECT SLEEP(3) AS slowly;\n",
    "sqlite": "-- whimbrel: transaction=off\nCREATE TABLE slow AS WITH RECURSIVE slowly (n) AS "
    "(SELECT 1 UNION ALL SELECT n + 1 FROM slowly WHERE n < 9000000) SELECT count(*) AS n FROM slowly;\n",
}
_SHARED = {
    "postgresql": "INSERT INTO rest SELECT slowly(n) FROM rest;\n",
    "mysql": "INSERT INTO rest SELECT SLEEP(3) AS slowly;\n",
    "mariadb": "INSERT INTO rest SELECT SLEEP(3) AS slowly;\n",
    "sqlite": "INSERT INTO rest WITH RECURSIVE slowly (n) AS "
    "(SELECT 1 UNION ALL SELECT n + 1 FROM slowly WHERE n < 9000000) SELECT count(*) FROM slowly;\n",
}


def write_slow(folder: Path, database: str, *, shared: bool) -> str:
    """Write the set and return its path. `shared`: its slow statement shares a transaction with its record."""
    slow = (_SHARED if shared else _ALONE)[database]
    # Directives stand before the first statement.
    directive, statement = slow.split("\n", 1) if slow.startswith("--") else ("", slow)
    first = FIRST + EACH.format(version=1) + "CREATE TABLE rest (n INTEGER);\n" + _MADE.get(database, "")
    later = f"CREATE TABLE later AS SELECT {_NOW[database]} AS began, {_SESSION[database]} AS session;\n"
    second = f"{directive}\n{statement}{later}{EACH.format(version=2)}"
    return write_set(folder, {"V001__first.sql": first, "V002__slow.sql": second})


def slow_step(database: str, *, shared: bool) -> str:
    """Return the text with which the driver gets the slow statement; for tests/faults/victim.py."""
    slow = (_SHARED if shared else _ALONE)[database]
    return slow.splitlines()[-1].rstrip(";")


async def judge_slow(url: str, database: str, *, shared: bool) -> None:
    """Raise AssertionError unless every statement of the set took effect once."""
    await judge(url, 2)
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT count(*) FROM later") == 1
        before = 5 if database == "postgresql" else 0
        added = await db_manager.fetch_value("SELECT count(*) FROM rest") - before
        assert added == ((before or 1) if shared else 0)
        if database == "postgresql":
            valid = await db_manager.fetch_all("SELECT indisvalid AS valid FROM pg_index WHERE indrelid = 'rest'::regclass")
            assert [row["valid"] for row in valid] == ([] if shared else [True])
        elif not shared:
            assert await db_manager.fetch_value("SELECT count(*) FROM slow") == 1


def _is_slow(line: str) -> bool:
    # A message has a line for each statement; the journal keeps the text of one.
    return MARK in line and line.startswith(("CREATE", "INSERT")) and "whimbrel_journal" not in line


class Watcher:
    """Sees, on a connection of its own, which session runs the slow statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._orphan = 0

    @classmethod
    async def open(cls, url: str) -> "Watcher":
        """Connect."""
        parsed = parse_url(url)
        return cls(await find_dialect(parsed).open(parsed))

    async def find(self) -> None:
        """Wait until a session runs the slow statement, and remember which."""
        started = monotonic()
        while not (found := await self._holding()):
            assert monotonic() - started < PATIENCE, "nobody runs the slow statement"
            await asyncio.sleep(0.01)
        (self._orphan,) = found

    async def last_seen(self) -> datetime:
        """Watch that session to the end of its statement; return when, by the server's clock, it was last seen in it.

        Raises AssertionError if another session runs the statement meanwhile.
        """
        asked, running = await self._now(), await self._running()
        seen = asked
        while self._orphan in await self._holding():
            # The question comes first: after it, the statement may have ended and the next one begun.
            seen = asked
            assert set(running) <= {self._orphan}, "two sessions run the slow statement"
            await asyncio.sleep(0.01)
            asked, running = await self._now(), await self._running()
        return seen

    async def is_outrun(self, seen: datetime) -> bool:
        """Whether another session began the statement after the slow one before that session was `seen` last.

        On PostgreSQL both may have arrived in one message, which a session finishes even if its client is dead.
        """
        row = await self._connection.fetch_one("SELECT began, session FROM later")
        assert row is not None
        return bool(row["session"] != self._orphan and row["began"] < seen)

    async def close(self) -> None:
        """Disconnect."""
        await self._connection.close()

    async def _now(self) -> datetime:
        now: datetime = await self._connection.fetch_value(f"SELECT {_NOW[self._connection.database]} AS now")
        return now

    async def _holding(self) -> list[int]:
        """The sessions that run it and have the lock: for a moment after its locks are gone, PostgreSQL still shows a session's
        last query.
        """
        if self._connection.database == "postgresql":
            return await self._running("AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)")
        return await self._running()

    async def _running(self, condition: str = "") -> list[int]:
        active = f"FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() {condition}"
        postgresql = self._connection.database == "postgresql"
        query = f'SELECT pid AS "Id", query AS "Info" {active}' if postgresql else "SHOW FULL PROCESSLIST"
        rows = await self._connection.fetch_all(query)
        statements = [(row["Id"], row["Info"] or "") for row in rows]
        return [session for session, sql in statements if any(map(_is_slow, sql.splitlines()))]
