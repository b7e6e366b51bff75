"""Many tenants: a sync with nothing to do, and one with a single tenant behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks import whole_fleet
from benchmarks.clock import Turn, at_best, medians, samples, timed
from benchmarks.databases import Home, homes
from benchmarks.floors import Aiomysql, Bare, connect, read
from benchmarks.sizes import MANY_ROUNDS, ROUNDS, TENANTS
from benchmarks.tables import Goal, Table, told
from tests.fleet import Fleet
from whimbrel import onboard, sync_tenants
from whimbrel.dialects.tenancy import find_tenancy
from whimbrel.migrations.reader import read_directories
from whimbrel.session.connect import open_session
from whimbrel.tenants.registry import Registry, expected_digest
from whimbrel.url import parse_url

Row = list[str | float | None]
WANTED = 2.0
_prefixes = (f"bench{number}" for number in count(1))
_COLUMNS = (
    "set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, "
    "execution_time, min_app, success"
)


@dataclass(frozen=True, slots=True)
class Behind:
    """A fleet in which every tenant is recorded as up to date, although those in `names` lack the second migration."""

    fleet: Fleet
    folder: str
    digest: str
    names: Iterator[str]

    async def next(self) -> str:
        """Record that the next of them is behind, and return its name."""
        name = next(self.names)
        bare = await connect(self.fleet.url)
        await bare.one(f"UPDATE whimbrel_tenants SET digest = '' WHERE name = '{name}'")
        await bare.close()
        return name


def tables() -> Iterator[Table]:
    """Measure both on each database."""
    rows = [row for home in homes() for row in asyncio.run(_rows(home))]
    goals = [_goal(row) for row in rows if row[2]]
    yield Table(
        f"A sync of {TENANTS:,} tenants, median of {MANY_ROUNDS} with nothing to do, of {ROUNDS} with one behind",
        "Milliseconds of `await sync_tenants(url, folder)`. The floor is the bare driver that connects, reads the table of\n"
        "tenants with the schemas that there are, by the same query, and reads and hashes the two files. For the one behind it\n"
        "also reads that tenant's history and sends it the file, its record and its row among the tenants in one message (on\n"
        "SQLite in two: its tenants are files). 'at best' compares the fastest of each.",
        ("database", "tenants", "behind", "Whimbrel", "floor", "x floor", "at best"),
        rows,
        goals,
    )
    yield whole_fleet.table()


def _goal(row: Row) -> Goal:
    return Goal(f"a sync of {TENANTS:,} tenants with one behind, x bare driver", str(row[0]), WANTED, float(row[5] or 0))


async def _rows(home: Home) -> list[Row]:
    async with home.empty() as url, _fleet(home, url) as behind:
        idle = await samples(_nothing_to_do(behind), MANY_ROUNDS)
        one = await samples(_one_behind(behind), ROUNDS)
    return [_row(home, 0, idle), _row(home, 1, one)]


def _row(home: Home, behind: int, seconds: dict[str, list[float]]) -> Row:
    took = medians(seconds)
    ours, floor = took["ours"] * 1_000, took["floor"] * 1_000
    return told([home.label, TENANTS, behind, ours, floor, ours / floor, at_best(seconds, "ours", "floor")])


def _nothing_to_do(behind: Behind) -> dict[str, Turn]:
    async def floor() -> None:
        bare = await connect(behind.fleet.url)
        try:
            await _look(bare, behind)
        finally:
            await bare.close()

    return {"ours": lambda: timed(sync_tenants(behind.fleet.url, behind.folder)), "floor": lambda: timed(floor())}


def _one_behind(behind: Behind) -> dict[str, Turn]:
    async def ours() -> float:
        await behind.next()
        return await timed(sync_tenants(behind.fleet.url, behind.folder))

    async def floor() -> float:
        return await timed(_bring_up(behind, await behind.next()))

    return {"ours": ours, "floor": floor}


async def _look(bare: Bare, behind: Behind) -> list[tuple[str, str, str]]:
    """Read the table and the schemas that there are; return the files."""
    url = parse_url(behind.fleet.url)
    if behind.fleet.database == "sqlite":
        await bare.rows("SELECT * FROM whimbrel_tenants ORDER BY name")
        {file.name for file in Path(f"{url.database}.tenants").iterdir()}
    else:
        present = f"t.name IN (SELECT name FROM ({find_tenancy(url).catalog}) AS c)"
        await bare.rows(f"SELECT t.*, {present} AS present FROM whimbrel_tenants t ORDER BY t.name")
    return read(Path(behind.folder))


async def _bring_up(behind: Behind, name: str) -> None:
    url, sqlite = parse_url(behind.fleet.url), behind.fleet.database == "sqlite"
    bare = await connect(behind.fleet.url)
    own = await connect(f"sqlite:///{url.database}.tenants/{name}.db") if sqlite else bare
    try:
        script, text, digest = (await _look(bare, behind))[-1]
        schema = "" if sqlite else f"{name}."
        await own.rows(f"SELECT * FROM {schema}whimbrel_history WHERE set_name IN ('tenant') ORDER BY installed_rank")
        record = (
            f"INSERT INTO {schema}whimbrel_history ({_COLUMNS}) VALUES ('tenant', '2', 2, 'm', '{script}', "
            f"'v1:sha256:{digest}', '', 'root', CURRENT_TIMESTAMP, 1, '', TRUE);"
        )
        control = f"{url.database}." if isinstance(bare, Aiomysql) else ""
        known = f"UPDATE {control}whimbrel_tenants SET digest = '{behind.digest}' WHERE name = '{name}';"
        if sqlite:
            await own.send(f"BEGIN IMMEDIATE; {text}\n{record} COMMIT;")
            await bare.send(known)
        elif isinstance(bare, Aiomysql):
            await bare.send(f"USE {name}; BEGIN; {text}\n{record} {known} COMMIT;")
        else:
            await bare.send(f"BEGIN; SET LOCAL search_path TO {name}, public; {text}\n{record} {known} COMMIT;")
    finally:
        await bare.close()
        if own is not bare:
            await own.close()


@asynccontextmanager
async def _fleet(home: Home, url: str) -> AsyncIterator[Behind]:
    """Make the tenants that will be behind completely.

    For the others, make only the parts that a sync with nothing to do reads.
    """
    fleet = Fleet(url, home.database, home.folder, next(_prefixes))
    names, lacking = fleet.names(TENANTS), 2 * (ROUNDS + 1)
    folder = fleet.write(1)
    try:
        for name in names[:lacking]:
            await onboard(url, name, folder)
        folder, address = fleet.write(2), parse_url(url)
        digest = expected_digest(read_directories([folder]), home.database)
        async with open_session(url) as control:
            tenancy = find_tenancy(address)
            registry = Registry(control, tenancy, address)
            for name in names[lacking:]:
                await registry.add(name)
                await tenancy.create(control.connection, address, name)
            await control.connection.run(f"UPDATE whimbrel_tenants SET digest = '{digest}'")
        yield Behind(fleet, folder, digest, iter(names))
    finally:
        await fleet.drop(names)
