"""A silent server ends a run within its limits; a server that works on a statement is never abandoned."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import run_sql
from tests.databases import count_rows
from tests.faults.proxy import Proxy
from tests.faults.watch import until_at_work, until_quiet
from tests.files import write_set
from tests.patience import until
from whimbrel import DatabaseManager, migrate
from whimbrel.dialects.connection import Connection
from whimbrel.dialects.watched import Pace
from whimbrel.errors import ConnectionLost, MigrationFailed
from whimbrel.session.connect import open_session

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql", "mysql", "mariadb")]

# The limits are short, so that each test takes seconds. A working server still has its usual time to answer.
SILENT = Pace(after=0.3, longest=0.3, limit=0.5, attempt=0.5, again=0.2)
LIVING = Pace(after=0.2, longest=0.2, limit=60, attempt=60, again=0.2)
SLEEP = {"postgresql": "SELECT pg_sleep({0})", "mysql": "DO sleep({0})", "mariadb": "DO sleep({0})"}
WORKS, ANSWERS = "over a second connection: the session is at work", "over a second connection: the server answers"
# This limit ends a run that hangs; other runs end long before it.
SECONDS = 60


def write_slow(folder: Path, database: str, seconds: float) -> str:
    """Write a set of three files; the second has a slow statement between two rows."""
    first, last = "CREATE TABLE counted (n INTEGER);\n", "CREATE TABLE last (n INTEGER);\n"
    slow = f"INSERT INTO counted VALUES (1);\n{SLEEP[database].format(seconds)};\nINSERT INTO counted VALUES (2);\n"
    return write_set(folder, {"V1__a.sql": first, "V2__slow.sql": slow, "V3__b.sql": last})


async def finish(url: str, folder: str) -> None:
    """Run again, as after a crash. Everything must then be applied, and nothing twice."""
    await until_quiet(url, SECONDS)
    await migrate(url, folder)
    assert await count_rows(url, "counted") == 2
    assert len((await migrate(url, folder)).applied) == 0


async def seen(caplog: pytest.LogCaptureFixture, text: str, times: int) -> None:
    async def often() -> bool:
        return caplog.text.count(text) >= times

    await until(often, SECONDS)


async def test_after_a_server_falls_silent_in_a_statement_the_run_ends_and_the_next_one_resumes(
    url: str, database: str, proxy: Proxy, through: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "pace", SILENT)
    folder = write_slow(tmp_path / "slow", database, 1)
    proxy.begin("silent", trigger="sleep(1")
    async with asyncio.timeout(SECONDS):
        with pytest.raises(MigrationFailed, match="the server does not answer a second connection either") as caught:
            await migrate(through, folder)
    assert isinstance(caught.value.__cause__, ConnectionLost)
    proxy.recover()
    await finish(url, folder)


async def test_a_server_that_resumes_in_time_finishes_its_statement_once(
    url: str,
    database: str,
    proxy: Proxy,
    through: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Frozen for the first attempt, which then is reported as unanswered.
    monkeypatch.setattr(Connection, "pace", Pace(after=0.2, longest=0.2, limit=2, attempt=30, again=30))
    folder = write_slow(tmp_path / "slow", database, 0.5)
    proxy.begin("silent", trigger="sleep(0.5")
    run = asyncio.create_task(migrate(through, folder))
    await seen(caplog, "does not answer a second connection", 1)
    proxy.recover()
    assert len((await run).applied) == 3
    assert await count_rows(url, "counted") == 2


async def test_a_statement_that_takes_many_times_the_watchdogs_period_is_not_ended(
    url: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Connection, "pace", LIVING)
    caplog.set_level(logging.DEBUG, "whimbrel")
    assert len((await migrate(url, write_slow(tmp_path / "slow", database, 3))).applied) == 3
    assert caplog.text.count(WORKS) >= 3
    assert await count_rows(url, "counted") == 2


KILL = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND query LIKE '%{word}%'"
}


async def kill_sessions(url: str, database: str, word: str = "") -> None:
    """End the other sessions of the database, or those that run a statement with this word."""
    if database == "postgresql":
        await asyncio.to_thread(run_sql, url, KILL[database].format(word=word))
        return
    async with DatabaseManager(url, pool_size=1) as db_manager:
        own = await db_manager.fetch_value("SELECT CONNECTION_ID()")
        for row in await db_manager.fetch_all("SHOW PROCESSLIST"):
            if row["db"] == url.rpartition("/")[2] and row["Id"] != own and word in (row["Info"] or ""):
                await db_manager.execute(f"KILL {row['Id']}")


async def test_a_session_that_the_server_no_longer_has_is_reported_as_lost(
    url: str, database: str, proxy: Proxy, through: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "pace", LIVING)
    folder = write_slow(tmp_path / "slow", database, 600)
    proxy.begin("lost", trigger="sleep(600")
    run = asyncio.create_task(migrate(through, folder))
    await until_at_work(url, "sleep(600")
    # Not the second connection, whose end looks like silence, after which the watchdog asks again in a minute.
    await kill_sessions(url, database, "sleep(600")
    async with asyncio.timeout(SECONDS):
        with pytest.raises(MigrationFailed, match="the server no longer has this session"):
            await run
    write_slow(tmp_path / "slow", database, 0)
    await finish(url, folder)


async def test_a_lost_answer_is_not_awaited_forever(
    url: str, database: str, proxy: Proxy, through: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "pace", LIVING)
    folder = write_slow(tmp_path / "slow", database, 0.3)
    proxy.begin("lost", trigger="sleep(0.3")
    async with asyncio.timeout(SECONDS):
        with pytest.raises(MigrationFailed, match="the last one, or its answer, was lost on the way"):
            await migrate(through, folder)
    await kill_sessions(url, database)
    await finish(url, folder)


@asynccontextmanager
async def user_of_one_connection(url: str, database: str) -> AsyncIterator[str]:
    """Create a user who may have one connection; yield the address with its name."""
    name, database_name = f"alone_{url.rpartition('_')[2]}", url.rpartition("/")[2]
    if database == "postgresql":
        made = [f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 1", f"GRANT ALL ON SCHEMA public TO {name}"]
        gone = [f"DROP OWNED BY {name}", f"DROP ROLE {name}"]
    else:
        made = [f"CREATE USER {name}@'%' WITH MAX_USER_CONNECTIONS 1", f"GRANT ALL ON {database_name}.* TO {name}@'%'"]
        gone = [f"DROP USER {name}@'%'"]
    await asyncio.to_thread(run_sql, url, *made)
    try:
        yield url.replace("://postgres@", f"://{name}@").replace("://root@", f"://{name}@")
    finally:
        await until_quiet(url, SECONDS)
        await asyncio.to_thread(run_sql, url, *gone)


async def test_a_server_that_refuses_more_connections_counts_as_alive(
    url: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Connection, "pace", LIVING)
    caplog.set_level(logging.DEBUG, "whimbrel")
    async with user_of_one_connection(url, database) as alone:
        assert len((await migrate(alone, write_slow(tmp_path / "slow", database, 2))).applied) == 3
    assert caplog.text.count(ANSWERS) >= 3


async def test_a_run_that_asks_a_silent_server_is_cancelled_within_5_seconds(
    url: str,
    database: str,
    proxy: Proxy,
    through: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(Connection, "pace", Pace(after=0.2, longest=0.2, limit=0.5, attempt=30))
    folder = write_slow(tmp_path / "slow", database, 1)
    proxy.begin("silent", trigger="sleep(1")
    run = asyncio.create_task(migrate(through, folder))
    await seen(caplog, "does not answer a second connection", 1)
    run.cancel()
    _, pending = await asyncio.wait([run], timeout=5)
    assert not pending and run.cancelled()
    proxy.recover()
    await finish(url, folder)


async def test_a_second_connection_knows_a_session_by_its_number(url: str, database: str) -> None:
    async with open_session(url) as session:
        connection = session.connection
        work = asyncio.create_task(connection.run(SLEEP[database].format(60)))
        await until_at_work(url, "sleep(60")
        assert await connection.look() == "working"
        await kill_sessions(url, database)
        with pytest.raises(ConnectionLost):
            await work
        if database != "postgresql":
            assert await connection.look() == "gone"


@pytest.mark.only("mysql", "mariadb")
async def test_another_cluster_servers_session_does_not_count_as_lost(url: str, database: str) -> None:
    async with open_session(url) as session:
        connection: Any = session.connection
        await kill_sessions(url, database)
        assert await connection.look() == "gone"
        connection.server = "another:3306:"
        assert await connection.look() == "alive"


@pytest.mark.only("postgresql")
async def test_unread_data_of_a_copy_does_not_block_forever(
    url: str, database: str, proxy: Proxy, through: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "pace", SILENT)
    rows = "x" * 100 + "\n"
    copy = f"CREATE TABLE data (line TEXT);\nCOPY data (line) FROM stdin;\n{rows * 100_000}\\.\n"
    folder = write_set(tmp_path / "copy", {"V1__copy.sql": copy})
    proxy.begin("silent", trigger="COPY data")
    async with asyncio.timeout(SECONDS):
        with pytest.raises(MigrationFailed, match="no answer"):
            await migrate(through, folder)
    proxy.recover()
    await until_quiet(url, SECONDS)
    await migrate(url, folder)
    assert await count_rows(url, "data") == 100_000


async def test_the_watchdog_covers_a_waiting_script(
    url: str, database: str, proxy: Proxy, through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "pace", SILENT)
    async with DatabaseManager(through, pool_size=1) as db_manager:
        proxy.begin("silent", trigger="sleep(1")
        async with asyncio.timeout(SECONDS):
            result = await db_manager.execute_script(SLEEP[database].format(1))
        proxy.recover()
    assert isinstance(result.error, ConnectionLost) and "no answer" in result.error_message
