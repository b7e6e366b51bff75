"""A server of a test, or a proxy. It tracks each connection from its first moment, and `end` closes all of them.

asyncio's own server leaves open what it accepts in the moment of its end, and a task that is cancelled before its first step runs
no `finally`. The garbage collector finds such a connection in a later test, and fails that one.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

__all__ = ["Listener", "both", "listening"]

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Listener:
    """Accepts connections at a port of 127.0.0.1 and serves each with a task, in one event loop.

    An OSError or EOFError ends the task of one connection: the other side has gone. `end` raises any other exception of a task.
    """

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._socket: socket.socket | None = None
        self._making: list[asyncio.Task[Any]] = []
        self._serving: list[asyncio.Task[None]] = []
        self._transports: list[asyncio.WriteTransport] = []
        self.port = 0

    def listen(self) -> None:
        """Listen, at the previous port if there was one."""
        self._socket = socket.create_server(("127.0.0.1", self.port))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._socket, self._accept, self._socket)

    def refuse(self) -> None:
        """Listen no more. Open connections stay open."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    async def open(self, host: str, port: int) -> Streams:
        """Open a connection to a server. The waiting task may be cancelled; then `end` closes the connection."""
        making = asyncio.create_task(self._open(host, port))
        self._making.append(making)
        return await asyncio.shield(making)

    async def end(self) -> None:
        """Listen no more, cancel the tasks, and cut the connections. All are closed afterwards, and `listen` begins anew."""
        self.refuse()
        # A connection gets its transport within two steps; only then is there something to cut.
        await asyncio.gather(*self._making, return_exceptions=True)
        for task in self._serving:
            task.cancel()
        served = await asyncio.gather(*self._serving, return_exceptions=True)
        # A task may have asked for its second connection meanwhile.
        made = await asyncio.gather(*self._making, return_exceptions=True)
        await self._cut()
        self._making, self._serving, self._transports = [], [], []
        for result in (*served, *made):
            if isinstance(result, Exception) and not isinstance(result, OSError):
                raise result

    async def _cut(self) -> None:
        for transport in self._transports:
            transport.abort()
        # The loop closes the socket of an aborted transport in its next step.
        while any(transport.get_extra_info("socket").fileno() != -1 for transport in self._transports):
            await asyncio.sleep(0)

    def _accept(self, listening: socket.socket) -> None:
        # A client that has gone already leaves nothing to accept.
        with suppress(BlockingIOError, ConnectionError):
            accepted, _ = listening.accept()
            self._making.append(asyncio.create_task(self._adopt(accepted)))

    async def _adopt(self, accepted: socket.socket) -> None:
        made: list[Streams] = []
        protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader(), lambda *streams: made.append(streams))
        await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, accepted)
        ((reader, writer),) = made
        self._transports.append(writer.transport)
        self._serving.append(asyncio.create_task(self._served(reader, writer)))

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, EOFError):
                await self._serve(reader, writer)
        finally:
            writer.close()

    async def _open(self, host: str, port: int) -> Streams:
        reader, writer = await asyncio.open_connection(host, port)
        self._transports.append(writer.transport)
        return reader, writer


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[Listener]:
    """Yield a listener, which ends with the block."""
    listener = Listener(serve)
    listener.listen()
    try:
        yield listener
    finally:
        await listener.end()


async def both(*works: Coroutine[Any, Any, None]) -> None:
    """Run the two directions of a connection until both end, or one raises: then cancel the other, and raise its exception."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
