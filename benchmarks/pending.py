"""One pending migration of four statements after a hundred applied ones: round trips, and seconds with a distant server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import workloads
from benchmarks.clock import Turn, medians, samples, timed
from benchmarks.databases import Home, homes
from benchmarks.floors import Aiomysql, connect
from benchmarks.sizes import MANY_ROUNDS
from benchmarks.tables import Table, told
from benchmarks.wire import counted
from whimbrel import migrate

# The wanted round trips, connecting included.
WANTED = {"postgresql": 10, "mysql": 14, "mariadb": 14}
APPLIED = 100
# Milliseconds that each message waits on its way to the server.
LATENCIES = (0, 1, 5)
Row = list[str | float | None]


def tables() -> Iterator[Table]:
    """Count, then measure, on each database with a server."""
    rows = [asyncio.run(_rows(home)) for home in homes() if home.database in WANTED]
    yield Table(
        f"One pending migration of four statements, {APPLIED} applied: round trips",
        "Counted on the wire, the login included. The floor is the bare driver that sends the file in one message.",
        ("database", "login", "trips", "together", "wanted", "floor"),
        [trips for trips, _ in rows],
    )
    yield Table(
        f"One pending migration of four statements, {APPLIED} applied: seconds, median of {MANY_ROUNDS}",
        "Milliseconds of `await migrate(url, folder)` through a proxy that delays what the client sends, by 'delay'.\n"
        "The floor is as above.",
        ("database", "delay", "Whimbrel", "floor", "x floor"),
        [each for _, seconds in rows for each in seconds],
    )


async def _rows(home: Home) -> tuple[Row, list[Row]]:
    folder, numbers = workloads.small(home.folder / "pending" / "small", APPLIED), _numbers()
    async with home.empty() as url:
        await migrate(url, str(folder))
        _write(folder, next(numbers))
        async with counted(url) as (address, ours):
            await migrate(address, str(folder))
        async with counted(url) as (address, floor):
            await _send(address, next(numbers))
        together = ours.connecting + ours.trips
        trips: Row = [home.label, ours.connecting, ours.trips, together, WANTED[home.database], floor.connecting + floor.trips]
        return told(trips), [await _timed(home, url, folder, numbers, latency) for latency in LATENCIES]


async def _timed(home: Home, url: str, folder: Path, numbers: Iterator[int], latency: int) -> Row:
    async with _delayed(url, latency / 1_000) as address:
        took = medians(await samples(_turns(address, folder, numbers), MANY_ROUNDS))
    ours, floor = took["ours"] * 1_000, took["floor"] * 1_000
    return told([home.label, latency, ours, floor, ours / floor])


def _turns(url: str, folder: Path, numbers: Iterator[int]) -> dict[str, Turn]:
    async def ours() -> float:
        _write(folder, next(numbers))
        return await timed(migrate(url, str(folder)))

    return {"ours": ours, "floor": lambda: timed(_send(url, next(numbers)))}


async def _send(url: str, number: int) -> None:
    bare = await connect(url)
    try:
        text = _four(number)
        await bare.send(text if isinstance(bare, Aiomysql) else f"{bare.begin};\n{text}{bare.commit};")
    finally:
        await bare.close()


def _numbers() -> Iterator[int]:
    yield from range(APPLIED + 1, 10_000)


def _write(folder: Path, number: int) -> None:
    (folder / f"V{number:04}__four.sql").write_text(_four(number))


def _four(number: int) -> str:
    return (
        f"CREATE TABLE p{number} (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL);\n"
        f"CREATE INDEX p{number}_name ON p{number} (name);\n"
        f"ALTER TABLE p{number} ADD COLUMN remark VARCHAR(200);\n"
        f"INSERT INTO p{number} (id, name) VALUES (1, 'one');\n"
    )


@asynccontextmanager
async def _delayed(url: str, seconds: float) -> AsyncIterator[str]:
    """Yield an address that delays each message to the server by this time, but not the answers."""
    parts = urlsplit(url)

    async def accept(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(_pass_on(client, to_server, seconds), _pass_on(server, to_client, 0.0), return_exceptions=True)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with listener:
        yield url.replace(f":{parts.port}/", f":{listener.sockets[0].getsockname()[1]}/")


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter, seconds: float) -> None:
    while data := await source.read(65_536):
        if seconds:
            await asyncio.sleep(seconds)
        sink.write(data)
        await sink.drain()
    sink.close()
