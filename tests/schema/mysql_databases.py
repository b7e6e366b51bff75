"""Make databases of MySQL and MariaDB from statements, and read them as models; count the messages that this takes."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.oracles.mysql_programs import database_of
from whimbrel.dialects.connection import Connection
from whimbrel.dialects.registry import find_dialect
from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import Schema
from whimbrel.url import DatabaseUrl, parse_url

__all__ = ["MYSQL", "counted", "execute", "inspect_url", "numbered_tables", "opened", "unnamed"]

MYSQL = find_inspector("mysql")
_QUERY = 3


@asynccontextmanager
async def opened(url: str | DatabaseUrl) -> AsyncIterator[Connection]:
    """A connection, with the kind of server identified."""
    parsed = parse_url(url) if isinstance(url, str) else url
    connection = await find_dialect(parsed).open(parsed)
    try:
        yield connection
    finally:
        await connection.close()


async def execute(url: str, statements: Iterable[str]) -> None:
    async with opened(url) as connection:
        for statement in statements:
            await connection.run(statement)


async def inspect_url(url: str, *settings: str) -> Schema:
    """The model of a database, read in a session with other settings."""
    async with opened(url) as connection:
        for setting in settings:
            await connection.run(setting)
        return unnamed(await MYSQL.read(connection, database_of(url)))


def unnamed(schema: Schema) -> Schema:
    """The schema without the name of its database, in which originals and copies differ."""
    return replace(schema, name="")


@asynccontextmanager
async def counted(url: str, queries: list[bytes]) -> AsyncIterator[str]:
    """The address of a relay to the server that notes every message with SQL."""
    parsed = parse_url(url)

    serving: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(task := asyncio.ensure_future(serve(reader, writer)))
        await task

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(parsed.host, parsed.port)
        down = asyncio.create_task(_copy(there, writer))
        try:
            while True:
                head = await reader.readexactly(4)
                body = await reader.readexactly(int.from_bytes(head[:3], "little"))
                if head[3] == 0 and body[:1] == bytes([_QUERY]):
                    queries.append(body[1:])
                back.write(head + body)
        except asyncio.IncompleteReadError:
            back.close()
        await down
        for end in (back, writer):
            end.close()
            await end.wait_closed()

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield url.replace(f":{parsed.port}/", f":{port}/")
        await asyncio.gather(*serving)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)


def numbered_tables(count: int) -> Sequence[str]:
    """Statements for many ordinary tables."""
    return [
        f"CREATE TABLE t{number:04} (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, a varchar(40) NOT NULL DEFAULT 'x', "
        "b datetime(6) DEFAULT current_timestamp(6), c decimal(9,2), d text, UNIQUE KEY u (a), KEY k (c, b), CHECK (c > 1))"
        for number in range(count)
    ]
