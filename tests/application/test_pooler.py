"""The whole walk, with organizations, through PgBouncer in transaction mode, where each transaction may use another server."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.application.conftest import logged_in
from tests.application.test_main import serving, wait_until_ready
from tests.application.walk import walk, walk_organization
from tests.files import ROOT
from tests.servers import Server
from tests.servers.pgbouncer import in_front_of

pytestmark = pytest.mark.only("postgresql")


@pytest.fixture(scope="module")
def pooler(servers: dict[str, Server]) -> Iterator[Server]:
    with in_front_of(servers["postgresql"]) as server:
        yield server


def test_the_whole_walk_goes_through_a_pooler(url: str, pooler: Server, tmp_path: Path, database: str) -> None:
    pooled = f"{pooler.url.rpartition('/')[0]}/{url.rpartition('/')[2]}"
    with serving([sys.executable, str(ROOT / "main.py")], pooled, tmp_path) as (address, process, said):
        wait_until_ready(address, process, said)
        for number in range(3):
            walk(address)
            with logged_in(address) as client:
                walk_organization(client, f"acme{number}")
