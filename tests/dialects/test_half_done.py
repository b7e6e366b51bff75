"""Statements that cannot be undone, and other clients' work that looks like ours: the run reports them, and never guesses or
repeats.
"""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.databases import count_rows
from tests.files import write_set
from whimbrel import DatabaseError, DatabaseManager, MigrationFailed, StatementUnsettled, info, migrate, resolve
from whimbrel.migrations.state import State
from whimbrel.parsing.splitter import split
from whimbrel.session.connect import open_session

MYSQL = ("mysql", "mariadb")
TWO = "CREATE TABLE t (id INTEGER);\nCREATE TABLE n (id INTEGER PRIMARY KEY);\nINSERT INTO n VALUES (1);\n"


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_a_procedure_that_fails_half_way_waits_for_a_person(url: str, tmp_path: Path) -> None:
    # The rows of its query are an answer before the error.
    body = "SELECT * FROM n; INSERT INTO t VALUES (1); INSERT INTO n VALUES (1);"
    text = TWO + f"CREATE PROCEDURE p() BEGIN {body} END;\nCALL p();\nALTER TABLE t ADD COLUMN a INTEGER;\n"
    folder = write_set(tmp_path / "called", {"V1__c.sql": text})
    with pytest.raises(MigrationFailed, match="this statement perhaps in part"):
        await migrate(url, folder)
    with pytest.raises(StatementUnsettled, match="whimbrel resolve called 1 5 --applied"):
        await migrate(url, folder)
    assert await count_rows(url, "t") == 1
    await resolve(url, "called", "1", 5, applied=True)
    await migrate(url, folder)
    assert await count_rows(url, "t") == 1


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_a_procedure_that_meets_a_lock_half_way_is_not_tried_again(url: str, tmp_path: Path) -> None:
    text = TWO + "CREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (1); UPDATE n SET id = 2; END;\nCALL p();\n"
    folder = write_set(tmp_path / "called", {"V1__c.sql": text.replace("CALL p();\n", "")})
    await migrate(url, folder)
    write_set(tmp_path / "called", {"V2__c.sql": "-- whimbrel: lock_timeout=1s\nCALL p();"})
    async with DatabaseManager(url) as holder, holder.transaction():
        await holder.execute("UPDATE n SET id = 3")
        with pytest.raises(MigrationFailed, match="this statement perhaps in part"):
            await migrate(url, folder, lock_wait=5)
    assert await count_rows(url, "t") == 1


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
@pytest.mark.parametrize("change", ["ADD PARTITION PARTITIONS 2", "COALESCE PARTITION 1"])
async def test_the_catalog_sees_how_many_partitions_there_are(url: str, database: str, change: str) -> None:
    (statement,) = split(f"ALTER TABLE p {change}", database)
    async with open_session(url) as session:
        await session.connection.run("CREATE TABLE p (id INTEGER PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2")
        before = await session.dialect.snapshot_objects(session.connection, statement)
        await session.run(statement)
        assert await session.dialect.settle(session.connection, statement, before) is True


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_of_an_emptied_partition_the_catalog_cannot_tell(url: str, database: str) -> None:
    (statement,) = split("ALTER TABLE p TRUNCATE PARTITION p0", database)
    async with open_session(url) as session:
        await session.connection.run("CREATE TABLE p (id INTEGER PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2")
        before = await session.dialect.snapshot_objects(session.connection, statement)
        assert await session.dialect.settle(session.connection, statement, before) is None


@pytest.mark.asyncio
async def test_what_another_set_changed_meanwhile_is_not_taken_for_ours(url: str, database: str, tmp_path: Path) -> None:
    change, other = {
        "postgresql": ("CREATE UNIQUE INDEX CONCURRENTLY ON t (id)", "CREATE INDEX ib ON t (id)"),
        "sqlite": ("-- whimbrel: transaction=off\nVACUUM", "CREATE INDEX ib ON t (id)"),
    }.get(database, ("ALTER TABLE t ADD COLUMN a INTEGER", "ALTER TABLE t ADD COLUMN b INTEGER"))
    texts = {"V1__t.sql": "CREATE TABLE t (id INTEGER);", "V2__a.sql": f"{change};\nINSERT INTO nowhere VALUES (1);"}
    alpha = write_set(tmp_path / "alpha", texts)
    async with open_session(url) as session:
        await session.connection.run("CREATE TABLE nowhere (id INTEGER)")
    await migrate(url, alpha, version="1", accept_existing=True)
    async with open_session(url) as session:
        (statement,) = split(change.rpartition("\n")[2], database)
        before = await session.dialect.snapshot_objects(session.connection, statement)
    await asyncio.to_thread(run_sql, url, "DROP TABLE nowhere")
    with pytest.raises(MigrationFailed):
        await migrate(url, alpha)
    # This is the state after a run that died before the statement.
    undo = {"postgresql": "DROP INDEX t_id_idx", "sqlite": "SELECT 1"}.get(database, "ALTER TABLE t DROP COLUMN a")
    await asyncio.to_thread(run_sql, url, undo, "CREATE TABLE nowhere (id INTEGER)")
    async with DatabaseManager(url) as db_manager:
        changed = "UPDATE whimbrel_journal SET state = 'intent', finished_on = NULL, catalog_before = :before"
        await db_manager.execute(changed, {"before": before})
    await migrate(url, write_set(tmp_path / "beta", {"V1__b.sql": f"{other};"}), accept_existing=True)
    if database == "sqlite":
        assert len((await migrate(url, alpha)).applied) == 1
        return
    with pytest.raises(StatementUnsettled, match="whimbrel resolve alpha 2 1 --rerun"):
        await migrate(url, alpha)
    await resolve(url, "alpha", "2", 1, applied=False)
    assert len((await migrate(url, alpha)).applied) == 1


@pytest.mark.asyncio
async def test_a_condition_on_a_table_that_is_missing_is_an_error(url: str, tmp_path: Path) -> None:
    with pytest.raises(MigrationFailed, match=r"(?i)misspelt"):
        await migrate(url, write_set(tmp_path / "missing", {"V1__m.sql": "ALTER TABLE misspelt DROP COLUMN IF EXISTS a;"}))


@pytest.mark.only("sqlite")
@pytest.mark.asyncio
async def test_a_generated_column_is_a_column(url: str, tmp_path: Path) -> None:
    text = "CREATE TABLE t (a INTEGER, g INTEGER GENERATED ALWAYS AS (a + 1));\nALTER TABLE t DROP COLUMN IF EXISTS g;"
    await migrate(url, write_set(tmp_path / "generated", {"V1__g.sql": text}))
    async with DatabaseManager(url) as db_manager:
        with pytest.raises(DatabaseError, match="no such column"):
            await db_manager.fetch_all("SELECT g FROM t")


@pytest.mark.asyncio
@pytest.mark.parametrize("end", [ValueError, asyncio.CancelledError])
async def test_a_file_is_recorded_if_the_run_ends_before_the_next_one_begins(
    url: str, tmp_path: Path, end: type[BaseException]
) -> None:
    texts = {f"V{number}__t.sql": f"CREATE TABLE t{number} (id INTEGER);" for number in range(1, 5)}
    folder = write_set(tmp_path / "ended", dict(list(texts.items())[:2]))
    await migrate(url, folder)
    write_set(tmp_path / "ended", texts)

    def listen(line: str) -> None:
        if "V4" in line:
            raise end

    with pytest.raises(end):
        await migrate(url, folder, progress=listen)
    assert [one.state for one in await info(url, folder)] == [State.SUCCESS] * 3 + [State.PENDING]
    assert (await migrate(url, folder)).already == 3
