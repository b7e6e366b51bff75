"""The rules of lint about locks and rewritten tables: a finding, and one like it that is none."""

from dataclasses import replace

import pytest

from tests.unit.lint_cases import EVERYTHING, NOTHING, WRITES, case, cases, codes, found, refused
from whimbrel.dialects.gauge import StatementFacts, TableLock
from whimbrel.review.lint.case import Case

_INDEX = "CREATE INDEX i ON t (a);"
_CHECK = "ALTER TABLE t ADD CHECK (a > 0);"
_LIMITED = "-- whimbrel: lock_timeout=5s\n"
_L = {f"L{number:02}" for number in range(1, 10)}


def facts(*locks: TableLock, **others: object) -> StatementFacts:
    return replace(StatementFacts(locks=locks), **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (case(_LIMITED + _INDEX, facts=facts(WRITES, built=("i",))), {"L01"}),
        (case(_LIMITED + _INDEX, facts=facts(WRITES, built=("i",)), fresh=["t"]), set()),
        (case("CREATE INDEX CONCURRENTLY i ON t (a);", facts=facts(NOTHING, built=("i",))), set()),
        (case(_LIMITED + "ALTER TABLE t ADD UNIQUE (a);", facts=facts(EVERYTHING, built=("i",))), {"L01"}),
        (case(_LIMITED + "ALTER TABLE t ADD UNIQUE USING INDEX i;", facts=facts(EVERYTHING)), set()),
        (case(_LIMITED + "ALTER TABLE t ALTER a TYPE bigint;", facts=facts(EVERYTHING, rewritten=("t",), built=("i",))), {"L02"}),
        (case(_LIMITED + "ALTER TABLE t ALTER a TYPE text;", facts=facts(EVERYTHING)), set()),
        (case(_LIMITED + "TRUNCATE t;", facts=facts(EVERYTHING, rewritten=("t",))), set()),
        (case(_LIMITED + _CHECK, facts=facts(EVERYTHING, scanned=("t",))), {"L03"}),
        (case(_LIMITED + "ALTER TABLE t ADD CHECK (a > 0) NOT VALID;", facts=facts(EVERYTHING)), set()),
        (case("ALTER TABLE t VALIDATE CONSTRAINT c;", facts=facts(NOTHING, scanned=("t",))), set()),
        (case("CREATE TABLE u AS SELECT * FROM t;", facts=facts(scanned=("t",)), fresh=["u"]), set()),
        (case(_CHECK, facts=refused("23514")), set()),
        (case("UPDATE t SET a = 1 WHERE b = 2;", facts=facts(scanned=("t",), rows=100)), {"L09"}),
        (case("UPDATE t SET a = 1 WHERE b = 2;", facts=facts(scanned=("t",), rows=1)), set()),
        (case("UPDATE t SET a = 1;"), {"L09"}),
        (case("UPDATE t SET a = 1;", fresh=["t"]), set()),
        (case("DELETE FROM t WHERE 1 = 1;"), {"L09"}),
        (case("DELETE FROM t LIMIT 1;"), set()),
        (case("WITH a AS (SELECT 1) DELETE FROM t;"), {"L09"}),
        (case("REPLACE INTO t SELECT * FROM u;", facts=facts(rows=500)), {"L09"}),
        (case("REPLACE INTO t VALUES (1);", facts=facts(rows=500)), set()),
        (case("INSERT INTO t VALUES (1);", facts=facts(rows=500)), set()),
        (case("INSERT INTO t SELECT * FROM u;", facts=facts(rows=500)), {"L09"}),
    ],
)  # fmt: skip
def test_postgresql(one: Case, expected: set[str]) -> None:
    assert codes(one) & _L == expected


_ALTER = "ALTER TABLE t MODIFY a BIGINT;"


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        (_ALTER, facts(TableLock("t", "SHARED_NO_WRITE", "writes"), algorithm="copy", rewritten=("t",)), {"L06"}),
        (_ALTER, facts(NOTHING, algorithm="copy", rewritten=("t",)), {"L07"}),
        (_ALTER, facts(algorithm="rebuild", rewritten=("t",)), {"L07"}),
        ("ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (9));", facts(WRITES, algorithm="in place"), set()),
        ("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1;", facts(WRITES), set()),
        (_ALTER, facts(algorithm="in place"), set()),
        ("SELECT a FROM t FOR UPDATE;", facts(WRITES, rows=5), set()),
        ("CHECK TABLE t;", facts(EVERYTHING, rows=1), set()),
        (_ALTER, facts(algorithm="instant", instant_left=60), set()),
        (_ALTER, facts(algorithm="instant", instant_left=3), {"L07"}),
        (_ALTER, refused("1846"), set()),
        (
            "CREATE FULLTEXT INDEX i ON t (a);",
            facts(TableLock("t", "SHARED_NO_WRITE", "writes"), algorithm="in place", built=("i",)),
            {"L06"},
        ),
        ("UPDATE t SET a = 1 WHERE b = 2;", facts(TableLock("t", "every row", "writes"), rows=1), {"L09"}),
        ("UPDATE t SET a = 1 WHERE b = 2;", facts(TableLock("t", "every row", "writes", earlier=True), rows=1), set()),
        ("UPDATE t SET a = 1 WHERE b = 2;", facts(rows=1), set()),
        ("TRUNCATE t;", facts(EVERYTHING, rewritten=("t",)), set()),
    ],
)
@pytest.mark.parametrize("server", ["mysql", "mariadb"])
def test_mysql_and_mariadb(text: str, known: StatementFacts, expected: set[str], server: str) -> None:
    assert codes(case(_LIMITED + text, server, known)) & _L == expected
    assert codes(case(_LIMITED + text, server, known, fresh=["t"])) & _L == set()


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("ALTER TABLE t DROP COLUMN a;", StatementFacts(rewritten=("t",), pages=303), {"L08"}),
        ("ALTER TABLE t ADD COLUMN a TEXT;", StatementFacts(pages=1), set()),
        ("CREATE INDEX i ON t (a);", StatementFacts(built=("i",), pages=133), {"L08"}),
        ("CREATE INDEX i ON t (a);", refused("SQLITE_ERROR"), set()),
    ],
)
def test_sqlite(text: str, known: StatementFacts, expected: set[str]) -> None:
    assert codes(case(text, "sqlite", known)) & _L == expected
    assert codes(case(text, "sqlite", known, fresh=["t"])) & _L == set()


@pytest.mark.parametrize(
    ("second", "known", "is_found"),
    [
        ("UPDATE t SET b = 1;", facts(scanned=("t",), rows=500), True),
        ("ALTER TABLE t VALIDATE CONSTRAINT c;", facts(EVERYTHING._replace(earlier=True), scanned=("t",)), True),
        ("ALTER TABLE u ADD b INTEGER;", facts(EVERYTHING, EVERYTHING._replace(table="u")), True),
        ("ALTER TABLE t ADD c INTEGER;", facts(EVERYTHING._replace(earlier=True)), False),
        ("INSERT INTO u VALUES (1);", facts(EVERYTHING._replace(earlier=True), rows=1), False),
        ("CREATE TABLE n (a INTEGER);", facts(EVERYTHING._replace(earlier=True)), False),
        ("CREATE TABLE n AS SELECT * FROM t;", facts(EVERYTHING._replace(earlier=True), scanned=("t",), rows=500), True),
        ("WITH n AS (DELETE FROM t) SELECT 1;", facts(EVERYTHING._replace(earlier=True), scanned=("t",), rows=500), True),
        # The index of a table that the file has just made: the table `t` is only locked meanwhile.
        ("CREATE INDEX i ON n (a);", facts(EVERYTHING._replace(earlier=True), built=("i",)), False),
    ],
)
def test_work_under_the_lock_of_an_earlier_statement(second: str, known: StatementFacts, *, is_found: bool) -> None:
    first, last = cases(f"ALTER TABLE t ADD b INTEGER;\n{second}")
    first = replace(first, facts=facts(EVERYTHING), source="measured")
    assert bool(found("L04", replace(last, facts=known, earlier=(first,)))) == is_found
    assert not found("L04", replace(last, facts=known, earlier=(replace(first, fresh=frozenset("t")),)))
    assert ("L03" in codes(replace(last, facts=known, earlier=(first,)))) == ("VALIDATE" in second)


_HELD = EVERYTHING._replace(table="held", earlier=True)


@pytest.mark.parametrize(
    ("code", "text", "known", "told"),
    [
        ("L01", _INDEX, facts(_HELD, WRITES, built=("i",)), "i is built while t takes no writes"),
        ("L01", "REINDEX TABLE t;", facts(_HELD, WRITES, built=("i", "j")), "i and j are built while t takes no writes"),
        (
            "L01",
            "ALTER TABLE t ADD UNIQUE (a);",
            facts(_HELD, EVERYTHING._replace(earlier=True), built=("i",)),
            "i is built while t takes neither reads nor writes",
        ),
        (
            "L01",
            "REINDEX SCHEMA s;",
            facts(WRITES, WRITES._replace(table="u"), _HELD, built=("i", "j", "k")),
            "i, j and k are built while t and u take no writes",
        ),
        ("L02", "VACUUM FULL;", facts(EVERYTHING, rewritten=("t",)), "t is written anew while no session can read it"),
        (
            "L02",
            "VACUUM FULL;",
            facts(EVERYTHING, EVERYTHING._replace(table="u"), rewritten=("t", "u")),
            "t and u are written anew while no session can read them",
        ),
        (
            "L03",
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (id);",
            facts(_HELD, WRITES, WRITES._replace(table="u"), scanned=("t", "u")),
            "every row of t and u is read while t and u take no writes",
        ),
    ],
)
def test_a_finding_names_the_own_tables_of_its_statement(code: str, text: str, known: StatementFacts, told: str) -> None:
    assert [message for message, _ in found(code, case(text, facts=known))] == [told]


@pytest.mark.parametrize(
    ("head", "is_found"),
    [
        ("", True),
        (_LIMITED, False),
        ("SET lock_timeout = '5s';\n", False),
        ("SELECT 1;\n", True),
        ("SELECT set_config('lock_timeout', '5s', true);\n", False),
        ("ALTER TABLE u ADD wait INTEGER;\n", True),
    ],
)
def test_a_wait_without_a_limit(head: str, *, is_found: bool) -> None:
    one = case(f"{head}ALTER TABLE t ADD b INTEGER;", facts=facts(EVERYTHING))
    assert bool(found("L05", one)) == is_found
    assert not found("L05", replace(one, fresh=frozenset("t")))
