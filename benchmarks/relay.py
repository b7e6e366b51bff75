"""A relay before a server, in a process of its own: it counts round trips, and delays what the client sends.

As a program (`python -m benchmarks.relay HOST PORT`) it prints the port on which it listens. It reads commands on standard
input: `delay MILLISECONDS` for the connections from then on, and `count`, which answers when no connection is left.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from selectors import SelectSelector
from urllib.parse import urlsplit

from benchmarks.clock import ROOT
from benchmarks.turns import Line, Turns

_Chunks = asyncio.Queue[tuple[float, bytes]]
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Relay:
    """The relay's address, and its process."""

    address: str
    _process: subprocess.Popen[str]

    def at(self, url: str) -> str:
        """Return the address of a database of this server, by way of the relay."""
        return url.replace(f":{urlsplit(url).port}/", f":{urlsplit(self.address).port}/")

    def delay(self, milliseconds: int) -> None:
        """Delay each message of later connections to the server, and their opening, by this time."""
        self._ask(f"delay {milliseconds}")

    def count(self) -> Turns:
        """Return what was counted since the last call, as soon as no connection is left."""
        return Turns(**json.loads(self._ask("count")))

    def _ask(self, command: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


@contextmanager
def relay(url: str) -> Iterator[Relay]:
    """Start a relay before the server of this address; it ends with the block."""
    parts = urlsplit(url)
    command = [sys.executable, "-m", "benchmarks.relay", str(parts.hostname), str(parts.port)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            yield Relay(url.replace(f":{parts.port}/", f":{port}/"), process)
        finally:
            # The end of its standard input ends it.
            process.communicate()


@dataclass(slots=True)
class _Server:
    host: str
    port: int
    seconds: float = 0.0
    turns: Turns = field(default_factory=Turns)
    open: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self.open += 1
        self.idle.clear()
        self.turns.connections += 1
        seconds, line = self.seconds, Line(self.turns)
        try:
            # The handshake of TCP takes as long as any other round trip.
            await asyncio.sleep(seconds)
            server, to_server = await asyncio.open_connection(self.host, self.port)
            with suppress(OSError):
                await asyncio.gather(_delayed(client, to_server, line, seconds), _at_once(server, to_client, line))
        finally:
            to_client.close()
            self.open -= 1
            if not self.open:
                self.idle.set()

    async def answer(self, command: str) -> str:
        word, _, value = command.partition(" ")
        if word == "delay":
            self.seconds = float(value) / 1_000
            return "done"
        if self.open:
            # A connection that is never closed is counted as far as it got.
            with suppress(TimeoutError):
                await asyncio.wait_for(self.idle.wait(), _PATIENCE)
        found, self.turns = self.turns, Turns()
        return json.dumps(asdict(found))


async def _delayed(client: asyncio.StreamReader, server: asyncio.StreamWriter, line: Line, seconds: float) -> None:
    """Pass on what the client sends, each chunk that much later, as a distant server gets it."""
    chunks: _Chunks = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def receive() -> None:
        # A connection may end with a reset, which is an end like another.
        with suppress(ConnectionError):
            while data := await client.read(65_536):
                line.from_client()
                chunks.put_nowait((loop.time() + seconds, data))
        chunks.put_nowait((loop.time() + seconds, b""))

    receiving = asyncio.create_task(receive())
    try:
        while True:
            due, data = await chunks.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                return
            server.write(data)
            await server.drain()
    finally:
        receiving.cancel()
        server.close()


async def _at_once(server: asyncio.StreamReader, client: asyncio.StreamWriter, line: Line) -> None:
    try:
        while data := await server.read(65_536):
            line.from_server()
            client.write(data)
            await client.drain()
    finally:
        client.close()


async def _serve(host: str, port: int) -> None:
    server, commands = _Server(host, port), asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async with await asyncio.start_server(server.accept, "127.0.0.1", 0) as listener:
        print(listener.sockets[0].getsockname()[1], flush=True)
        while command := await commands.readline():
            print(await server.answer(command.decode().strip()), flush=True)
    # Connections that are still open end with the process.
    os._exit(0)


if __name__ == "__main__":
    # Epoll waits in whole milliseconds, which is too coarse for a delay of one; select waits in microseconds.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(SelectSelector())) as runner:
        runner.run(_serve(sys.argv[1], int(sys.argv[2])))
