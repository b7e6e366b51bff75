"""A proxy that counts turns: how often the client sends something after the server has answered. It knows no protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.listener import both, listening
from tests.patience import PATIENCE

__all__ = ["Turns", "counting"]


@dataclass(slots=True)
class Turns:
    """Return the number of round trips. The goodbye, which gets no answer, counts as one."""

    taken: int = 0
    server_spoke: bool = True


@asynccontextmanager
async def counting(url: str) -> AsyncIterator[tuple[str, Turns]]:
    """Yield an address that leads to the same database, and the counter, which is complete when the block has ended."""
    parts, turns, lines = urlsplit(url), Turns(), list[asyncio.Event]()

    async def ask(client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while data := await client.read(65_536):
            turns.taken += turns.server_spoke
            turns.server_spoke = False
            server.write(data)
        server.close()

    async def answer(server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        while data := await server.read(65_536):
            turns.server_spoke = True
            client.write(data)
        client.close()

    async def serve(from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await listener.open(parts.hostname or "localhost", parts.port or 0)
        turns.server_spoke = True
        over = asyncio.Event()
        lines.append(over)
        try:
            await both(ask(from_client, to_server), answer(from_server, to_client))
        finally:
            over.set()

    async with listening(serve) as listener:
        yield url.replace(f":{parts.port}/", f":{listener.port}/"), turns
        # The goodbyes of closed connections may be still to come.
        for over in lines:
            await asyncio.wait_for(over.wait(), PATIENCE)
