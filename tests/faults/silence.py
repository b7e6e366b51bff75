"""A server that stops to answer: a proxy in front of it that swallows everything from a moment on, new connections too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from whimbrel.url import DatabaseUrl, parse_url


class Silence:
    """The proxy; `fell` says whether it swallows everything by now."""

    def __init__(self, server: DatabaseUrl) -> None:
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()
        self.fell = False

    def fall(self) -> None:
        """Swallow everything from now on."""
        self.fell = True

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        from_server, to_server = await asyncio.open_connection(self._server.host, self._server.port)
        to_client = asyncio.create_task(self._pump(from_server, writer))
        try:
            await self._pump(reader, to_server)
        except asyncio.CancelledError:
            pass  # The end of the test, which asyncio's own server would report as an error.
        finally:
            to_client.cancel()
            writer.close()
            to_server.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                if not self.fell:
                    target.write(data)
                    await target.drain()

    async def end(self) -> None:
        """Let go of the clients that are left."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def silence_before(url: str) -> AsyncIterator[tuple[str, Silence]]:
    """A proxy until the block ends; yields the address through it."""
    server = parse_url(url)
    silence = Silence(server)
    listener = await asyncio.start_server(silence.pass_on, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        through = server._replace(host="127.0.0.1", port=port)
        yield str(through), silence
    finally:
        listener.close()
        await silence.end()
