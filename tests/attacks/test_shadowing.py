"""PostgreSQL: Whimbrel's statements use the built-in functions, operators and types, whatever users created in `public`."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from database import drop_chat_tables, initialize_chat_schema, initialize_database
from tests.attacks import planted
from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import (
    ConfigurationError,
    DatabaseError,
    DatabaseManager,
    LockTimeout,
    MigrationFailed,
    info,
    migrate,
    onboard,
    repair,
    resolve,
    sync_tenants,
    tenant_status,
    validate,
)
from whimbrel.session.connect import open_session
from whimbrel.startup.modes import Wanted, prepare
from whimbrel.startup.readiness import Startup
from whimbrel.tenants import tenants_listed

pytestmark = pytest.mark.only("postgresql")

FILES = {
    "V1__a.sql": "CREATE TABLE a (id INTEGER);",
    "V2__b.sql": "-- whimbrel: transaction=off\nINSERT INTO a VALUES (1);\nCREATE INDEX CONCURRENTLY by_id ON a (id);\n",
    "V3__c.sql": "CREATE TYPE mood AS ENUM ('calm');\nCREATE TABLE c (felt mood);\nINSERT INTO c VALUES ('calm');",
}
BROKEN = "-- whimbrel: transaction=off\nINSERT INTO a VALUES (3);\nCREATE INDEX CONCURRENTLY by_no ON a (no);\n"
PATHS = ("DEFAULT", "public, pg_catalog", '"$user", public, pg_catalog')


@pytest.fixture(params=PATHS)
def attacked(url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield a database full of mallory's objects, whose superuser has one of the search_paths."""
    with planted.mallory(url) as mallory:
        run_sql(mallory, ";".join([*planted.functions(), *planted.operators(), *planted.others()]))
        run_sql(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET search_path TO {request.param}")
        yield url


def test_the_planted_code_would_run(attacked: str) -> None:
    """This proves that mallory's objects work. Otherwise the other tests could not fail."""
    questions = (
        "SELECT pg_advisory_unlock(5)",
        "SELECT 'a'::VARCHAR = 'b'::VARCHAR",
        "SELECT 1 FROM pg_catalog.pg_class WHERE oid = 5 LIMIT 1",
        "SELECT quote_ident('a'::VARCHAR)",
    )
    for question in questions:
        with suppress(DatabaseError):
            run_sql(attacked, question)
    assert len(planted.loot(attacked)) >= 2
    assert {who for who, _ in planted.loot(attacked)} == {"postgres"}


def test_no_verb_runs_planted_code(attacked: str, tmp_path: Path, database: str) -> None:
    folder = write_set(tmp_path / "sql" / "done", FILES)
    asyncio.run(_migrations(attacked, folder, tmp_path))
    assert planted.loot(attacked) == []


async def _migrations(url: str, folder: str, tmp_path: Path) -> None:
    assert len((await migrate(url, folder, dry_run=True)).pending) == 3
    assert len((await migrate(url, folder)).applied) == 3
    assert (await migrate(url, folder)).already == 3
    assert (await migrate(url, folder, dry_run=True)).already == 3
    write_set(tmp_path / "sql" / "done", {"V4__d.sql": BROKEN})
    for _ in range(2):
        with pytest.raises(MigrationFailed):
            await migrate(url, folder)
    with pytest.raises(ConfigurationError, match="is not open: there is nothing to settle"):
        await resolve(url, "done", "4", 2, applied=True)
    assert [str(one.state) for one in await info(url, folder)] == ["success"] * 3 + ["partial"]
    assert [problem.message for problem in await validate(url, folder) if not problem.warning] == []
    write_set(
        tmp_path / "sql" / "done", {"V1__a.sql": "CREATE TABLE a (id  INTEGER);", "V4__d.sql": BROKEN.replace("no)", "id)")}
    )
    assert await repair(url, folder) == ["done/V1__a.sql"]
    assert (await migrate(url, folder, statement_timeout=5, lock_timeout=5)).applied
    for mode in ("migrate", "check", "wait"):
        await prepare(url, Startup(), wanted=Wanted([folder], mode, 5))


def test_no_wait_runs_planted_code(attacked: str, tmp_path: Path, database: str) -> None:
    folder = write_set(tmp_path / "sql" / "wait", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"})
    locked = write_set(tmp_path / "sql" / "locked", {"V1__b.sql": "ALTER TABLE a ADD COLUMN b INTEGER;"})

    async def wait() -> None:
        async with open_session(attacked) as holder, holder.locked(1):
            with pytest.raises(LockTimeout, match=r"process [0-9]+ of"):
                await migrate(attacked, folder, lock_wait=0.2)
        await migrate(attacked, folder)
        async with DatabaseManager(attacked) as db_manager, db_manager.transaction():
            await db_manager.execute("LOCK TABLE a")
            with pytest.raises(MigrationFailed, match="lock timeout"):
                await migrate(attacked, folder, locked, lock_timeout=0.1, lock_wait=0.5)

    asyncio.run(wait())
    assert planted.loot(attacked) == []


def test_neither_the_manager_nor_the_driver_runs_planted_code(attacked: str, database: str) -> None:
    async def work() -> None:
        async with DatabaseManager(attacked, pool_size=2) as db_manager:
            script = "CREATE TYPE pair AS (a INTEGER, b INTEGER[]); CREATE TABLE p (one pair); INSERT INTO p VALUES (NULL);"
            result = await db_manager.execute_script(script)
            assert result.success, result.error_message
            for _ in range(3):
                async with db_manager.transaction():
                    assert await db_manager.fetch_all("SELECT one FROM p") == [{"one": None}]
            await initialize_database(db_manager)
            await initialize_chat_schema(db_manager)
            await drop_chat_tables(db_manager)

    asyncio.run(work())
    ours = [what for who, what in planted.loot(attacked)]
    assert ours == []


def test_no_tenant_runs_planted_code(attacked: str, tmp_path: Path, database: str) -> None:
    folder = write_set(tmp_path / "sql" / "tenant", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"})

    async def work() -> None:
        await onboard(attacked, "acme", folder)
        with pytest.raises(ConfigurationError):
            await onboard(attacked, "postgres", folder)
        write_set(tmp_path / "sql" / "tenant", {"V2__t.sql": "CREATE TABLE u (id INTEGER);"})
        assert (await sync_tenants(attacked, folder)).done == ("acme",)
        assert (await sync_tenants(attacked, folder, verify=True)).exit_code == 0
        assert [one.name for one in await tenants_listed(attacked)] == ["acme"]
        assert [str(one.state) for one in await tenant_status(attacked, folder)] == ["up to date"]

    asyncio.run(work())
    assert planted.loot(attacked) == []
