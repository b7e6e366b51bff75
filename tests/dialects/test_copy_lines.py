"""COPY from the client in its real forms: with statements after it on its line, with options, with STDOUT for STDIN."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.cases import each_case
from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, ValidationFailed, migrate

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql")]
TABLE = "CREATE TABLE t (a INTEGER);\n"


async def rows(url: str, table: str = "t") -> list[int]:
    async with DatabaseManager(url) as db_manager:
        return [row["a"] for row in await db_manager.fetch_all(f"SELECT a FROM {table} ORDER BY a")]


@each_case("head", ["", "-- whimbrel: transaction=off\n"])
@each_case(
    ("text", "expected"),
    [
        ("COPY t FROM STDIN; INSERT INTO t VALUES (7);\n1\n\\.\n", [1, 7]),
        ("COPY t FROM STDIN; UPDATE t SET a = a + 10;\n1\n\\.\nINSERT INTO t VALUES (2);", [2, 11]),
        ("COPY t FROM STDIN; COPY t FROM STDIN; DELETE FROM t WHERE a = 1;\n1\n\\.\n2\n\\.\n", [2]),
        ("COPY t FROM STDOUT;\n1\n2\n\\.\n", [1, 2]),
        ("COPY t (a) FROM STDIN WITH (FORMAT csv, HEADER);\na\n1\n2\n\\.\n", [1, 2]),
        ("COPY t FROM STDIN WHERE a > 1; SELECT 1;\n1\n2\n\\.\n", [2]),
        ("COPY t FROM STDIN;\n1\n\\.\n", [1]),
    ],
)
async def test_a_copy_loads_its_data_and_what_follows_on_its_line_runs(
    url: str, database: str, tmp_path: Path, head: str, text: str, expected: list[int]
) -> None:
    folder = write_set(tmp_path / uuid4().hex, {"V1__c.postgresql.sql": head + TABLE + text})
    await migrate(url, folder, databases=["postgresql"])
    assert await rows(url) == expected
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("DROP TABLE t")


async def test_a_copy_of_a_query_on_a_table_named_stdin_writes_and_the_file_goes_on(
    url: str, database: str, tmp_path: Path
) -> None:
    text = "CREATE TABLE stdin (a INTEGER);\nCOPY (SELECT a FROM stdin) TO STDOUT;\nINSERT INTO stdin VALUES (1);\n"
    await migrate(url, write_set(tmp_path / "copy", {"V1__c.postgresql.sql": text}), databases=["postgresql"])
    assert await rows(url, "stdin") == [1]


async def test_a_copy_of_a_table_to_the_client_is_written_nowhere(url: str, database: str, tmp_path: Path) -> None:
    text = TABLE + "COPY t FROM STDIN;\n1\n\\.\nCOPY t TO STDOUT;\nINSERT INTO t VALUES (2);\n"
    await migrate(url, write_set(tmp_path / "copy", {"V1__c.postgresql.sql": text}), databases=["postgresql"])
    assert await rows(url) == [1, 2]


async def test_a_statement_that_the_data_tear_apart_is_refused_with_its_line(url: str, database: str, tmp_path: Path) -> None:
    text = TABLE + "INSERT INTO t VALUES (2);\nCOPY t FROM STDIN; DELETE FROM t\n1\n\\.\n WHERE a = 2;\n"
    folder = write_set(tmp_path / "copy", {"V1__c.postgresql.sql": text})
    with pytest.raises(ValidationFailed, match=r"V1__c\.postgresql\.sql:3:20: .*on the line of a COPY.*a line of its own"):
        await migrate(url, folder, databases=["postgresql"])


async def test_a_row_that_is_refused_has_its_line_in_the_message(url: str, database: str, tmp_path: Path) -> None:
    text = TABLE + "COPY t FROM STDOUT; INSERT INTO t VALUES (7);\n1\nx\n\\.\n"
    folder = write_set(tmp_path / "copy", {"V1__c.postgresql.sql": text})
    with pytest.raises(MigrationFailed, match=r'V1__c\.postgresql\.sql:2:1: .*\(COPY\) failed\n.*"x"[^\n]*COPY t, line 2'):
        await migrate(url, folder, databases=["postgresql"])


async def test_a_script_of_a_manager_runs_what_stands_behind_a_copy(url: str, database: str) -> None:
    async with DatabaseManager(url) as db_manager:
        result = await db_manager.execute_script(TABLE + "COPY t FROM STDIN; INSERT INTO t VALUES (7);\n1\n\\.\n")
        assert (result.success, result.error_message) == (True, "")
        torn = await db_manager.execute_script("COPY t FROM STDIN; DELETE FROM t\n1\n\\.\n WHERE a = 2;")
        assert not torn.success
    assert await rows(url) == [1, 7]
