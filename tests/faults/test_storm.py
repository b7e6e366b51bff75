"""Many processes that start at the same moment: each migration is applied once, in order, and every process ends well."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.faults.conftest import Figure
from tests.faults.ledger import judge, write_ledger
from tests.faults.storm import rounds, storming
from tests.files import write_set
from whimbrel import DatabaseManager

pytestmark = pytest.mark.timeout(1800)


async def fetch(url: str, sql: str) -> object:
    async with DatabaseManager(url) as db_manager:
        return await db_manager.fetch_value(sql)


def storm(url: str, folder: Path, figure: Figure, *, full: bool, wal: bool = False) -> None:
    """Let all processes migrate one ledger, round by round, and check each round."""
    processes, migrations, repeats = (64, 20, 10) if full else (12, 6, 1)
    ledger, waited = write_ledger(folder / "ledger", migrations), 0.0
    with storming(processes) as all_of_them:
        for one in rounds(url, repeats):
            if wal:
                run_sql(one, "PRAGMA journal_mode=WAL")
            answers = all_of_them.migrate(one, ledger)
            assert sum(answer.applied for answer in answers) == migrations
            asyncio.run(judge(one, migrations))
            assert not wal or asyncio.run(fetch(one, "PRAGMA journal_mode")) == "wal"
            waited = max(waited, *(answer.waited for answer in answers))
    figure(f"{repeats} rounds of {processes} processes and {migrations} migrations, longest wait in seconds", f"{waited:.2f}")


@pytest.mark.fault("R02")
def test_every_process_starts_and_each_migration_is_applied_once(url: str, tmp_path: Path, full: bool, figure: Figure) -> None:
    storm(url, tmp_path, figure, full=full)


@pytest.mark.fault("R11")
@pytest.mark.only("sqlite")
@pytest.mark.parametrize("wal", [False, True], ids=["delete", "wal"])
def test_many_writers_of_one_file(url: str, database: str, tmp_path: Path, full: bool, figure: Figure, wal: bool) -> None:
    storm(url, tmp_path, figure, full=full, wal=wal)


@pytest.mark.fault("R01")
def test_nobody_fails_where_all_make_the_history_table(url: str, tmp_path: Path, full: bool, figure: Figure) -> None:
    processes, repeats = (64, 20) if full else (12, 3)
    tiny = write_set(tmp_path / "tiny", {"V1__nothing.sql": "SELECT 1;"})
    with storming(processes) as all_of_them:
        for one in rounds(url, repeats):
            assert sum(answer.applied for answer in all_of_them.migrate(one, tiny)) == 1
            assert asyncio.run(fetch(one, "SELECT count(*) FROM whimbrel_history")) == 1
    figure("rounds of making the history", f"{repeats} with {processes} processes")


@pytest.mark.fault("R12")
@pytest.mark.only("sqlite")
def test_all_open_a_fresh_file_that_goes_over_to_wal(url: str, database: str, tmp_path: Path, full: bool, figure: Figure) -> None:
    processes, repeats = (32, 100) if full else (8, 3)
    text = "PRAGMA journal_mode=WAL;\nCREATE TABLE t (id INTEGER PRIMARY KEY);\nINSERT INTO t VALUES (1);\n"
    files = {
        "V1__wal.sqlite.sql": text,
        "V1__wal.sql": "SELECT 1;",
        "V2__off.sql": "-- whimbrel: transaction=off\nINSERT INTO t VALUES (2);\nINSERT INTO t VALUES (3);\n",
    }
    folder = write_set(tmp_path / "wal", files)
    with storming(processes) as all_of_them:
        for one in rounds(url, repeats):
            assert sum(answer.applied for answer in all_of_them.migrate(one, folder)) == 2
            assert asyncio.run(fetch(one, "SELECT count(*) FROM t")) == 3
            assert asyncio.run(fetch(one, "PRAGMA journal_mode")) == "wal"
    figure("fresh files that went over to WAL", f"{repeats} with {processes} processes")
