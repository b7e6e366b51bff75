"""The start of an application: the process that applies the migrations, the answers meanwhile, the address, and the framework."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.application import web
from tests.application.applications import write_application
from tests.application.marks import ANY_SERVER, ONCE
from tests.application.test_main import process_group_is_gone, serving, wait_until_ready
from tests.conftest import run_sql
from tests.databases import count_tables
from tests.files import write_set
from tests.patience import PATIENCE, wait_until
from whimbrel import migrate
from whimbrel.session.connect import open_session

UVICORN = [sys.executable, "-m", "uvicorn", "--log-config", "log.json", "served:app"]
LOGGING = """{"version": 1, "disable_existing_loggers": false, "formatters": {"plain": {"format": "%(message)s"}},
"handlers": {"all": {"class": "logging.StreamHandler", "formatter": "plain"}}, "root": {"level": "INFO", "handlers": ["all"]}}"""
# One of several workers starts with mode="check", which fails; the others wait.
FIRST = """
try:
    open("first.txt", "x").close()
    MODE = "check"
except FileExistsError:
    MODE = "wait"
"""
BACKGROUND = [False, pytest.param(True, marks=ANY_SERVER)]
ONE = "CREATE TABLE a (id INTEGER PRIMARY KEY);\nINSERT INTO a VALUES (1);\n"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Return the folder of a set with one migration, next to uvicorn's configuration for showing the log."""
    (tmp_path / "log.json").write_text(LOGGING)
    return write_set(tmp_path / "one", {"V1__one.sql": ONE})


def wait_for(
    address: str, path: str, process: subprocess.Popen[str], said: Path, wanted: Callable[[httpx.Response], bool]
) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if wanted(web.get(address + path)):
                return
        time.sleep(0.05)
    raise AssertionError(said.read_text())


@pytest.mark.parametrize("workers", [[], pytest.param(["--workers", "2"], marks=ANY_SERVER)])
@pytest.mark.parametrize("background", BACKGROUND)
def test_a_start_that_only_checks_applies_nothing_and_ends(
    url: str, folder: str, tmp_path: Path, background: bool, workers: list[str]
) -> None:
    write_application(tmp_path, f"{url!r}, {folder!r}, mode='check', background={background}")
    with serving([*UVICORN, *workers], url, tmp_path) as (_, process, said):
        assert process.wait(PATIENCE) != 0
        assert "1 migration is pending, and this process must not apply them:\n  one/V1__one.sql" in said.read_text()
    assert process_group_is_gone(tmp_path)
    assert asyncio.run(count_tables(url)) == 0

    asyncio.run(migrate(url, folder))
    with serving([*UVICORN, *workers], url, tmp_path) as (address, process, said):
        # Each worker becomes ready separately.
        wait_for(address, "/rows", process, said, lambda answer: answer.status_code == 200 and answer.json() == [{"id": 1}])


def test_a_start_that_waits_serves_when_another_process_has_applied_everything(url: str, folder: str, tmp_path: Path) -> None:
    write_application(tmp_path, f"{url!r}, {folder!r}, mode='wait', background=True")
    with serving(UVICORN, url, tmp_path) as (address, process, said):
        # The log says what the start waits for; the probe only says that the start is not over.
        wait_for(
            address, "/health/ready", process, said, lambda _: "another process to apply one/V1__one.sql" in said.read_text()
        )
        ready = web.get(f"{address}/health/ready")
        assert (ready.status_code, ready.json()) == (503, {"status": "starting"})
        assert web.get(f"{address}/health/live").json() == {"status": "live"}
        refused = web.get(f"{address}/rows")
        assert (refused.status_code, refused.json(), refused.headers["Retry-After"]) == (503, {"status": "starting"}, "2")
        assert asyncio.run(count_tables(url)) == 0

        asyncio.run(migrate(url, folder))
        wait_until_ready(address, process, said)
        assert web.get(f"{address}/rows").json() == [{"id": 1}]


def test_a_start_that_has_waited_for_too_long_ends(url: str, folder: str, tmp_path: Path) -> None:
    write_application(tmp_path, f"{url!r}, {folder!r}, mode='wait', wait=0.5")
    with serving(UVICORN, url, tmp_path) as (_, process, said):
        assert process.wait(PATIENCE) == 3
        assert "1 migration is pending after 0.5 s, and this process must not apply them" in said.read_text()


def test_a_start_in_the_background_is_live_and_reports_the_lock_it_waits_for(url: str, folder: str, tmp_path: Path) -> None:
    write_application(tmp_path, f"{url!r}, {folder!r}, background=True")

    def waits(answer: httpx.Response) -> bool:
        assert (answer.status_code, answer.json()) == (503, {"status": "starting"})
        return bool(re.search(r"waiting for the migration lock, held by .", said.read_text()))

    async def hold_the_lock() -> None:
        async with open_session(url) as session, session.locked(10), session.transaction():
            await asyncio.to_thread(wait_for, address, "/health/ready", process, said, waits)
            assert (await asyncio.to_thread(web.get, f"{address}/health/live")).status_code == 200
            assert (await asyncio.to_thread(web.get, f"{address}/rows")).status_code == 503

    with serving(UVICORN, url, tmp_path) as (address, process, said):
        asyncio.run(hold_the_lock())
        wait_until_ready(address, process, said)
        assert web.get(f"{address}/rows").json() == [{"id": 1}]


@pytest.mark.parametrize("workers", [[], pytest.param(["--workers", "4"], marks=ANY_SERVER)])
def test_a_failure_in_the_background_ends_the_process_with_the_message(
    url: str, tmp_path: Path, folder: str, workers: list[str]
) -> None:
    bad = write_set(tmp_path / "bad", {"V1__a.sql": "SELECT 1;\nSELEC 2;\n"})
    write_application(tmp_path, f"{url!r}, {bad!r}, background=True")
    with serving([*UVICORN, *workers], url, tmp_path) as (_, process, said):
        assert process.wait(PATIENCE) == (-signal.SIGALRM if workers else 1)
        assert "bad/V1__a.sql:2:1: statement 2 of 2 (SELEC) failed" in said.read_text()
    assert process_group_is_gone(tmp_path)


@pytest.mark.parametrize("background", BACKGROUND)
def test_a_healthy_worker_ends_with_the_one_that_failed(url: str, folder: str, tmp_path: Path, background: bool) -> None:
    (tmp_path / "first.py").write_text(FIRST)
    write_application(tmp_path, f"{url!r}, {folder!r}, background={background}, mode=__import__('first').MODE")
    with serving([*UVICORN, "--workers", "2"], url, tmp_path) as (_, process, said):
        assert process.wait(PATIENCE) == -signal.SIGALRM, said.read_text()
    assert process_group_is_gone(tmp_path)


@pytest.mark.parametrize(
    ("framework", "background"),
    [
        ("starlette", False),
        pytest.param("starlette", True, marks=ANY_SERVER),
        pytest.param("fastapi", True, marks=ONCE),
        pytest.param("litestar", False, marks=ONCE),
    ],
)
def test_four_workers_of_each_framework_start_on_an_empty_database(
    url: str, folder: str, tmp_path: Path, framework: str, background: bool
) -> None:
    write_application(tmp_path, f"{url!r}, {folder!r}, background={background}", framework)
    with serving([*UVICORN, "--workers", "4"], url, tmp_path) as (address, process, said):
        wait_until_ready(address, process, said)
        wait_for(address, "/rows", process, said, lambda answer: answer.status_code == 200 and answer.json() == [{"id": 1}])


@pytest.mark.parametrize("background", BACKGROUND)
def test_a_start_that_waits_ends_when_it_is_asked_to(url: str, folder: str, tmp_path: Path, background: bool) -> None:
    write_application(tmp_path, f"{url!r}, {folder!r}, mode='wait', background={background}")
    with serving(UVICORN, url, tmp_path) as (_, process, said):
        wait_until(lambda: "waiting for another process" in said.read_text(), said.read_text)
        process.terminate()
        assert process.wait(PATIENCE) != 0
    assert asyncio.run(count_tables(url)) == 0


@pytest.fixture
def other(url: str, database: str, tmp_path: Path) -> Iterator[str]:
    """Yield the address of a second, empty database."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    name = url.rpartition("/")[2] + "_other"
    run_sql(url, f"CREATE DATABASE {name}")
    yield f"{url.rpartition('/')[0]}/{name}"
    run_sql(url, f"DROP DATABASE {name}")


def test_migrations_go_past_the_pooler_when_the_environment_says_so(
    url: str, other: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whimbrel does not check that both addresses lead to one database. Here they differ, which shows which one was used.
    monkeypatch.setenv("MIGRATION_DATABASE_URL", other)
    write_application(tmp_path, f"{url!r}, {folder!r}")
    with serving(UVICORN, url, tmp_path) as (address, process, said):
        wait_until_ready(address, process, said)
    assert asyncio.run(count_tables(url)) == 0
    assert asyncio.run(count_tables(other, "a")) == 1


@ANY_SERVER
def test_an_address_for_migrations_of_another_kind_is_refused(
    url: str, database: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIGRATION_DATABASE_URL", "postgresql://u:secret@localhost/x" if database != "postgresql" else "sqlite://")
    write_application(tmp_path, f"{url!r}, {folder!r}, background=True")
    with serving(UVICORN, url, tmp_path) as (_, process, said):
        assert process.wait(PATIENCE) == 2
        assert "MIGRATION_DATABASE_URL is " in said.read_text()
        assert "secret" not in said.read_text()
