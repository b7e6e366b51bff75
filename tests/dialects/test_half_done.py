"""Statements that nobody can undo, and work of others that looks like ours: told, never guessed, never done twice."""

import asyncio
from pathlib import Path

import pytest

from database import DatabaseError, DatabaseManager, MigrationFailed, StatementUnsettled, migrate, resolve
from database.opening import open_session
from database.statements import split
from database.url import parse_url
from tests.conftest import Fresh, run_sql
from tests.files import write_set

MYSQL = ("mysql", "mariadb")
TWO = "CREATE TABLE t (id INTEGER);\nCREATE TABLE n (id INTEGER PRIMARY KEY);\nINSERT INTO n VALUES (1);\n"


async def count(url: str, table: str) -> int:
    async with DatabaseManager(url) as db_manager:
        return int(await db_manager.fetch_value(f"SELECT count(*) FROM {table}"))


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_a_procedure_that_fails_half_way_waits_for_a_person(url: str, tmp_path: Path) -> None:
    text = TWO + "CREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (1); INSERT INTO n VALUES (1); END;\nCALL p();\n"
    folder = write_set(tmp_path / "called", {"V1__c.sql": text})
    with pytest.raises(MigrationFailed, match="of this one perhaps a part"):
        await migrate(url, folder)
    with pytest.raises(StatementUnsettled, match="whimbrel resolve called 1 5 --applied"):
        await migrate(url, folder)
    assert await count(url, "t") == 1
    await resolve(url, "called", "1", 5, applied=True)
    await migrate(url, folder)
    assert await count(url, "t") == 1


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_a_procedure_that_meets_a_lock_half_way_is_not_tried_again(url: str, tmp_path: Path) -> None:
    text = TWO + "CREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (1); UPDATE n SET id = 2; END;\nCALL p();\n"
    folder = write_set(tmp_path / "called", {"V1__c.sql": text.replace("CALL p();\n", "")})
    await migrate(url, folder)
    write_set(tmp_path / "called", {"V2__c.sql": "-- whimbrel: lock_timeout=1s\nCALL p();"})
    async with DatabaseManager(url) as holder, holder.transaction():
        await holder.execute("UPDATE n SET id = 3")
        with pytest.raises(MigrationFailed, match="of this one perhaps a part"):
            await migrate(url, folder, lock_wait=5)
    assert await count(url, "t") == 1


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_rows_of_a_table_without_transactions_are_never_doubled(url: str, tmp_path: Path) -> None:
    made = write_set(tmp_path / "made", {"V1__m.mysql.sql": "CREATE TABLE my (id INTEGER) ENGINE=MyISAM;"})
    await migrate(url, made)
    text = "INSERT INTO my VALUES (1);\nINSERT INTO nowhere VALUES (1);\n"
    folder = write_set(tmp_path / "rows", {"V1__r.sql": text})
    with pytest.raises(MigrationFailed, match="table my knows no transactions"):
        await migrate(url, folder)
    assert await count(url, "my") == 0
    write_set(tmp_path / "rows", {"V1__r.sql": "-- whimbrel: transaction=off\n" + text})
    for _ in range(2):
        with pytest.raises(MigrationFailed, match="statement 2 of 2"):
            await migrate(url, folder)
    assert await count(url, "my") == 1


# Of each the last statement makes the first table of the run's database that knows no transactions.
MADE = {
    "engine": "CREATE TABLE my (id INTEGER) ENGINE=MyISAM;",
    "like": "CREATE TABLE my LIKE {other}.my;",
    "renamed": "RENAME TABLE {other}.my TO my;",
    "moved": "ALTER TABLE {other}.my RENAME TO my;",
    "changed": "CREATE TABLE my (id INTEGER);\nALTER TABLE my ENGINE=MyISAM;",
    "default": "SET SESSION default_storage_engine=MyISAM;\nCREATE TABLE my (id INTEGER);",
    "routine": "CREATE PROCEDURE p() CREATE TABLE my (id INTEGER) ENGINE=MyISAM;\nCALL p();",
    "select": "CREATE TABLE my ENGINE=MyISAM AS SELECT id FROM plain;",
    "delimiter": "DELIMITER //\nCREATE TABLE b (id INTEGER); CREATE TABLE my (id INTEGER) ENGINE=MyISAM//",
    "many": "".join(f"CREATE TABLE {name} (id INTEGER);\n" for name in "bcdef") + "CREATE TABLE my (id INTEGER) ENGINE=MyISAM;",
    "texts": "CREATE TABLE my (id INTEGER COMMENT ') ENGINE=InnoDB') ENGINE=MyISAM COMMENT='ENGINE=InnoDB';",
    "elsewhere": "USE {other};\nALTER TABLE my ENGINE=InnoDB;\nINSERT INTO {own}.plain VALUES (1);\n"
    "CREATE TABLE {own}.my (id INTEGER) ENGINE=MyISAM;\nINSERT INTO {own}.plain VALUES (2);",
    "away": "CREATE TABLE a (id INTEGER) ENGINE=MyISAM;\nALTER TABLE a RENAME TO my;\nCREATE TABLE a (id INTEGER);",
    # Until the session is made new the temporary table is the one that is seen.
    "hidden": "CREATE TEMPORARY TABLE my (id INTEGER);\nINSERT INTO plain VALUES (1);\n"
    "CREATE TABLE my (id INTEGER) ENGINE=MyISAM;\nINSERT INTO plain VALUES (2);",
}
MADE_ON_MARIADB = {
    "parted": "CREATE TABLE a (id INTEGER) ENGINE=MyISAM PARTITION BY LIST (id) "
    "(PARTITION p VALUES IN (1), PARTITION q DEFAULT);\n"
    "ALTER TABLE a CONVERT PARTITION p TO TABLE my;\nALTER TABLE a ENGINE=InnoDB;",
    "comment": "CREATE TABLE /*M! my */ /*!80000 plain */ (id INTEGER) ENGINE=MyISAM;",
}


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
@pytest.mark.parametrize("way", MADE)
async def test_a_table_without_transactions_is_noticed_however_a_run_comes_by_it(
    url: str, tmp_path: Path, fresh: Fresh, way: str
) -> None:
    other = await asyncio.to_thread(fresh)
    async with DatabaseManager(other) as db_manager:
        await db_manager.execute("CREATE TABLE my (id INTEGER) ENGINE=MyISAM")
    await assert_noticed(url, tmp_path, MADE[way].format(other=parse_url(other).database, own=parse_url(url).database))


@pytest.mark.only("mariadb")
@pytest.mark.asyncio
@pytest.mark.parametrize("way", MADE_ON_MARIADB)
async def test_it_is_noticed_where_mariadb_alone_has_such_a_way(url: str, tmp_path: Path, way: str) -> None:
    await assert_noticed(url, tmp_path, MADE_ON_MARIADB[way])


async def assert_noticed(url: str, tmp_path: Path, made: str) -> None:
    made = "CREATE TABLE plain (id INTEGER);\n" + made
    rows = "INSERT INTO my VALUES (1);\nINSERT INTO nowhere VALUES (1);\n"
    files = {"V1__plain.sql": "INSERT INTO first VALUES (1);", "V2__made.sql": made, "V3__rows.sql": rows}
    folder = write_set(tmp_path / "made", {"V0__first.sql": "CREATE TABLE first (id INTEGER);", **files})
    with pytest.raises(MigrationFailed, match="table my knows no transactions"):
        await migrate(url, folder)
    assert await count(url, "my") == 0


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_a_table_that_was_given_transactions_takes_rows_again(url: str, tmp_path: Path) -> None:
    made = "CREATE TABLE other (id INTEGER);\nCREATE TABLE my (id INTEGER) ENGINE=MyISAM;\nINSERT INTO other VALUES (1);\n"
    files = {"V1__made.sql": f"{made}ALTER TABLE my ENGINE=InnoDB;", "V2__rows.sql": "INSERT INTO my VALUES (1), (2);"}
    await migrate(url, write_set(tmp_path / "made", files))
    assert await count(url, "my") == 2


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
@pytest.mark.parametrize("change", ["ADD PARTITION PARTITIONS 2", "COALESCE PARTITION 1"])
async def test_the_catalog_sees_how_many_partitions_there_are(url: str, database: str, change: str) -> None:
    (statement,) = split(f"ALTER TABLE p {change}", database)
    async with open_session(url) as session:
        await session.connection.run("CREATE TABLE p (id INTEGER PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2")
        before = await session.dialect.look_up(session.connection, statement)
        await session.run(statement)
        assert await session.dialect.took_effect(session.connection, statement, before) is True


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_of_an_emptied_partition_the_catalog_cannot_tell(url: str, database: str) -> None:
    (statement,) = split("ALTER TABLE p TRUNCATE PARTITION p0", database)
    async with open_session(url) as session:
        await session.connection.run("CREATE TABLE p (id INTEGER PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2")
        before = await session.dialect.look_up(session.connection, statement)
        assert await session.dialect.took_effect(session.connection, statement, before) is None


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
    await migrate(url, alpha, version="1")
    async with open_session(url) as session:
        (statement,) = split(change.rpartition("\n")[2], database)
        before = await session.dialect.look_up(session.connection, statement)
    await asyncio.to_thread(run_sql, url, "DROP TABLE nowhere")
    with pytest.raises(MigrationFailed):
        await migrate(url, alpha)
    # As a run leaves it that dies before the statement.
    undo = {"postgresql": "DROP INDEX t_id_idx", "sqlite": "SELECT 1"}.get(database, "ALTER TABLE t DROP COLUMN a")
    await asyncio.to_thread(run_sql, url, undo, "CREATE TABLE nowhere (id INTEGER)")
    async with DatabaseManager(url) as db_manager:
        changed = "UPDATE whimbrel_journal SET state = 'intent', finished_on = NULL, catalog_before = :before"
        await db_manager.execute(changed, {"before": before})
    await migrate(url, write_set(tmp_path / "beta", {"V1__b.sql": f"{other};"}))
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
