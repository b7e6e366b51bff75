"""After an interrupted statement, the next run asks the catalog, or stops and names the command that settles it."""

import re
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import (
    ConfigurationError,
    DatabaseError,
    DatabaseManager,
    MigrationFailed,
    StatementUnsettled,
    ValidationFailed,
    migrate,
    repair,
    resolve,
    validate,
)
from whimbrel.parsing.splitter import split
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.asyncio

THREE = """-- whimbrel: transaction=off
CREATE TABLE a (id INTEGER PRIMARY KEY);
INSERT INTO a VALUES (1);
INSERT INTO nowhere VALUES ('secret');
"""


async def fail(url: str, folder: str) -> None:
    with pytest.raises(MigrationFailed, match="statement 3 of 3"):
        await migrate(url, folder)


async def alter_journal(url: str, change: str) -> None:
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute(f"UPDATE whimbrel_journal SET {change}")


async def test_what_the_catalog_cannot_settle_stops_until_a_person_says(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "three", {"V1__three.sql": THREE})
    await fail(url, folder)
    await alter_journal(url, "state = 'intent', catalog_before = '' WHERE first_statement = 2")
    with pytest.raises(StatementUnsettled, match=r"V1__three\.sql:3:1: statement 2 of 3 \(INSERT\) began") as caught:
        await migrate(url, folder)
    assert caught.value.exit_code == 6
    assert "whimbrel resolve three 1 2 --applied " in str(caught.value)
    assert "whimbrel resolve three 1 2 --rerun " in str(caught.value)

    await resolve(url, "three", "1", 2, applied=True)
    with pytest.raises(ConfigurationError, match="is not open: there is nothing to settle"):
        await resolve(url, "three", "1", 2, applied=True)
    write_set(tmp_path / "three", {"V1__three.sql": THREE.replace("nowhere VALUES ('secret')", "a VALUES (3)")})
    assert (await migrate(url, folder)).applied[0].statements == 1
    async with DatabaseManager(url) as db_manager:
        assert [row["id"] for row in await db_manager.fetch_all("SELECT id FROM a ORDER BY id")] == [1, 3]


async def test_a_statement_that_is_to_be_run_again_is_run_again(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "three", {"V1__three.sql": THREE})
    await fail(url, folder)
    run_later = "state = 'intent', catalog_before = '' WHERE first_statement = 2"
    await alter_journal(url, run_later)
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("DELETE FROM a")
    await resolve(url, "three", "1.0", 2, applied=False)
    write_set(tmp_path / "three", {"V1__three.sql": THREE.replace("nowhere VALUES ('secret')", "a VALUES (3)")})
    assert (await migrate(url, folder)).applied[0].statements == 2


async def test_resolve_on_a_database_without_a_journal_says_so(url: str) -> None:
    with pytest.raises(ConfigurationError, match="statement 1 of chat, version 7, is not open: there is nothing to settle"):
        await resolve(url, "chat", "7", 1, applied=True)


async def test_the_journal_keeps_no_content_of_strings(url: str, tmp_path: Path) -> None:
    text = "-- whimbrel: transaction=off\nCREATE TABLE a (x VARCHAR(20));\nINSERT INTO a VALUES ('canary');\nbad;"
    with pytest.raises(MigrationFailed):
        await migrate(url, write_set(tmp_path / "secret", {"V1__s.sql": text}))
    async with DatabaseManager(url) as db_manager:
        rows = await db_manager.fetch_all("SELECT * FROM whimbrel_journal")
    assert len(rows) == 2
    assert "canary" not in str(rows)


MADE = (
    "CREATE TABLE old (id INTEGER PRIMARY KEY AUTO_INCREMENT, n INTEGER)",
    "CREATE TABLE other (id INTEGER)",
    "INSERT INTO old (n) VALUES (1), (2)",
    "CREATE VIEW seen AS SELECT n FROM old",
    "CREATE PROCEDURE p() SELECT 1",
    "CREATE TRIGGER t BEFORE INSERT ON old FOR EACH ROW SET NEW.n = NEW.n",
    "CREATE TABLE twin (id INTEGER)",
    "CREATE TABLE parts (id INTEGER PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION low VALUES LESS THAN (10))",
    "CREATE TABLE part (id INTEGER PRIMARY KEY)",
)
DDL = (
    "CREATE TABLE IF NOT EXISTS new (id INTEGER)",
    "CREATE TABLE new2 AS SELECT n FROM old",
    "ALTER TABLE old ADD COLUMN c INTEGER",
    "ALTER TABLE old RENAME TO older",
    "RENAME TABLE old TO x, other TO old, x TO other",
    "RENAME TABLE other TO x, twin TO other, x TO twin",
    "ALTER TABLE parts EXCHANGE PARTITION low WITH TABLE part",
    "CREATE UNIQUE INDEX i ON old (n)",
    "DROP TABLE old, other",
    "DROP TABLE IF EXISTS old, nowhere",
    "TRUNCATE TABLE old",
    "CREATE OR REPLACE VIEW seen AS SELECT id FROM old",
    "DROP VIEW seen",
    "CREATE DEFINER = CURRENT_USER PROCEDURE p2() BEGIN SELECT 1; END",
    "ALTER PROCEDURE p COMMENT 'x'",
    "DROP PROCEDURE p",
    "CREATE FUNCTION f() RETURNS INTEGER DETERMINISTIC RETURN 1",
    "DROP TRIGGER t",
    "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
    "/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t2 AFTER INSERT ON old FOR EACH ROW SET @a = 1 */",
)


@pytest.mark.only("mysql", "mariadb")
@pytest.mark.parametrize("sql", DDL)
async def test_the_catalog_tells_whether_a_ddl_statement_took_effect(url: str, database: str, sql: str) -> None:
    async with open_session(url) as session:
        for one in MADE:
            await session.connection.run(one)
        (statement,) = split(sql, database)
        before = await session.dialect.snapshot_objects(session.connection, statement)
        assert before
        await session.connection.run("INSERT INTO old (n) VALUES (3)")
        assert await session.dialect.settle(session.connection, statement, before) is False
        await session.connection.run("SET sql_mode = 'ANSI_QUOTES'")
        await session.run(statement)
        assert await session.dialect.settle(session.connection, statement, before) is True


@pytest.mark.only("mysql", "mariadb")
async def test_a_drop_that_a_crash_cut_short_is_ended(url: str, database: str) -> None:
    # MariaDB leaves this state, because it drops one table after the other.
    (statement,) = split("DROP TABLE old, other", database)
    async with open_session(url) as session:
        for one in MADE[:2]:
            await session.connection.run(one)
        before = await session.dialect.snapshot_objects(session.connection, statement)
        await session.connection.run("DROP TABLE old")
        assert await session.dialect.settle(session.connection, statement, before) is True
        assert await session.connection.fetch_all("SHOW TABLES LIKE 'other'") == []


@pytest.mark.only("mysql", "mariadb")
async def test_a_drop_that_is_refused_is_not_ended(url: str, tmp_path: Path) -> None:
    keys = "CREATE TABLE old (id INTEGER);\nCREATE TABLE kept (id INTEGER PRIMARY KEY);\n"
    keys += "CREATE TABLE refers (id INTEGER, FOREIGN KEY (id) REFERENCES kept (id));\n"
    folder = write_set(tmp_path / "drop", {"V1__keys.sql": keys, "V2__drop.sql": "DROP TABLE old, kept;"})
    with pytest.raises(MigrationFailed, match="foreign key"):
        await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT count(*) FROM kept") == 0
        assert await db_manager.fetch_value("SELECT count(*) FROM whimbrel_journal") == 0


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("what", ["TABLE CONCURRENTLY t", "INDEX CONCURRENTLY i", "(VERBOSE) TABLE CONCURRENTLY public.t"])
async def test_what_a_reindex_that_was_cut_short_has_left_is_cleared_away(url: str, what: str) -> None:
    (statement,) = split(f"REINDEX {what}", "postgresql")
    slowly = "CREATE FUNCTION slowly(a INTEGER) RETURNS INTEGER LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(0.2); "
    indexes = "SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass"
    async with open_session(url) as session:
        for one in ("CREATE TABLE t (a INTEGER)", slowly + "RETURN a; END $$", "CREATE INDEX i ON t (slowly(a))"):
            await session.connection.run(one)
        await session.connection.run("INSERT INTO t VALUES (1), (2)")
        before = await session.dialect.snapshot_objects(session.connection, statement)
        await session.connection.run("SET statement_timeout = '300ms'")
        with pytest.raises(DatabaseError, match="statement timeout"):
            await session.run(statement)
        await session.connection.run("RESET statement_timeout")
        assert len(await session.connection.fetch_all(indexes)) == 2
        assert await session.dialect.settle(session.connection, statement, before) is False
        assert await session.connection.fetch_all(indexes) == [{"name": "i"}]


async def test_what_was_begun_and_edited_since_is_not_said_to_be_applied(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "my set", {"V1__three.sql": THREE})
    await fail(url, folder)
    await alter_journal(url, "state = 'intent', catalog_before = '' WHERE first_statement = 2")
    write_set(tmp_path / "my set", {"V1__three.sql": THREE.replace("(1)", "(2)")})
    with pytest.raises(ValidationFailed, match=r"statement 2 \(INSERT\) began, its end was never recorded") as caught:
        await migrate(url, folder)
    assert "is applied" not in str(caught.value)
    assert "whimbrel resolve 'my set' 1 2 --applied " in str(caught.value)
    assert "whimbrel resolve 'my set' 1 2 --rerun " in str(caught.value)


async def test_what_was_applied_before_a_begun_file_that_cannot_go_on_is_told(url: str, tmp_path: Path) -> None:
    folder, before = write_set(tmp_path / "three", {"V1__three.sql": THREE}), tmp_path / "before"
    await fail(url, folder)
    write_set(tmp_path / "three", {"V1__three.sql": THREE.replace("(1)", "(2)")})
    with pytest.raises(ValidationFailed, match=r"1 problem, after this run had applied before/V1__a\.sql:\n") as caught:
        await migrate(url, write_set(before, {"V1__a.sql": "CREATE TABLE b (id INTEGER);"}), folder)
    assert caught.value.applied == ("before/V1__a.sql",)
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_all("SELECT * FROM b") == []
    with pytest.raises(ValidationFailed, match="1 problem, nothing was changed:\n"):
        await migrate(url, str(before), folder)


async def test_the_commands_that_settle_a_statement_lead_to_the_schema_that_was_named(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "three", {"V1__three.sql": THREE})
    await fail(url, folder)
    await alter_journal(url, "state = 'intent', catalog_before = '' WHERE first_statement = 2")
    async with open_session(url) as session:
        schema = session.schema
    with pytest.raises(StatementUnsettled, match=f"whimbrel resolve three 1 2 --applied --url .* --schema {schema}\n"):
        await migrate(url, folder, schema=schema)
    write_set(tmp_path / "three", {"V1__three.sql": THREE.replace("(1)", "(2)")})
    (problem,) = [one for one in await validate(url, folder, schema=schema) if not one.warning]
    assert re.search(f"whimbrel resolve three 1 2 --rerun --url .* --schema {schema}\n", problem.message)
    async with DatabaseManager(url, schema=schema) as db_manager:
        with pytest.raises(ValidationFailed, match=f"whimbrel resolve three 1 2 --rerun --url .* --schema {schema}\n"):
            await migrate(db_manager, folder)


async def test_repair_of_a_database_without_a_history_has_nothing_to_do(url: str, tmp_path: Path) -> None:
    assert await repair(url, write_set(tmp_path / "three", {"V1__three.sql": THREE})) == []
