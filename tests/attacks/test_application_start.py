"""The start: what it reveals to anyone, and that several workers complete it even if importing takes long."""

import subprocess
import sys
from pathlib import Path

import pytest

from application import build
from tests.application.test_main import serving, wait_until_ready
from tests.attacks.application import client_of, line_to, started, until
from tests.files import ROOT
from whimbrel.session.connect import open_session

# Longer than the five seconds after which uvicorn itself kills an unresponsive worker. Such a worker would never start.
SLOW = """
import sys, time
if "--multiprocessing-fork" in sys.argv:
    time.sleep(7)
"""


@pytest.mark.asyncio
async def test_the_answers_during_a_start_do_not_reveal_what_it_waits_for(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "whimbrel")
    application = build(url)
    async with (
        open_session(url) as session,
        client_of(application, registered=False) as client,
        session.locked(60),
        session.transaction(),
        application.router.lifespan_context(application),
    ):
        await until(lambda: "held by" in application.state.startup.status)
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (503, {"status": "starting"}, "2")
        assert (await client.get("/auth/me")).json() == {"status": "starting"}
        # The operator finds it in the log.
        assert application.state.startup.status in caplog.text


@pytest.mark.asyncio
@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_only_the_log_names_an_unreachable_database(url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        line_to(url) as (through, line),
        started(through) as application,
        client_of(application, registered=False) as client,
    ):
        await line.leave()
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (503, {"status": "not ready"}, "2")
        assert "the database does not answer: DatabaseUnreachable" in caplog.text


@pytest.mark.only("sqlite")
def test_four_workers_start_where_each_takes_long_to_import(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(SLOW)
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    with serving([sys.executable, str(ROOT / "main.py")], url, tmp_path, subprocess.Popen) as (address, process, said):
        wait_until_ready(address, process, said)
        assert "died" not in said.read_text()
