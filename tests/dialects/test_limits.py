"""Limits that must make sense, repair, and the fence of MySQL."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import ConfigurationError, DatabaseManager, MigrationFailed, ValidationFailed, info, migrate, repair
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.asyncio


async def test_a_limit_must_be_a_time(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="statement_timeout is -1; it must be a number of seconds above 0"):
        await migrate(url, write_set(tmp_path / "one", {"V1__a.sql": ""}), statement_timeout=-1)


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
        # This is the state after a run that died before it could record the end of CALL, whose effect no catalog shows.
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
