"""The lower bound of the cost: only the drivers, on one connection, without Whimbrel.

As a program (`python -m benchmarks.floors ADDRESS FOLDER`) it does only the necessary work of a start with nothing to do; with a
file instead of the folder, it sends that file in one message. It imports nothing of Whimbrel, and a driver only when needed.
"""

import asyncio
import hashlib
import sqlite3
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# The query that Whimbrel sends when it starts; benchmarks.idle checks that it is the same.
COLUMNS = "SELECT set_name, version, description, checksum, success"
# A history of the same width, with one row a file.
_CREATE = (
    "CREATE TABLE floor_history (set_name VARCHAR(64) NOT NULL, version VARCHAR(50) NOT NULL, installed_rank INTEGER NOT NULL, "
    "description VARCHAR(200) NOT NULL, script VARCHAR(255) NOT NULL, checksum VARCHAR(100) NOT NULL, "
    "statement_hashes TEXT NOT NULL, installed_by VARCHAR(255) NOT NULL, installed_on TIMESTAMP NOT NULL, "
    "execution_time BIGINT NOT NULL, min_app VARCHAR(50) NOT NULL, success BOOLEAN NOT NULL, PRIMARY KEY (set_name, version))"
)
_RECORD = (
    "INSERT INTO floor_history VALUES ('small', '{number}', {number}, 'what it does', '{script}', 'v1:sha256:{digest}', "
    "'0123456789abcdef', 'root', CURRENT_TIMESTAMP, 3, '', TRUE)"
)


class Bare(ABC):
    """A driver's connection in autocommit mode."""

    begin, commit = "BEGIN", "COMMIT"

    @abstractmethod
    async def send(self, text: str) -> None:
        """Send a text of one or more statements in one message, and read all answers."""

    async def one(self, statement: str) -> None:
        """Send one statement."""
        await self.send(statement)

    @abstractmethod
    async def rows(self, query: str) -> list[Any]:
        """Return the rows of a query."""

    @abstractmethod
    async def close(self) -> None:
        """Say farewell."""

    async def largest(self) -> int:
        """Return how many bytes one message may have."""
        return sys.maxsize


class Asyncpg(Bare):
    """PostgreSQL through asyncpg."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    async def send(self, text: str) -> None:
        await self._driver.execute(text)

    async def rows(self, query: str) -> list[Any]:
        return list(await self._driver.fetch(query))

    async def close(self) -> None:
        await self._driver.close()


class Aiomysql(Bare):
    """MySQL and MariaDB through aiomysql, which lets a message have several statements."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    async def send(self, text: str) -> None:
        async with self._driver.cursor() as cursor:
            await cursor.execute(text)
            while await cursor.nextset():
                pass

    async def rows(self, query: str) -> list[Any]:
        async with self._driver.cursor() as cursor:
            await cursor.execute(query)
            return list(await cursor.fetchall())

    async def close(self) -> None:
        await self._driver.ensure_closed()

    async def largest(self) -> int:
        return int((await self.rows("SELECT @@max_allowed_packet"))[0][0]) - 1_024


class Aiosqlite(Bare):
    """SQLite through aiosqlite, as a service on an event loop has it."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    async def send(self, text: str) -> None:
        await self._driver.executescript(text)

    async def rows(self, query: str) -> list[Any]:
        return list(await self._driver.execute_fetchall(query))

    async def close(self) -> None:
        await self._driver.close()


class Sqlite(Bare):
    """SQLite through Python's own module, which blocks the event loop; nothing is faster."""

    begin = "BEGIN IMMEDIATE"

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    async def send(self, text: str) -> None:
        self._driver.executescript(text)

    async def one(self, statement: str) -> None:
        self._driver.execute(statement)

    async def rows(self, query: str) -> list[Any]:
        return self._driver.execute(query).fetchall()

    async def close(self) -> None:
        self._driver.close()


async def connect(url: str, *, blocking: bool = False) -> Bare:
    """Connect as plainly as the driver can. `blocking` takes Python's own module for SQLite."""
    parts = urlsplit(url)
    if parts.scheme == "postgresql":
        import asyncpg

        return Asyncpg(await asyncpg.connect(url, statement_cache_size=0))
    if parts.scheme == "sqlite":
        file = parts.path[1:]
        if blocking:
            return Sqlite(sqlite3.connect(file, isolation_level=None))
        import aiosqlite

        return Aiosqlite(await aiosqlite.connect(file, isolation_level=None))
    import aiomysql

    login = {"user": parts.username, "password": parts.password or "", "db": parts.path[1:]}
    driver = await aiomysql.connect(host=parts.hostname, port=parts.port or 3306, charset="utf8mb4", autocommit=True, **login)
    return Aiomysql(driver)


def read(folder: Path) -> list[tuple[str, str, str]]:
    """Return name, text and hash of each file, in order."""
    contents = [(file.name, file.read_bytes()) for file in sorted(folder.iterdir())]
    return [(name, content.decode(), hashlib.sha256(content).hexdigest()) for name, content in contents]


async def nothing_to_do(url: str, folder: Path) -> int:
    """Connect, read the history's rows, and read and hash the files. Return the number of rows and files."""
    bare = await connect(url)
    try:
        rows = await bare.rows(f"{COLUMNS} FROM whimbrel_history WHERE set_name IN ('{folder.name}')")
    finally:
        await bare.close()
    return len(rows) + len(read(folder))


async def send_file(url: str, file: Path) -> int:
    """Send a file in one message, in one transaction where DDL can be. Return its size, in bytes."""
    bare = await connect(url)
    try:
        text = file.read_text()
        await bare.send(text if isinstance(bare, Aiomysql) else f"{bare.begin};\n{text}{bare.commit};")
    finally:
        await bare.close()
    return len(text)


async def apply_files(url: str, folder: Path) -> None:
    """Apply a folder with one message a file: its statements and its record; in one transaction where DDL can be."""
    bare = await connect(url, blocking=True)
    before, after = ("", ";") if isinstance(bare, Aiomysql) else (f"{bare.begin};\n", f"; {bare.commit};")
    try:
        await bare.one(_CREATE)
        for number, (script, text, digest) in enumerate(read(folder), start=1):
            record = _RECORD.format(number=number, script=script, digest=digest)
            await bare.send(f"{before}{text}{record}{after}")
    finally:
        await bare.close()


async def apply_statements(url: str, folder: Path) -> None:
    """Apply a folder with one message a statement, BEGIN, record and COMMIT counted."""
    bare = await connect(url, blocking=True)
    try:
        await bare.one(_CREATE)
        for number, (script, text, digest) in enumerate(read(folder), start=1):
            record = _RECORD.format(number=number, script=script, digest=digest)
            around = ([], []) if isinstance(bare, Aiomysql) else ([bare.begin], [bare.commit])
            for statement in (*around[0], *statements(text), record, *around[1]):
                await bare.one(statement)
    finally:
        await bare.close()


async def send_whole(url: str, file: Path) -> None:
    """Send a file at once, in one transaction; in as few messages as the server takes where it is too large for one."""
    bare = await connect(url, blocking=True)
    try:
        for part in _parts(f"{bare.begin};\n{file.read_text()}{bare.commit};", await bare.largest()):
            await bare.send(part)
    finally:
        await bare.close()


async def send_statements(url: str, file: Path) -> None:
    """Send a file statement by statement, in one transaction."""
    bare = await connect(url, blocking=True)
    try:
        for statement in (bare.begin, *statements(file.read_text()), bare.commit):
            await bare.one(statement)
    finally:
        await bare.close()


def statements(text: str) -> list[str]:
    """Cut a text of benchmarks.workloads into its statements."""
    return text.removesuffix(";\n").split(";\n")


def _parts(text: str, largest: int) -> Iterable[str]:
    """Cut a text at ends of statements, into parts of at most this size. All of it is ASCII."""
    while len(text) > largest:
        end = text.rindex(";\n", 0, largest) + 2
        yield text[:end]
        text = text[end:]
    yield text


if __name__ == "__main__":
    _given = Path(sys.argv[2])
    print(asyncio.run((send_file if _given.is_file() else nothing_to_do)(sys.argv[1], _given)))
