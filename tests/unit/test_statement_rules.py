"""Each database's rules recognise statements by their leading words."""

import pytest

from tests.unit.plans import ALL, NO_DDL, dialect, on, plan, statements
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer_rules import find_rules


def words(server: str, text: str) -> tuple[str, ...]:
    return leading_words(text, find_rules(server))


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(ALL, "INSERT INTO t VALUES (1)", False),
        *on(ALL, "UPDATE t SET a = 1", False),
        *on(ALL, "SELECT 1", False),
        *on(("postgresql", "sqlite"), "CREATE TABLE t (a INTEGER)", False),
        *on(NO_DDL, "CREATE TABLE t (a INTEGER)", True),
        *on(NO_DDL, "CALL p()", True),
        *on(NO_DDL, "LOAD DATA INFILE 'a' INTO TABLE t", True),
        *on(NO_DDL, "SET @a = 1", False),
        *on(NO_DDL, "USE a", False),
        *on(NO_DDL, "SET GLOBAL a = 1", True),
        *on(NO_DDL, "SET @@GLOBAL.a = 1", True),
        *on(NO_DDL, "SET SESSION sql_log_bin = 0", True),
        *on(NO_DDL, "SET gtid_next = 'AUTOMATIC'", True),
        *on("postgresql", "VACUUM", True),
        *on("postgresql", "CHECKPOINT", True),
        *on("postgresql", "CLUSTER t", True),
        *on("postgresql", "REINDEX TABLE t", True),
        *on("postgresql", "CREATE DATABASE d", True),
        *on("postgresql", "DROP TABLESPACE s", True),
        *on("postgresql", "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", True),
        *on("postgresql", "ALTER SUBSCRIPTION s DISABLE", True),
        *on("postgresql", "ALTER SYSTEM SET a = 1", True),
        *on("postgresql", "DISCARD ALL", True),
        *on("postgresql", "DISCARD PLANS", False),
        *on("postgresql", "ALTER DATABASE d SET TABLESPACE s", True),
        *on("postgresql", "ALTER DATABASE d SET a = 1", False),
        *on("postgresql", "CREATE INDEX CONCURRENTLY i ON t (a)", True),
        *on("postgresql", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", True),
        *on("postgresql", "DROP INDEX CONCURRENTLY i", True),
        *on("postgresql", "CREATE INDEX concurrently_ ON t (a)", False),
        *on("postgresql", "CREATE UNIQUE INDEX i ON t (a)", False),
        *on("postgresql", "ALTER TABLE t DETACH PARTITION u CONCURRENTLY", True),
        *on("postgresql", "ALTER TABLE t DETACH PARTITION u", False),
        *on("postgresql", "REFRESH MATERIALIZED VIEW CONCURRENTLY v", False),
        *on("sqlite", "VACUUM", True),
        *on("sqlite", "ATTACH 'a' AS a", True),
        *on("sqlite", "DETACH a", True),
        *on("sqlite", "PRAGMA journal_mode = WAL", True),
        *on("sqlite", "PRAGMA main.synchronous = 1", True),
        *on("sqlite", "PRAGMA user_version = 1", False),
    ],
)
def test_statements_that_need_autocommit(server: str, text: str, expected: bool) -> None:
    assert dialect(server).needs_autocommit(words(server, text)) is expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(ALL, "INSERT INTO t VALUES (1)", True),
        *on(NO_DDL, "SELECT 1", True),
        *on(NO_DDL, "CREATE TABLE t (a INTEGER)", False),
        *on(NO_DDL, "CALL p()", False),
        *on("postgresql", "CREATE TABLE t (a INTEGER)", True),
        *on("postgresql", "CALL p()", False),
        *on("postgresql", "VACUUM", False),
        *on("sqlite", "CREATE TABLE t (a INTEGER)", True),
        *on("sqlite", "VACUUM", False),
    ],
)
def test_statements_that_share_a_transaction_with_their_journal_row(server: str, text: str, expected: bool) -> None:
    assert dialect(server).shares_transaction(words(server, text)) is expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on("postgresql", "SET a TO b", True),
        *on("postgresql", "RESET a", True),
        *on("postgresql", "SELECT set_config('a', 'b', false)", True),
        *on("postgresql", "SELECT pg_catalog.set_config('a', 'b', false)", True),
        *on("postgresql", "SELECT other.set_config('a', 'b', false)", False),
        *on("postgresql", "SELECT a", False),
        *on("postgresql", "INSERT INTO t VALUES (1)", False),
        *on(NO_DDL, "SET @a = 1", True),
        *on(NO_DDL, "SET sql_mode = ''", True),
        *on(NO_DDL, "USE a", True),
        *on(NO_DDL, "SET GLOBAL a = 1", False),
        *on("mariadb", "SET STATEMENT max_statement_time = 9 FOR DELETE FROM t", False),
        *on(NO_DDL, "SET PERSIST a = 1", False),
        *on(NO_DDL, "SET PASSWORD = 'a'", False),
        *on(NO_DDL, "UPDATE t SET a = 1", False),
        *on("sqlite", "PRAGMA user_version = 1", True),
        *on("sqlite", "ATTACH 'a' AS a", True),
        *on("sqlite", "INSERT INTO t VALUES (1)", False),
    ],
)
def test_statements_that_only_set_the_session(server: str, text: str, expected: bool) -> None:
    assert dialect(server).sets_session(words(server, text)) is expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(ALL, "BEGIN", True),
        *on(ALL, "START TRANSACTION", True),
        *on(ALL, "COMMIT", True),
        *on(ALL, "ROLLBACK", True),
        *on(ALL, "SAVEPOINT a", True),
        *on(ALL, "RELEASE SAVEPOINT a", True),
        *on(ALL, "END", True),
        *on(ALL, "ABORT", True),
        *on(ALL, "PREPARE TRANSACTION 'a'", True),
        *on(ALL, "PREPARE a AS SELECT 1", False),
        *on(ALL, "START SLAVE", False),
        *on(ALL, "BEGIN NOT ATOMIC SELECT 1; END", False),
        *on(ALL, "CREATE TABLE t (a INTEGER)", False),
        *on(NO_DDL, "XA BEGIN 'a'", True),
        *on(NO_DDL, "SET autocommit = 0", True),
        *on(NO_DDL, "SET @@autocommit = 0", True),
        *on(NO_DDL, "SET @autocommit = 0", False),
        *on(NO_DDL, "UPDATE t SET autocommit = 0", False),
        *on("postgresql", "SET autocommit = 0", False),
    ],
)
def test_statements_that_begin_or_end_a_transaction(server: str, text: str, expected: bool) -> None:
    assert bool(dialect(server).controls_transaction(words(server, text))) is expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on("postgresql", "VACUUM", True),
        *on("postgresql", "REINDEX SCHEMA a", True),
        *on("postgresql", "REINDEX TABLE t", False),
        *on("postgresql", "REINDEX INDEX i", False),
        *on("postgresql", "ALTER SYSTEM SET a = 1", True),
        *on("postgresql", "ALTER TABLE t ADD a INTEGER", False),
        *on("postgresql", "CREATE INDEX CONCURRENTLY i ON t (a)", False),
        *on(NO_DDL, "CREATE TEMPORARY TABLE t (a INTEGER)", True),
        *on(NO_DDL, "ANALYZE TABLE t", True),
        *on(NO_DDL, "GRANT ALL ON t TO a", True),
        *on(NO_DDL, "LOCK TABLES t WRITE", True),
        *on(NO_DDL, "UNLOCK TABLES", True),
        *on(NO_DDL, "CREATE TABLE t (a INTEGER)", False),
        *on(NO_DDL, "INSERT INTO t VALUES (1)", False),
        *on("sqlite", "VACUUM", True),
        *on("sqlite", "VACUUM INTO 'a'", False),
        *on("sqlite", "PRAGMA a = 1", True),
        *on("sqlite", "CREATE TABLE t (a INTEGER)", False),
    ],
)
def test_statements_that_may_run_twice(server: str, text: str, expected: bool) -> None:
    assert dialect(server).is_repeatable(words(server, text)) is expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on("postgresql", "CALL p()", True),
        *on("postgresql", "CREATE TABLE t (a INTEGER)", False),
        *on(NO_DDL, "CALL p()", True),
        *on(NO_DDL, "LOAD DATA INFILE 'a' INTO TABLE t", True),
        *on(NO_DDL, "BEGIN NOT ATOMIC SELECT 1; END", True),
        *on(NO_DDL, "CREATE TABLE t (a INTEGER)", False),
        *on("sqlite", "CREATE TABLE t (a INTEGER)", False),
    ],
)
def test_statements_that_may_stop_halfway(server: str, text: str, expected: bool) -> None:
    assert dialect(server).may_stop_halfway(words(server, text)) is expected


def test_a_planned_statement_has_its_leading_words() -> None:
    (one,) = statements(plan("/* a */ CREATE TABLE t (a INTEGER);", "sqlite"), 1, 1)
    assert one.words == words("sqlite", "CREATE TABLE t (a INTEGER)") == ("CREATE", "TABLE", "T", "(", "A", "INTEGER", ")")
