"""The application in this process, without a socket, and proxies and locks between it and its database."""

import asyncio
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
from fastapi import FastAPI

from application import build
from tests.application.conftest import registration
from tests.application.test_isolation import BODIES, OPENAPI, ROUTES
from tests.fleet import Fleet, clear_away, new_fleet
from tests.listener import Listener, both
from whimbrel.url import parse_url

__all__ = ["ROUTES", "Line", "body_of_route", "client_of", "file_locked", "line_to", "own_fleet", "path_of", "started", "until"]

MORE_BODIES: dict[str, dict[str, object]] = {
    "AgentMessage": {"role": "user", "content": "x"},
    "NewTask": {"title": "t"},
    "Start": {"pipeline_name": "p"},
    "NewOrganization": {"name": "x", "tenant": "acme"},
    "NewWidgetSession": {"session_id": str(uuid4())},
    "Login": {"email": "nobody@example.org", "password": "correct horse"},
}


@asynccontextmanager
async def started(url: str, **limits: float) -> AsyncIterator[FastAPI]:
    """Yield the application, ready, with these limits of `build`."""
    application = build(url, **limits)
    async with application.router.lifespan_context(application):
        await until(lambda: application.state.startup.ready)
        yield application


@asynccontextmanager
async def client_of(application: FastAPI, *, registered: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the application: of a newly registered user, or not logged in."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60) as client:
        if registered:
            answer = await client.post("/auth/register", json=registration())
            assert answer.status_code == 201, answer.text
        yield client


async def until(reached: Callable[[], bool]) -> None:
    """Wait until a condition holds, which it does soon."""
    for _ in range(3_000):
        if reached():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


def path_of(path: str) -> str:
    """Return a route's path with ids that do not exist."""
    return re.sub(r"{(\w+)}", lambda name: "1" if name[1] in ("task_id", "conversation_id") else str(uuid4()), path)


def body_of_route(method: str, path: str) -> dict[str, object] | None:
    """Return a valid body for a route; None if it takes none."""
    taken = OPENAPI["paths"][path][method.lower()].get("requestBody")
    if taken is None:
        return None
    model = taken["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    if model == "Registration":
        return registration()
    bodies: dict[str, dict[str, object]] = {**BODIES, **MORE_BODIES, "NewMember": {"email": "nobody@example.org"}}
    return dict(bodies[model])


class Line:
    """A proxy before a server, which can fall silent or disappear. `open` counts the connections, `most` their maximum."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = Listener(self._serve)
        self._speaks = asyncio.Event()
        self._speaks.set()
        self.open = self.most = self.accepted = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._listener.port

    def listen(self) -> None:
        """Listen, on the previous port if there was one."""
        self._listener.listen()

    async def leave(self) -> None:
        """Refuse new connections and cut those that are open."""
        await self._listener.end()

    def be_silent(self) -> None:
        """Hold all data back from now on; new connections are accepted and receive nothing."""
        self._speaks.clear()

    def speak(self) -> None:
        """Forward the data that was held back, and everything after it."""
        self._speaks.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await self._speaks.wait()
            from_server, server = await self._listener.open(*self._server)
            try:
                await both(self._pump(reader, server), self._pump(from_server, writer))
            finally:
                server.transport.abort()
        finally:
            self.open -= 1
            writer.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            await self._speaks.wait()
            target.write(data)
            await target.drain()
        raise EOFError  # if one side ends, so does the other


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[tuple[str, Line]]:
    """Yield an address that leads to the server through a proxy, and the proxy, until the block ends."""
    server = parse_url(url)
    line = Line(server.host or "127.0.0.1", server.port or 0)
    line.listen()
    try:
        yield str(server._replace(host="127.0.0.1", port=line.port)), line
    finally:
        line.speak()
        await line.leave()


@asynccontextmanager
async def file_locked(url: str, kind: str) -> AsyncIterator[None]:
    """Hold another process's lock on SQLite's file: IMMEDIATE lets others read, EXCLUSIVE does not."""
    with closing(sqlite3.connect(parse_url(url).database, isolation_level=None)) as other:
        other.execute(f"BEGIN {kind}")
        yield
        other.execute("ROLLBACK")


@contextmanager
def own_fleet(url: str, database: str, folder: Path) -> Iterator[Fleet]:
    """Yield names of tenants, which are dropped afterwards."""
    made = new_fleet(url, database, folder)
    # MySQL's databases belong to the whole server, which other tests use at the same time.
    named = Fleet(made.url, made.database, made.folder, f"app{os.getpid()}{made.prefix}")
    try:
        yield named
    finally:
        clear_away(named)
