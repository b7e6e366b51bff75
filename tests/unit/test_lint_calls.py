"""A condition that calls a function which may do more than read is not run on a live database."""

import pytest

from tests.unit.lint_cases import case
from whimbrel.dialects.sqlite.questions import QUESTIONS
from whimbrel.parsing.lexer_rules import SQLITE
from whimbrel.parsing.parameters import parse_parameters
from whimbrel.review.lint.constraints import read_constraints


@pytest.mark.parametrize(
    ("condition", "calls"),
    [
        ("age >= 18 AND (name IS NULL OR length(name) BETWEEN 1 AND (3))", ()),
        ("name IN ('f(', 'b') AND pg_catalog.lower(name) = CAST(x AS VARCHAR(9))", ()),
        ("age -- f(\n > 0", ()),
        ("nextval('s') > 0", ("nextval()",)),
        ("public.lower(name) = 'a'", ("lower()",)),
        ('"lower"(name) = name', ('"lower"()',)),
        ("dblink_exec /* */ ('host=x', 'DELETE FROM a') = pg_sleep(9)", ("dblink_exec()", "pg_sleep()")),
        ("GET_LOCK('a', 100) AND SLEEP(9) AND load_extension('x')", ("GET_LOCK()", "SLEEP()", "load_extension()")),
        ("age > (SELECT max(age) FROM other)", ("SELECT", "max()")),
    ],
)
def test_the_calls_of_a_condition(condition: str, calls: tuple[str, ...]) -> None:
    (found,) = read_constraints(case(f"ALTER TABLE t ADD CONSTRAINT c CHECK ({condition}\n)"), str.lower)
    assert found.calls == calls


@pytest.mark.parametrize(
    ("query", "prepared"),
    [
        ("SELECT 1", ["EXPLAIN SELECT 1"]),
        ("WITH a AS (SELECT 1) DELETE FROM t", ["EXPLAIN WITH a AS (SELECT 1) DELETE FROM t"]),
        ("/* SELECT */ PRAGMA hard_heap_limit = 1", []),
        ("ATTACH 'x' AS x", []),
        ("EXPLAIN PRAGMA user_version = 1", []),
    ],
)
def test_sqlite_compiles_only_queries(query: str, prepared: list[str]) -> None:
    from tests.unit.plans import dialect

    assert QUESTIONS.prepare(parse_parameters(query, SQLITE), dialect("sqlite")) == prepared
