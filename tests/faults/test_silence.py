"""A server is stopped during a statement: the run gives it up in time, or continues. Behind a pooler the run never gives up."""

import asyncio
import logging
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest

from tests.attacks.test_silence import LIVING, SECONDS, SILENT, finish, seen, write_slow
from tests.conftest import run_sql
from tests.faults.watch import until_at_work
from tests.servers import Server, running
from tests.servers.pgbouncer import in_front_of
from tests.servers.server import variable
from whimbrel import DatabaseManager, MigrationFailed, migrate
from whimbrel.dialects.connection import Connection
from whimbrel.dialects.watched import Pace

pytestmark = [pytest.mark.asyncio, pytest.mark.fault("R70")]


@pytest.fixture(scope="module")
def own(database: str) -> Iterator[Server]:
    """A server of this test alone, which may be stopped."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv(variable(database), raising=False)
        with running(database) as server:
            yield server


@pytest.fixture
def empty(own: Server, database: str) -> str:
    drop = "DROP DATABASE IF EXISTS stopped" + (" WITH (FORCE)" if database == "postgresql" else "")
    run_sql(own.url, drop, "CREATE DATABASE stopped")
    return f"{own.url.rpartition('/')[0]}/stopped"


@contextmanager
def stopped(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stop all processes of the server until the block ends."""
    server.send_signal(signal.SIGSTOP)
    threads = Path(f"/proc/{server.pid}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    for child in children:
        os.kill(child, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in (*children, server.pid):
            os.kill(process, signal.SIGCONT)


@pytest.mark.only("postgresql", "mysql", "mariadb")
@pytest.mark.parametrize("in_time", [True, False], ids=["thaws in time", "does not"])
async def test_a_server_that_is_stopped_in_a_statement_applies_it_once(
    own: Server,
    empty: str,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    in_time: bool,
) -> None:
    patient = Pace(after=0.2, longest=0.2, limit=2, attempt=SECONDS, again=SECONDS)
    monkeypatch.setattr(Connection, "pace", patient if in_time else SILENT)
    folder = write_slow(tmp_path / "slow", database, 2)
    run = asyncio.create_task(migrate(empty, folder))
    await until_at_work(empty, "sleep(2")
    assert own.process is not None
    with stopped(own.process):
        async with asyncio.timeout(SECONDS):
            if in_time:
                await seen(caplog, "does not answer a second connection", 1)
            else:
                with pytest.raises(MigrationFailed, match="does not answer a second connection"):
                    await run
    if in_time:
        assert len((await run).applied) == 3
    await finish(empty, folder)


@pytest.mark.only("postgresql")
@pytest.mark.fault("R07")
async def test_a_statement_that_has_the_poolers_last_server_is_not_ended(
    url: str,
    database: str,
    servers: dict[str, Server],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "whimbrel")
    with in_front_of(servers["postgresql"]) as pooler:
        pooled = f"{pooler.url.rpartition('/')[0]}/{url.rpartition('/')[2]}"
        monkeypatch.setattr(Connection, "pace", LIVING._replace(limit=3, attempt=3))
        folder = write_slow(tmp_path / "slow", database, 4)
        run = asyncio.create_task(migrate(pooled, folder))
        await until_at_work(url, "sleep(4")
        async with AsyncExitStack() as stack:
            # The other two of the pooler's three servers are in transactions: a question would have to wait.
            for _ in range(2):
                manager = await stack.enter_async_context(DatabaseManager(pooled, pool_size=1))
                await stack.enter_async_context(manager.transaction())
                await manager.fetch_value("SELECT 1")
            assert len((await run).applied) == 3
    assert caplog.text.count("over a second connection: the server answers") >= 3
    assert "does not" not in caplog.text
