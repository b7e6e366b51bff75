"""The rules of lint about what a database refuses: a finding, and one like it that is none."""

from dataclasses import replace

import pytest

from tests.unit.lint_cases import case, codes, found, refused
from whimbrel.dialects.gauge import StatementFacts
from whimbrel.review.lint.case import Case
from whimbrel.schema.model import Column, ForeignKey, Index, IndexPart, Key, Table, Type

_P = {f"P{number:02}" for number in range(1, 9)}
_DONE = StatementFacts()
_LONG = "n" * 64


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (case("CREATE TABLE t (a SERIAL);", facts=refused("0A000")), {"P01"}),
        (case("CREATE TABLE t (a SERIAL);", facts=_DONE), set()),
        (case("ALTER TABLE t ADD UNIQUE (a);", facts=refused("23505")), set()),
        (case("ALTER TABLE t ADD a INTEGER NOT NULL;", facts=refused("23502")), {"P01"}),
        (case("ALTER TABLE t ALTER a SET NOT NULL;", facts=refused("23502")), set()),
        (case("INSERT INTO t DEFAULT VALUES;", facts=refused("23502")), {"P01"}),
        (case("INSERT INTO t SELECT a FROM u;", facts=refused("23502")), set()),
        (case("CREATE TABLE t (a TEXT PRIMARY KEY);", "mysql", refused("1170")), {"P02"}),
        (case("CREATE TABLE t (a TEXT PRIMARY KEY);", "mysql"), {"P02"}),
        (case("CREATE TABLE t (a TEXT, KEY k (a(20)));", "mysql"), set()),
        (case("CREATE TABLE t (a TEXT UNIQUE);", "mariadb"), set()),
        (case("CREATE TABLE t (a TEXT, PRIMARY KEY (a));", "mariadb"), {"P02"}),
        (case("CREATE TABLE t (a TEXT PRIMARY KEY);"), set()),
        (case("CREATE TABLE t (a TEXT DEFAULT 'x');", "mysql"), {"P02"}),
        (case("CREATE TABLE t (a TEXT DEFAULT ('x'));", "mysql"), set()),
        (case("CREATE TABLE t (a VARCHAR(1000) UNIQUE);", "mysql"), {"P03"}),
        (case("CREATE TABLE t (a VARCHAR(768) UNIQUE);", "mysql"), set()),
        (case("CREATE TABLE t (a VARCHAR(500), b VARCHAR(300), PRIMARY KEY (a, b));", "mariadb"), {"P03"}),
        (case("CREATE TABLE t (a VARCHAR(17000));", "mysql"), {"P03"}),
        (case("CREATE INDEX i ON t (a);", "mysql", refused("1071")), {"P03"}),
        (case(f"CREATE TABLE {_LONG} (a INTEGER);", facts=_DONE), {"P04"}),
        (case(f"CREATE TABLE {_LONG} (a INTEGER);", "mysql", _DONE), set()),
        (case(f"CREATE TABLE {_LONG}n (a INTEGER);", "mysql", refused("1059")), {"P04"}),
        (case(f"CREATE TABLE {_LONG} (a INTEGER);", "sqlite", _DONE), set()),
        (case("CREATE TABLE t (rank INTEGER);", "mysql"), {"P05"}),
        (case("CREATE TABLE t (rank INTEGER);", "mariadb"), set()),
        (case('CREATE TABLE t ("rank" INTEGER);', "mysql"), set()),
        (case("CREATE TABLE t (rank INTEGER);", "mysql", _DONE), set()),
        (case('CREATE TABLE t (a INTEGER, "order" TEXT, user TEXT);', facts=refused("42601")), {"P05"}),
        (case("CREATE TABLE groups (a INTEGER);", "mysql"), {"P05"}),
        (case("ALTER TABLE t RENAME COLUMN a TO system;", "mysql"), {"P05"}),
        (case("CREATE INDEX i ON t (a);\nCREATE INDEX i ON u (a);"), {"P07"}),
        (case("CREATE INDEX i ON t (a);\nCREATE INDEX i ON u (a);", "mysql"), set()),
        (case("CREATE INDEX i ON t (a);\nCREATE INDEX j ON u (a);", "sqlite"), set()),
        (case("CREATE INDEX i ON t (a);\nCREATE INDEX i ON u (a);", "sqlite", refused("SQLITE_ERROR")), {"P07"}),
        (case("ALTER TABLE t ADD a INTEGER;", "sqlite"), set()),
        (case("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);", "sqlite"), {"P08"}),
        (case("ALTER TABLE t ALTER COLUMN a TYPE TEXT;", "sqlite", refused("SQLITE_ERROR")), {"P08"}),
        (case("ALTER TABLE t ALTER COLUMN a TYPE TEXT;", facts=_DONE), set()),
        (case("ALTER TABLE t ADD a TEXT UNIQUE;", "sqlite"), {"P08"}),
        (case("ALTER TABLE t ADD a TEXT DEFAULT CURRENT_TIMESTAMP;", "sqlite"), {"P08"}),
        (case("ALTER TABLE t ADD a TEXT DEFAULT CURRENT_TIMESTAMP;", "sqlite", _DONE), set()),
        (case("ALTER TABLE t ADD a TEXT DEFAULT 'x';", "sqlite"), set()),
        (case("ALTER TABLE t DROP COLUMN a;", "sqlite", refused("SQLITE_ERROR")), {"P08"}),
        (case("ALTER TABLE t DROP COLUMN a;", "sqlite", refused("SQLITE_ERROR"), tables=((), ())), {"P01"}),
        (case("ALTER TABLE t ADD a INTEGER AS (b) STORED;", "sqlite"), {"P08"}),
        (case("ALTER TABLE t ADD a INTEGER DEFAULT 1 REFERENCES u (b);", "sqlite"), {"P08"}),
        (case("ALTER TABLE t ADD a INTEGER DEFAULT NULL REFERENCES u (b);", "sqlite"), set()),
        (case("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (b);", facts=refused("42804", "foreign key constraint")), {"P06"}),
        (case("ALTER TABLE t ADD a INTEGER DEFAULT true REFERENCES u (b);", facts=refused("42804", "column a")), {"P01"}),
        (replace(case("CREATE TABLE t (a TEXT PRIMARY KEY);", "mysql", _DONE), source="recorded"), {"P02"}),
    ],
)
def test_what_a_database_refuses(one: Case, expected: set[str]) -> None:
    assert codes(one) & _P == expected


def _column(name: str, family: str = "integer") -> Column:
    return Column(name=name, type=Type(family=family, native=family), nullable=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "family", "is_found"),
    [
        (None, "integer", True),
        (Key(name="", columns=("id",), primary=True), "integer", False),
        (Key(name="", columns=("id",), primary=True), "text", True),
    ],
)
@pytest.mark.parametrize("server", ["mariadb", "sqlite"])
def test_a_foreign_key_to_a_column_without_a_key(key: Key | None, family: str, server: str, *, is_found: bool) -> None:
    parent = Table(name="p", columns=(_column("id"),), primary_key=key)
    foreign = ForeignKey(name="f", columns=("p_id",), table="p", to_columns=("id",))
    child = Table(name="c", columns=(_column("p_id", family),), foreign_keys=(foreign,))
    text = "CREATE TABLE c (p_id INTEGER REFERENCES p (id));"
    assert bool(found("P06", case(text, server, _DONE, tables=((parent,), (parent, child))))) == is_found


@pytest.mark.parametrize(("server", "code"), [("postgresql", "42830"), ("mysql", "6125"), ("mysql", "3780"), ("mariadb", "1005")])
def test_a_foreign_key_that_a_server_refuses(server: str, code: str) -> None:
    text = "CREATE TABLE c (p_id INTEGER, FOREIGN KEY (p_id) REFERENCES p (id));"
    assert codes(case(text, server, refused(code))) & _P == {"P06"}
    assert codes(case("CREATE TABLE c (p_id INTEGER);", server, refused(code))) & _P == {"P01"}


@pytest.mark.parametrize(("text", "is_found"), [("CREATE INDEX i ON t (a);", True), ("CREATE INDEX i ON t (a(768));", False)])
def test_an_index_that_mariadb_shortens(text: str, *, is_found: bool) -> None:
    index = Index(name="i", parts=(IndexPart(column="a", prefix=768),))
    before, after = (Table(name="t", columns=(_column("a", "text"),), indexes=found) for found in ((), (index,)))
    assert bool(found("P03", case(text, "mariadb", _DONE, tables=((before,), (after,))))) == is_found


def test_the_message_has_the_servers_words_and_the_place_of_the_name() -> None:
    assert found("P01", case("SELEC 1;", facts=refused("42601", "syntax error"))) == [
        ("the server refuses the statement (42601): syntax error", 0)
    ]
    assert found("P05", case("CREATE TABLE t (a INTEGER, rank INTEGER);", "mysql"))[0][1] == 27
