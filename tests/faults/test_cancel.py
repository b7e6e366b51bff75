"""A run is cancelled at any moment: the server stops, nothing is kept, and an ordinary run finishes the work, applying
everything once.
"""

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from types import SimpleNamespace

import pytest

from tests.faults.conftest import Figure
from tests.faults.ledger import judge
from tests.faults.pace import set_pace, write_slow
from tests.faults.watch import until_quiet
from tests.files import ROOT
from tests.patience import PATIENCE, until
from tests.warm import warm
from whimbrel import DatabaseManager, lifespan, migrate
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio

# The time that the requirement allows between signal and end on an idle machine; on a loaded machine, it is still less than the
# duration of the statement.
SECONDS = 5.0 if os.environ.get("FAULTS") == "full" else PATIENCE


def command(url: str, folder: str, *words: str) -> subprocess.Popen[str]:
    """Start `python -m whimbrel migrate`."""
    arguments = ["-m", "whimbrel", "migrate", "--url", url, "--sql", folder, *words]
    return warm(*arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


async def until_interruptible(process: subprocess.Popen[str]) -> None:
    """Wait until the process handles SIGTERM itself; before that it has done nothing, and any signal ends it."""

    async def handles() -> bool:
        assert process.poll() is None, process.communicate()
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (signal.SIGTERM - 1) & 1)

    await until(handles)


async def end_of(process: subprocess.Popen[str], seconds: float = SECONDS) -> int:
    """The exit code of a process that has to end within the seconds."""
    try:
        return await asyncio.to_thread(process.wait, seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    finally:
        process.communicate()


async def by_signal(url: str, folder: str, moment: float, number: signal.Signals) -> bool:
    process = command(url, folder)
    await until_interruptible(process)
    await asyncio.sleep(moment)
    process.send_signal(number)
    code = await end_of(process)
    assert code in (0, 130)
    return code == 130


async def by_sigterm(url: str, folder: str, moment: float) -> bool:
    return await by_signal(url, folder, moment, signal.SIGTERM)


async def by_sigint(url: str, folder: str, moment: float) -> bool:
    return await by_signal(url, folder, moment, signal.SIGINT)


async def by_timeout(url: str, folder: str, moment: float) -> bool:
    started = monotonic()
    try:
        async with asyncio.timeout(moment):
            await migrate(url, folder)
    except TimeoutError:
        assert monotonic() - started < moment + SECONDS
        return True
    return False


async def by_cancelled_lifespan(url: str, folder: str, moment: float) -> bool:
    async def start() -> None:
        async with lifespan(url, folder)(SimpleNamespace(state=SimpleNamespace())):
            pass

    task = asyncio.create_task(start())
    await asyncio.sleep(moment)
    task.cancel()
    _, pending = await asyncio.wait([task], timeout=SECONDS)
    assert not pending
    return task.cancelled()


Means = Callable[[str, str, float], Awaitable[bool]]


@pytest.mark.fault("R14", "R27")
@pytest.mark.parametrize("means", [by_sigterm, by_sigint, by_timeout, by_cancelled_lifespan])
async def test_cancelled_at_a_random_moment_the_work_is_undone_or_goes_on_and_nothing_is_kept(
    url: str, database: str, tmp_path: Path, full: bool, figure: Figure, means: Means
) -> None:
    rounds, latest = (13, 2.5) if full else (2, 0.8)
    interrupted, slowest = 0, 0.0
    for version in range(1, rounds + 1):
        # The statement takes longer than the allowed time, so that no server finishes it in time.
        await asyncio.to_thread(set_pace, url, *random.choice([(2 * SECONDS, 0), (0, 2 * SECONDS)]))
        folder = write_slow(tmp_path / "slow", database, version)
        interrupted += await means(url, folder, random.uniform(0, latest))
        started = monotonic()
        await until_quiet(url, SECONDS)
        slowest = max(slowest, monotonic() - started)
        await asyncio.to_thread(set_pace, url, 0)
        await migrate(url, folder)
        await judge(url, version)
    figure(means.__name__, f"{interrupted} of {rounds} cut short, quiet after {slowest:.2f} s at most")
    assert interrupted


@pytest.mark.fault("R14")
@pytest.mark.only("postgresql")
async def test_a_cancellation_that_is_quicker_than_its_statement_is_not_forgotten(url: str, database: str) -> None:
    connection = await find_dialect(parse_url(url)).connect(parse_url(url))
    server = await connection.fetch_value("SELECT pg_backend_pid()")

    async def work() -> None:
        async with connection.transaction():
            # So the server gets the request to cancel before it has read the statement.
            os.kill(server, signal.SIGSTOP)
            await connection.run("SELECT pg_sleep(20)")

    task = asyncio.create_task(work())
    try:
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.sleep(0.3)
    finally:
        os.kill(server, signal.SIGCONT)
    await asyncio.wait([task])
    await connection.close()
    assert task.cancelled()
    await until_quiet(url, SECONDS)


@pytest.mark.fault("R14")
@pytest.mark.only("mysql", "mariadb")
async def test_a_cancellation_between_two_statements_of_a_message_is_not_forgotten(url: str, database: str) -> None:
    # One request in twenty comes at a moment when the server forgets it. A few end the message there without an error to the
    # client.
    message = ["SET @x = 1"] * 500 + ["CREATE TABLE slow AS SELECT SLEEP(2) AS slept"]
    for _ in range(50):
        connection = await find_dialect(parse_url(url)).connect(parse_url(url))
        sending = asyncio.create_task(connection.send(message))
        await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait([sending])
        await connection.close()
        assert sending.cancelled()
        # SLEEP returns 1 if it is cut short, and its statement may then still come to its end.
        async with DatabaseManager(url) as db_manager:
            await db_manager.execute("CREATE TABLE IF NOT EXISTS slow (slept INTEGER)")
            assert await db_manager.fetch_all("SELECT slept FROM slow WHERE slept = 0") == []
            await db_manager.execute("DROP TABLE slow")
