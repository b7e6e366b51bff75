"""Measure the time that the fixtures of whimbrel.testing add to each test, with pytest in a project of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.tables import Table
from tests.conftest import run_sql
from tests.servers import ServerUnavailable, running
from whimbrel.url import DATABASES

ROOT = Path(__file__).parent.parent
TESTS = 30
_CONFTEST = """
import json, pathlib, pytest
from database.testing import chat_manager
from database.schemas import sql_folder
from whimbrel import DatabaseManager, migrate

FOLDERS = [sql_folder("auth"), sql_folder("chat")]
spent = {}

@pytest.fixture(scope="session")
def whimbrel_folders():
    return FOLDERS

def pytest_runtest_logreport(report):
    spent.setdefault(report.nodeid, {})[report.when] = report.duration

def pytest_sessionfinish():
    pathlib.Path("spent.json").write_text(json.dumps(spent))
"""
_TESTS = f"""
from datetime import UTC, datetime
import pytest

pytestmark = pytest.mark.asyncio
USER = "INSERT INTO users (id, email, username, hashed_password, created_at) VALUES ('1', 'a', 'a', 'x', :now)"

# Each writes, so that there is something to undo.
@pytest.mark.parametrize("number", range({TESTS}))
async def test_copy(whimbrel_manager, number):
    await whimbrel_manager.execute(USER, {{"now": datetime.now(UTC)}})

@pytest.mark.parametrize("number", range({TESTS}))
async def test_chat(chat_manager, number):
    await chat_manager.execute(USER, {{"now": datetime.now(UTC)}})
"""


def tables() -> Iterator[Table]:
    """Measure on the databases that can be started."""
    yield Table(
        f"Fixtures of pytest, median of {TESTS} tests that write a row, with the auth and chat schemas",
        "ms of the clock on the wall, not of this process's processor: it is mostly the server that works. The last two columns\n"
        "are of the fixture that drops the chat tables and makes them anew, chat_manager.",
        ("database", "set-up", "tear-down", "drop and recreate", "x set-up"),
        [_row(database) for database in DATABASES],
    )


def _row(database: str) -> list[str | float | None]:
    try:
        with _address(database) as url, TemporaryDirectory() as folder:
            return [database, *_measure(url, Path(folder))]
    except ServerUnavailable:
        return [database, None, None, None, None]


def _measure(url: str, folder: Path) -> list[float | None]:
    (folder / "conftest.py").write_text(_CONFTEST)
    (folder / "test_it.py").write_text(_TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    known = {entry.name for entry in entry_points(group="pytest11")}
    plugin = [] if "whimbrel" in known else ["-p", "whimbrel.testing"]
    command = [sys.executable, "-m", "pytest", "-q", *plugin, "--whimbrel-url", url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    spent = json.loads((folder / "spent.json").read_text())

    def milliseconds(test: str, when: str) -> float:
        # The first test is left out, because its set-up makes the template.
        return 1000.0 * float(median([each[when] for name, each in spent.items() if f"::{test}[" in name][1:]))

    copy, chat = milliseconds("test_copy", "setup"), milliseconds("test_chat", "setup")
    return [copy, milliseconds("test_copy", "teardown"), chat, chat / copy]


@contextmanager
def _address(database: str) -> Iterator[str]:
    if database == "sqlite":
        yield "sqlite://"
        return
    with running(database) as server:
        name = f"test_plugin_{os.getpid()}"
        run_sql(server.url, f"CREATE DATABASE {name}")
        try:
            yield f"{server.url.rpartition('/')[0]}/{name}"
        finally:
            run_sql(server.url, f"DROP DATABASE {name}")
