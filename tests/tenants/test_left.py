"""Session state left by a tenant's files does not reach the next tenant on the same connection."""

import pytest

from tests.files import write_set
from tests.fleet import Fleet
from whimbrel import onboard, sync_tenants
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.asyncio

EMPTY = "CREATE TABLE first (id INTEGER PRIMARY KEY);"
# The second step's first file records the state that it finds; its last file leaves that state behind.
SEEN = {
    "postgresql": "CREATE TABLE seen AS SELECT to_regclass('pg_temp.left_over') IS NOT NULL AS found;",
    "mysql": "CREATE TABLE seen AS SELECT @left_over IS NOT NULL AS found;",
    "mariadb": "CREATE TABLE seen AS SELECT @left_over IS NOT NULL AS found;",
    "sqlite": "CREATE TABLE seen AS SELECT count(*) AS found FROM sqlite_temp_master WHERE name = 'left_over';",
}
LEAVES = {
    "postgresql": "CREATE TEMP TABLE left_over (id INTEGER);",
    "mysql": "SET @left_over = 1;",
    "mariadb": "SET @left_over = 1;",
    "sqlite": "CREATE TEMP TABLE left_over (id INTEGER);",
}


async def test_session_state_of_one_tenants_file_does_not_reach_the_next_tenant(fleet: Fleet, database: str) -> None:
    folder = write_set(fleet.folder / "sql" / "tenant", {"V1__first.sql": EMPTY})
    for name in fleet.names(3):
        await onboard(fleet.url, name, folder)
    write_set(fleet.folder / "sql" / "tenant", {"V2__seen.sql": SEEN[database], "V3__leaves.sql": LEAVES[database]})
    report = await sync_tenants(fleet.url, folder, concurrency=1)
    assert len(report.done) == 3, report
    async with open_session(fleet.url) as control:
        for name in fleet.names(3):
            async with fleet.inside(control, name) as tenant:
                seen = f"SELECT found FROM {tenant.dialect.quote(tenant.schema)}.seen"
                assert not await tenant.connection.fetch_value(seen), name
