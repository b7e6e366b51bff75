"""Other clients of a pooler: their short transactions make servers change hands, and each checks for state that others left."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from whimbrel.url import parse_url

CLIENTS = 10

# Settings that a migration or a driver changes; the pooler itself sets work_mem on each server.
_SETTINGS = (
    *("search_path", "lock_timeout", "statement_timeout", "TimeZone", "standard_conforming_strings", "work_mem", "jit"),
    *("default_transaction_isolation", "client_min_messages", "check_function_bodies", "role", "session_authorization"),
)
_QUESTION = f"SELECT {', '.join(f'current_setting({name!r})' for name in _SETTINGS)}, pg_backend_pid()"


@dataclass(slots=True)
class Seen:
    """The clients' observations: the number of transactions and of servers, and every changed setting."""

    transactions: int = 0
    servers: set[object] = field(default_factory=set)
    deviations: list[str] = field(default_factory=list)


@asynccontextmanager
async def neighbours(url: str) -> AsyncIterator[Seen]:
    """Ten busy clients while the block runs. Raises an exception that one of them raised."""
    seen = Seen()
    clients = [await _connect(url) for _ in range(CLIENTS)]
    *usual, _ = await _ask(clients[0])
    tasks = [asyncio.create_task(_work(client, usual, seen)) for client in clients]
    try:
        yield seen
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for client in clients:
            client.terminate()
    for error in ended:
        if error is not None and not isinstance(error, asyncio.CancelledError):
            raise error


async def _connect(url: str) -> asyncpg.Connection:
    parsed = parse_url(url)
    return await asyncpg.connect(
        host=parsed.host, port=parsed.port, user=parsed.user, database=parsed.database, ssl=False, statement_cache_size=0
    )


async def _ask(client: asyncpg.Connection) -> tuple[object, ...]:
    row = await client.fetchrow(_QUESTION)
    assert row is not None
    return tuple(row.values())


async def _work(client: asyncpg.Connection, usual: list[object], seen: Seen) -> None:
    while True:
        async with client.transaction():
            for _ in range(2):
                *settings, server = await _ask(client)
                seen.servers.add(server)
                seen.deviations += [
                    f"{name}: {now}" for name, now, was in zip(_SETTINGS, settings, usual, strict=True) if now != was
                ]
        seen.transactions += 1
        await asyncio.sleep(random.uniform(0, 0.02))
