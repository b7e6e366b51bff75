"""A session needs no reset after statements that only read and call only computing functions."""

import pytest

from whimbrel.parsing.lexer_rules import MYSQL_PORTABLE, POSTGRESQL, LexerRules
from whimbrel.parsing.session_effects import reads_only


@pytest.mark.parametrize("rules", [MYSQL_PORTABLE, POSTGRESQL], ids=["mysql", "postgresql"])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "select count(*), COALESCE(max(a), 0) from t where b in (1, 2) and (c = ':x(' or d > 3) order by lower(e)",
        "SELECT a FROM t -- SET x(1)\nWHERE a = 'GET_LOCK(1)'",
        "VALUES (1)",
    ],
)
def test_what_only_reads_leaves_the_session(sql: str, rules: LexerRules) -> None:
    assert reads_only(sql, rules)


@pytest.mark.parametrize("rules", [MYSQL_PORTABLE, POSTGRESQL], ids=["mysql", "postgresql"])
@pytest.mark.parametrize(
    "sql",
    [
        *("", "-- nothing", "SET x = 1", "INSERT INTO t VALUES (1)", "BEGIN", "USE x", "CALL p()", "PREPARE x AS SELECT 1"),
        *("SELECT GET_LOCK('x', 0)", "SELECT pg_advisory_lock(1)", "SELECT set_config('a.b', 'c', false)", "SELECT own.f(1)"),
        *('SELECT "count"(1)', "SELECT own.count(1)", "SELECT a INTO b FROM t", "WITH x AS (DELETE FROM t RETURNING *) SELECT 1"),
    ],
)
def test_what_may_do_more_does_not(sql: str, rules: LexerRules) -> None:
    assert not reads_only(sql, rules)


@pytest.mark.parametrize("sql", ["SELECT @x := 1", "SELECT 1 /*! , @y := 2 */", "SELECT /*!80000 GET_LOCK('a', 1) */"])
def test_variables_of_mysql_are_part_of_the_session(sql: str) -> None:
    assert not reads_only(sql, MYSQL_PORTABLE)
