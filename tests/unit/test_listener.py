"""The servers of the tests leave no connection open, whenever they end."""

import asyncio
import gc
from contextlib import suppress
from functools import partial

import pytest

from tests.listener import Listener, listening

# Every second client leaves at once: the server then holds a socket without a peer.
CLIENTS = 6
STEPS = 25


async def visit(port: int, *, leaves: bool) -> None:
    """Connect, write and read until the end, or leave at once."""
    with suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"x" * 1000)
            if not leaves:
                await reader.read()
        finally:
            writer.transport.abort()


async def forward(listener: Listener, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Open a connection of its own, and write much more than the client reads in time."""
    _, onward = await listener.open("127.0.0.1", port)
    onward.write(await reader.read(1000))
    writer.write(b"y" * 2_000_000)
    await writer.drain()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.read(1000))
    await reader.read()


async def run(steps: int) -> None:
    """End two servers, one of which is a proxy, after this many steps of the loop."""
    async with listening(answer) as server:
        proxy = Listener(lambda reader, writer: forward(proxy, server.port, reader, writer))
        proxy.listen()
        clients = [asyncio.create_task(visit(proxy.port, leaves=number % 2 == 0)) for number in range(CLIENTS)]
        for _ in range(steps):
            await asyncio.sleep(0)
        await proxy.end()
    await asyncio.gather(*clients)


@pytest.mark.parametrize("steps", range(STEPS))
def test_a_listener_that_ends_at_any_step_of_the_loop_leaves_nothing_open(steps: int) -> None:
    asyncio.run(run(steps))
    # A warning of the collector fails the test.
    gc.collect()


def test_it_listens_again_at_its_port_and_raises_what_a_task_raised() -> None:
    async def fail(message: str, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)
        raise LookupError(message)

    async def twice() -> None:
        listener = Listener(partial(fail, "unexpected"))
        listener.listen()
        port = listener.port
        await visit(port, leaves=False)
        with pytest.raises(LookupError, match="unexpected"):
            await listener.end()
        await visit(port, leaves=False)
        listener.listen()
        assert listener.port == port
        await listener.end()

    asyncio.run(twice())
