"""A TCP proxy in a separate thread, which cuts connections after a number of bytes, or in place of the answer to a COMMIT."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from tests.listener import Listener, both
from tests.patience import PATIENCE

__all__ = ["Fault", "Proxy", "behind", "proxied"]

_BUFFER = 65_536
# A COMMIT in PostgreSQL's and MySQL's protocols: the query's text, with the bytes before and after it.
_COMMITS = (b"COMMIT\0", b"\x03COMMIT")
# The fault of the connections. "refused": each connection is cut, and no process listens any more. "closed": each connection is
# cut, new ones as soon as they are accepted. "silent": nothing is passed on, and new ones are accepted. "silent after login":
# the proxy forwards the login, but no query and nothing after it. "lost": nothing more is forwarded on the connections that are
# open when the fault begins, or on the one whose request begins it. When the fault is over, the proxy forwards the data that it
# held, as TCP does.
Fault = Literal["", "refused", "closed", "silent", "silent after login", "lost"]
_STEP_SECONDS = 0.01


class Proxy:
    """Forwards and counts all data, and harms connections on request.

    `cut_at` is the number of bytes, in both directions together, after which it cuts. `swallow` passes the COMMIT of that
    number on, waits for the server's answer, drops it and cuts. `hold` keeps the client's side open when the server closes its
    own. `fault` is the fault that `begin` applied.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self.cut_at = self.swallow = self.bytes = self.commits = 0
        self.hold = False
        self.fault: Fault = ""
        self._next: Fault = ""
        self._trigger = b""
        self._lines: set[_Line] = set()
        self._listener = Listener(self._serve)
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._work, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._listener.port

    def start(self) -> None:
        """Listen on a free port."""
        self._thread.start()
        assert self._ready.wait(PATIENCE), "the proxy does not listen"

    def stop(self) -> None:
        """Cut everything and end the thread."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(PATIENCE)
        self._loop.close()

    def arm(self, *, cut_at: int = 0, swallow: int = 0) -> None:
        """Begin to count anew."""
        self.cut_at, self.swallow, self.bytes, self.commits = cut_at, swallow, 0, 0

    def begin(self, fault: Fault, *, trigger: str = "") -> None:
        """Apply a fault to the connections from now on, or after the request with this text was forwarded."""
        self._next, self._trigger = fault, trigger.encode()
        if not trigger:
            self._loop.call_soon_threadsafe(self._fall)

    def recover(self) -> None:
        """End the fault."""
        before, self.fault, self._next, self._trigger = self.fault, "", "", b""
        if before == "refused":
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def see(self, request: bytes, asking: "_Line") -> None:
        """Begin the fault if it waits for this request."""
        if self._trigger and self._trigger in request:
            self._fall(asking)

    def _fall(self, asking: "_Line | None" = None) -> None:
        self.fault, self._trigger = self._next, b""
        for line in self._lines:
            line.is_lost = self.fault == "lost" and asking in (None, line)
            if self.fault in ("closed", "refused"):
                line.cut()
        if self.fault == "refused":
            self._listener.refuse()

    def _work(self) -> None:
        self._loop.run_until_complete(self._live())

    async def _live(self) -> None:
        self._ended = asyncio.Event()
        await self._listen()
        self._ready.set()
        await self._ended.wait()
        await self._listener.end()

    async def _listen(self) -> None:
        self._listener.listen()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            await self._join(client, to_client)
        finally:
            to_client.transport.abort()

    async def _join(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        while self.fault == "silent":  # set in another thread
            await asyncio.sleep(_STEP_SECONDS)
        if self.fault in ("closed", "refused"):
            return
        server, to_server = await self._listener.open(*self._server)
        line = _Line(self, to_client, to_server)
        self._lines.add(line)
        try:
            with suppress(_Cut):
                await both(line.requests(client), line.answers(server))
        finally:
            self._lines.discard(line)
            to_server.transport.abort()


class _Cut(Exception):
    """The connection ends here."""


class _Line:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, to_client: asyncio.StreamWriter, to_server: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._to_client = to_client
        self._to_server = to_server
        self._swallowing = False
        self._asked = False
        self.is_lost = False

    def cut(self) -> None:
        """End the connection on both sides."""
        self._to_client.transport.abort()
        self._to_server.transport.abort()

    def _is_held(self) -> bool:
        fault = self._proxy.fault
        return fault == "silent" or self.is_lost or (self._asked and fault == "silent after login")

    async def _held(self) -> None:
        while self._is_held():  # set in another thread
            await asyncio.sleep(_STEP_SECONDS)

    async def requests(self, client: asyncio.StreamReader) -> None:
        while chunk := await client.read(_BUFFER):
            if any(commit in chunk for commit in _COMMITS):
                self._proxy.commits += 1
                self._swallowing = self._proxy.commits == self._proxy.swallow
            # The first byte of a Query or Parse message in PostgreSQL's protocol, or of a command in MySQL's.
            self._asked |= chunk[:1] in (b"Q", b"P") or chunk[3:5] == b"\0\x03"
            await self._pass(chunk, self._to_server)
            self._proxy.see(chunk, self)
        raise _Cut

    async def answers(self, server: asyncio.StreamReader) -> None:
        while chunk := await server.read(_BUFFER):
            if self._swallowing:
                raise _Cut
            await self._pass(chunk, self._to_client)
        if not self._proxy.hold:
            raise _Cut

    async def _pass(self, chunk: bytes, onward: asyncio.StreamWriter) -> None:
        proxy = self._proxy
        await self._held()
        left = proxy.cut_at - proxy.bytes if proxy.cut_at else len(chunk)
        proxy.bytes += len(chunk)
        onward.write(chunk[: max(left, 0)])
        with suppress(ConnectionError):
            await onward.drain()
        if left < len(chunk):
            # The bytes must have left this process before the connection is cut.
            await asyncio.sleep(0.005)
            raise _Cut


@contextmanager
def proxied(url: str) -> Iterator[Proxy]:
    """A proxy before the server of an address."""
    parts = urlsplit(url)
    proxy = Proxy(parts.hostname or "localhost", parts.port or 0)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


def behind(proxy: Proxy, url: str) -> str:
    """Return the address that leads through the proxy to the same database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{proxy.port}"))
