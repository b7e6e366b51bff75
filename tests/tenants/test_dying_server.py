"""A fleet on two servers, one of which is killed during a sync: the other tenants are done, and the next sync goes on."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.fleet import Fleet
from tests.patience import PATIENCE, until
from tests.servers import Server, crash, running, stop
from whimbrel import ConnectionLost, DatabaseManager, SyncReport, onboard, sync_tenants
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.only("postgresql", "mysql", "mariadb")
TENANTS = 8


class Mortal:
    """A durable second server with a database for its registry."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = f"{server.url.rpartition('/')[0]}/further"
        run_sql(server.url, "CREATE DATABASE further")

    def crash(self) -> None:
        """Kill it, and return when it answers again."""
        self.server = crash(self.server, durable=True)


@pytest.fixture
def mortal(database: str) -> Iterator[Mortal]:
    with running(database, durable=True) as server:
        mortal = Mortal(server)
        try:
            yield mortal
        finally:
            stop(mortal.server)


def sync(fleet: Fleet, folder: str, servers: dict[str, str]) -> SyncReport:
    return asyncio.run(sync_tenants(fleet.url, folder, servers=servers, concurrency=1))


async def are_done(url: str, tenants: list[str]) -> bool:
    async with DatabaseManager(url) as db_manager:
        counts = [await db_manager.fetch_value(f"SELECT COUNT(*) AS n FROM {name}.whimbrel_history") for name in tenants]
    return counts == [3] * len(tenants)


async def kill_in_the_middle(mortal: Mortal, locked: str, fleet: Fleet, ours: list[str]) -> None:
    """Kill the server while a tenant's rows are locked, so that its part of the sync is not at its end."""
    with pytest.raises(ConnectionLost):
        async with open_session(mortal.url) as holder, holder.transaction():
            await holder.connection.fetch_all(f"SELECT * FROM {locked}.counter FOR UPDATE")
            await until(lambda: are_done(fleet.url, ours))
            # The server ends with the thread that started it.
            mortal.crash()


@pytest.mark.timeout(5 * PATIENCE)
def test_a_server_that_dies_during_a_sync_keeps_no_other_from_its_work(fleet: Fleet, mortal: Mortal, tmp_path: Path) -> None:
    ours, theirs = fleet.names(TENANTS)[::2], fleet.names(TENANTS)[1::2]
    servers, further, folder = {"eu2": mortal.url}, replace(fleet, url=mortal.url), fleet.write(1)
    for number, name in enumerate(fleet.names(TENANTS)):
        asyncio.run(onboard(fleet.url, name, folder, server="eu2" if number % 2 else "", servers=servers))
    folder = fleet.write(3)
    with ThreadPoolExecutor(1) as pool:
        syncing = pool.submit(sync, fleet, folder, servers)
        asyncio.run(kill_in_the_middle(mortal, theirs[1], fleet, ours))
        report = syncing.result(PATIENCE)
    assert report.exit_code == 7, report
    assert {*ours} <= {*report.done}
    assert theirs[1] in {name for one in report.unreachable for name in one.tenants}
    report = sync(fleet, folder, servers)
    assert report.exit_code == 0
    asyncio.run(fleet.judge(ours, 3))
    asyncio.run(further.judge(theirs, 3))
