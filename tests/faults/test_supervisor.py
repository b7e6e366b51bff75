"""A supervisor kills every start after a while: a file of slow statements is still completed, and each runs once."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.conftest import Figure
from tests.faults.victim import child
from tests.files import write_set
from whimbrel import DatabaseManager

_STATEMENTS = 10
_MOST_STARTS = 40
# Statements that share a transaction with their record alternate with statements that MySQL and MariaDB commit by themselves.
_SLOW = {
    "postgresql": (
        "INSERT INTO done SELECT {number} WHERE pg_sleep({seconds}) IS NOT NULL;\n",
        "CREATE TABLE done_{number} AS SELECT pg_sleep({seconds})::text AS slept;\n",
    ),
    "mysql": (
        "INSERT INTO done SELECT {number} + SLEEP({seconds});\n",
        "CREATE TABLE done_{number} AS SELECT SLEEP({seconds}) AS slept;\n",
    ),
}


def write_supervised(folder: Path, database: str, seconds: float) -> str:
    """Write a set of one file, with statements that each take so long, and return its path."""
    slow = _SLOW["postgresql" if database == "postgresql" else "mysql"]
    lines = [slow[number % 2].format(number=number, seconds=seconds) for number in range(_STATEMENTS)]
    text = "-- whimbrel: transaction=off\nCREATE TABLE done (number INTEGER);\n" + "".join(lines)
    return write_set(folder, {"V1__slow.sql": text})


@pytest.mark.fault("R28")
@pytest.mark.only("postgresql", "mysql", "mariadb")
def test_a_file_that_is_killed_again_and_again_gets_done_and_each_statement_once(
    url: str, database: str, tmp_path: Path, full: bool, figure: Figure
) -> None:
    patience, seconds = (3.0, 2.0) if full else (0.9, 0.3)
    folder = write_supervised(tmp_path / "slow", database, seconds)
    starts, ended = 0, False
    while not ended:
        starts += 1
        assert starts <= _MOST_STARTS, f"not done after {_MOST_STARTS} starts of {patience} s and more"
        with child(url, folder) as victim:
            # On a loaded machine the first starts may make no progress.
            ended = victim.ends_within(patience * 1.1 ** (starts - 1))
    figure(f"starts of {patience} s and more for {_STATEMENTS} statements of {seconds} s", starts)
    asyncio.run(_judge(url))


async def _judge(url: str) -> None:
    async with DatabaseManager(url) as db_manager:
        numbers = [row["number"] for row in await db_manager.fetch_all("SELECT number FROM done ORDER BY number")]
        assert numbers == list(range(0, _STATEMENTS, 2))
        for number in range(1, _STATEMENTS, 2):
            assert await db_manager.fetch_value(f"SELECT count(*) FROM done_{number}") == 1
        assert await db_manager.fetch_value("SELECT success FROM whimbrel_history") is True
        assert await db_manager.fetch_value("SELECT count(*) FROM whimbrel_journal") == 0
