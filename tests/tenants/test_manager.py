"""A manager for one tenant works in its schema, and sees no other."""

import asyncio

import pytest

from tests.files import write_set
from tests.fleet import Fleet
from whimbrel import DatabaseError, DatabaseManager, DatabaseUnreachable, migrate, onboard, tenant_manager

pytestmark = pytest.mark.asyncio


async def test_each_tenant_has_its_own_rows(fleet: Fleet) -> None:
    folder = fleet.write(1)
    for name in fleet.names(2):
        await onboard(fleet.url, name, folder)
    async with DatabaseManager(fleet.url) as db_manager:
        for number, name in enumerate(fleet.names(2), start=10):
            async with tenant_manager(db_manager, name) as tenant, tenant.transaction():
                await tenant.execute("INSERT INTO counter VALUES (:version, 0)", {"version": number})
    for number, name in enumerate(fleet.names(2), start=10):
        async with tenant_manager(fleet.url, name) as tenant:
            rows = await tenant.fetch_all("SELECT version FROM counter ORDER BY version")
            assert [row["version"] for row in rows] == [1, number]


async def test_every_connection_of_the_pool_works_in_the_schema_also_when_it_is_lent_again(fleet: Fleet) -> None:
    await onboard(fleet.url, fleet.name(1), fleet.write(1))
    async with tenant_manager(fleet.url, fleet.name(1), pool_size=3) as tenant:
        for _ in range(3):
            rows = await asyncio.gather(*(tenant.fetch_all("SELECT version FROM counter") for _ in range(9)))
            assert rows == [[{"version": 1}]] * 9


async def test_a_missing_table_of_a_tenant_is_not_replaced_by_the_control_schemas(fleet: Fleet) -> None:
    async with DatabaseManager(fleet.url) as db_manager:
        await db_manager.execute("CREATE TABLE only_here (id INTEGER)")
        await onboard(db_manager, fleet.name(1), fleet.write(1))
        async with tenant_manager(db_manager, fleet.name(1)) as tenant:
            with pytest.raises(DatabaseError, match="only_here"):
                await tenant.fetch_all("SELECT id FROM only_here")


async def test_the_runner_given_this_manager_works_in_the_tenants_schema(fleet: Fleet) -> None:
    await onboard(fleet.url, fleet.name(1), fleet.write(1))
    folder = write_set(fleet.folder / "own", {"V1__a.sql": "CREATE TABLE own (id INTEGER);"})
    async with tenant_manager(fleet.url, fleet.name(1)) as tenant:
        assert len((await migrate(tenant, folder)).applied) == 1
        assert await tenant.fetch_all("SELECT id FROM own") == []
        assert (await tenant.execute_script("INSERT INTO own VALUES (1); INSERT INTO own VALUES (2);")).success
        assert await tenant.fetch_value("SELECT count(*) AS n FROM own") == 2
    async with DatabaseManager(fleet.url) as db_manager:
        with pytest.raises(DatabaseError, match="own"):
            await db_manager.fetch_all("SELECT id FROM own")


async def test_a_lookup_does_not_create_a_missing_tenant(fleet: Fleet) -> None:
    await onboard(fleet.url, fleet.name(1), fleet.write(1))
    with pytest.raises((DatabaseUnreachable, DatabaseError)):
        async with tenant_manager(fleet.url, fleet.name(2)) as tenant:
            await tenant.fetch_all("SELECT version FROM counter")
    assert fleet.name(2) not in await fleet.schemas()
