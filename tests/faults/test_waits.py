"""Waits for the migration lock and for locks on tables: which session waits, how long, which queries succeed meanwhile, and the
messages.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest

from tests.conftest import run_sql
from tests.faults.conftest import Figure
from tests.faults.ledger import judge, write_ledger
from tests.files import write_set
from tests.patience import PATIENCE
from whimbrel import DatabaseManager, LockTimeout, MigrationFailed, migrate
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.asyncio

SERVERS = pytest.mark.only("postgresql", "mysql", "mariadb")
WHO = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()", "mariadb": "SELECT CONNECTION_ID()"}
SLEEP = {"postgresql": "SELECT pg_sleep(3000);", "mysql": "DO sleep(3000);", "mariadb": "DO sleep(3000);"}
SLOW = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 100000000000) SELECT count(*) FROM r;"
TABLES = "CREATE TABLE t (id INTEGER PRIMARY KEY);\nCREATE TABLE u (id INTEGER PRIMARY KEY);\nCREATE TABLE counter (n INTEGER);"


@asynccontextmanager
async def reader(url: str, database: str, table: str) -> AsyncIterator[int]:
    """Hold a reading transaction's lock on a table; yield its process or connection number."""
    async with DatabaseManager(url, pool_size=1) as db_manager, db_manager.transaction():
        number = int(await db_manager.fetch_value(WHO[database]))
        await db_manager.fetch_all(f"SELECT * FROM {table}")
        yield number


async def until_told(caplog: pytest.LogCaptureFixture, run: asyncio.Task[object], text: str, times: int = 1) -> None:
    """Wait until the run has reported it this many times."""
    async with asyncio.timeout(PATIENCE):
        while caplog.text.count(text) < times:
            assert not run.done(), await run
            await asyncio.sleep(0.02)


@pytest.mark.fault("R13")
@pytest.mark.only("postgresql")
async def test_timeouts_of_the_role_do_not_cut_the_wait_for_the_migration_lock(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_ledger(tmp_path / "set", 3)
    name = url.rpartition("/")[2]
    for setting in ("statement_timeout", "lock_timeout"):
        await asyncio.to_thread(run_sql, url, f"ALTER ROLE postgres IN DATABASE {name} SET {setting} = '1s'")
    async with open_session(url) as holder:
        async with holder.locked(0):
            run = asyncio.create_task(migrate(url, folder))
            await until_told(caplog, run, "waiting for the migration lock")
            await asyncio.sleep(3)
            assert not run.done()
        assert (await run).waited > 2.5
    await judge(url, 3)


@pytest.mark.fault("R59")
async def test_a_lock_that_is_not_had_in_time_is_told_with_its_holder(
    url: str, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_ledger(tmp_path / "set", 1)
    async with open_session(url) as holder:
        number = "" if database == "sqlite" else str(await holder.connection.fetch_value(WHO[database]))
        async with holder.locked(0), holder.transaction():
            with pytest.raises(LockTimeout, match=r"waited 2\.5 s") as caught:
                await migrate(url, folder, lock_wait=2.5)
    told = {
        "postgresql": rf"process {number} of .* \(whimbrel\), connected since [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} ",
        "sqlite": "another connection that writes to the file",
    }.get(database, rf"connection {number} \(root from .*, running its statement for [0-9]+ s\)")
    assert re.search(told, caught.value.holder)
    assert re.search(f"waiting for the migration lock, held by {told}", caplog.text)
    assert caught.value.exit_code == 5
    await migrate(url, folder)
    await judge(url, 1)


@SERVERS
@pytest.mark.fault("R59")
async def test_a_migration_that_meets_a_lock_is_tried_again_while_others_read(
    url: str, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, figure: Figure
) -> None:
    folder = write_set(tmp_path / "wait", {"V1__t.sql": TABLES})
    await migrate(url, folder)
    write_set(tmp_path / "wait", {"V2__c.sql": "INSERT INTO counter VALUES (1);\nALTER TABLE t ADD COLUMN c INTEGER;"})
    waits: list[float] = []
    async with DatabaseManager(url, pool_size=1) as db_manager:
        async with reader(url, database, "t") as number:
            run = asyncio.create_task(migrate(url, folder, lock_timeout=1))
            reading = asyncio.create_task(read(db_manager, waits))
            await until_told(caplog, run, "trying again", times=3)
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
        assert len((await run).applied) == 1
        assert await db_manager.fetch_value("SELECT count(*) AS n FROM counter") == 1
    # A query that comes while the migration waits for its lock waits with it, so for a second; all others are served at once.
    figure("longest read while a migration waits, seconds", f"{max(waits):.1f}")
    # Without the limit, the first read behind the migration would wait until the reader ends.
    assert len(waits) > 3
    who = f"in the way: process {number} " if database == "postgresql" else f"in the way: connection {number} "
    assert who in caplog.text
    if database != "mariadb":  # This view shows only running statements.
        assert "SELECT * FROM t;" in caplog.text


async def read(db_manager: DatabaseManager, waits: list[float]) -> None:
    while True:
        started = monotonic()
        await db_manager.fetch_all("SELECT id FROM t")
        waits.append(monotonic() - started)
        await asyncio.sleep(0.05)


@SERVERS
@pytest.mark.fault("R59")
async def test_a_lock_that_stays_fails_the_migration_and_tells_who_is_in_the_way(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "wait", {"V1__t.sql": TABLES})
    await migrate(url, folder)
    write_set(tmp_path / "wait", {"V2__c.sql": "INSERT INTO counter VALUES (1);\nALTER TABLE t ADD COLUMN c INTEGER;"})
    async with reader(url, database, "t") as number:
        with pytest.raises(MigrationFailed, match=rf"in the way now: (process|connection) {number} ") as caught:
            await migrate(url, folder, lock_timeout=1, lock_wait=2)
    assert (caught.value.statement, caught.value.place.line) == (2, 2)
    await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT count(*) AS n FROM counter") == 1


@SERVERS
@pytest.mark.fault("R59")
@pytest.mark.parametrize("own", ["off", "default"])
async def test_a_file_that_lifts_the_limit_lifts_it_for_itself_alone(
    url: str, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, own: str
) -> None:
    folder = write_set(tmp_path / "own", {"V1__t.sql": TABLES})
    await migrate(url, folder)
    postgresql = "SET lock_timeout = 0;" if own == "off" else "RESET lock_timeout;"
    mysql = "SET SESSION lock_wait_timeout = 60;" if own == "off" else "SET SESSION lock_wait_timeout = DEFAULT;"
    lifts = postgresql if database == "postgresql" else mysql
    files = {"V2__t.sql": f"{lifts}\nALTER TABLE t ADD COLUMN c INTEGER;", "V3__u.sql": "ALTER TABLE u ADD COLUMN c INTEGER;"}
    write_set(tmp_path / "own", files)
    async with reader(url, database, "u"):
        async with reader(url, database, "t"):
            run = asyncio.create_task(migrate(url, folder, lock_timeout=1))
            await asyncio.sleep(2.5)
            assert not run.done()
            assert "trying again" not in caplog.text
        await until_told(caplog, run, "trying again")
    assert [one.version for one in (await run).applied] == ["2", "3"]


@pytest.mark.fault("R59")
async def test_a_statement_that_takes_too_long_is_cancelled_on_the_server(url: str, database: str, tmp_path: Path) -> None:
    slow = f"CREATE TABLE t (id INTEGER);\n{SLEEP.get(database, SLOW)}\n"
    folder = write_set(tmp_path / "slow", {"V1__slow.sql": f"-- whimbrel: statement_timeout=500ms\n{slow}"})
    with pytest.raises(MigrationFailed, match=r"slow\.sql:3:1(.|\n)*cancelled after 0\.5 s, its statement_timeout") as caught:
        await migrate(url, folder)
    assert caught.value.advice == "run again with more time: -- whimbrel: statement_timeout=... at the head of the file"
    write_set(tmp_path / "slow", {"V1__slow.sql": slow})
    with pytest.raises(MigrationFailed, match=r"cancelled after 0\.2 s(.|\n)*, or --statement-timeout SECONDS"):
        await migrate(url, folder, statement_timeout=0.2)
    write_set(tmp_path / "slow", {"V1__slow.sql": "CREATE TABLE t (id INTEGER);\nSELECT 1;\n"})
    assert len((await migrate(url, folder, statement_timeout=30)).applied) == 1
