"""PostgreSQL: row level security never hides rows of Whimbrel's tables without an error."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.attacks.planted import as_role, role
from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import (
    ConfigurationError,
    DatabaseManager,
    MigrationsPending,
    info,
    migrate,
    onboard,
    sync_tenants,
    tenant_status,
    validate,
)
from whimbrel.startup.modes import Wanted, prepare
from whimbrel.startup.readiness import Startup
from whimbrel.tenants import tenants_listed

pytestmark = pytest.mark.only("postgresql")

ENABLED, FORCED = "ALTER TABLE {} ENABLE ROW LEVEL SECURITY", "ALTER TABLE {} FORCE ROW LEVEL SECURITY"
CHANGES = {
    "enabled": (ENABLED,),
    "forced": (ENABLED, FORCED),
    "policy for some rows": (ENABLED, FORCED, "CREATE POLICY p ON {} USING (FALSE)"),
    "policy alone": ("CREATE POLICY p ON {} AS RESTRICTIVE FOR SELECT USING (FALSE)",),
}


@pytest.fixture
def app(url: str) -> Iterator[str]:
    """Yield the address of a role that owns the tables and may create schemas."""
    database = url.rpartition("/")[2]
    with role(url, "app", "GRANT ALL ON SCHEMA public TO {role}", f"GRANT ALL ON DATABASE {database} TO {{role}}") as name:
        yield as_role(url, name)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return write_set(tmp_path / "sql" / "ours", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"})


def user(address: str) -> str:
    return address.partition("//")[2].partition("@")[0]


def change(url: str, kind: str, table: str) -> None:
    run_sql(url, *(one.format(table) for one in CHANGES[kind]))


def refused(table: str, work: Callable[[], Awaitable[object]]) -> None:
    async def run() -> None:
        told = (
            rf'public\.{table}, owned by app.*cannot be trusted(.|\n)*ALTER TABLE "public"\."{table}" DISABLE ROW LEVEL SECURITY'
        )
        with pytest.raises(ConfigurationError, match=told):
            await work()

    asyncio.run(run())


@pytest.mark.parametrize("kind", CHANGES)
def test_hidden_rows_of_the_history_are_an_error_that_says_what_to_do(app: str, folder: str, kind: str, database: str) -> None:
    asyncio.run(migrate(app, folder))
    change(app, kind, "whimbrel_history")
    refused("whimbrel_history", lambda: migrate(app, folder))
    refused("whimbrel_history", lambda: info(app, folder))
    refused("whimbrel_history", lambda: validate(app, folder))
    refused("whimbrel_history", lambda: prepare(app, Startup(), wanted=Wanted([folder], "check", 1)))
    if "policy" in kind:
        run_sql(app, "DROP POLICY p ON whimbrel_history")
    run_sql(app, 'ALTER TABLE "public"."whimbrel_history" DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY')
    assert asyncio.run(migrate(app, folder)).already == 1


def test_hidden_rows_of_the_journal_are_an_error(app: str, folder: str, database: str) -> None:
    asyncio.run(migrate(app, folder))
    change(app, "forced", "whimbrel_journal")
    write_set(Path(folder), {"V2__b.sql": "CREATE TABLE b (id INTEGER);"})
    refused("whimbrel_journal", lambda: migrate(app, folder))
    refused("whimbrel_journal", lambda: info(app, folder))


def test_hidden_tenants_are_an_error(app: str, tmp_path: Path, database: str) -> None:
    blueprint = write_set(tmp_path / "sql" / "tenant" / "kit", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"})
    asyncio.run(onboard(app, "acme", blueprint))
    change(app, "forced", "whimbrel_tenants")
    refused("whimbrel_tenants", lambda: onboard(app, "acme", blueprint))
    refused("whimbrel_tenants", lambda: sync_tenants(app, blueprint))
    refused("whimbrel_tenants", lambda: tenant_status(app, blueprint))
    refused("whimbrel_tenants", lambda: tenants_listed(app))


@pytest.mark.parametrize("kind", CHANGES)
def test_a_role_that_bypasses_row_security_sees_and_writes_everything(
    url: str, app: str, folder: str, kind: str, database: str
) -> None:
    asyncio.run(migrate(app, folder))
    for table in ("whimbrel_history", "whimbrel_journal"):
        change(app, kind, table)
    run_sql(url, f"ALTER ROLE {user(app)} BYPASSRLS")
    assert asyncio.run(migrate(app, folder)).already == 1
    text = "-- whimbrel: transaction=off\nCREATE TABLE b (id INTEGER);\nCREATE INDEX CONCURRENTLY i ON b (id);"
    write_set(Path(folder), {"V2__b.sql": text})
    with pytest.raises(MigrationsPending):
        asyncio.run(prepare(app, Startup(), wanted=Wanted([folder], "check", 1)))
    assert len(asyncio.run(migrate(app, folder)).applied) == 1
    assert [str(one.state) for one in asyncio.run(info(app, folder))] == ["success", "success"]


def test_a_file_that_protects_every_table_stops_the_next_run_and_not_its_own_record(app: str, folder: str, database: str) -> None:
    """The script that an advisor proposes."""
    loop = "FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP"
    each = "EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', t)"
    protect = f"DO $$ DECLARE t TEXT; BEGIN {loop} {each}; END LOOP; END $$;"
    write_set(Path(folder), {"V2__p.sql": protect})
    assert len(asyncio.run(migrate(app, folder)).applied) == 2
    refused("whimbrel_history", lambda: migrate(app, folder))

    async def count() -> object:
        async with DatabaseManager(app) as db_manager:
            return await db_manager.fetch_value("SELECT count(*) FROM whimbrel_history")

    assert asyncio.run(count()) == 2
