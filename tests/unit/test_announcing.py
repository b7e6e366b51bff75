"""Decide which statements of MySQL and MariaDB share a message with their intent."""

import pytest

from whimbrel.dialects.mysql.announcing import fits
from whimbrel.dialects.mysql.emulation import runs_as_it_is
from whimbrel.parsing.lexer_rules import MYSQL_PORTABLE
from whimbrel.parsing.splitter import split


@pytest.mark.parametrize(
    ("text", "mysql", "mariadb"),
    [
        ("CREATE TABLE t (id INTEGER)", True, True),
        ("CREATE TABLE IF NOT EXISTS t (id INTEGER)", True, True),
        ("CREATE INDEX IF NOT EXISTS i ON t (id)", False, True),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a INTEGER", False, True),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a INTEGER, ADD COLUMN b INTEGER", False, True),
        ("LOCK TABLES t WRITE", False, False),
        ("INSERT INTO t VALUES (';')", False, False),
        ("CREATE TABLE t (a TEXT DEFAULT ('" + "x" * 70_000 + "'))", False, False),
        ("/* a */ RENAME TABLE t TO u", True, True),
        ("/*!50001 DROP VIEW v */", True, True),
        # These may have several answers, and fail after the first one.
        ("CALL p()", False, False),
        ("/*!50001 CALL p() */", False, False),
        ("EXECUTE IMMEDIATE 'CALL p()'", False, False),
        ("SET STATEMENT max_statement_time = 9 FOR CALL p()", False, False),
        ("LOAD DATA INFILE 'a' INTO TABLE t", False, False),
        ("ANALYZE TABLE t", False, False),
    ],
)
def test_a_statement_is_sent_with_its_intent_if_it_is_one_with_one_answer(text: str, mysql: bool, mariadb: bool) -> None:
    (statement,) = split(text, MYSQL_PORTABLE)
    found = [fits(statement) and runs_as_it_is(database, statement) for database in ("mysql", "mariadb")]
    assert found == [mysql, mariadb]
