"""PgBouncer in transaction mode: two statements of a client may reach two server sessions, and another client may get a session
in between.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from database.schemas import drop_chat_tables, initialize_chat_schema, initialize_database
from tests.conftest import run_sql
from tests.faults.conftest import Figure
from tests.faults.ledger import judge, write_ledger
from tests.faults.neighbours import Seen, neighbours
from tests.files import ROOT, write_set
from tests.patience import PATIENCE, until
from tests.servers import Server
from tests.servers.pgbouncer import in_front_of
from whimbrel import ConfigurationError, DatabaseManager, LockTimeout, MigrationFailed, doctor, migrate, plan

pytestmark = [pytest.mark.only("postgresql"), pytest.mark.fault("R07")]

AT_ONCE = 4
# The settings of a file must not reach its neighbours or the next file.
SETS = """
SET lock_timeout TO '7s';
SET statement_timeout TO '70s';
SET TIME ZONE 'Asia/Tokyo';
SET work_mem TO '9MB';
SET client_min_messages TO error;
SET search_path TO pg_catalog;
"""
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"


@pytest.fixture(scope="module")
def pooler(servers: dict[str, Server]) -> Iterator[Server]:
    with in_front_of(servers["postgresql"]) as server:
        yield server


@pytest.fixture
def pooled(url: str, pooler: Server) -> str:
    """The address, through the pooler, of the database that `url` reaches directly."""
    return f"{pooler.url.rpartition('/')[0]}/{url.rpartition('/')[2]}"


@asynccontextmanager
async def busy(url: str, pooled: str) -> AsyncIterator[Seen]:
    """Neighbours must not notice anything, and no lock must remain afterwards."""
    async with neighbours(pooled) as seen:
        yield seen
    assert seen.deviations == []
    assert len(seen.servers) > 1
    async with DatabaseManager(url) as db_manager:

        async def all_are_free() -> bool:
            return bool(await db_manager.fetch_value(LOCKS) == 0)

        # The server may still be ending the transaction of a run that was cancelled.
        await until(all_are_free)


async def command(*words: str, **environment: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "whimbrel", *words),
        cwd=ROOT,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.mark.asyncio
async def test_runs_at_once_apply_each_migration_once_and_leave_nothing_behind(
    url: str, pooled: str, tmp_path: Path, full: bool, figure: Figure, database: str
) -> None:
    rounds, runs = 50 if full else 4, 0
    folders = {number: write_ledger(tmp_path / str(number) / "ledger", number) for number in (3, 5)}
    for file in (file for folder in folders.values() for file in sorted(Path(folder).iterdir())[1::2]):
        file.write_text(file.read_text() + SETS)
    async with busy(url, pooled) as seen:
        for number in range(rounds):
            fresh = number % 2 == 0
            if fresh:
                await asyncio.to_thread(run_sql, url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
            migrations = 3 if fresh else 5
            limit = 30.0 if number % 4 < 2 else None
            all_at_once = [
                migrate(pooled, folders[migrations], lock_timeout=limit, statement_timeout=limit) for _ in range(AT_ONCE)
            ]
            reports = await asyncio.gather(*all_at_once)
            runs += len(reports)
            assert sum(len(report.applied) for report in reports) == (3 if fresh else 2)
            await judge(url, migrations)
    figure("runs through the pooler", runs)
    figure("transactions of 10 neighbours, settings changed, locks left", f"{seen.transactions}, {len(seen.deviations)}, 0")


@pytest.mark.asyncio
async def test_a_file_that_no_transaction_takes_is_refused_and_runs_on_the_direct_address(
    url: str, pooled: str, tmp_path: Path, database: str
) -> None:
    index = "CREATE INDEX CONCURRENTLY by_n ON counter (n);"
    folder = write_set(tmp_path, {"V001__t.sql": "CREATE TABLE counter (n INTEGER);", "V002__i.sql": index})
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    async with busy(url, pooled), DatabaseManager(url) as db_manager:
        with pytest.raises(ConfigurationError, match=r"cannot run in one transaction(.|\n)*MIGRATION_DATABASE_URL"):
            await migrate(pooled, folder)
        assert await db_manager.fetch_value(tables) == 0
        code, said = await command("migrate", "--sql", folder, DATABASE_URL=pooled)
        assert (code, await db_manager.fetch_value(tables)) == (2, 0), said
        code, said = await command("migrate", "--sql", folder, DATABASE_URL=pooled, MIGRATION_DATABASE_URL=url)
        assert code == 0, said
        assert await db_manager.fetch_value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_n'::regclass") is True
        assert (await migrate(pooled, folder)).already == 2


@pytest.mark.asyncio
async def test_an_application_works_through_the_pooler(url: str, pooled: str, full: bool, figure: Figure, database: str) -> None:
    rounds, tasks = (100, 10) if full else (10, 5)
    made = (
        "CREATE TABLE notes (task INTEGER, n INTEGER, at TIMESTAMP); CREATE TYPE mood AS ENUM ('calm', 'wild');"
        "CREATE TABLE moods (task INTEGER, felt mood, all_felt mood[]); SET search_path TO pg_catalog; SET work_mem TO '9MB'"
    )

    async def work(db_manager: DatabaseManager, task: int) -> None:
        for round_ in range(rounds):
            mine, own = {"task": task}, {"task": task, "n": round_}
            assert await db_manager.execute("INSERT INTO notes VALUES (:task, :n, now())", own) == 1
            assert await db_manager.fetch_one("SELECT task, n FROM notes WHERE task = :task AND n = :n", own) == own
            with pytest.raises(ZeroDivisionError):
                async with db_manager.transaction():
                    await db_manager.execute("DELETE FROM notes WHERE task = :task", mine)
                    raise ZeroDivisionError
            async with db_manager.transaction():
                with pytest.raises(ZeroDivisionError):
                    async with db_manager.transaction():
                        await db_manager.execute("DELETE FROM notes")
                        raise ZeroDivisionError
                await db_manager.execute("INSERT INTO moods VALUES (:task, 'wild', '{calm,wild}')", mine)
            await db_manager.execute_many("INSERT INTO notes VALUES (:task, :n, NULL)", [{"task": task, "n": -1}] * 3)
        felt = await db_manager.fetch_all("SELECT felt, all_felt FROM moods WHERE task = :task", {"task": task})
        assert felt == [{"felt": "wild", "all_felt": ["calm", "wild"]}] * rounds
        counted = "SELECT count(*) FROM notes WHERE task = :task GROUP BY n < 0 ORDER BY n < 0"
        assert [row["count"] for row in await db_manager.fetch_all(counted, {"task": task})] == [rounds, 3 * rounds]

    async with busy(url, pooled) as seen, DatabaseManager(pooled, pool_size=5) as db_manager:
        result = await db_manager.execute_script(made)
        assert result.success, result.error_message
        failed = await db_manager.execute_script("SET TIME ZONE 'Asia/Tokyo'; INSERT INTO notes VALUES (0, 0, NULL); SELECT 1/0")
        assert not failed.success
        await asyncio.gather(*(work(db_manager, task) for task in range(1, tasks + 1)))
        scripts = [db_manager.execute_script("CREATE TABLE IF NOT EXISTS once (n INTEGER)") for _ in range(AT_ONCE)]
        assert [result.error for result in await asyncio.gather(*scripts)] == [None] * AT_ONCE
    async with DatabaseManager(url) as direct:
        assert await direct.fetch_value("SELECT count(*) FROM notes") == tasks * rounds * 4
    figure("rounds of an application's work", f"{rounds} x {tasks}, {seen.transactions} transactions of neighbours")


@pytest.mark.asyncio
async def test_the_commands_work_through_the_pooler(url: str, pooled: str, tmp_path: Path, database: str) -> None:
    slow = "CREATE TABLE t (n INTEGER); CREATE PROCEDURE slow() LANGUAGE SQL AS 'SELECT pg_sleep(5)';"
    call = "-- whimbrel: transaction=off\nCALL slow();\nINSERT INTO t VALUES (2);"
    folder = write_set(tmp_path / "s", {"V001__slow.sql": slow, "V002__call.sql": call})
    async with busy(url, pooled):
        with pytest.raises(MigrationFailed):
            await migrate(url, folder, statement_timeout=0.3)
        options = ("--url", pooled, "--sql", folder)
        assert (await command("info", *options))[0] == 0
        code, said = await command("resolve", "--url", pooled, "s", "2", "1", "--applied")
        assert code == 0, said
        await migrate(url, folder)
        assert (await command("validate", *options))[0] == 0
        (tmp_path / "s" / "V001__slow.sql").write_text(f"-- edited\n{slow}")
        assert (await command("validate", *options))[0] == 3
        code, said = await command("repair", *options)
        assert (code, "V001__slow.sql" in said) == (0, True), said
        assert (await command("validate", *options))[0] == 0
        assert (await command("migrate", *options))[0] == 0
        (tmp_path / "s" / "V003__n.sql").write_text("INSERT INTO t VALUES (3);")
        directly = await plan(url, folder)
        assert await plan(pooled, folder) == directly
        assert [one.version for one in (await migrate(pooled, folder, plan=directly)).applied] == ["3"]
        found = {one.name: one for one in (await doctor(pooled, folder)).checks}
        assert (found["pooler"].level, found["lock"].told.partition(",")[0]) == ("warning", "taken and released")
        assert "pooler" not in {one.name for one in (await doctor(url, folder)).checks}


@pytest.mark.asyncio
async def test_the_shipped_schemas_come_and_go_through_the_pooler(url: str, pooled: str, database: str) -> None:
    async with busy(url, pooled), DatabaseManager(pooled) as db_manager, DatabaseManager(url) as direct:
        await asyncio.gather(*(initialize_database(db_manager) for _ in range(AT_ONCE)))
        await initialize_chat_schema(db_manager)
        assert await direct.fetch_value("SELECT count(*) FROM chat_sessions") == 0
        await asyncio.gather(*(drop_chat_tables(db_manager) for _ in range(AT_ONCE)))
        assert await direct.fetch_value("SELECT to_regclass('chat_sessions')::text") is None
        await initialize_chat_schema(pooled)
        assert await direct.fetch_value("SELECT count(*) FROM chat_sessions") == 0


@pytest.mark.asyncio
async def test_limits_and_waits_hold_through_the_pooler(url: str, pooled: str, tmp_path: Path, database: str) -> None:
    slow = write_set(tmp_path / "slow", {"V001__slow.sql": "SELECT pg_sleep(2000);"})
    held = write_set(tmp_path / "held", {"V001__held.sql": "DROP TABLE held;"})
    async with busy(url, pooled), DatabaseManager(url) as direct:
        await direct.execute("CREATE TABLE held (n INTEGER)")
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(MigrationFailed, match="statement_timeout"):
                await migrate(pooled, slow, statement_timeout=0.3)
            running = (
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE query LIKE '%SELECT pg_sleep(2000)%' AND state = 'active' AND pid <> pg_backend_pid()"
            )
            assert await direct.fetch_value(running) == 0
            async with direct.transaction():
                await direct.execute("LOCK TABLE held")
                with pytest.raises(MigrationFailed, match="lock timeout"):
                    await migrate(pooled, held, accept_existing=True, lock_timeout=0.3, lock_wait=0)
            run = asyncio.create_task(migrate(pooled, slow, statement_timeout=2000))
            while await direct.fetch_value(running) != 1:
                await asyncio.sleep(0.02)
            with pytest.raises(LockTimeout, match=r"process [0-9]+ of"):
                await migrate(pooled, held, accept_existing=True, lock_wait=0.3)
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
            while await direct.fetch_value(running):
                await asyncio.sleep(0.02)
        assert await direct.fetch_value("SELECT count(*) FROM whimbrel_history") == 0
        await migrate(pooled, held, accept_existing=True)
