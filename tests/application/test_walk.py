"""The whole application, from registering to logging out, over HTTP."""

import sys
from pathlib import Path

import pytest

from tests.application.test_main import serving, wait_until_ready
from tests.application.walk import walk
from tests.files import ROOT


def test_a_user_walks_from_registering_to_logging_out(address: str) -> None:
    walk(address)


@pytest.mark.only("postgresql")
def test_four_workers_started_on_an_empty_database_serve_the_walk(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    with serving([sys.executable, str(ROOT / "main.py")], url, tmp_path) as (address, process, said):
        wait_until_ready(address, process, said, times=60)
        walk(address)
        text = said.read_text()
    assert text.count("Started server process") == 4
    # Each worker logs what it did.
    assert text.count("8 applied, 0 before") == 1
    assert text.count("nothing to do, 8 applied") == 3
