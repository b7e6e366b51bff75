"""Cancellations, conflicts and unusual sessions: acknowledged work stays, and the next client finds everything in order."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.files import AUTH, write_set
from whimbrel import (
    ConfigurationError,
    DatabaseError,
    DatabaseManager,
    LockTimeout,
    MigrationFailed,
    ValidationFailed,
    info,
    migrate,
)

ASYNC = pytest.mark.asyncio(loop_scope="function")
MYSQL = ("mysql", "mariadb")
TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY)"


async def ids(db_manager: DatabaseManager) -> list[int]:
    return [row["id"] for row in await db_manager.fetch_all("SELECT id FROM t ORDER BY id")]


@ASYNC
async def test_cancelled_questions_leave_the_manager_as_it_was(url: str) -> None:
    async with DatabaseManager(url, pool_size=2) as db_manager:
        await db_manager.execute(TABLE)
        for number in range(40):
            task = asyncio.create_task(db_manager.fetch_all("SELECT * FROM t"))
            for _ in range(number % 9):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        for number in range(4):
            await db_manager.execute("INSERT INTO t (id) VALUES (:id)", {"id": number})
        assert await ids(db_manager) == [0, 1, 2, 3]


@ASYNC
async def test_cancelled_transactions_are_rolled_back_and_what_follows_is_committed(url: str) -> None:
    async with DatabaseManager(url, pool_size=1) as db_manager:
        await db_manager.execute(TABLE)

        async def insert(number: int) -> None:
            async with db_manager.transaction():
                await db_manager.execute("INSERT INTO t (id) VALUES (:id)", {"id": number})
                await db_manager.execute("INSERT INTO t (id) VALUES (:id)", {"id": -number})

        for number in range(1, 40):
            task = asyncio.create_task(insert(number))
            await asyncio.sleep(number / 10_000)
            task.cancel()
            await asyncio.wait([task])
        await insert(100)
    async with DatabaseManager(url) as db_manager:
        found = await ids(db_manager)
    assert {100, -100} <= set(found)
    assert sorted(-number for number in found) == found


@ASYNC
async def test_many_tasks_share_a_small_pool(url: str) -> None:
    async with DatabaseManager(url, pool_size=3) as db_manager:
        await db_manager.execute(TABLE)
        work = (db_manager.execute("INSERT INTO t (id) VALUES (:id)", {"id": number}) for number in range(60))
        await asyncio.gather(*work)
        assert await ids(db_manager) == list(range(60))


@ASYNC
async def test_bytes_go_in_and_come_out(url: str, database: str) -> None:
    kind = "BYTEA" if database == "postgresql" else "BLOB"
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute(f"CREATE TABLE b (content {kind})")
        content = bytes(range(256))
        await db_manager.execute("INSERT INTO b VALUES (:content)", {"content": content})
        assert await db_manager.fetch_value("SELECT content FROM b") == content


@ASYNC
async def test_a_script_that_begins_or_ends_transactions_is_refused(url: str) -> None:
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute(TABLE)
        for script in (
            "BEGIN; INSERT INTO t VALUES (1);",
            "INSERT INTO t VALUES (1); ROLLBACK;",
            "COMMIT; INSERT INTO t VALUES (1);",
        ):
            result = await db_manager.execute_script(script)
            assert (result.success, result.statements) == (False, 0)
            assert "must not begin or end transactions" in result.error_message
        assert await ids(db_manager) == []


@ASYNC
@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0])
async def test_a_wait_that_is_no_number_of_seconds_is_refused(url: str, seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="lock_wait"):
        await migrate(url, AUTH, lock_wait=seconds)


@ASYNC
async def test_a_half_done_file_goes_on_with_its_journal_whatever_its_directives_say_then(url: str, tmp_path: Path) -> None:
    text = f"{TABLE};\nINSERT INTO t VALUES (1);\nCREATE TABL u;\n"
    folder = write_set(tmp_path / "half", {"V1__a.sql": "-- whimbrel: transaction=off\n" + text})
    with pytest.raises(MigrationFailed):
        await migrate(url, folder)
    write_set(tmp_path / "half", {"V1__a.sql": text.replace("CREATE TABL u", "INSERT INTO t VALUES (2)")})
    assert (await migrate(url, folder)).applied[0].statements == 1
    assert [str(one.state) for one in await info(url, folder)] == ["success"]


@ASYNC
@pytest.mark.only("sqlite")
async def test_our_own_rows_do_not_change_what_statements_mean(url: str, database: str, tmp_path: Path) -> None:
    text = (
        "-- whimbrel: transaction=off\nCREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE t (id INTEGER);\n"
        "INSERT INTO a VALUES (77);\nINSERT INTO t VALUES (last_insert_rowid());\n"
    )
    await migrate(url, write_set(tmp_path / "rowid", {"V1__a.sql": text}))
    async with DatabaseManager(url) as db_manager:
        assert await ids(db_manager) == [77]


@ASYNC
async def test_what_a_file_limits_does_not_limit_our_questions(url: str, database: str, tmp_path: Path) -> None:
    limit = "SET SESSION sql_select_limit=1;" if database in MYSQL else "SELECT 1;"
    files = {
        "V1__t.sql": f"{TABLE};",
        "V2__i.sql": "INSERT INTO t VALUES (1);",
        "V3__l.sql": limit,
        "V4__i.sql": "INSERT INTO t VALUES (2);",
    }
    report = await migrate(url, write_set(tmp_path / "limit", files))
    assert [one.version for one in report.applied] == ["1", "2", "3", "4"]


@ASYNC
@pytest.mark.only("mysql", "mariadb")
async def test_a_value_that_died_with_its_session_is_not_used(url: str, database: str, tmp_path: Path) -> None:
    start = (
        "CREATE TABLE a (id INTEGER PRIMARY KEY AUTO_INCREMENT);\nCREATE TABLE t (id INTEGER);\nINSERT INTO a VALUES ();\n"
        "SET @five = 5;\nSET @id = LAST_INSERT_ID();\n"
    )
    folder = write_set(tmp_path / "lost", {"V1__a.sql": start + "CREATE TABL u;\n"})
    with pytest.raises(MigrationFailed):
        await migrate(url, folder)
    write_set(tmp_path / "lost", {"V1__a.sql": start + "INSERT INTO t VALUES (@five);\nINSERT INTO t VALUES (@id);\n"})
    with pytest.raises(ValidationFailed, match=r"V1__a\.sql:7:1: statement 7 uses @id, which statement 5 made in a session"):
        await migrate(url, folder)
    write_set(tmp_path / "lost", {"V1__a.sql": start + "INSERT INTO t VALUES (@five);\nINSERT INTO t VALUES (1);\n"})
    await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        assert await ids(db_manager) == [1, 5]


@pytest.mark.only("sqlite")
def test_a_database_that_another_holds_is_waited_for_as_long_as_was_said(url: str, database: str) -> None:

    async def attempt() -> None:
        async with DatabaseManager(url) as holder, holder.acquire() as connection:
            await connection.run("BEGIN EXCLUSIVE")
            with pytest.raises(LockTimeout, match=r"waited 0\.3 s"):
                await migrate(url, AUTH, lock_wait=0.3)
            await connection.run("ROLLBACK")
        assert len((await migrate(url, AUTH)).applied) == 1

    run_sql(url, TABLE)
    asyncio.run(attempt())


@ASYNC
async def test_a_conflict_that_rolls_back_by_itself_leaves_the_manager_usable(url: str) -> None:
    statement = "INSERT OR ROLLBACK INTO t VALUES (1)" if url.startswith("sqlite") else "INSERT INTO t VALUES (1)"
    async with DatabaseManager(url, pool_size=1) as db_manager:
        await db_manager.execute(TABLE)
        with pytest.raises(DatabaseError):
            async with db_manager.transaction():
                await db_manager.execute("INSERT INTO t VALUES (1)")
                await db_manager.execute(statement)
        assert await ids(db_manager) == []
        await db_manager.execute("INSERT INTO t VALUES (3)")
        assert await ids(db_manager) == [3]


@ASYNC
@pytest.mark.only("postgresql")
async def test_a_commit_that_commits_nothing_is_an_error(url: str) -> None:
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute(TABLE)
        with pytest.raises(DatabaseError, match="nothing was committed"):
            async with db_manager.transaction():
                await db_manager.execute("INSERT INTO t VALUES (1)")
                with pytest.raises(DatabaseError):
                    await db_manager.execute("INSERT INTO t VALUES (1)")
        assert await ids(db_manager) == []
