"""Files as people have them: with transactions of their own, written by psql and by the databases' own dumps."""

import asyncio
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, ValidationFailed, migrate

pytestmark = pytest.mark.asyncio(loop_scope="function")
JOURNALED = ("mysql", "mariadb")


async def ids(url: str, table: str = "t") -> list[int]:
    async with DatabaseManager(url) as db_manager:
        return [row["id"] for row in await db_manager.fetch_all(f"SELECT id FROM {table} ORDER BY id")]


async def test_a_file_of_data_alone_is_one_transaction_on_every_database(url: str, tmp_path: Path) -> None:
    data = "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\nINSERT INTO t VALUES (2);\n"
    folder = write_set(tmp_path / "data", {"V1__t.sql": "CREATE TABLE t (id INTEGER PRIMARY KEY);", "V2__d.sql": data})
    with pytest.raises(MigrationFailed, match="its transaction was rolled back"):
        await migrate(url, folder)
    assert await ids(url) == []
    write_set(tmp_path / "data", {"V2__d.sql": data.replace("(1)", "(7)").replace("(2);\nINSERT", "(8);\nINSERT")})
    await migrate(url, folder)
    assert await ids(url) == [2, 7, 8]


@pytest.mark.only("postgresql")
async def test_commands_of_psql_are_refused_and_the_guards_of_pg_dump_are_not(url: str, database: str, tmp_path: Path) -> None:
    text = "\\restrict abc\nCREATE TABLE t (id int, name text);\n\\connect other\n\\unrestrict abc\n"
    folder = write_set(tmp_path / "psql", {"V1__p.postgresql.sql": text, "V1__p.sql": "SELECT 1;"})
    with pytest.raises(ValidationFailed, match=r"V1__p\.postgresql\.sql:3:1: \\connect other is a command of psql"):
        await migrate(url, folder)
    write_set(tmp_path / "psql", {"V1__p.postgresql.sql": text.replace("\\connect other\n", "")})
    assert (await migrate(url, folder)).applied[0].statements == 1


@pytest.mark.only("postgresql")
async def test_copy_data_is_loaded(url: str, database: str, tmp_path: Path) -> None:
    text = 'CREATE TABLE t (id int, "Na me" text);\nCOPY public.t (id, "Na me") FROM stdin;\n1\tä;ö\n2\t\\N\n\\.\n\nSELECT 1;\n'
    folder = write_set(tmp_path / "copy", {"V1__p.postgresql.sql": text, "V1__p.sql": "SELECT 1;"})
    assert (await migrate(url, folder)).applied[0].statements == 3
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_all("SELECT * FROM t ORDER BY id") == [
            {"id": 1, "Na me": "ä;ö"},
            {"id": 2, "Na me": None},
        ]


async def test_a_lock_timeout_limits_the_wait_for_other_sessions(url: str, database: str, tmp_path: Path) -> None:
    files = {"V1__t.sql": "CREATE TABLE t (id INTEGER PRIMARY KEY);"}
    folder = write_set(tmp_path / "wait", files)
    await migrate(url, folder)
    write_set(tmp_path / "wait", {"V2__c.sql": "-- whimbrel: lock_timeout=1s\nALTER TABLE t ADD COLUMN c INTEGER;"})
    if (
        database != "sqlite"
    ):  # On SQLite the migration's transaction is the only lock, and --lock-wait is the limit of the wait for it.
        async with DatabaseManager(url) as db_manager, db_manager.transaction():
            await db_manager.fetch_all("SELECT * FROM t")
            with pytest.raises(MigrationFailed, match=r"in the way now: (process|connection) [0-9]+ \("):
                await migrate(url, folder, lock_wait=0)
    assert len((await migrate(url, folder)).applied) == 1


async def test_a_large_file_is_applied_and_its_errors_have_a_place(url: str, tmp_path: Path) -> None:
    filler = "INSERT INTO t VALUES ({n}) /* " + "größer 😀; " * 20_000 + "*/;\n"
    rows = "".join(filler.format(n=n) for n in range(40))
    text = "CREATE TABLE t (id INTEGER PRIMARY KEY);\n" + rows + "\tINSERT INTO nowhere VALUES (1);\n"
    folder = write_set(tmp_path / "large", {"V1__large.sql": text})
    with pytest.raises(MigrationFailed) as caught:
        await migrate(url, folder)
    failed = caught.value
    assert (failed.place.line, failed.statement, failed.total) == (42, 42, 42)
    assert failed.place.source == " INSERT INTO nowhere VALUES (1)"
    write_set(tmp_path / "large", {"V1__large.sql": text.replace("nowhere VALUES (1)", "t VALUES (99)")})
    await migrate(url, folder)
    assert await ids(url) == [*range(40), 99]


@pytest.mark.only("postgresql")
async def test_a_copy_from_stdout_reads_the_data_behind_it_and_waits_for_nothing(url: str) -> None:
    """The server takes STDOUT for STDIN there."""
    async with asyncio.timeout(30), DatabaseManager(url) as db_manager:
        await db_manager.execute("CREATE TABLE t (id INTEGER)")
        assert (await db_manager.execute_script("COPY t FROM STDOUT;\n1\n\\.\n")).success
        assert await db_manager.fetch_all("SELECT id FROM t") == [{"id": 1}]
