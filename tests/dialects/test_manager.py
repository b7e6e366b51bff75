"""The manager behaves the same on every database: the conformance suite, second half."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import pytest_asyncio

from tests.files import AUTH
from whimbrel import ConfigurationError, DatabaseError, DatabaseManager, DatabaseUnreachable, LockTimeout, migrate
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.asyncio(loop_scope="function")
TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(100), flag BOOLEAN, moment TIMESTAMP(6) NULL)"
JOURNALED = ("mysql", "mariadb")


@pytest_asyncio.fixture
async def db_manager(url: str) -> AsyncIterator[DatabaseManager]:
    async with DatabaseManager(url) as db_manager:
        assert (await db_manager.execute_script(TABLE)).success
        yield db_manager


async def count(db_manager: DatabaseManager) -> int:
    return int(await db_manager.fetch_value("SELECT COUNT(*) AS n FROM t"))


async def test_values_come_back_as_they_went_in(db_manager: DatabaseManager) -> None:
    moment = datetime(2026, 11, 22, 3, 4, 5, 678901, tzinfo=UTC)
    row = {"id": 1, "name": "größer 😀 100% 'quoted' \\ :name", "flag": True, "moment": moment}
    assert await db_manager.execute("INSERT INTO t (id, name, flag, moment) VALUES (:id, :name, :flag, :moment)", row) == 1
    assert await db_manager.fetch_one("SELECT * FROM t") == row
    assert await db_manager.fetch_all(
        "SELECT id FROM t WHERE name = :name AND moment <= :moment",
        {
            "name": row["name"],
            "moment": moment,
        },
    ) == [{"id": 1}]


async def test_times_of_other_zones_are_stored_as_utc_and_naive_ones_are_refused(db_manager: DatabaseManager) -> None:
    moment = datetime(2026, 1, 1, 3, 0, tzinfo=timezone(timedelta(hours=5)))
    await db_manager.execute("INSERT INTO t (id, moment) VALUES (1, :moment)", {"moment": moment})
    read = await db_manager.fetch_value("SELECT moment FROM t")
    assert read == moment
    assert read.utcoffset() == timedelta(0)
    with pytest.raises(ConfigurationError, match="without a time zone"):
        await db_manager.execute("INSERT INTO t (id, moment) VALUES (2, :moment)", {"moment": moment.replace(tzinfo=None)})


async def test_null_is_none_and_booleans_are_bool(db_manager: DatabaseManager) -> None:
    await db_manager.execute("INSERT INTO t (id, flag) VALUES (1, :flag)", {"flag": False})
    row = await db_manager.fetch_one("SELECT name, flag, moment FROM t")
    assert row is not None
    assert (row["name"], row["flag"], row["moment"]) == (None, False, None)
    assert isinstance(row["flag"], bool)


async def test_a_question_without_rows_answers_none(db_manager: DatabaseManager) -> None:
    assert await db_manager.fetch_one("SELECT * FROM t") is None
    assert await db_manager.fetch_value("SELECT id FROM t") is None
    assert await db_manager.fetch_all("SELECT * FROM t") == []


async def test_changes_are_counted_by_the_rows_found(db_manager: DatabaseManager) -> None:
    await db_manager.execute_many("INSERT INTO t (id, name) VALUES (:id, :name)", [{"id": i, "name": "x"} for i in range(3)])
    assert await db_manager.execute("UPDATE t SET name = 'x'") == 3
    assert await db_manager.execute("DELETE FROM t WHERE id = :id", {"id": 1}) == 1
    assert await db_manager.execute("DELETE FROM t WHERE id = :id", {"id": 1}) == 0


async def test_many_rows_are_one_transaction(db_manager: DatabaseManager) -> None:
    with pytest.raises(DatabaseError):
        await db_manager.execute_many("INSERT INTO t (id) VALUES (:id)", [{"id": 1}, {"id": 2}, {"id": 1}])
    assert await count(db_manager) == 0


async def test_a_transaction_commits_or_leaves_nothing(db_manager: DatabaseManager) -> None:
    async with db_manager.transaction():
        await db_manager.execute("INSERT INTO t (id) VALUES (1)")
    with pytest.raises(RuntimeError, match="changed my mind"):
        async with db_manager.transaction():
            await db_manager.execute("INSERT INTO t (id) VALUES (2)")
            raise RuntimeError("changed my mind")
    assert await count(db_manager) == 1


async def test_a_transaction_inside_another_is_a_savepoint(db_manager: DatabaseManager) -> None:
    async with db_manager.transaction():
        await db_manager.execute("INSERT INTO t (id) VALUES (1)")
        with pytest.raises(DatabaseError):
            async with db_manager.transaction():
                await db_manager.execute("INSERT INTO t (id) VALUES (2)")
                await db_manager.execute("INSERT INTO t (id) VALUES (2)")
        async with db_manager.transaction():
            await db_manager.execute("INSERT INTO t (id) VALUES (3)")
    assert await db_manager.fetch_all("SELECT id FROM t ORDER BY id") == [{"id": 1}, {"id": 3}]


async def test_another_task_is_outside_of_the_transaction(db_manager: DatabaseManager) -> None:
    async with db_manager.transaction():
        await db_manager.execute("INSERT INTO t (id) VALUES (1)")
        assert await asyncio.create_task(count(db_manager)) == 0
    assert await count(db_manager) == 1


async def test_a_cancelled_transaction_leaves_nothing_and_the_manager_works_on(db_manager: DatabaseManager) -> None:
    async def work() -> None:
        async with db_manager.transaction():
            await db_manager.execute("INSERT INTO t (id) VALUES (1)")
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await count(db_manager) == 0


async def test_what_the_database_refuses_is_raised_with_its_words(db_manager: DatabaseManager) -> None:
    with pytest.raises(DatabaseError, match="nowhere") as caught:
        await db_manager.fetch_all("SELECT * FROM nowhere")
    assert caught.value.code
    assert caught.value.__cause__ is not None


async def test_parameters_must_be_the_ones_of_the_statement(db_manager: DatabaseManager) -> None:
    with pytest.raises(ConfigurationError, match="no value for :id"):
        await db_manager.execute("INSERT INTO t (id) VALUES (:id)", {})
    with pytest.raises(ConfigurationError, match="the statement has no :nam"):
        await db_manager.execute("INSERT INTO t (id) VALUES (:id)", {"id": 1, "nam": 2})


async def test_a_script_tells_how_it_ended(db_manager: DatabaseManager, database: str) -> None:
    good = await db_manager.execute_script("-- two\nINSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (2);")
    assert (good.success, good.statements, good.error, good.error_message) == (True, 2, None, "")
    bad = await db_manager.execute_script("INSERT INTO t (id) VALUES (3); INSERT INTO nowhere VALUES (1);")
    assert not bad.success
    assert isinstance(bad.error, DatabaseError)
    assert "nowhere" in bad.error_message
    assert await count(db_manager) == (3 if database in JOURNALED else 2)


async def test_a_manager_that_is_not_connected_says_so(url: str) -> None:
    with pytest.raises(ConfigurationError, match="not connected"):
        await DatabaseManager(url).fetch_one("SELECT 1")


async def test_a_database_that_is_not_there_is_not_reachable(url: str, database: str) -> None:
    missing = url + "/missing/test.db" if database == "sqlite" else url + "_missing"
    with pytest.raises(DatabaseUnreachable) as caught:
        await migrate(missing, AUTH)
    assert caught.value.exit_code == 7


async def test_who_waits_for_the_lock_too_long_is_told_who_has_it(url: str, database: str) -> None:
    async with open_session(url) as holder, holder.locked(1), holder.transaction():
        if database != "sqlite":
            await holder.prove_lock()
        with pytest.raises(LockTimeout, match=r"waited 0\.2 s for the migration lock, held by") as caught:
            await migrate(url, AUTH, lock_wait=0.2)
    assert caught.value.exit_code == 5
    assert len((await migrate(url, AUTH)).applied) == 1
