"""`python main.py` and uvicorn: what a start logs and serves, and how a failed one ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.application import web
from tests.application.marks import ANY_SERVER
from tests.conftest import run_sql
from tests.files import AUTH, ROOT
from tests.patience import PATIENCE
from tests.warm import WarmProcess
from whimbrel import DatabaseManager

BROKEN = """
from starlette.applications import Starlette
from whimbrel import lifespan
app = Starlette(lifespan=lifespan({url!r}, {folder!r}))
"""
RULES = """
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from database import initialize_chat_schema, initialize_database
from whimbrel import DatabaseManager

@asynccontextmanager
async def lifespan(app):
    async with DatabaseManager({url!r}) as db_manager:
        await initialize_chat_schema(db_manager)
        yield

app = Starlette(lifespan=lifespan)
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(
    command: list[str], url: str, folder: Path, start: type[subprocess.Popen[str]] = WarmProcess
) -> Iterator[tuple[str, subprocess.Popen[str], Path]]:
    """Run a server until the block ends; yield its address, its process and its log file.

    `start=subprocess.Popen` starts an interpreter of its own, for tests that show what a new one does.
    """
    port = free_port()
    said = folder / "said.txt"
    environment = {**os.environ, "DATABASE_URL": url, "PORT": str(port), "PYTHONPATH": f"{folder}:{ROOT}"}
    with (
        said.open("w") as output,
        start(
            [*command, *(["--port", str(port)] if "uvicorn" in command else [])],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            yield f"http://127.0.0.1:{port}", process, said
        finally:
            process.terminate()
            process.wait(PATIENCE)


def wait_until_ready(address: str, process: subprocess.Popen[str], said: Path, times: int = 1) -> httpx.Response:
    """Return the answer of a ready application. Each worker becomes ready separately, so `times` successive answers must come
    from ready workers.
    """
    deadline, ready = time.monotonic() + PATIENCE, 0
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            answer = web.get(f"{address}/health/ready")
            ready = ready + 1 if answer.status_code == 200 else 0
            if ready == times:
                return answer
        time.sleep(0 if ready else 0.05)
    raise AssertionError(said.read_text())


def test_a_first_start_logs_the_applied_files_and_a_second_logs_that_nothing_is_pending(url: str, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "main.py")]
    with serving(command, url, tmp_path, subprocess.Popen) as (address, process, said):
        assert wait_until_ready(address, process, said).json() == {"status": "ready"}
        assert web.get(f"{address}/health/live").json() == {"status": "live"}
        text = said.read_text()
    for expected in (
        "applied auth/V001__users_and_sessions.sql, 4 statements",
        "applied chat/V001",
        "8 applied, 0 before",
        address,
    ):
        assert expected in text
    with serving(command, url, tmp_path) as (address, process, said):
        wait_until_ready(address, process, said)
        lines = said.read_text().split("\n")
    assert [line for line in lines if "applied" in line] == [
        line for line in lines if line.startswith("nothing to do, 8 applied")
    ]
    assert sum("nothing to do" in line for line in lines) == 1


# Each worker is an interpreter of its own, which imports the application. On the servers, test_start.py starts four workers on an
# empty database, and on PostgreSQL test_walk.py those of this application.
@pytest.mark.only("sqlite")
def test_four_workers_share_the_work(url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "uvicorn", "main:app", "--workers", "4"]
    with serving(command, url, tmp_path) as (address, process, said):
        assert wait_until_ready(address, process, said).status_code == 200
    import asyncio

    async def count() -> int:
        async with DatabaseManager(url) as db_manager:
            return int(await db_manager.fetch_value("SELECT COUNT(*) AS n FROM whimbrel_history"))

    assert asyncio.run(count()) == 8


@pytest.mark.parametrize("workers", [[], pytest.param(["--workers", "4"], marks=ANY_SERVER)])
def test_a_failed_start_ends_the_process_with_the_message_and_not_with_0(url: str, tmp_path: Path, workers: list[str]) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "V1__a.sql").write_text("SELECT 1;\nSELEC 2;\n")
    (tmp_path / "broken.py").write_text(BROKEN.format(url=url, folder=str(tmp_path / "bad")))
    with serving([sys.executable, "-m", "uvicorn", "broken:app", *workers], url, tmp_path) as (_, process, said):
        assert process.wait(PATIENCE) != 0
        assert "bad/V1__a.sql:2:1: statement 2 of 2 (SELEC) failed" in said.read_text()
    assert process_group_is_gone(tmp_path)


def process_group_is_gone(folder: Path) -> bool:
    """Wait until every worker with this folder has ended, and return whether it has."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        left = [
            entry
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and _cwd(entry) == folder and int(entry.name) != os.getpid()
        ]
        if not left:
            return True
        time.sleep(0.1)
    return False


def _cwd(process: Path) -> Path | None:
    try:
        return (process / "cwd").readlink()
    except OSError:
        return None


REFUSED = (
    r"chat/V001__chat_history\.sql:[0-9]+:1: CREATE TABLE IF NOT EXISTS: table chat_sessions exists already, "
    "without the columns id, user_id"
)


@pytest.mark.parametrize(("workers", "code"), [("1", 3), pytest.param("2", -signal.SIGALRM, marks=ANY_SERVER)])
def test_main_answers_with_the_exit_code_of_the_failure(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: str, code: int
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", workers)
    run_sql(url, "CREATE TABLE chat_sessions (other INTEGER)")
    with serving([sys.executable, str(ROOT / "main.py")], url, tmp_path) as (_, process, said):
        assert process.wait(PATIENCE) == code
        assert re.search(REFUSED, said.read_text())
    assert process_group_is_gone(tmp_path)


# The message and the exit code of a failed start are shown everywhere above.
@ANY_SERVER
def test_a_failing_initialize_stops_the_start_with_the_same_message(url: str, tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(RULES.format(url=url))
    run_sql(url, "CREATE TABLE chat_sessions (other INTEGER)")
    with serving([sys.executable, "-m", "uvicorn", "rules:app"], url, tmp_path) as (_, process, said):
        assert process.wait(PATIENCE) != 0
        assert re.search(REFUSED, said.read_text())


def run_without(packages: list[str], code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python code that cannot import these packages."""
    lacking = f"import sys; sys.modules.update(dict.fromkeys({packages!r})); {code}"
    return subprocess.run([sys.executable, "-c", lacking, *words], capture_output=True, text=True, cwd=ROOT, check=False)


def test_a_missing_driver_is_reported_with_the_package_to_install(database: str) -> None:
    driver = {"postgresql": "asyncpg", "sqlite": "aiosqlite"}.get(database, "aiomysql")
    words = ("migrate", "--url", f"{database}://{'' if database == 'sqlite' else 'u:p@localhost/x'}", "--sql", AUTH, "--json")
    done = run_without([driver], "from whimbrel.cli import main; sys.exit(main(sys.argv[1:]))", *words)
    assert done.returncode == 2
    told = f"{database}:// needs {driver}, which is not installed; run: pip install {driver}"
    assert json.loads(done.stdout)["error"]["message"] == told


@pytest.mark.parametrize(
    ("code", "packages", "told"),
    [
        (
            "import main",
            ["argon2", "fastapi"],
            "main.py needs argon2-cffi and fastapi, which are not installed; run: pip install",
        ),
        ("import main", ["uvicorn"], "main.py needs uvicorn, which is not installed; run: pip install uvicorn"),
        ("import application", ["fastapi"], "application needs fastapi, which is not installed;"),
        (
            "import database.repositories.chat_sessions",
            ["pydantic"],
            "database.repositories needs pydantic, which is not installed;",
        ),
        ("import database.repositories.chatkit_store", ["chatkit"], "ChatKitStore needs openai-chatkit, which is not installed;"),
    ],
)
def test_a_missing_optional_package_is_reported_with_the_command_to_install_it(code: str, packages: list[str], told: str) -> None:
    done = run_without(packages, code)
    assert (done.returncode, told in done.stderr) == (2 if code == "import main" else 1, True), done.stderr
    assert code != "import main" or done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=ANY_SERVER)])
def test_a_stopped_server_exits_cleanly(url: str, tmp_path: Path, number: signal.Signals) -> None:
    with serving([sys.executable, str(ROOT / "main.py")], url, tmp_path) as (address, process, said):
        wait_until_ready(address, process, said)
        process.send_signal(number)
        assert process.wait(PATIENCE) in (0, -signal.SIGTERM)
        assert "Traceback" not in said.read_text()


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [("PORT", value, "a port") for value in ("abc", "99999", "-1")]
    + [("WEB_CONCURRENCY", value, "a number of workers") for value in ("abc", "0", "-1")],
)
def test_an_invalid_setting_is_reported(tmp_path: Path, name: str, value: str, what: str) -> None:
    environment = {**os.environ, name: value}
    command = [sys.executable, str(ROOT / "main.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert (done.returncode, done.stderr) == (2, f"{name}={value} is not {what}\n")
