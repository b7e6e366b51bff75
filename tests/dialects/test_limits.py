"""Limits of time and of versions: who waits for how long, and which build may start."""

import asyncio
from pathlib import Path
from time import monotonic

import pytest

from database import ConfigurationError, DatabaseManager, MigrationFailed, ValidationFailed, info, migrate, repair
from database.session import open_session
from tests.files import write_set

pytestmark = pytest.mark.asyncio

SLEEP = {"postgresql": "SELECT pg_sleep(30);", "mysql": "DO sleep(30);", "mariadb": "DO sleep(30);"}
SLOW = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) SELECT count(*) FROM r;"


async def test_a_statement_that_takes_too_long_is_cancelled_on_the_server(url: str, database: str, tmp_path: Path) -> None:
    slow = f"CREATE TABLE t (id INTEGER);\n{SLEEP.get(database, SLOW)}\n"
    folder = write_set(tmp_path / "slow", {"V1__slow.sql": f"-- whimbrel: statement_timeout=500ms\n{slow}"})
    started = monotonic()
    with pytest.raises(MigrationFailed, match=r"slow\.sql:3:1(.|\n)*cancelled after 0\.5 s, its statement_timeout"):
        await migrate(url, folder)
    assert monotonic() - started < 15
    write_set(tmp_path / "slow", {"V1__slow.sql": slow})
    with pytest.raises(MigrationFailed, match=r"cancelled after 0\.2 s"):
        await migrate(url, folder, statement_timeout=0.2)
    write_set(tmp_path / "slow", {"V1__slow.sql": "CREATE TABLE t (id INTEGER);\nSELECT 1;\n"})
    assert len((await migrate(url, folder, statement_timeout=30)).applied) == 1


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_migration_that_meets_a_lock_is_tried_again_until_it_is_gone(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = {"V1__t.sql": "CREATE TABLE t (id INTEGER PRIMARY KEY);\nCREATE TABLE counter (n INTEGER);"}
    folder = write_set(tmp_path / "wait", files)
    await migrate(url, folder)
    write_set(tmp_path / "wait", {"V2__c.sql": "INSERT INTO counter VALUES (1);\nALTER TABLE t ADD COLUMN c INTEGER;"})
    async with DatabaseManager(url) as db_manager:
        async with db_manager.transaction():
            await db_manager.fetch_all("SELECT * FROM t")
            run = asyncio.create_task(migrate(url, folder, lock_timeout=1))
            while "trying again" not in caplog.text:
                assert not run.done()
                await asyncio.sleep(0.05)
        assert len((await run).applied) == 1
        assert await db_manager.fetch_value("SELECT count(*) AS n FROM counter") == 1
    assert "in the way: " in caplog.text


async def test_a_limit_must_be_a_time(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="statement_timeout is -1; it must be a number of seconds above 0"):
        await migrate(url, write_set(tmp_path / "one", {"V1__a.sql": ""}), statement_timeout=-1)


async def test_an_older_build_starts_unless_a_migration_needs_a_newer_one(url: str, tmp_path: Path) -> None:
    old = write_set(tmp_path / "old" / "app", {"V1__a.sql": "SELECT 1;"})
    new = write_set(tmp_path / "new" / "app", {"V1__a.sql": "SELECT 1;", "V2__b.sql": "SELECT 2;"})
    await migrate(url, new)
    assert [problem.kind for problem in (await migrate(url, old)).warnings] == ["future"]
    write_set(tmp_path / "new" / "app", {"V3__c.sql": "-- whimbrel: min_app=2.1\nSELECT 3;"})
    await migrate(url, new, app_version="1.0")
    with pytest.raises(ValidationFailed, match=r"needs the application's version 2\.1 or newer; this build is 1\.10"):
        await migrate(url, old, app_version="1.10")
    with pytest.raises(ValidationFailed, match="this build does not tell its version"):
        await migrate(url, old)
    assert (await migrate(url, old, app_version="2.1")).applied == ()


async def test_repair_accepts_what_was_edited_and_renamed(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "app", {"V1__a.sql": "CREATE TABLE t (id INTEGER);", "V2__b.sql": "SELECT 2;"})
    await migrate(url, folder)
    (tmp_path / "app" / "V2__b.sql").unlink()
    write_set(tmp_path / "app", {"V1__a.sql": "CREATE TABLE t (id BIGINT);", "V2__renamed.sql": "SELECT 2;"})
    with pytest.raises(ValidationFailed, match="was edited after it was applied"):
        await migrate(url, folder)
    assert await repair(url, folder) == ["app/V1__a.sql", "app/V2__renamed.sql"]
    report = await migrate(url, folder)
    assert (report.applied, report.warnings) == ((), ())
    assert [one.applied.script for one in await info(url, folder) if one.applied] == ["V1__a.sql", "V2__renamed.sql"]
    assert await repair(url, folder) == []


@pytest.mark.only("mysql")
async def test_the_fence_tells_by_itself_whether_a_statement_took_effect(url: str, tmp_path: Path) -> None:
    text = "CREATE TABLE t (id INTEGER);\nCREATE PROCEDURE p() INSERT INTO t VALUES (1);\nCALL p();\n"
    folder = write_set(tmp_path / "fenced", {"V1__f.sql": text + "CREATE TABLE t (id INTEGER);"})
    with pytest.raises(MigrationFailed, match="statement 4 of 4"):
        await migrate(url, folder, fence="gtid")
    async with DatabaseManager(url) as db_manager:
        # As a run leaves it that dies before it can record the end of CALL, of which no catalog tells.
        await db_manager.execute("UPDATE whimbrel_journal SET state = 'intent' WHERE first_statement = 3")
        write_set(tmp_path / "fenced", {"V1__f.sql": text + "CREATE TABLE u (id INTEGER);"})
        assert (await migrate(url, folder, fence="gtid")).applied[0].statements == 1
        assert await db_manager.fetch_value("SELECT count(*) AS n FROM t") == 1


@pytest.mark.only("mysql")
async def test_a_statement_with_a_used_gtid_is_not_run_again_by_the_server(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "t", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"}), fence="gtid")
    async with open_session(url) as session:
        gtid = "9b6a1d42-0000-4000-8000-000000000001:7"
        for _ in range(2):
            await session.connection.execute("SET gtid_next = :gtid", {"gtid": gtid})
            await session.connection.run("ALTER TABLE t ADD COLUMN c INTEGER")
            await session.connection.run("SET gtid_next = 'AUTOMATIC'")


@pytest.mark.only("postgresql", "mariadb", "sqlite")
async def test_where_there_is_no_fence_it_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="fence"):
        await migrate(url, write_set(tmp_path / "t", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"}), fence="gtid")
