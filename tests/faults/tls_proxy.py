"""TLS in front of PostgreSQL, whose wheel is built without TLS: the proxy presents the certificate and decrypts."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.listener import Listener, both
from tests.patience import PATIENCE


@contextmanager
def tls_before(port: int, folder: Path) -> Iterator[int]:
    """A proxy in a thread of its own until the block ends; yields its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    ready, over, ports = threading.Event(), threading.Event(), list[int]()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
        await reader.readexactly(8)
        writer.write(b"S")
        await writer.start_tls(context)
        from_server, to_server = await listener.open("127.0.0.1", port)
        await both(_pump(reader, to_server), _pump(from_server, writer))

    listener = Listener(pass_on)

    async def serve() -> None:
        listener.listen()
        ports.append(listener.port)
        ready.set()
        await asyncio.to_thread(over.wait)
        await listener.end()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait(PATIENCE)
    try:
        yield ports[0]
    finally:
        over.set()
        thread.join(PATIENCE)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
        target.close()
