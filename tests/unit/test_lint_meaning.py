"""The rules of lint about what a statement means on each database: a finding, and one like it that is none."""

from dataclasses import replace

import pytest

from tests.unit.lint_cases import case, cases, codes, found, refused
from whimbrel.dialects.gauge import StatementFacts
from whimbrel.review.lint.case import Case
from whimbrel.schema.model import Index, IndexPart, Table

_JUDGED = {*(f"M{number:02}" for number in range(1, 14)), "T01", "T02", "T03"}
_FIRST, _LAST = "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, ", ");"


def declared(columns: str, database: str = "mysql", *, variant: bool = False) -> Case:
    return case(_FIRST + columns + _LAST, database, variant=database if variant else "")


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (declared("a DATETIME"), {"M01"}),
        (declared("a DATETIME(6)"), set()),
        (declared("a TIMESTAMP(6) NOT NULL"), {"M02"}),
        (declared("a TIMESTAMP", "postgresql"), set()),
        (declared("a VARCHAR(36) UNIQUE"), {"M03"}),
        (declared("a VARCHAR(36) COLLATE utf8mb4_bin UNIQUE"), set()),
        (declared("a VARCHAR(36), b INTEGER, UNIQUE (b)"), set()),
        (declared("a VARCHAR(36), CONSTRAINT k UNIQUE (a)", "mariadb"), {"M03"}),
        (case("CREATE TABLE t (a VARCHAR(36) NOT NULL PRIMARY KEY) COLLATE utf8mb4_bin;", "mysql"), set()),
        (declared("a VARCHAR(36) UNIQUE", "postgresql"), set()),
        (case("CREATE TABLE t (a TEXT PRIMARY KEY);", "sqlite"), {"M04"}),
        (case("CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY);", "sqlite"), set()),
        (case("CREATE TABLE t (a TEXT PRIMARY KEY) STRICT;", "sqlite"), set()),
        (case("CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID;", "sqlite"), set()),
        (case("CREATE TABLE t (a INT, b INT NOT NULL, PRIMARY KEY (a, b));", "sqlite"), {"M04"}),
        (case("CREATE TABLE t (a INTEGER, PRIMARY KEY (a));", "sqlite"), set()),
        (case("CREATE TABLE t (a TEXT PRIMARY KEY);", "postgresql"), set()),
        (declared("a VARCHAR(36)", "sqlite", variant=True), {"M05"}),
        (declared("a VARCHAR(36), CHECK (length(a) <= 36)", "sqlite", variant=True), set()),
        (declared("a TEXT", "sqlite", variant=True), set()),
        (declared("a DATE", "sqlite", variant=True), {"M05"}),
        (case("CREATE TABLE t (a VARCHAR(36)) STRICT;", "sqlite"), set()),
        (case("CREATE TABLE t (id INTEGER PRIMARY KEY);", "sqlite"), {"M06"}),
        (case("CREATE TABLE t (id INTEGER PRIMARY KEY);", "sqlite", variant="sqlite"), set()),
        (case("CREATE TABLE t (id INTEGER PRIMARY KEY);", "postgresql"), set()),
        (case("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);", "sqlite"), set()),
        (declared("a SERIAL", "sqlite", variant=True), {"M06"}),
        (declared("a SERIAL"), {"M06"}),
        (case("CREATE TABLE t (a INT AUTO_INCREMENT PRIMARY KEY);", "sqlite"), {"M04", "M06"}),
        (case("CREATE TABLE t (a INTEGER AUTO_INCREMENT, PRIMARY KEY (a));", "sqlite"), {"M04", "M06"}),
        (case("CREATE TABLE t (a INT IDENTITY(1, 1));", "sqlite"), {"M06"}),
        (declared("a INT UNSIGNED", "sqlite", variant=True), {"M05"}),
        (declared("a UNSIGNED BIG INT CHECK (a >= 0)", "sqlite", variant=True), set()),
        (case("ALTER TABLE t ADD COLUMN a INT AFTER b;", "sqlite"), {"M13"}),
        (case("ALTER TABLE t ADD COLUMN a INT FIRST;", "sqlite"), {"M13"}),
        (case("ALTER TABLE t ADD COLUMN a INT AFTER b;", "mysql"), set()),
        (case("ALTER TABLE t ADD COLUM a INT;", "sqlite"), {"M13"}),
        (case("ALTER TABLE t ADD COLUMN a INT COMMENT 'x';", "sqlite"), {"M13"}),
        (case("ALTER TABLE t ADD COLUMN a INT INVISIBLE;", "sqlite"), {"M13"}),
        (case("ALTER TABLE t ADD COLUMN a TEXT CHARSET utf8mb4;", "sqlite"), {"M13"}),
        (case("CREATE TABLE t (a TEXT[]);", "sqlite"), {"M13"}),
        (case("CREATE TABLE t (a INT UNIQE);", "sqlite"), {"M13"}),
        (case("CREATE TABLE t (a DOUBLE PRECISION, b CHARACTER VARYING(20), c NATIONAL CHARACTER(4));", "sqlite"), {"M05"}),
        (case("CREATE TABLE t (a TIMESTAMP WITH TIME ZONE, b citext, c, d INT GENERATED ALWAYS AS (1));", "sqlite"), {"M05"}),
        (case("CREATE TABLE t (a TEXT COLLATE NOCASE, b INT DEFAULT 5, c BLOB NOT NULL);", "sqlite"), set()),
        (declared("a SERIAL", "postgresql"), set()),
        (declared("a FLOAT"), {"M07"}),
        (declared("a FLOAT(53)"), set()),
        (declared("a DOUBLE PRECISION"), set()),
        (declared("a REAL", "postgresql"), {"M07"}),
        (declared("a REAL"), set()),
        (declared("a FLOAT(10)", "postgresql"), {"M07"}),
        (declared("a JSON"), {"M08"}),
        (declared("a JSON", "postgresql"), set()),
        (declared("a JSONB", "postgresql"), {"M08"}),
        (declared("a UUID", "sqlite", variant=True), {"M08"}),
        (case("ALTER TABLE t ADD a INTEGER NOT NULL;", "mysql"), {"M09"}),
        (case("ALTER TABLE t ADD (a INTEGER NOT NULL, b TEXT);", "mariadb"), {"M09"}),
        (case("ALTER TABLE t ADD a INTEGER NOT NULL DEFAULT 1;", "mysql"), set()),
        (case("ALTER TABLE t ADD a INTEGER NOT NULL;", "mysql", fresh=["t"]), set()),
        (case("ALTER TABLE t ADD a INTEGER NOT NULL;", "postgresql"), set()),
        (case("ALTER TABLE t MODIFY a INTEGER NOT NULL;", "mysql"), set()),
        (case("INSERT INTO t VALUES ('a' || 'b');", "mysql", variant="mysql"), {"M10"}),
        (case("INSERT INTO t VALUES ('a' || 'b');", "mysql"), set()),
        (case('INSERT INTO t VALUES ("a");', "mariadb", variant="mariadb"), {"M10"}),
        (case("INSERT INTO t VALUES ('a');", "mysql", variant="mysql"), set()),
        (case("UPDATE t SET a = b, b = a WHERE id = 1;", "mysql"), {"M11"}),
        (case("UPDATE t SET a = b, c = d WHERE a = 1;", "mysql"), set()),
        (case("UPDATE t SET a = b, b = a WHERE id = 1;", "postgresql"), set()),
        (case("UPDATE t SET a = b, b = a WHERE id = 1;", "mysql", refused("1064")), set()),
        (declared("p INTEGER REFERENCES p (id)", "postgresql"), {"M12"}),
        (declared("p INTEGER REFERENCES p (id)", "mysql"), set()),
        (declared("p INTEGER UNIQUE REFERENCES p (id)", "sqlite", variant=True), set()),
        (case("ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES p (a, b);", "postgresql"), {"M12"}),
    ],
)
def test_a_statement_on_one_database(one: Case, expected: set[str]) -> None:
    assert codes(one) & _JUDGED == expected


@pytest.mark.parametrize(
    ("rest", "is_found"),
    [
        ("CREATE INDEX i ON t (p);", False),
        ("CREATE INDEX i ON t (p, id);", False),
        ("CREATE INDEX i ON t (id, p);", True),
        ("CREATE INDEX i ON u (p);", True),
        ("CREATE INDEX i ON t (p) WHERE p > 0;", True),
    ],
)
def test_an_index_that_the_file_makes_later_serves_a_foreign_key(rest: str, *, is_found: bool) -> None:
    one = cases(f"{_FIRST}p INTEGER REFERENCES p (id){_LAST}\n{rest}")[0]
    assert bool(found("M12", one)) == is_found


def test_an_index_of_the_catalog_serves_a_foreign_key() -> None:
    text = "ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES p (id);"
    table = Table(name="t", columns=(), indexes=(Index(name="i", parts=(IndexPart(column="p"),)),))
    assert not found("M12", case(text, facts=StatementFacts(), tables=((table,), (table,))))


@pytest.mark.parametrize(
    ("text", "server", "numbers"),
    [
        ("CREATE TABLE n (a INTEGER); INSERT INTO n VALUES (1); ALTER TABLE t ADD a INTEGER;", "mysql", [2]),
        ("INSERT INTO t VALUES (1); ALTER TABLE t ADD a INTEGER;", "mariadb", [2]),
        ("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);", "mysql", []),
        ("ALTER TABLE t ADD a INTEGER; ALTER TABLE t ADD b INTEGER;", "mysql", []),
        ("CREATE TABLE n (a INTEGER); INSERT INTO n VALUES (1);", "postgresql", []),
    ],
)
def test_a_file_of_both_kinds(text: str, server: str, numbers: list[int]) -> None:
    assert [one.statement.number for one in cases(text, server) if found("T01", one)] == numbers


def test_a_statement_without_a_transaction() -> None:
    text = "CREATE INDEX CONCURRENTLY i ON t (a);"
    both = cases(f"ALTER TABLE t ADD b INTEGER;\n{text}")
    assert [bool(found("T02", one)) for one in both] == [False, True]
    assert not found("T02", case(text))
    assert found("T02", case(text, facts=refused("25001")))


def test_an_invalid_index_that_if_not_exists_leaves() -> None:
    text = "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);"
    for usable in (True, False):
        index = Index(name="i", parts=(IndexPart(column="a"),), usable=usable)
        table = Table(name="t", columns=(), indexes=(index,))
        one = case(text, facts=StatementFacts(), tables=((table,), (table,)))
        assert bool(found("T02", one)) == (not usable)
    assert found("T02", replace(case(text), facts=StatementFacts(invalid=("i",)), source="measured"))


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("INSERT INTO t VALUES (now());", True),
        ("UPDATE t SET a = CURRENT_TIMESTAMP WHERE id = 1;", True),
        ("INSERT INTO t VALUES ('now()');", False),
        ("INSERT INTO t (uuid) VALUES (1);", False),
        ("CREATE TABLE t (a TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP);", False),
    ],
)
def test_values_that_differ_each_time(text: str, *, is_found: bool) -> None:
    assert bool(found("T03", case(text))) == is_found


def test_a_statement_that_no_replica_can_repeat() -> None:
    one = case("ALTER TABLE t ADD a VARCHAR(36) DEFAULT (uuid());", "mysql", refused("1674"))
    assert found("T03", one)
    assert "P01" not in codes(one)
