"""Open sessions on SQLite in memory, for the rules that need a database; and a clock to replace theirs."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from whimbrel.dialects.base import Connection, Dialect
from whimbrel.dialects.mysql.ddl import ABSENT, decide, read_change
from whimbrel.dialects.sqlite.dialect import DIALECT, Sqlite
from whimbrel.parsing.lexer_rules import SQLITE
from whimbrel.parsing.statement import Statement
from whimbrel.session.connect import open_session
from whimbrel.session.history import History
from whimbrel.session.session import Session

_ROWS = ("INSERT", "UPDATE", "DELETE", "SELECT", "REPLACE", "WITH")


class CommittingSqlite(Sqlite):
    """SQLite by MySQL's rules: DDL commits by itself, and after a crash the catalog decides whether it took effect."""

    ddl_in_transactions = False

    def shares_transaction(self, words: Sequence[str]) -> bool:
        return words[0] in _ROWS

    def needs_autocommit(self, words: Sequence[str]) -> bool:
        return not self.shares_transaction(words) and not self.sets_session(words)

    def may_stop_halfway(self, words: Sequence[str]) -> bool:
        return words[0] == "REINDEX"

    async def snapshot_objects(self, connection: Connection, statement: Statement) -> str:
        change = read_change(statement.text, SQLITE)
        return json.dumps({name[1]: await _defined(connection, name[1]) for name in change.names}) if change else ""

    async def settle(self, connection: Connection, statement: Statement, before: str) -> bool | None:
        change = read_change(statement.text, SQLITE)
        if change is None or not before:
            return None
        earlier, now = json.loads(before), json.loads(await self.snapshot_objects(connection, statement))
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
    """Return the tables, without history and journal."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'whimbrel%' ORDER BY name"
    return [row["name"] for row in await session.connection.fetch_all(query)]


class Clock:
    """A clock that `sleep` sets forward at once. `pauses` lists the sleeps in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        """Return the seconds slept so far."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Set the clock forward."""
        self.pauses.append(round(seconds, 6))
        self.now += seconds
