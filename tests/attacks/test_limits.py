"""Time limits of the manager: the caller always gets a Whimbrel error within the limit."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from time import monotonic

import pytest

from tests.attacks.test_cancellations import count_sessions
from tests.faults.silence import silence_before
from tests.listener import listening
from whimbrel import DatabaseBusy, DatabaseManager, DatabaseUnreachable, StatementTimeout, WhimbrelError
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio
SERVERS = ("postgresql", "mysql", "mariadb")
FOREVER = {
    "postgresql": "SELECT pg_sleep(600)",
    "mysql": "SELECT SLEEP(600)",
    "mariadb": "SELECT SLEEP(600)",
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n",
}
# How long a limit of a second may take on a busy machine; without the limit these tests would take minutes.
ENOUGH = 30


def limited(url: str, statement: float = 1, opening: float = 1) -> DatabaseManager:
    return DatabaseManager(url, pool_size=2, connect_timeout=opening, acquire_timeout=opening, statement_timeout=statement)


@asynccontextmanager
async def mute(greeting: bytes = b"") -> AsyncIterator[str]:
    """Run a server that accepts connections and sends only the greeting; yield host and port."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()  # until the client has gone

    async with listening(greet) as listener:
        yield f"127.0.0.1:{listener.port}"


async def test_a_statement_over_its_limit_ends_on_the_server_and_the_pool_stays_intact(url: str, database: str) -> None:
    async with limited(url, opening=10) as db_manager:
        for _ in range(2):
            with pytest.raises(StatementTimeout, match="statement_timeout"):
                await db_manager.fetch_value(FOREVER[database])
        async with asyncio.timeout(ENOUGH):
            assert await asyncio.gather(*(db_manager.fetch_value("SELECT 1") for _ in range(4))) == [1] * 4
        if database in SERVERS:
            async with DatabaseManager(url, pool_size=1) as other:
                running = {
                    "postgresql": "SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE '%sleep(600)%' AND state = 'active' "
                    "AND pid <> pg_backend_pid() AND datname = current_database()",
                }.get(
                    database,
                    "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(600' AND db = DATABASE()",
                )
                assert await other.fetch_value(running) == 0


async def test_inside_a_transaction_the_time_limit_rolls_back_everything(url: str, database: str) -> None:
    async with limited(url, opening=10) as db_manager:
        await db_manager.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        with pytest.raises(StatementTimeout):
            async with db_manager.transaction():
                await db_manager.execute("INSERT INTO t (id) VALUES (1)")
                await db_manager.fetch_value(FOREVER[database])
        assert await db_manager.fetch_value("SELECT COUNT(*) FROM t") == 0


async def test_the_limits_of_the_address_are_those_of_the_manager(url: str, database: str) -> None:
    async with DatabaseManager(f"{url}?socket_timeout=0.5") as db_manager:
        with pytest.raises(StatementTimeout, match=r"0\.5 s"):
            await db_manager.fetch_value(FOREVER[database])


async def test_a_script_has_no_limit(url: str, database: str) -> None:
    slow = {
        "postgresql": "SELECT pg_sleep(1)",
        "sqlite": "CREATE TABLE s AS "
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT i FROM n",
    }
    async with limited(url, 0.2, 10) as db_manager:
        assert (await db_manager.execute_script(slow.get(database, "DO SLEEP(1)"))).success


@pytest.mark.only(*SERVERS)
@pytest.mark.parametrize("greeting", [b"", b"N", b"\x4a\x00\x00\x00\x0a9.7.0\x00"], ids=["silent", "one byte", "half a greeting"])
async def test_a_server_that_is_silent_after_accept_is_unreachable(url: str, greeting: bytes) -> None:
    async with mute(greeting) as where:
        started = monotonic()
        with pytest.raises(DatabaseUnreachable):
            await limited(f"{url.partition('://')[0]}://root@{where}/x").connect()
        assert monotonic() - started < ENOUGH


@pytest.mark.only(*SERVERS)
async def test_a_silent_server_costs_at_most_the_time_limit_and_its_connection_is_dropped(url: str, database: str) -> None:
    async with silence_before(url) as (through, silence):
        db_manager = limited(through, opening=4)
        await db_manager.connect()
        silence.fall()
        for _ in range(3):
            started = monotonic()
            with pytest.raises(WhimbrelError):
                await db_manager.fetch_value("SELECT 1")
            assert monotonic() - started < ENOUGH
        silence.fell = False
        async with asyncio.timeout(ENOUGH):
            while not await answers(db_manager):
                await asyncio.sleep(0.05)
        assert await asyncio.gather(*(db_manager.fetch_value("SELECT 1") for _ in range(4))) == [1] * 4
        assert await count_sessions(db_manager, database) >= 1
        await db_manager.close()


async def answers(db_manager: DatabaseManager) -> bool:
    with suppress(WhimbrelError):
        return bool(await db_manager.fetch_value("SELECT 1") == 1)
    return False


@pytest.mark.only(*SERVERS)
async def test_a_server_that_falls_silent_in_a_transaction_keeps_the_applications_exception(url: str) -> None:
    async with silence_before(url) as (through, silence):
        db_manager = limited(through, opening=4)
        await db_manager.connect()
        started = monotonic()
        with pytest.raises(LookupError):
            async with db_manager.transaction():
                await db_manager.fetch_value("SELECT 1")
                silence.fall()
                raise LookupError
        assert monotonic() - started < ENOUGH
        await db_manager.close()


@pytest.mark.only("postgresql")
async def test_a_hanging_name_server_does_not_exceed_the_time_limit(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: released.wait(60) and [])
    started = monotonic()
    try:
        with pytest.raises(DatabaseUnreachable, match="no answer within 1 s"):
            await limited(f"{url.partition('://')[0]}://root@db.example.org/x").connect()
        assert monotonic() - started < ENOUGH
    finally:
        released.set()


@contextmanager
def held_by_another(url: str) -> Iterator[None]:
    """Hold the lock of SQLite's file until the block ends."""
    with closing(sqlite3.connect(parse_url(url).database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("COMMIT")


@pytest.mark.only("sqlite")
async def test_a_file_locked_by_another_process_raises_an_error_in_time(url: str) -> None:
    async with limited(url, opening=10) as db_manager:
        await db_manager.execute("CREATE TABLE t (id INTEGER)")
        with held_by_another(url):
            with pytest.raises(DatabaseBusy):
                await db_manager.execute("INSERT INTO t (id) VALUES (1)")
            with pytest.raises(DatabaseBusy):
                async with db_manager.transaction():
                    raise AssertionError("the transaction began")
        assert await db_manager.execute("INSERT INTO t (id) VALUES (1)") == 1


@pytest.mark.only("sqlite")
async def test_a_time_limit_that_comes_before_the_patience_names_the_lock(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a loaded machine the limit may come first even though the patience is shorter.
    monkeypatch.setattr("whimbrel.dialects.sqlite.pool.lock_patience", lambda _: 60.0)
    async with limited(url, statement=0.5, opening=10) as db_manager:
        await db_manager.execute("CREATE TABLE t (id INTEGER)")
        with held_by_another(url), pytest.raises(DatabaseBusy):
            await db_manager.execute("INSERT INTO t (id) VALUES (1)")
        assert await db_manager.execute("INSERT INTO t (id) VALUES (1)") == 1


@pytest.mark.only("sqlite")
async def test_a_slow_rollback_finishes_and_its_connection_is_not_lent_closed(url: str) -> None:
    many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) INSERT INTO t (id) SELECT i FROM n"
    async with DatabaseManager(url, pool_size=1) as db_manager:
        await db_manager.execute("CREATE TABLE t (id INTEGER)")

        async def work() -> None:
            async with db_manager.transaction():
                await db_manager.execute(many)
                raise LookupError

        for moment in (None, 0.0, 0.001, 0.01):
            task = asyncio.create_task(work())
            if moment is not None:
                await asyncio.sleep(0.2 + moment)
                task.cancel()
            with pytest.raises((LookupError, asyncio.CancelledError)):
                await task
            assert await db_manager.fetch_value("SELECT COUNT(*) FROM t") == 0
