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
    ],
)
def test_a_statement_is_sent_with_its_intent_if_the_server_reads_it_as_one(text: str, mysql: bool, mariadb: bool) -> None:
    (statement,) = split(text, MYSQL_PORTABLE)
    found = [fits(statement) and runs_as_it_is(database, statement) for database in ("mysql", "mariadb")]
    assert found == [mysql, mariadb]
