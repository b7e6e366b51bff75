"""Files of DDL alone, one behind the other: that one is complete is recorded together with the first record of the next."""

from pathlib import Path
from urllib.parse import urlsplit

import pymysql
import pytest

from database import DatabaseManager, MigrationFailed, migrate
from tests.files import write_set

pytestmark = [pytest.mark.asyncio, pytest.mark.only("mysql", "mariadb")]

COUNT = 5
FILES = {f"V{number}__step.sql": f"CREATE TABLE t{number} (id INTEGER);" for number in range(1, COUNT + 1)}
RECORDED = "SELECT version, installed_rank, success FROM whimbrel_history WHERE set_name = 't' ORDER BY installed_rank"


async def recorded(url: str) -> list[tuple[str, int, bool]]:
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT count(*) FROM whimbrel_journal WHERE state = 'done'") == 0
        return [(row["version"], row["installed_rank"], row["success"]) for row in await db_manager.fetch_all(RECORDED)]


def run(url: str, statement: str) -> None:
    """Run a statement in another session, at once."""
    parts = urlsplit(url)
    with pymysql.connect(
        host=parts.hostname, port=parts.port or 3306, user=parts.username, database=parts.path[1:], autocommit=True
    ) as connection:
        connection.cursor().execute(statement)


async def test_a_file_is_complete_when_the_next_one_fails(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "t", FILES | {"V3__step.sql": "CREATE TABLE t2 (id INTEGER);"})
    with pytest.raises(MigrationFailed, match=r"V3__step\.sql:1:") as caught:
        await migrate(url, folder)
    assert list(caught.value.applied) == ["t/V1__step.sql", "t/V2__step.sql"]
    assert await recorded(url) == [("1", 1, True), ("2", 2, True), ("3", 3, False)]
    write_set(tmp_path / "t", FILES)
    assert [one.version for one in (await migrate(url, folder)).applied] == ["3", "4", "5"]
    assert await recorded(url) == [(str(number), number, True) for number in range(1, COUNT + 1)]


async def test_a_file_is_complete_when_the_next_ones_rank_is_taken(url: str, tmp_path: Path) -> None:
    taken = (
        "INSERT INTO whimbrel_history SELECT 'other', version, 3, description, script, checksum, statement_hashes, installed_by, "
        "installed_on, execution_time, min_app, TRUE FROM whimbrel_history WHERE version = '1'"
    )

    def progress(line: str) -> None:
        if line.startswith("applied t/V2__step.sql"):
            run(url, taken)

    await migrate(url, write_set(tmp_path / "t", FILES), progress=progress)
    assert await recorded(url) == [("1", 1, True), ("2", 2, True), ("3", 4, True), ("4", 5, True), ("5", 6, True)]


async def test_a_file_is_complete_at_the_latest_when_the_next_one_is_of_another_kind(url: str, tmp_path: Path) -> None:
    found = list[int]()

    def progress(line: str) -> None:
        if line.startswith("applied t/V2__rows.sql"):
            run(url, "CREATE TABLE seen AS SELECT count(*) AS n FROM whimbrel_history WHERE success")
            found.append(1)

    files = {
        "V1__step.sql": FILES["V1__step.sql"],
        "V2__rows.sql": "INSERT INTO t1 VALUES (1);",
        "V3__step.sql": FILES["V3__step.sql"],
    }
    await migrate(url, write_set(tmp_path / "t", files), progress=progress)
    async with DatabaseManager(url) as db_manager:
        assert found and await db_manager.fetch_value("SELECT n FROM seen") == 2
