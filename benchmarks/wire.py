"""Count the queries: with a proxy that reads the protocol of PostgreSQL or MySQL, and with SQLite's own trace."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_LOCKING = re.compile(r"^\s*(BEGIN|START TRANSACTION|LOCK)\b|advisory_|GET_LOCK", re.IGNORECASE)
_SSL_REQUEST = b"\x04\xd2\x16\x2f"
_QUIT = 0x01


@dataclass(slots=True)
class Asked:
    """Round trips until a connection is ready and after that, and the texts of the queries; SQLite has files and no trips."""

    connections: int = 0
    connecting: int = 0
    trips: int = 0
    queries: int = 0
    texts: list[str] = field(default_factory=list)

    @property
    def locks(self) -> int:
        """The number of queries that begin a transaction or take a lock."""
        return sum(_LOCKING.search(text) is not None for text in self.texts)


@asynccontextmanager
async def counted(url: str) -> AsyncIterator[tuple[str, Asked]]:
    """Yields an address that leads to the same database, and what is asked through it."""
    asked, parts = Asked(), urlsplit(url)
    if parts.scheme == "sqlite":
        plain = sqlite3.connect
        sqlite3.connect = _traced(plain, asked)
        try:
            yield url, asked
        finally:
            sqlite3.connect = plain
        return
    read = _read_postgresql if parts.scheme == "postgresql" else _read_mysql

    async def accept(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        asked.connections += 1
        server, to_server = await asyncio.open_connection(parts.hostname, parts.port)
        with suppress(OSError, asyncio.IncompleteReadError):
            await asyncio.gather(read(client, to_server, asked), _pass_on(server, to_client))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        yield url.replace(f":{parts.port}/", f":{port}/"), asked


def _traced(connect: Callable[..., sqlite3.Connection], asked: Asked) -> Any:
    def opened(*arguments: Any, **settings: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **settings)
        asked.connections += 1

        def note(text: str) -> None:
            asked.queries += 1
            asked.texts.append(text)

        connection.set_trace_callback(note)
        return connection

    return opened


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        sink.write(data)
        await sink.drain()
    sink.close()


async def _read_postgresql(client: asyncio.StreamReader, server: asyncio.StreamWriter, asked: Asked) -> None:
    """Read messages as https://www.postgresql.org/docs/current/protocol-message-formats.html has them."""
    started = False
    try:
        while True:
            kind = b"" if not started else await client.readexactly(1)
            length = await client.readexactly(4)
            body = await client.readexactly(int.from_bytes(length) - 4)
            started = started or body[:4] != _SSL_REQUEST
            server.write(kind + length + body)
            asked.connecting += kind in (b"", b"p")
            # A prepare without an execution ends with a Flush, which asks for the answers so far.
            asked.trips += kind in (b"Q", b"S", b"H")
            asked.queries += kind in (b"Q", b"E")
            if kind in (b"Q", b"P"):
                # A prepared statement has a name first, which may be empty.
                asked.texts.append(body.split(b"\0")[kind == b"P"].decode())
    finally:
        server.close()


async def _read_mysql(client: asyncio.StreamReader, server: asyncio.StreamWriter, asked: Asked) -> None:
    """Read packets: number 0 begins a command, others go on with the login.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
    """
    try:
        while True:
            header = await client.readexactly(4)
            body = await client.readexactly(int.from_bytes(header[:3], "little"))
            server.write(header + body)
            if header[3] != 0:
                asked.connecting += 1
            elif body[0] != _QUIT:
                asked.trips += 1
                asked.queries += 1
                asked.texts.append(body[1:].decode(errors="replace"))
    finally:
        server.close()
