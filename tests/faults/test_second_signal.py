"""A second signal ends the process even if the server does not answer, or if a web server is starting."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from time import monotonic

import pytest

from tests.faults.conftest import Figure
from tests.faults.ledger import judge
from tests.faults.pace import set_pace, write_slow
from tests.faults.silence import silence_before
from tests.faults.test_cancel import SECONDS, command, end_of
from tests.faults.watch import end_sessions, until_at_work, until_quiet
from tests.files import ROOT
from tests.patience import PATIENCE, until
from tests.warm import warm
from whimbrel import State, info, migrate

pytestmark = [pytest.mark.asyncio, pytest.mark.fault("R27")]

APPLICATION = """
from starlette.applications import Starlette
from whimbrel import lifespan
app = Starlette(lifespan=lifespan({url!r}, {folder!r}))
"""


async def finish(url: str, folder: str) -> None:
    """Finish the interrupted work, and check the result."""
    # On MySQL and MariaDB, the statement would go on for seconds of the server's processor.
    await end_sessions(url)
    await until_quiet(url, PATIENCE)
    await asyncio.to_thread(set_pace, url, 0)
    await migrate(url, folder)
    await judge(url, 1)


@pytest.mark.only("postgresql", "mysql", "mariadb")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_that_does_not_answer_keeps_the_process_no_longer_than_5_seconds(
    url: str, database: str, tmp_path: Path, number: signal.Signals
) -> None:
    await asyncio.to_thread(set_pace, url, 4)
    folder = write_slow(tmp_path / "slow", database, 1)
    async with silence_before(url) as (through, silence):
        process = command(through, folder)
        await until_at_work(url, "FROM pace")
        silence.fall()
        process.send_signal(number)
        assert await end_of(process) == 130
    await finish(url, folder)


@pytest.mark.only("postgresql", "mysql", "mariadb")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_the_process_at_once_also_when_the_server_does_not_answer(
    url: str, database: str, tmp_path: Path, number: signal.Signals
) -> None:
    await asyncio.to_thread(set_pace, url, 4)
    folder = write_slow(tmp_path / "slow", database, 1)
    async with silence_before(url) as (through, silence):
        process = command(through, folder)
        await until_at_work(url, "FROM pace")
        silence.fall()
        process.send_signal(number)
        # Two pending signals of one kind count as one.
        await until(lambda: has_taken(process, number))
        assert process.poll() is None
        process.send_signal(number)
        assert await end_of(process) == 128 + number
    await finish(url, folder)


async def test_two_signals_at_once_end_the_process_and_the_next_run_finishes(url: str, database: str, tmp_path: Path) -> None:
    await asyncio.to_thread(set_pace, url, 4)
    folder = write_slow(tmp_path / "slow", database, 1)
    process = command(url, folder)
    await until_at_work(url, "FROM pace")
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    try:
        _, said = await asyncio.to_thread(process.communicate, timeout=SECONDS)
    finally:
        process.kill()
    # 130: the second ended it at once, or came when it had ended; 143: the second was seen first. By the system's own SIGINT it
    # ends if the second comes so late that the run is cancelled, its connection closed, the signals are Python's again and the
    # interpreter is being taken down: nothing is left to lose, it has been told, and a shell calls that end 130 too.
    told_and_over = process.returncode == -signal.SIGINT and "interrupted;" in said
    assert process.returncode in (130, 128 + signal.SIGTERM) or told_and_over, (process.returncode, said)
    await finish(url, folder)


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]], ids=["alone", "two workers"])
async def test_uvicorn_that_is_told_to_stop_while_the_start_migrates_stops(
    url: str, database: str, tmp_path: Path, figure: Figure, workers: list[str]
) -> None:
    await asyncio.to_thread(set_pace, url, 2 * SECONDS)
    folder = write_slow(tmp_path / "slow", database, 1)
    (tmp_path / "served.py").write_text(APPLICATION.format(url=url, folder=folder))
    process = serve(tmp_path, "-m", "uvicorn", "served:app", "--port", "0", *workers)
    await until_at_work(url, "FROM pace")
    process.send_signal(signal.SIGTERM)
    told = monotonic()
    await end_of(process)
    # uvicorn's workers outlive their parent by little.
    await until(lambda: nobody_works_in(tmp_path), SECONDS - (monotonic() - told))
    await until_quiet(url, SECONDS - (monotonic() - told))
    figure("seconds from SIGTERM to the end of uvicorn", f"{monotonic() - told:.1f}")
    await finish(url, folder)


async def test_uvicorn_that_is_told_to_stop_before_it_migrates_does_not_begin(url: str, database: str, tmp_path: Path) -> None:
    await asyncio.to_thread(set_pace, url, 2 * SECONDS)
    folder = write_slow(tmp_path / "slow", database, 1)
    told = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n"
    (tmp_path / "served.py").write_text(told + APPLICATION.format(url=url, folder=folder))
    # A worker does this, and so does every uvicorn that imports the application after installing its own handlers.
    program = "import uvicorn; uvicorn.Server(uvicorn.Config('served:app', port=0)).run()"
    await end_of(serve(tmp_path, "-c", program))
    assert [one.state for one in await info(url, folder)] == [State.PENDING]


def serve(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start Python with the application of the folder."""
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{ROOT}"}
    with (folder / "said.txt").open("w") as said:
        return warm(*words, cwd=folder, env=environment, stdout=said, stderr=said)


async def has_taken(process: subprocess.Popen[str], number: signal.Signals) -> bool:
    """Whether the process has received the signal."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    waiting = [int(line.split()[1], 16) for line in lines if line.startswith(("SigPnd:", "ShdPnd:"))]
    return not any(mask >> (number - 1) & 1 for mask in waiting)


async def nobody_works_in(folder: Path) -> bool:
    """Whether no process has this working directory."""
    return not any(_works_in(entry, folder) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False
