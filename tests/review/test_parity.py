"""parity finds each divergence on each database, and none in the sets of this repository."""

import os
from pathlib import Path

import pytest

from tests.files import write_set
from tests.review.divergences import DIVERGENCES
from tests.servers import Server
from whimbrel import ParityReport, parity
from whimbrel.settings import read_project

pytestmark = [pytest.mark.asyncio, pytest.mark.needs("postgresql", "mysql", "mariadb"), pytest.mark.xdist_group("parity")]
ROOT = Path(__file__).parents[2]
SETS = [str(ROOT / "sql" / name) for name in ("auth", "chat", "conversations", "agent", "tenancy", "chatkit", "application")]


@pytest.fixture
def addresses(servers: dict[str, Server]) -> list[str]:
    """The servers of this run."""
    return [servers[name].url for name in os.environ["DATABASES"].split(",") if name != "sqlite"]


def unaccepted(report: ParityReport) -> list[str]:
    """Return the differences that no reason accepts, as text."""
    return [str(one) for one in report.differences if not one.reason]


async def test_every_divergence_is_found_by_its_name(
    database: str, servers: dict[str, Server], addresses: list[str], tmp_path: Path
) -> None:
    right = "\n".join(one.right for one in DIVERGENCES)
    wrong = "\n".join(one.wrong.get(database, one.wrong.get("", "")) for one in DIVERGENCES)
    files = {"V1__a.sql": right, "V1__a.mariadb.sql": right, f"V1__a.{database}.sql": wrong}
    # SQLite and one server: the database under test is one of the two.
    address = addresses[0] if database == "sqlite" else servers[database].url
    report = await parity(write_set(tmp_path / "set", files), on=[address])
    assert database in report.databases
    assert all(one.place for one in report.differences)
    found = [one.object for one in report.differences]
    missed = [
        one.object or one.right for one in DIVERGENCES if not any(name.startswith(one.object or "check un") for name in found)
    ]
    assert missed == []


async def test_the_same_file_has_no_differences(addresses: list[str], tmp_path: Path) -> None:
    right = "\n".join(one.right for one in DIVERGENCES)
    report = await parity(write_set(tmp_path / "set", {"V1__a.sql": right}), on=addresses)
    assert (unaccepted(report), report.absent) == ([], ())


async def test_the_order_of_the_addresses_changes_nothing(addresses: list[str], tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"V1__a.sql": "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, n INTEGER);"})
    report = await parity(folder, on=[*addresses, "sqlite://"])
    assert (unaccepted(report), report) == ([], await parity(folder, on=["sqlite://", *reversed(addresses)]))


async def test_the_sets_of_this_repository_mean_the_same_everywhere(addresses: list[str]) -> None:
    report = await parity(*SETS, on=addresses, accepted=read_project(ROOT).parity)
    assert (unaccepted(report), report.unneeded, report.absent) == ([], (), ())


async def test_the_set_for_tenants_means_the_same_everywhere(addresses: list[str]) -> None:
    report = await parity(SETS[0], str(ROOT / "sql" / "tenant"), on=addresses)
    assert (unaccepted(report), report.absent) == ([], ())


async def test_a_database_that_refuses_the_set_is_named_with_its_reason(addresses: list[str], tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"V1__a.sql": "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, c TEXT UNIQUE);"})
    (found,) = (await parity(folder, on=addresses)).differences
    assert (found.code, found.values["sqlite"], found.place) == ("P00", "applied", f"{folder}/V1__a.sql:1")
    assert "key length" in found.values["mysql"]
