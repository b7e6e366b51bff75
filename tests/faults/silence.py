"""A server that stops answering: a proxy in front of it swallows everything from some moment on, also on new connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.listener import Listener
from whimbrel.url import DatabaseUrl, parse_url


class Silence:
    """The proxy; `fell` says whether it already swallows everything."""

    def __init__(self, server: DatabaseUrl) -> None:
        self._server = (server.host or "127.0.0.1", server.port or 0)
        self.listener = Listener(self._pass_on)
        self.fell = False

    def fall(self) -> None:
        """Swallow everything from now on."""
        self.fell = True

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await self.listener.open(*self._server)
        to_client = asyncio.create_task(self._pump(from_server, writer))
        try:
            await self._pump(reader, to_server)
        finally:
            to_client.cancel()
            await asyncio.gather(to_client, return_exceptions=True)
            to_server.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            if not self.fell:
                target.write(data)
                await target.drain()


@asynccontextmanager
async def silence_before(url: str) -> AsyncIterator[tuple[str, Silence]]:
    """A proxy until the block ends; yields the address through it."""
    server = parse_url(url)
    silence = Silence(server)
    silence.listener.listen()
    try:
        yield str(server._replace(host="127.0.0.1", port=silence.listener.port)), silence
    finally:
        await silence.listener.end()
