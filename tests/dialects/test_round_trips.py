"""How many round trips a run takes. They are counted, not timed, because the cost of each depends on the distance to the
server.
"""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.files import write_set
from tests.fleet import Fleet
from tests.turns import counting
from whimbrel import migrate, onboard, sync_tenants
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql", "mysql", "mariadb")]

FOUR = """
    CREATE TABLE book (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(100) NOT NULL);
    CREATE INDEX by_title ON book (title);
    ALTER TABLE book ADD COLUMN remark VARCHAR(200);
    INSERT INTO book (id, title) VALUES (1, 'Emma');
"""
BEFORE = {f"V{number}__t.sql": f"CREATE TABLE t{number} (id INTEGER);" for number in range(1, 6)}


async def taken(url: str, work: Callable[[str], Awaitable[object]]) -> int:
    """Return the round trips of work on one connection, without those of the login and the goodbye."""

    async def log_in(address: str) -> None:
        await (await find_dialect(parse_url(address)).connect(parse_url(address))).close()

    counts = []
    for each in (log_in, work):
        async with counting(url) as (address, turns):
            await each(address)
        counts.append(turns.taken)
    return counts[1] - counts[0]


async def test_one_pending_file_takes_few_round_trips_and_a_start_takes_one(url: str, tmp_path: Path, database: str) -> None:
    folder = write_set(tmp_path / "books", BEFORE)
    await migrate(url, folder)
    assert await taken(url, lambda address: migrate(address, folder)) == 1
    write_set(tmp_path / "books", {"V6__four.sql": FOUR})
    # With the login (two messages on PostgreSQL, one on the others) and the goodbye, the totals are 10 and 14.
    assert await taken(url, lambda address: migrate(address, folder)) <= (7 if database == "postgresql" else 12)
    assert await taken(url, lambda address: migrate(address, folder)) == 1


async def test_each_further_file_of_ddl_takes_one_round_trip(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "books", BEFORE)
    await migrate(url, folder)
    write_set(tmp_path / "books", {"V6__t.sql": "CREATE TABLE t6 (id INTEGER);"})
    one = await taken(url, lambda address: migrate(address, folder))
    write_set(tmp_path / "books", {f"V{number}__t.sql": f"CREATE TABLE t{number} (id INTEGER);" for number in range(7, 12)})
    assert (await taken(url, lambda address: migrate(address, folder)) - one) / 4 <= 1


async def test_a_tenant_that_is_behind_takes_few_round_trips(url: str, tmp_path: Path, database: str) -> None:
    fleet = Fleet(url, database, tmp_path, f"trips{os.getpid()}")
    names, folder = fleet.names(5), fleet.write(1)
    try:
        for name in names:
            await onboard(url, name, folder)
        folder = fleet.write(2)

        def sync(chosen: list[str]) -> Callable[[str], Awaitable[object]]:
            return lambda address: sync_tenants(address, folder, only=chosen, concurrency=1)

        one, four = await taken(url, sync(names[:1])), await taken(url, sync(names[1:]))
    finally:
        await fleet.drop(names)
    # All statements use one connection.
    assert (four - one) / 3 <= (6 if database == "postgresql" else 8)
