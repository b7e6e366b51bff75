"""Tenants through PgBouncer in transaction mode: no search_path may reach other clients, or come from them."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.fleet import Fleet
from tests.servers import Server
from tests.servers.pgbouncer import in_front_of
from whimbrel import DatabaseError, DatabaseManager, TenantState, onboard, sync_tenants, tenant_manager, tenant_status

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql")]


@pytest.fixture(scope="module")
def pooler(servers: dict[str, Server]) -> Iterator[Server]:
    with in_front_of(servers["postgresql"]) as server:
        yield server


@pytest.fixture
def pooled(fleet: Fleet, pooler: Server) -> str:
    """Return the address, through the pooler, of the database that the fleet's address reaches directly."""
    return f"{pooler.url.rpartition('/')[0]}/{fleet.url.rpartition('/')[2]}"


async def test_tenants_are_added_and_synced_through_the_pooler(fleet: Fleet, pooled: str, database: str) -> None:
    folder = fleet.write(2)
    await asyncio.gather(*(onboard(pooled, name, folder) for name in fleet.names(8)))
    reports = await asyncio.gather(*(sync_tenants(pooled, fleet.write(5)) for _ in range(3)))
    assert [report.failed for report in reports] == [()] * 3
    assert sum(report.migrations for report in reports) == 8 * 3
    await fleet.judge(fleet.names(8), 5)


@pytest.mark.usefixtures("slow_reader")
async def test_three_add_the_same_tenant_through_the_pooler_and_its_row_stays(fleet: Fleet, pooled: str, database: str) -> None:
    folder, name = fleet.write(3), fleet.name(1)
    reports = await asyncio.gather(*(onboard(pooled, name, folder) for _ in range(3)))
    assert sum(len(report.applied) for report in reports) == 3
    assert [(one.name, one.state) for one in await tenant_status(pooled, folder)] == [(name, TenantState.UP_TO_DATE)]


async def test_managers_with_and_without_tenants_share_the_pooler(fleet: Fleet, pooled: str, database: str) -> None:
    folder, names = fleet.write(1), fleet.names(5)
    for name in names:
        await onboard(fleet.url, name, folder)

    async def work(number: int, name: str) -> None:
        async with tenant_manager(pooled, name, pool_size=2) as tenant:
            for round_ in range(20):
                await tenant.execute("INSERT INTO counter VALUES (:version, :n)", {"version": 100 + round_, "n": number})
                async with tenant.transaction():
                    assert await tenant.execute("UPDATE counter SET n = n WHERE n = :n", {"n": number}) >= round_ + 1
                with pytest.raises(DatabaseError, match="nowhere"):
                    await tenant.fetch_all("SELECT * FROM nowhere")
                rows = await tenant.fetch_all("SELECT DISTINCT n FROM counter WHERE version >= 100")
                assert rows == [{"n": number}]

    async def watch() -> None:
        async with DatabaseManager(pooled, pool_size=2) as db_manager:
            for _ in range(60):
                assert await db_manager.fetch_value("SHOW search_path") == '"$user", public'

    await asyncio.gather(watch(), *(work(number, name) for number, name in enumerate(names, start=1)))
