"""Many tenants that are all one migration behind: a sync of half of them, and the bare driver for the others.

There is no row for tenants on several servers yet.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from benchmarks.clock import Turn, at_best, medians, samples, timed
from benchmarks.databases import Home, homes
from benchmarks.floors import Aiomysql, Bare, connect
from benchmarks.sizes import QUICK
from benchmarks.tables import Goal, Table, told
from tests.fleet import MIGRATIONS, Fleet
from whimbrel import onboard, sync_tenants
from whimbrel.url import parse_url

HALF = 10 if QUICK else 100
CONNECTIONS = 4
WANTED = 2.0
# Each round applies one of the migrations of tests/fleet.py; the first is there before, and the next warms up.
_ROUNDS = len(MIGRATIONS) - 2
_prefixes = (f"whole{number}" for number in count(1))
_COLUMNS = (
    "set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, "
    "execution_time, min_app, success"
)


@dataclass(slots=True)
class _Halves:
    fleet: Fleet
    ours: Sequence[str]
    theirs: Sequence[str]
    # The newest migration of each half.
    synced: int = 1
    sent: int = 1


def table() -> Table:
    """Measure on each database."""
    rows = [asyncio.run(_row(home)) for home in homes()]
    what = f"a sync of {HALF} tenants that are all one behind, x bare driver"
    return Table(
        f"A sync of {HALF} tenants that are all one migration behind, median of up to {_ROUNDS}",
        f"Milliseconds of `await sync_tenants(url, folder)`, on {CONNECTIONS} connections. The floor is the bare driver on as\n"
        "many, which reads each tenant's history, and sends it the file, its record and its row among the tenants in one\n"
        "message (on SQLite in two: its tenants are files). 'each' is our time for a tenant. 'at best' compares the fastest.",
        ("database", "tenants", "Whimbrel", "floor", "x floor", "at best", "each"),
        rows,
        [Goal(what, str(row[0]), WANTED, float(row[4] or 0)) for row in rows],
    )


async def _row(home: Home) -> list[str | float | None]:
    async with home.empty() as url, _halves(home, url) as halves:
        seconds = await samples(_turns(halves), _ROUNDS)
    took = medians(seconds)
    ours, floor = took["ours"] * 1_000, took["floor"] * 1_000
    return told([home.label, HALF, ours, floor, ours / floor, at_best(seconds, "ours", "floor"), ours / HALF])


@asynccontextmanager
async def _halves(home: Home, url: str) -> AsyncIterator[_Halves]:
    fleet = Fleet(url, home.database, home.folder / "whole", next(_prefixes))
    names, folder = fleet.names(2 * HALF), fleet.write(1)
    try:
        for name in names:
            await onboard(url, name, folder)
        yield _Halves(fleet, names[:HALF], names[HALF:])
    finally:
        await fleet.drop(names)


def _turns(halves: _Halves) -> dict[str, Turn]:
    async def ours() -> float:
        halves.synced += 1
        folder, only = halves.fleet.write(halves.synced), halves.ours
        seconds = await timed(sync_tenants(halves.fleet.url, folder, concurrency=CONNECTIONS, only=only))
        await halves.fleet.judge(only[-1:], halves.synced)
        return seconds

    async def floor() -> float:
        halves.sent += 1
        left = deque(halves.theirs)
        return await timed(asyncio.gather(*(_send(halves, left) for _ in range(CONNECTIONS))))

    return {"ours": ours, "floor": floor}


async def _send(halves: _Halves, left: deque[str]) -> None:
    """Bring up tenants until none is left, on one connection; on SQLite on one for each."""
    bare = await connect(halves.fleet.url)
    try:
        while left:
            await _bring_up(halves, bare, left.popleft())
    finally:
        await bare.close()


async def _bring_up(halves: _Halves, bare: Bare, name: str) -> None:
    database = parse_url(halves.fleet.url).database
    known = f"UPDATE whimbrel_tenants SET digest = 'floor {halves.sent}' WHERE name = '{name}';"
    text = "".join(f"{line}\n" for line in _lines(halves, name))
    if halves.fleet.database == "sqlite":
        own = await connect(f"sqlite:///{database}.tenants/{name}.db")
        try:
            await own.rows("SELECT * FROM whimbrel_history ORDER BY installed_rank")
            await own.send(f"BEGIN IMMEDIATE;\n{text}COMMIT;")
        finally:
            await own.close()
        await bare.send(known)
        return
    await bare.rows(f"SELECT * FROM {name}.whimbrel_history ORDER BY installed_rank")
    if isinstance(bare, Aiomysql):
        await bare.send(f"USE {name}; BEGIN;\n{text}{known.replace('whimbrel_tenants', f'{database}.whimbrel_tenants')} COMMIT;")
    else:
        await bare.send(f"BEGIN; SET LOCAL search_path TO {name}, public;\n{text}{known} COMMIT;")


def _lines(halves: _Halves, name: str) -> Iterator[str]:
    """Yield the file and its record."""
    number = halves.sent
    schema = "" if halves.fleet.database == "sqlite" else f"{name}."
    yield MIGRATIONS[number - 1]
    yield (
        f"INSERT INTO {schema}whimbrel_history ({_COLUMNS}) VALUES ('tenant', '{number}', {number}, 'm', 'V{number}__m.sql', "
        "'v1:sha256:floor', '', 'root', CURRENT_TIMESTAMP, 1, '', TRUE);"
    )
