"""A database that accepts no writes, sessions that are cut when idle, servers with unusual settings."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from tests.conftest import run_sql
from tests.faults.ledger import judge, write_ledger
from tests.faults.settings import settings
from tests.files import AUTH, CHAT, write_set
from tests.patience import PATIENCE
from tests.servers import Server, postgresql, start, stop
from tests.servers.process import hand_over
from tests.servers.process import run as run_program
from whimbrel import ConfigurationError, DatabaseManager, MigrationFailed, State, WhimbrelError, info, migrate
from whimbrel.cli import main
from whimbrel.url import parse_url

ASYNC = pytest.mark.asyncio


def make_reader(url: str, database: str) -> str:
    """The address of the same database for a user who may only read."""
    name, schema = f"reader_{uuid4().hex[:8]}", url.rpartition("/")[2]
    if database == "sqlite":
        return f"{url}?mode=ro"
    if database == "postgresql":
        run_sql(url, f"CREATE ROLE {name} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
        return url.replace("postgres@", f"{name}@")
    run_sql(url, f"CREATE USER {name}@localhost", f"GRANT SELECT ON {schema}.* TO {name}@localhost")
    return url.replace("root@", f"{name}@")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(list(words))
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def check_reader(capsys: pytest.CaptureFixture[str], bad: str, folder: Path, told: str) -> None:
    """With nothing pending, the read-only user succeeds. With a pending migration there is one clear error and no change."""
    for verb in ("info", "migrate", "validate"):
        code, text = run(capsys, verb, "--url", bad, "--sql", str(folder))
        assert code == 0, text
    write_ledger(folder, 3)
    code, text = run(capsys, "migrate", "--url", bad, "--sql", str(folder))
    assert (code, told in text, "Traceback" in text) == (2, True, False), text
    assert run(capsys, "info", "--url", bad, "--sql", str(folder), "--check")[0] == 4


@pytest.mark.fault("R60", "R61")
def test_a_user_who_may_only_read_starts_with_nothing_pending_and_is_told_otherwise(
    capsys: pytest.CaptureFixture[str], url: str, database: str, tmp_path: Path
) -> None:
    folder = Path(write_ledger(tmp_path / "set", 2))
    asyncio.run(migrate(url, str(folder)))
    check_reader(capsys, make_reader(url, database), folder, "may not create the history table")
    asyncio.run(judge(url, 2))
    asyncio.run(migrate(url, str(folder)))
    asyncio.run(judge(url, 3))


@pytest.mark.fault("R61")
def test_an_empty_database_gets_no_table_from_a_user_who_may_only_read(
    capsys: pytest.CaptureFixture[str], url: str, database: str, tmp_path: Path
) -> None:
    run_sql(url, "CREATE TABLE other (id INTEGER)")
    code, text = run(capsys, "migrate", "--url", make_reader(url, database), "--sql", write_ledger(tmp_path / "set", 2))
    assert (code, "may not create the history table" in text, "next:" in text) == (2, True, True), text
    asyncio.run(no_tables(url))


async def no_tables(url: str) -> None:
    async with DatabaseManager(url) as db_manager:
        for table in ("whimbrel_history", "whimbrel_journal", "counter", "ledger"):
            with pytest.raises(WhimbrelError):
                await db_manager.fetch_all(f"SELECT * FROM {table}")


@pytest.mark.fault("R61")
@pytest.mark.only("postgresql", "mysql", "mariadb")
def test_a_schema_that_is_not_there_is_told_and_not_made(
    capsys: pytest.CaptureFixture[str], url: str, database: str, tmp_path: Path
) -> None:
    code, text = run(capsys, "migrate", "--url", url, "--sql", write_ledger(tmp_path / "set", 1), "--schema", "missing")
    assert (code, "missing; as a privileged user, run: CREATE" in text) == (2, True), text
    asyncio.run(no_tables(url))


@ASYNC
@pytest.mark.fault("R60")
@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_database_that_is_set_to_take_no_changes_is_left_alone(url: str, database: str, tmp_path: Path) -> None:
    folder = write_ledger(tmp_path / "set", 2)
    await migrate(url, folder)
    name = {"postgresql": "default_transaction_read_only", "mysql": "super_read_only", "mariadb": "read_only"}[database]
    wanted: dict[str, object] = {name: "on" if database == "postgresql" else 1}
    if database == "mysql":
        wanted = {"read_only": 1, **wanted}
    async with settings(url, database, wanted):
        assert (await migrate(url, folder)).applied == ()
        write_ledger(tmp_path / "set", 3)
        assert [one.state for one in await info(url, folder)] == [State.SUCCESS, State.SUCCESS, State.PENDING]
        with pytest.raises(ConfigurationError, match="read-only"):
            await migrate(url, folder)
    await judge(url, 2)


@pytest.fixture
def standby(servers: dict[str, Server]) -> Iterator[Server]:
    """A standby of the run's PostgreSQL server, which accepts no writes itself."""
    primary = servers["postgresql"]
    assert primary.log is not None, "the server must be one of our own to be copied"
    with TemporaryDirectory(prefix="whimbrel-", dir="/tmp", ignore_cleanup_errors=True) as name:
        directory, source = Path(name), primary.log.parent
        hand_over(directory)
        programs = postgresql.install(directory)
        words = [f"--host={source}", f"--port={parse_url(primary.url).port}", "--username=postgres", "--checkpoint=fast"]
        run_program(
            [f"{programs}/bin/pg_basebackup", f"--pgdata={directory}/data", "--write-recovery-conf", *words],
            directory / "copy.log",
        )
        server = start("postgresql", directory, free_port())
        try:
            yield server
        finally:
            stop(server)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.fault("R60")
@pytest.mark.only("postgresql")
def test_a_standby_is_left_alone(
    capsys: pytest.CaptureFixture[str], url: str, database: str, tmp_path: Path, standby: Server
) -> None:
    folder = Path(write_ledger(tmp_path / "set", 2))
    asyncio.run(migrate(url, str(folder)))
    there = f"{standby.url.rpartition('/')[0]}/{url.rpartition('/')[2]}"
    asyncio.run(until_there(there))
    check_reader(capsys, there, folder, "the server is a standby")
    asyncio.run(judge(url, 2))


async def until_there(url: str) -> None:
    """Wait until the standby has caught up with the primary."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await judge(url, 2)
            except (WhimbrelError, AssertionError):
                await asyncio.sleep(0.1)
            else:
                return


# Within this many seconds even a loaded machine sends its next statement.
IDLE: dict[str, dict[str, object]] = {
    "postgresql": {"idle_session_timeout": "5s", "idle_in_transaction_session_timeout": "5s"},
    "mysql": {"wait_timeout": 5},
    "mariadb": {"wait_timeout": 5, "idle_transaction_timeout": 5},
}
SLEEP = {"postgresql": "SELECT pg_sleep(7);", "mysql": "DO sleep(7);", "mariadb": "DO sleep(7);"}


@ASYNC
@pytest.mark.fault("R61")
@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_sessions_that_are_cut_when_they_idle_are_no_hindrance(url: str, database: str, tmp_path: Path) -> None:
    folder = write_ledger(tmp_path / "set", 2)
    write_set(tmp_path / "set", {"V001__count.sql": (tmp_path / "set" / "V001__count.sql").read_text() + SLEEP[database]})
    async with settings(url, database, IDLE[database]):
        await migrate(url, folder)
        async with DatabaseManager(url, pool_size=2) as db_manager:
            await asyncio.sleep(7)
            assert await db_manager.fetch_value("SELECT count(*) AS n FROM counter") == 2
    await judge(url, 2)


ODD: dict[str, dict[str, object]] = {
    "postgresql": {
        "default_transaction_isolation": "serializable",
        "standard_conforming_strings": "off",
        "DateStyle": "German, DMY",
        "IntervalStyle": "sql_standard",
        "TimeZone": "Asia/Tashkent",
        "bytea_output": "escape",
        "extra_float_digits": "0",
    },
    "mysql": {
        "autocommit": 0,
        "transaction_isolation": "SERIALIZABLE",
        "sql_require_primary_key": 1,
        "default_storage_engine": "MyISAM",
        "character_set_server": "latin1",
        "collation_server": "latin1_german1_ci",
        "explicit_defaults_for_timestamp": 0,
        "time_zone": "+05:00",
        "sql_mode": "ANSI_QUOTES,NO_BACKSLASH_ESCAPES",
    },
    "mariadb": {
        "autocommit": 0,
        "tx_isolation": "SERIALIZABLE",
        "default_storage_engine": "MyISAM",
        "character_set_server": "latin1",
        "collation_server": "latin1_german1_ci",
        "explicit_defaults_for_timestamp": 0,
        "time_zone": "+05:00",
        "sql_mode": "ANSI_QUOTES,NO_BACKSLASH_ESCAPES",
    },
}
MEANT = """CREATE TABLE meant (
    id INTEGER PRIMARY KEY, content VARCHAR(20) NOT NULL, at TIMESTAMP(6) NOT NULL, other TIMESTAMP(6)
);
INSERT INTO meant VALUES (1, '{text} ''ø''' || '漢', '2026-01-02 03:04:05.678901', NULL);
"""


@ASYNC
@pytest.mark.fault("R66")
@pytest.mark.only("mysql", "mariadb")
async def test_a_variants_table_of_the_servers_own_engine_is_known_to_hold_no_transactions(url: str, tmp_path: Path) -> None:
    files = {"V1__first.sql": "CREATE TABLE first (id INTEGER);", "V2__rows.sql": "INSERT INTO first VALUES (1);"}
    rows = "INSERT INTO my VALUES (1);\nINSERT INTO nowhere VALUES (1);"
    folder = write_set(tmp_path / "my", {**files, "V3__my.mysql.sql": "CREATE TABLE my (id INTEGER);", "V4__rows.sql": rows})
    async with settings(url, "mysql", {"default_storage_engine": "MyISAM"}):
        with pytest.raises(MigrationFailed, match="table my uses an engine without transactions"):
            await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT count(*) AS n FROM my") == 0


@ASYNC
@pytest.mark.fault("R65", "R66")
@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_server_with_unusual_settings_gets_the_same_from_the_same_files(url: str, database: str, tmp_path: Path) -> None:
    # On PostgreSQL a backslash is a plain character; with the old default it was an escape.
    text = r"a\b" if database == "postgresql" else "ab"
    meant = write_set(tmp_path / "meant", {"V1__m.sql": MEANT.format(text=text)})
    async with settings(url, database, ODD[database]):
        before = datetime.now(UTC)
        await migrate(url, AUTH, CHAT, meant)
        assert (await migrate(url, AUTH, CHAT, meant)).applied == ()
        for one in await info(url, AUTH, CHAT, meant):
            assert one.applied is not None
            assert before - timedelta(seconds=2) < one.applied.installed_on < datetime.now(UTC) + timedelta(seconds=2)
        async with DatabaseManager(url) as db_manager:
            (row,) = await db_manager.fetch_all("SELECT id, content, at, other FROM meant")
            # The session overrides the old default, under which every UPDATE changes the first TIMESTAMP.
            await db_manager.execute("UPDATE meant SET content = 'x'")
            if database != "postgresql":
                others = "table_schema = DATABASE() AND engine <> 'InnoDB'"
                count = f"SELECT count(*) AS n FROM information_schema.tables WHERE {others}"
                assert await db_manager.fetch_value(count) == 0
        async with DatabaseManager(url) as db_manager:
            (later,) = await db_manager.fetch_all("SELECT content, at FROM meant")
    at = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
    assert row == {"id": 1, "content": f"{text} 'ø'漢", "at": at, "other": None}
    assert later == {"content": "x", "at": at}
