"""Ask a database about other sessions: their statements, whether any remains, whether the migration lock is free."""

import sqlite3

from tests.patience import PATIENCE, until
from whimbrel.errors import DatabaseError
from whimbrel.session.connect import open_session
from whimbrel.url import parse_url

_RUNNING = {
    "postgresql": "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND state = 'active' AND backend_type = 'client backend'",
    "mysql": "SELECT info AS query FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID() "
    "AND info IS NOT NULL",
}
_SESSIONS = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}

_END = {"postgresql": "SELECT pg_terminate_backend({number})", "mysql": "KILL {number}"}
_NO_SUCH_SESSION = "1094"


async def running(url: str) -> list[str]:
    """Return the statements that other sessions run now; on SQLite, only whether another process writes."""
    return await _ask(url, _RUNNING)


async def sessions(url: str) -> list[str]:
    """The other sessions of the database; with the last one every lock is gone."""
    return await _ask(url, _SESSIONS)


async def end_sessions(url: str) -> None:
    """End the other sessions of the database, whose clients are gone. The server finishes their statements before it notices."""
    if parse_url(url).dialect == "sqlite":
        return
    numbers = [int(number) for number in await sessions(url)]
    async with open_session(url, question=True) as session:
        for number in numbers:
            try:
                await session.connection.fetch_all(_END[session.dialect.name].format(number=number))
            except DatabaseError as error:
                if error.code != _NO_SUCH_SESSION:  # it has ended by itself
                    raise


async def take_lock(url: str) -> None:
    """Take the migration lock and begin a transaction under it, at once. Raises LockTimeout if another session has it."""
    async with open_session(url) as session, session.locked(0), session.transaction():
        pass


async def until_at_work(url: str, word: str, seconds: float = PATIENCE) -> None:
    """Wait until another session runs a statement with this word in it."""

    async def works() -> bool:
        return any(word in query or query == _WRITES for query in await running(url))

    await until(works, seconds)


async def until_quiet(url: str, seconds: float) -> None:
    """Wait until no other session is left and the lock is free."""

    async def quiet() -> bool:
        return not await sessions(url)

    await until(quiet, seconds)
    await take_lock(url)


_WRITES = "a transaction that writes"


async def _ask(url: str, questions: dict[str, str]) -> list[str]:
    parsed = parse_url(url)
    if parsed.dialect == "sqlite":
        return _writing(parsed.database)
    async with open_session(url, question=True) as session:
        rows = await session.connection.fetch_all(questions[session.dialect.name])
    return [str(next(iter(row.values()))) for row in rows]


def _writing(path: str) -> list[str]:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_BUSY":
            raise
        return [_WRITES]
    finally:
        connection.close()
    return []
