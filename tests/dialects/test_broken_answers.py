"""After an answer that breaks the protocol, nothing that follows it passes for the answer to the next query."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest

from tests.listener import both, listening
from whimbrel import ConnectionLost, DatabaseManager
from whimbrel.session.connect import open_session

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql", "mysql", "mariadb")]

# A value of six bytes, with its length before it, becomes one that is longer than its message.
ASKED, VALUE, BROKEN = "SELECT 'marker' AS a, 'b' AS b", b"\x06marker", b"\x7fmarker"


@asynccontextmanager
async def breaking(url: str) -> AsyncIterator[str]:
    """Yield an address that leads to the same database, whose answers with that value are broken."""
    parts = urlsplit(url)

    async def forward(source: asyncio.StreamReader, onward: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            onward.write(data.replace(VALUE, BROKEN))
        onward.close()

    async def serve(from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await listener.open(parts.hostname or "localhost", parts.port or 0)
        await both(forward(from_client, to_server), forward(from_server, to_client))

    async with listening(serve) as listener:
        yield url.replace(f":{parts.port}/", f":{listener.port}/")


async def test_a_broken_answer_is_a_lost_connection(url: str) -> None:
    async with breaking(url) as through, open_session(through) as session:
        with pytest.raises(ConnectionLost):
            await session.connection.fetch_all(ASKED)
        # asyncpg finds the end of the broken answer; aiomysql does not.
        with suppress(ConnectionLost):
            assert await session.connection.fetch_value("SELECT 1 AS n") == 1


async def test_the_manager_goes_on_with_another_connection(url: str) -> None:
    async with breaking(url) as through, DatabaseManager(through, pool_size=1) as db_manager:
        with pytest.raises(ConnectionLost):
            await db_manager.fetch_all(ASKED)
        assert await db_manager.fetch_value("SELECT 1 AS n") == 1
