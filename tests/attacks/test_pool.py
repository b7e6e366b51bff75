"""The pool lends working, clean connections, and names the borrowers of the others."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.proxy import behind, proxied
from whimbrel import ConfigurationError, DatabaseManager, DatabaseUnreachable, PoolTimeout, WhimbrelError

pytestmark = pytest.mark.asyncio
SERVERS = ("postgresql", "mysql", "mariadb")


@pytest_asyncio.fixture
async def one(url: str) -> AsyncIterator[DatabaseManager]:
    """Yield a manager with a single connection."""
    async with DatabaseManager(url, pool_size=1) as db_manager:
        await db_manager.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        yield db_manager


@pytest_asyncio.fixture
async def hurried(url: str) -> AsyncIterator[DatabaseManager]:
    """Yield a manager whose callers wait only as long as a busy machine needs to connect."""
    async with DatabaseManager(url, pool_size=1, acquire_timeout=3) as db_manager:
        yield db_manager


async def test_an_exhausted_pool_reports_the_borrowers_with_time_and_place(hurried: DatabaseManager) -> None:
    async with hurried.acquire():
        with pytest.raises(PoolTimeout, match=r"1 of 1 connections are lent") as caught:
            await asyncio.create_task(hurried.fetch_value("SELECT 1"), name="second")
    assert caught.value.exit_code == 7
    task = asyncio.current_task()
    assert task is not None
    assert re.search(rf"held by {re.escape(task.get_name())} for \d+\.\d", str(caught.value))
    assert f"{__file__}:" in caught.value.holders[0]
    assert await hurried.fetch_value("SELECT 1") == 1


async def test_the_pool_timeout_of_a_child_task_names_the_parents_transaction(hurried: DatabaseManager) -> None:
    async with hurried.transaction():
        with pytest.raises(PoolTimeout, match=r"the transaction of .*, inside which this task was started"):
            await asyncio.create_task(hurried.fetch_value("SELECT 1"))
    assert await asyncio.create_task(hurried.fetch_value("SELECT 1")) == 1


async def test_waiting_tasks_are_served_in_order_and_a_cancelled_one_loses_no_connection(url: str) -> None:
    async with DatabaseManager(url, pool_size=1) as db_manager:
        for _ in range(20):
            async with db_manager.acquire():
                waiters = [asyncio.create_task(db_manager.fetch_value("SELECT 1")) for _ in range(3)]
                await asyncio.sleep(0)
            # This happens at the moment when the first waiter receives the connection.
            waiters[0].cancel()
            assert await asyncio.gather(*waiters[1:]) == [1, 1]


SESSION = {
    "mysql": ["SET @x = 1", "SET SESSION sql_mode = ''", "SET time_zone = '+05:00'", "USE mysql", "SET NAMES latin1"],
    "postgresql": ["SET search_path TO nowhere", "SET TimeZone TO 'Asia/Tokyo'", "SET statement_timeout TO '7s'"],
    "sqlite": ["PRAGMA foreign_keys=OFF", "CREATE TEMP TABLE x (a INTEGER)", "ATTACH ':memory:' AS other"],
}
SESSION["mysql"] += ["CREATE TEMPORARY TABLE x (a INTEGER)", "SELECT GET_LOCK('x', 0)", "SELECT @y := 5", "BEGIN"]
SESSION["postgresql"] += ["CREATE TEMP TABLE x (a INTEGER)", "SELECT pg_advisory_lock(42)", "PREPARE x AS SELECT 1", "BEGIN"]
SESSION["mysql"] += ["SET autocommit = 0", "SET SESSION TRANSACTION READ ONLY", "LOCK TABLES t READ"]
SESSION["sqlite"] += ["BEGIN"]
LOOK = {
    "mysql": (
        "SELECT @x AS a, @y AS b, @@sql_mode AS c, @@time_zone AS d, DATABASE() AS e, @@character_set_client AS f, "
        "@@collation_connection AS g, IS_USED_LOCK('x') AS h, @@autocommit AS i, @@character_set_results AS j"
    ),
    "postgresql": (
        "SELECT current_schemas(false)::text AS a, current_setting('TimeZone') AS b, current_setting('statement_timeout') AS c, "
        "(SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory') AS d, to_regclass('pg_temp.x')::text AS e"
    ),
    "sqlite": (
        "SELECT (SELECT foreign_keys FROM pragma_foreign_keys) AS a, (SELECT COUNT(*) FROM pragma_database_list) AS b, "
        "(SELECT COUNT(*) FROM sqlite_temp_master) AS c"
    ),
}


async def test_nothing_of_a_session_reaches_the_next_borrower(one: DatabaseManager, database: str) -> None:
    kind = "mysql" if database == "mariadb" else database
    fresh = await one.fetch_one(LOOK[kind])
    for statement in SESSION[kind]:
        await one.execute(statement)
        assert await one.fetch_one(LOOK[kind]) == fresh, statement
        async with one.transaction():
            await one.execute("INSERT INTO t (id) VALUES (1)")
            await one.execute("DELETE FROM t")


@pytest.mark.only("mysql", "mariadb")
async def test_a_setting_made_by_a_trigger_does_not_reach_the_next_borrower(one: DatabaseManager) -> None:
    await one.execute("CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET @seen = NEW.id")
    await one.execute("INSERT INTO t (id) VALUES (7)")
    assert await one.fetch_value("SELECT @seen") is None


@pytest.mark.only(*SERVERS)
async def test_a_connection_that_was_cut_while_idle_is_replaced(url: str) -> None:
    with proxied(url) as proxy:
        async with DatabaseManager(behind(proxy, url), pool_size=2) as db_manager:
            for _ in range(3):
                await asyncio.gather(*(db_manager.fetch_value("SELECT 1") for _ in range(2)))
                proxy.arm(cut_at=1)
                cut = await asyncio.gather(*(db_manager.fetch_value("SELECT 1") for _ in range(2)), return_exceptions=True)
                assert any(isinstance(one, WhimbrelError) for one in cut)
                proxy.arm()
                # A connection whose opening was cut may still fail the next call.
                async with asyncio.timeout(60):
                    while not all(await asyncio.gather(answers(db_manager), answers(db_manager))):
                        await asyncio.sleep(0.02)
                assert await asyncio.gather(*(db_manager.fetch_value("SELECT 1") for _ in range(2))) == [1, 1]


async def answers(db_manager: DatabaseManager) -> bool:
    try:
        return bool(await db_manager.fetch_value("SELECT 1") == 1)
    except WhimbrelError:
        return False


@pytest.mark.only(*SERVERS)
async def test_an_absent_server_is_unreachable_and_serves_again_once_it_is_back(url: str) -> None:
    with proxied(url) as proxy:
        through = behind(proxy, url)
        db_manager = DatabaseManager(through, pool_size=2)
        await db_manager.connect()
    with pytest.raises(WhimbrelError):
        await db_manager.fetch_value("SELECT 1")
    with pytest.raises(DatabaseUnreachable):
        await db_manager.fetch_value("SELECT 1")
    await db_manager.close()


async def test_closed_and_before_connect_the_manager_says_so(url: str) -> None:
    db_manager = DatabaseManager(url)
    with pytest.raises(ConfigurationError, match="not connected"):
        await db_manager.execute("SELECT 1")
    await asyncio.gather(db_manager.connect(), db_manager.connect())
    await asyncio.gather(db_manager.close(), db_manager.close())
    with pytest.raises(ConfigurationError, match="not connected"):
        await db_manager.execute("SELECT 1")
    async with db_manager:
        assert await db_manager.fetch_value("SELECT 1") == 1


async def test_close_raises_in_waiting_tasks_and_in_borrowers(one: DatabaseManager) -> None:
    async with one.acquire() as connection:
        waiter = asyncio.create_task(one.fetch_value("SELECT 1"))
        await asyncio.sleep(0)
        await one.close()
        with pytest.raises(ConfigurationError, match="was closed"):
            await waiter
        with pytest.raises(ConfigurationError, match="was closed"):
            await connection.fetch_value("SELECT 1")


async def test_a_returned_connection_refuses_statements(one: DatabaseManager) -> None:
    async with one.acquire() as connection:
        pass
    with pytest.raises(ConfigurationError, match="given back"):
        await connection.fetch_value("SELECT 1")


@pytest.mark.only("postgresql")
async def test_settings_and_locks_of_a_view_do_not_reach_the_next_borrower(one: DatabaseManager) -> None:
    await one.execute("CREATE VIEW v AS SELECT set_config('app.u', 'alice', false) AS u, pg_try_advisory_lock(42) AS l")
    assert await one.fetch_value("SELECT u FROM v") == "alice"
    assert not await one.fetch_value("SELECT current_setting('app.u', true)")
    assert await one.fetch_value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == 0


@pytest.mark.only("postgresql")
async def test_a_type_changed_by_a_migration_is_looked_up_again(one: DatabaseManager, url: str) -> None:
    await one.execute("CREATE TABLE c (a TEXT)")
    insert = "INSERT INTO c (a) VALUES (:a)"
    await one.execute(insert, {"a": "1"})
    async with DatabaseManager(url) as other:
        await other.execute("ALTER TABLE c ALTER a TYPE INTEGER USING a::INTEGER")
    with suppress(WhimbrelError):
        await one.execute(insert, {"a": 5})
    assert await one.execute(insert, {"a": 5}) == 1


@pytest.mark.only("mysql", "mariadb")
async def test_a_role_does_not_reach_the_next_borrower(one: DatabaseManager) -> None:
    await one.execute("CREATE ROLE whimbrel_reader")
    try:
        await one.execute("GRANT whimbrel_reader TO CURRENT_USER()")
        before = await one.fetch_value("SELECT CURRENT_ROLE() AS r")
        await one.execute("SET ROLE whimbrel_reader")
        assert await one.fetch_value("SELECT CURRENT_ROLE() AS r") == before
    finally:
        await one.execute("DROP ROLE whimbrel_reader")


@pytest.mark.only("sqlite")
async def test_an_explained_pragma_does_not_reach_the_next_borrower(one: DatabaseManager) -> None:
    await one.fetch_all("EXPLAIN PRAGMA query_only=ON")
    assert await one.execute("INSERT INTO t (id) VALUES (1)") == 1
    await one.fetch_all("EXPLAIN PRAGMA foreign_keys=OFF")
    assert await one.fetch_value("PRAGMA foreign_keys") == 1


@pytest.mark.only("sqlite")
async def test_a_relative_address_keeps_naming_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    async with DatabaseManager("sqlite:///app.db") as db_manager:
        await db_manager.execute("CREATE TABLE x (id INTEGER)")
        monkeypatch.chdir(tmp_path / "elsewhere")
        await db_manager.execute("PRAGMA cache_size=100")
        assert await db_manager.execute("INSERT INTO x VALUES (1)") == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []
