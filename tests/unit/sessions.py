"""Sessions on SQLite in memory, a real database, for the rules that need one; and a clock that passes no time."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

import database.session
from database.catalog import ABSENT, decide, read_change
from database.dialect import Connection, Dialect
from database.dialects.sqlite import DIALECT, Sqlite
from database.history import History
from database.lexis import SQLITE
from database.opening import open_session
from database.session import Session
from database.statements import Statement

_ROWS = ("INSERT", "UPDATE", "DELETE", "SELECT", "REPLACE", "WITH")


class CommittingSqlite(Sqlite):
    """SQLite as a database that commits every DDL statement by itself, as MySQL does, with its catalog to ask after a crash."""

    ddl_in_transactions = False

    def shares_transaction(self, words: Sequence[str]) -> bool:
        return words[0] in _ROWS

    def needs_autocommit(self, words: Sequence[str]) -> bool:
        return not self.shares_transaction(words) and not self.sets_session(words)

    def may_stop_halfway(self, words: Sequence[str]) -> bool:
        return words[0] == "REINDEX"

    async def look_up(self, connection: Connection, statement: Statement) -> str:
        change = read_change(statement.text, SQLITE)
        return json.dumps({name[1]: await _defined(connection, name[1]) for name in change.names}) if change else ""

    async def took_effect(self, connection: Connection, statement: Statement, before: str) -> bool | None:
        change = read_change(statement.text, SQLITE)
        if change is None or not before:
            return None
        earlier, now = json.loads(before), json.loads(await self.look_up(connection, statement))
        return decide(change, {name: earlier[name[1]] for name in change.names}, {name: now[name[1]] for name in change.names})


async def _defined(connection: Connection, name: str) -> str:
    found = await connection.fetch_value("SELECT sql FROM sqlite_master WHERE name = :name", {"name": name})
    return str(found or ABSENT)


@asynccontextmanager
async def in_memory(rules: Dialect = DIALECT) -> AsyncIterator[Session]:
    """Open a session with an empty history on a new database in memory."""
    async with open_session("sqlite://") as session:
        session.connection.dialect = rules
        session.history = History(session.connection, session.schema)
        await session.prepare()
        yield session


async def names(session: Session) -> list[str]:
    """Return the tables that are there beside our own."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'whimbrel%' ORDER BY name"
    return [row["name"] for row in await session.connection.fetch_all(query)]


class Clock:
    """A clock that nobody waits for: whoever sleeps moves it on. `pauses` are the sleeps, in seconds, at their longest."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Move on."""
        self.pauses.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The session's clock; its pauses are not varied by chance."""
    stopped = Clock()
    monkeypatch.setattr(database.session, "monotonic", stopped.monotonic)
    monkeypatch.setattr(asyncio, "sleep", stopped.sleep)
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    return stopped


__all__ = ["Clock", "CommittingSqlite", "clock", "in_memory", "names"]
