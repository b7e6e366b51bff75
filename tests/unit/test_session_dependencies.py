"""The rest of a resumed file must not use state that was lost with the earlier session."""

import pytest

from tests.unit.plans import ALL, NO_DDL, on, plan
from whimbrel.errors import ValidationFailed
from whimbrel.planning.session_dependencies import check_session

OFF = "-- whimbrel: transaction=off\n"
ROW = "INSERT INTO t (a) VALUES (1)"
NOT_MYSQL = ("postgresql", "sqlite")
MADE = "CREATE TEMPORARY TABLE x (a INTEGER)"


def uses(server: str, done: str, left: str) -> str:
    """Return `N uses X of M` for a refused statement; empty if `left` may run in a new session behind `done`."""
    found = plan(f"{OFF}{done};\n{left}", server, variant=server)
    count = plan(OFF + done, server, variant=server).total
    try:
        check_session(found, count)
    except ValidationFailed as failed:
        (problem,) = failed.problems
        assert (problem.kind, problem.script, problem.warning) == ("resume", found.migration.path, False)
        told, _, todo = problem.message.partition(": statement ")[2].partition(" in a session that has ended; ")
        assert todo == "create it again in the remaining statements, and run again"
        return (
            told.replace(", which reports on an earlier statement", "").replace(", which statement", " of").removesuffix(" made")
        )
    return ""


@pytest.mark.parametrize(
    ("server", "done", "left", "expected"),
    [
        *on(ALL, MADE, "INSERT INTO x VALUES (1)", "2 uses x of 1"),
        *on(ALL, f"{ROW};\n{MADE}", "SELECT * FROM X", "3 uses x of 2"),
        *on(ALL, "CREATE TEMPORARY TABLE IF NOT EXISTS x (a INTEGER)", "TABLE x", "2 uses x of 1"),
        *on(ALL, MADE, "TABLE y;\nTABLE x", "3 uses x of 1"),
        *on(ALL, MADE, "TABLE y", ""),
        *on(ALL, "CREATE TABLE x (a INTEGER)", "TABLE x", ""),
        *on(ALL, f"{MADE};\nDROP TABLE x", "TABLE x", ""),
        *on(ALL, f"{MADE};\nDROP TABLE y", "TABLE x", "3 uses x of 1"),
        *on(ALL, f"{MADE};\nDROP VIEW x", "TABLE x", "3 uses x of 1"),
        *on(NO_DDL, "CREATE TEMPORARY TABLE x (a INTEGER);\nDROP TEMPORARY TABLE x", "TABLE x", ""),
        *on(
            ALL,
            "CREATE TEMPORARY TABLE x (a INTEGER);\nCREATE TEMPORARY TABLE y (a INTEGER)",
            "SELECT * FROM y, x",
            "3 uses x of 1",
        ),
        # A remaining statement creates the table again.
        *on(ALL, MADE, "CREATE TEMPORARY TABLE x (a INTEGER);\nTABLE x", ""),
        *on(ALL, MADE, "CREATE TEMPORARY TABLE IF NOT EXISTS x (a INTEGER);\nTABLE x", ""),
        *on(
            ALL,
            "CREATE TEMPORARY TABLE x (a INTEGER)",
            "CREATE TEMPORARY TABLE y (a INTEGER);\nTABLE x",
            "3 uses x of 1",
        ),
        *on(
            ALL,
            "CREATE TEMPORARY TABLE x (a INTEGER)",
            "CREATE TEMPORARY TABLE x AS SELECT * FROM x",
            "2 uses x of 1",
        ),
        *on(ALL, MADE, "CREATE TABLE y AS TABLE x", "2 uses x of 1"),
        *on(NOT_MYSQL, "CREATE TEMP TABLE x (a INTEGER)", "TABLE x", "2 uses x of 1"),
        *on(NOT_MYSQL, "CREATE TEMP VIEW x AS SELECT 1", "TABLE x", "2 uses x of 1"),
        *on(NOT_MYSQL, "CREATE TEMP VIEW x AS SELECT 1;\nDROP TABLE x", "TABLE x", ""),
        *on(NOT_MYSQL, 'CREATE TEMP TABLE "X" (a INTEGER)', 'SELECT * FROM "x"', "2 uses x of 1"),
        *on("postgresql", "CREATE LOCAL TEMP TABLE x (a INTEGER)", "TABLE x", "2 uses x of 1"),
        *on("postgresql", "CREATE GLOBAL TEMPORARY TABLE x (a INTEGER)", "TABLE x", "2 uses x of 1"),
        *on("postgresql", "CREATE OR REPLACE TEMP VIEW x AS SELECT 1", "TABLE x", "2 uses x of 1"),
        *on("postgresql", "CREATE TEMP RECURSIVE VIEW x (a) AS SELECT 1", "TABLE x", "2 uses x of 1"),
        *on("postgresql", "CREATE TEMP SEQUENCE x", "SELECT nextval(x)", "2 uses x of 1"),
        *on("postgresql", "CREATE TABLE pg_temp.x (a INTEGER)", "TABLE x", "2 uses x of 1"),
        *on("postgresql", "CREATE VIEW PG_TEMP.x AS SELECT 1", "TABLE x", "2 uses x of 1"),
        *on("sqlite", "CREATE TABLE temp.x (a INTEGER)", "SELECT * FROM x", "2 uses x of 1"),
        *on(NO_DDL, "CREATE TABLE temp.x (a INTEGER)", "TABLE x", ""),
        *on("postgresql", "CREATE TABLE other.x (a INTEGER)", "TABLE x", ""),
        *on("postgresql", "SELECT 1 AS a INTO TEMP x", "TABLE x", "2 uses x of 1"),
        *on("postgresql", "SELECT 1 AS a INTO TEMPORARY TABLE x", "TABLE x", "2 uses x of 1"),
        *on("postgresql", "SELECT 1 AS a INTO x", "TABLE x", ""),
        *on("postgresql", "CREATE TEMP TABLE x (a INTEGER)", "SELECT 1 AS b INTO TEMP y;\nTABLE y", ""),
        *on("postgresql", "CREATE INDEX x ON t (a)", "SELECT * FROM x", ""),
        *on("postgresql", "INSERT INTO temp VALUES (1)", "TABLE temp", ""),
    ],
)
def test_a_temporary_table_is_lost_with_the_session(server: str, done: str, left: str, expected: str) -> None:
    assert uses(server, done, left) == expected


ID, COUNT = "SELECT LAST_INSERT_ID()", "SELECT ROW_COUNT()"


@pytest.mark.parametrize(
    ("server", "left", "expected"),
    [
        *on(NO_DDL, ID, "2 uses LAST_INSERT_ID()"),
        *on(NO_DDL, COUNT, "2 uses ROW_COUNT()"),
        *on(NO_DDL, "SELECT found_rows ()", "2 uses FOUND_ROWS()"),
        *on("sqlite", "SELECT last_insert_rowid()", "2 uses LAST_INSERT_ROWID()"),
        *on("sqlite", "SELECT changes()", "2 uses CHANGES()"),
        *on(NO_DDL, f"UPDATE t SET a = 2;\n{ID}", "3 uses LAST_INSERT_ID()"),
        *on(
            "sqlite",
            "UPDATE t SET a = 2;\nSELECT last_insert_rowid()",
            "3 uses LAST_INSERT_ROWID()",
        ),
        # A count refers to the statement before it, an id to the last INSERT.
        *on(NO_DDL, f"UPDATE t SET a = 2;\n{COUNT}", ""),
        *on("sqlite", "UPDATE t SET a = 2;\nSELECT changes()", ""),
        *on(NO_DDL, f"{ROW};\n{ID}", ""),
        *on(NO_DDL, f"REPLACE INTO t VALUES (1);\n{ID}", ""),
        *on(NO_DDL, f"WITH a AS (SELECT 1) SELECT 1;\n{ID}", ""),
        *on(NO_DDL, f"LOAD DATA INFILE 'a' INTO TABLE t;\n{ID}", ""),
        *on(NO_DDL, f"CALL p();\n{ID}", ""),
        *on("sqlite", f"{ROW};\nSELECT last_insert_rowid()", ""),
        *on(NO_DDL, "INSERT INTO t VALUES (LAST_INSERT_ID())", "2 uses LAST_INSERT_ID()"),
        # A column of this name does not call the function.
        *on(NO_DDL, "SELECT last_insert_id FROM t", ""),
        *on(NO_DDL, "SELECT a, last_insert_id, b FROM t", ""),
        *on(NO_DDL, "SELECT last_insert_id", ""),
        *on("postgresql", "SELECT last_insert_id(), changes(), row_count()", ""),
        *on("sqlite", ID, ""),
        *on(NO_DDL, "SELECT changes()", ""),
    ],
)
def test_ids_and_counts_of_an_earlier_statement_are_lost_with_the_session(server: str, left: str, expected: str) -> None:
    assert uses(server, ROW, left) == expected


@pytest.mark.parametrize(
    ("done", "left", "expected"),
    [
        # These SETs run again and give the same value.
        ("SET @a = 5", "SELECT @a", ""),
        ("SET @a = 5, @b = 'x'", "SELECT @a, @b", ""),
        ("SET @a = 5;\nSET @b = @a", "SELECT @b", ""),
        ("SET @a := 5", "SELECT @a", ""),
        ("SET @old = @@SQL_MODE, SQL_MODE = ''", "SET SQL_MODE = @old", ""),
        ("SET @old = @@session.time_zone", "SET time_zone = @old", ""),
        ("SET @a = 1, @@sql_notes = 0", "SELECT @a", ""),
        ("SET @a = 1, @@insert_id = 7", "SELECT @a", ""),
        ("SET @a = 1, @@session.insert_id := 7", "SELECT @a", ""),
        # These may give another value.
        ("SET @a = f()", "SELECT @a", "2 uses @a of 1"),
        ("SET @a = (SELECT 1)", "SELECT @A", "2 uses @a of 1"),
        ("SET @a = LAST_INSERT_ID()", "SELECT @a", "2 uses @a of 1"),
        ("SET @a = CURRENT_TIMESTAMP", "SELECT @a", "2 uses @a of 1"),
        ("SET @a = LOCALTIME", "SELECT @a", "2 uses @a of 1"),
        ("SET @a = UTC_DATE", "SELECT @a", "2 uses @a of 1"),
        ("SET @a = @@identity", "SELECT @a", "2 uses @a of 1"),
        ("SET @a = @@session.last_insert_id", "SELECT @a", "2 uses @a of 1"),
        ("SET @a = @@identity, @b = 2", "SELECT @b", "2 uses @b of 1"),
        ("SET @a = f();\nSET @b = @a", "SELECT @b", "3 uses @b of 2"),
        ("SET @a = f();\nSET @a = 5", "SELECT @a", ""),
        ("SET @a = f();\nSET @b = 5", "SELECT @a", "3 uses @a of 1"),
        ("SELECT 1 INTO @a", "SELECT @a", "2 uses @a of 1"),
        ("SELECT 1, 2, 3 INTO @a, @b, @c", "SELECT @c", "2 uses @c of 1"),
        ("SELECT 1, 2, 3 INTO @a, @b, @c", "SELECT @b", "2 uses @b of 1"),
        ("SELECT @a := 1", "SELECT @a", "2 uses @a of 1"),
        ("SELECT @a = 1", "SELECT @a", ""),
        ("SELECT @a, @b", "SELECT @a", ""),
        ("CALL p(@a, 1)", "SELECT @a", "2 uses @a of 1"),
        ("LOAD DATA INFILE 'a' INTO TABLE t (@a, b)", "SELECT @a", "2 uses @a of 1"),
        ("SELECT 1 INTO @`a`", "SELECT @a", "2 uses @a of 1"),
        ("SELECT 1 INTO @a", "SELECT @'a', '@a', a", ""),
        ("SELECT 1 INTO @a", "SELECT @@a", ""),
        ("SELECT 1 INTO @a", "SELECT @ a", ""),
        ("SELECT 1 INTO @a", "SELECT @ab", ""),
        # Setting a variable is not using it.
        ("SELECT 1 INTO @a", "SET @a = 5;\nSELECT @a", ""),
        ("SELECT 1 INTO @a", "SET @b = 1, @a = 5;\nSELECT @a", ""),
        ("SELECT 1 INTO @a", "SELECT 2 INTO @a;\nSELECT @a", ""),
        ("SELECT 1 INTO @a", "SELECT 2, 3 INTO @b, @a;\nSELECT @a", ""),
        ("SELECT 1 INTO @a", "SELECT @a := 5;\nSELECT @a", ""),
        ("SELECT 1 INTO @a", "SET @b = @a", "2 uses @a of 1"),
        ("SELECT 1 INTO @a", "SET @b = 5, @c = @a", "2 uses @a of 1"),
        ("SELECT 1 INTO @a", "SET @a = @a + 1", "2 uses @a of 1"),
        ("SELECT 1 INTO @a", "UPDATE t SET b = @a", "2 uses @a of 1"),
        ("SELECT 1 INTO @a", "SELECT 1, @a INTO @b", "2 uses @a of 1"),
        ("SELECT 1, 2 INTO @a, @b", "SET @a = 1, @c = @b", "2 uses @b of 1"),
    ],
)
@pytest.mark.parametrize("server", NO_DDL)
def test_a_computed_variable_is_lost_with_the_session(server: str, done: str, left: str, expected: str) -> None:
    assert uses(server, done, left) == expected


@pytest.mark.parametrize("server", NOT_MYSQL)
def test_only_mysql_and_mariadb_have_variables(server: str) -> None:
    assert uses(server, "SELECT 1 + @a", "SELECT @a") == ""


def test_a_file_without_applied_statements_depends_on_no_session() -> None:
    check_session(plan(f"{OFF}CREATE TEMP TABLE x (a INTEGER);\nINSERT INTO x VALUES (1);"), 0)


def test_the_refusal_names_the_first_lost_object_and_the_place() -> None:
    made = "CREATE TEMP TABLE y (a INTEGER);\nCREATE TEMP TABLE x (a INTEGER);\n"
    with pytest.raises(ValidationFailed) as caught:
        check_session(plan(f"{OFF}{made}SELECT 1,\n  * FROM y, x;"), 2)
    assert caught.value.problems[0].message.startswith("sql/chat/V1__a.sql:4:1: statement 3 uses x, which statement 2 made in a")
