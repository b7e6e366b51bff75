"""A sync's connections: their number, and the fate of the tenants when one connection, or the server, is lost."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from socket import socket

import pytest

from tests.files import write_set
from tests.fleet import Fleet, add
from tests.patience import PATIENCE
from whimbrel import DatabaseManager, DatabaseUnreachable, sync_tenants
from whimbrel.tenants import Progress
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio

SLOW = {"postgresql": "SELECT pg_sleep(1);", "mysql": "DO SLEEP(1);", "mariadb": "DO SLEEP(1);"}
_LIST = "SELECT id FROM information_schema.processlist WHERE info LIKE 'DO SLEEP%'"
RUNNING = {
    "postgresql": "SELECT pid AS id FROM pg_stat_activity "
    "WHERE query LIKE '%SELECT pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()",
    "mysql": _LIST,
    "mariadb": _LIST,
}
END = {"postgresql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}", "mariadb": "KILL {}"}


def _connections(port: int) -> int:
    """Count this process's sockets to a port. A server lists a session for a while after its client has closed it."""
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        # A descriptor may be closed in the meantime, and a socket may have no peer.
        with suppress(OSError):
            if str(descriptor.readlink()).startswith("socket:"):
                with socket(fileno=os.dup(int(descriptor.name))) as one:
                    found += one.getpeername()[1:2] == (port,)
    return found


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_at_most_as_many_connections_as_tenants_at_a_time(fleet: Fleet, database: str) -> None:
    await add(fleet, 20, 1)
    port = parse_url(fleet.url).port
    assert port
    idle, most = _connections(port), 0
    sync = asyncio.create_task(sync_tenants(fleet.url, fleet.write(5), concurrency=3))
    while not sync.done():
        most = max(most, _connections(port) - idle)
        await asyncio.sleep(0.001)
    assert len((await sync).done) == 20
    assert 2 <= most <= 3


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_lost_connection_fails_only_its_tenant_and_the_next_sync_upgrades_it(fleet: Fleet, database: str) -> None:
    await add(fleet, 3, 1)
    folder = write_set(fleet.folder / "sql" / "tenant", {"V2__m.sql": SLOW[database]})
    async with DatabaseManager(fleet.url, pool_size=1) as db_manager:
        sync = asyncio.create_task(sync_tenants(fleet.url, folder, concurrency=1))
        async with asyncio.timeout(PATIENCE):
            while not (found := await db_manager.fetch_all(RUNNING[database])):
                await asyncio.sleep(0.02)
        await db_manager.fetch_all(END[database].format(found[0]["id"]))
    report = await sync
    assert (len(report.failed), len(report.done), report.exit_code) == (1, 2, 1)
    again = await sync_tenants(fleet.url, folder)
    assert (again.failed, len(again.done), again.up_to_date) == ((), 1, 2)


@pytest.mark.only("postgresql")
async def test_a_lost_server_ends_the_sync_with_one_error(fleet: Fleet, database: str) -> None:
    await add(fleet, 8, 1)
    name, admin = parse_url(fleet.url).database, fleet.url.rpartition("/")[0] + "/postgres"

    async def cut() -> None:
        async with DatabaseManager(admin) as db_manager:
            await db_manager.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await db_manager.fetch_all(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    cuts: list[asyncio.Task[None]] = []

    def first(progress: Progress) -> None:
        if not cuts:
            cuts.append(asyncio.create_task(cut()))

    write_set(fleet.folder / "sql" / "tenant", {"V2__m.sql": "SELECT pg_sleep(0.5);"})
    with pytest.raises(DatabaseUnreachable):
        await sync_tenants(fleet.url, str(fleet.folder / "sql" / "tenant"), progress=first)
    await cuts[0]
    async with DatabaseManager(admin) as db_manager:
        await db_manager.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    report = await sync_tenants(fleet.url, str(fleet.folder / "sql" / "tenant"))
    assert (report.exit_code, len(report.done) > 0, len(report.done) + report.up_to_date) == (0, True, 8)
