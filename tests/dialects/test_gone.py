"""A begun file resumes in another session: the run restores the state that it needs, or refuses the file."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, ValidationFailed, migrate

pytestmark = pytest.mark.asyncio

# The statements that succeed, the one that fails, the remaining ones, and the lost session state that these use.
BOTH = """CREATE TABLE x (id INTEGER);
CREATE TABLE log (n INTEGER);
CREATE TABLE t (id INTEGER PRIMARY KEY AUTO_INCREMENT, n INTEGER);
"""
MYSQL_GONE = [
    ("CREATE TEMPORARY TABLE x (id INTEGER)", "INSERT INTO X VALUES (1)", "uses x,"),
    ("INSERT INTO t (n) VALUES (1)", "INSERT INTO log VALUES (LAST_INSERT_ID())", r"uses LAST_INSERT_ID\(\)"),
    ("INSERT INTO t (n) VALUES (1)", "INSERT INTO log SELECT ROW_COUNT()", r"uses ROW_COUNT\(\)"),
    ("SET @a = LAST_INSERT_ID(), @b = @a;\nSET @c = @a", "INSERT INTO log VALUES (@c)", "uses @c,"),
    ("INSERT INTO t (n) VALUES (1);\nSET @a = @@identity", "INSERT INTO log VALUES (@a)", "uses @a,"),
    ("INSERT INTO t (n) VALUES (1);\nSET @a = @@session.last_insert_id", "INSERT INTO log VALUES (@`a`)", "uses @a,"),
]
GONE = {
    "postgresql": [
        ("CREATE TEMP TABLE x (id INTEGER)", "INSERT INTO X VALUES (1)", "uses x,"),
        ('CREATE TABLE "pg_temp".x (id INTEGER)', 'INSERT INTO "x" VALUES (1)', "uses x,"),
        ("SELECT 1 AS id INTO TEMP x", "INSERT INTO x VALUES (1)", "uses x,"),
    ],
    "sqlite": [
        ("CREATE TEMP TABLE x (id INTEGER)", "INSERT INTO X VALUES (1)", "uses x,"),
        ("CREATE TABLE [temp].x (id INTEGER)", "INSERT INTO x VALUES (1)", "uses x,"),
        ("INSERT INTO t (n) VALUES (1)", "INSERT INTO log VALUES (last_insert_rowid())", r"uses LAST_INSERT_ROWID\(\)"),
        ("INSERT INTO t (n) VALUES (1)", "INSERT INTO log VALUES (changes())", r"uses CHANGES\(\)"),
    ],
    "mysql": MYSQL_GONE,
    "mariadb": MYSQL_GONE,
}
SERIAL = {"sqlite": "", "postgresql": "", "mysql": "AUTO_INCREMENT", "mariadb": "AUTO_INCREMENT"}
# A statement that fails until the table `nowhere` exists.
FAILING = "INSERT INTO nowhere VALUES (1);\n"


async def stop_and_go_on(url: str, database: str, folder: Path, done: str, left: str) -> int:
    head = BOTH.replace("AUTO_INCREMENT", SERIAL[database])
    text = f"-- whimbrel: transaction=off\n{done};\n{FAILING}{left};\n"
    folder_of = write_set(folder / "gone", {"V1__both.sql": head, f"V2__gone.{database}.sql": text})
    with pytest.raises(MigrationFailed, match="nowhere"):
        await migrate(url, folder_of, databases=[database])
    write_set(folder / "gone", {f"V2__gone.{database}.sql": text.replace(FAILING, "")})
    return (await migrate(url, folder_of, databases=[database])).applied[0].statements


async def test_what_is_left_and_uses_what_is_gone_with_the_session_is_refused(url: str, database: str, tmp_path: Path) -> None:
    async with DatabaseManager(url) as db_manager:
        for index, (done, left, what) in enumerate(GONE[database]):
            with pytest.raises(ValidationFailed, match=rf"V2__gone\.{database}\.sql:\d+:1: statement \d {what}"):
                await stop_and_go_on(url, database, tmp_path / str(index), done, left)
            for table in ("x", "t", "log", "whimbrel_history", "whimbrel_journal"):
                await db_manager.execute(f"DROP TABLE {table}")


KEPT = [
    ("SET @a = 5", "INSERT INTO log VALUES (@a)", 1),
    ("SET @a = LAST_INSERT_ID()", "SET @a = 5;\nINSERT INTO log VALUES (@a)", 2),
    ("SET @a = 5;\nINSERT INTO log VALUES (@a)", "INSERT INTO log VALUES (@a)", 1),
    ("SET @old = @@SQL_MODE, SQL_MODE = ''", "SET SQL_MODE = @old;\nINSERT INTO log VALUES (1)", 2),
    ("CREATE TEMPORARY TABLE x (id INTEGER)", "CREATE TEMPORARY TABLE x (id INTEGER);\nINSERT INTO x VALUES (1)", 2),
    ("INSERT INTO t (n) VALUES (1)", "INSERT INTO t (n) VALUES (2);\nINSERT INTO log VALUES (LAST_INSERT_ID())", 2),
]


@pytest.mark.only("mysql", "mariadb")
@pytest.mark.parametrize(("done", "left", "sent"), KEPT)
async def test_what_is_made_again_is_not_refused(
    url: str, database: str, tmp_path: Path, done: str, left: str, sent: int
) -> None:
    assert await stop_and_go_on(url, database, tmp_path, done, left) == sent


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("schema", ["", "pg_catalog."])
async def test_a_search_path_set_by_a_function_is_set_again(url: str, database: str, tmp_path: Path, schema: str) -> None:
    run_first = (
        f"CREATE SCHEMA aside;\nCREATE TABLE aside.log (n INTEGER);\nSELECT {schema}set_config('search_path', 'aside', false)"
    )
    assert await stop_and_go_on(url, database, tmp_path, run_first, "INSERT INTO log VALUES (1)") == 1
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT count(*) FROM aside.log") == 1
