"""The whole application, from registering to logging out, over HTTP."""

import sys
from pathlib import Path

import pytest

from tests.application.test_main import serving, wait_until_ready
from tests.application.walk import walk


def test_a_user_walks_from_registering_to_logging_out(address: str) -> None:
    walk(address)


@pytest.mark.only("postgresql")
def test_four_workers_started_on_an_empty_database_serve_the_walk(url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "uvicorn", "main:app", "--workers", "4"]
    with serving(command, url, tmp_path) as (address, process, said):
        wait_until_ready(address, process, said, times=60)
        walk(address)
