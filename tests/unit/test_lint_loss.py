"""The rules of lint about lost rows, and about the version that is still running: a finding, and one like it that is none."""

from dataclasses import replace

import pytest

from tests.unit.lint_cases import case, codes, found, refused
from whimbrel.dialects.gauge import StatementFacts
from whimbrel.review.lint.case import Case
from whimbrel.schema.model import Check, Collation, Column, ForeignKey, Key, Table, Type

_JUDGED = {"D01", "D02", "D03", "D04", "D05", "C01"}
_DONE = StatementFacts()
_REPLACED = StatementFacts(counts={"t": (5, 0)})


def column(
    native: str, family: str = "text", *, nullable: bool = True, collation: Collation | None = None, **size: object
) -> Column:
    kind = Type(family=family, native=native, **size)  # type: ignore[arg-type]
    return Column(name="a", type=kind, nullable=nullable, collation=collation)


def table(*columns: Column, **parts: object) -> tuple[Table, ...]:
    return (Table(name="t", columns=columns, **parts),)  # type: ignore[arg-type]


def altered(text: str, old: Column, new: Column, database: str = "postgresql") -> Case:
    return case(text, database, _DONE, tables=(table(old), table(new)))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (case("DROP TABLE t;"), {"D01", "C01"}),
        (case("DROP TABLE IF EXISTS x, s.t CASCADE;", fresh=["x"]), {"D01", "C01"}),
        (case("DROP TABLE t;", fresh=["T"]), set()),
        (case("DROP TABLE t;", facts=refused("2BP01")), set()),
        (case("DROP VIEW v;"), set()),
        (case("DROP SCHEMA old CASCADE;"), {"D01"}),
        (case("ALTER TABLE t DROP COLUMN a;"), {"D01", "C01"}),
        (case("ALTER TABLE t DROP a, DROP CONSTRAINT c;"), {"D01", "C01"}),
        (case("ALTER TABLE t DROP CONSTRAINT c;"), set()),
        (case("ALTER TABLE t ALTER COLUMN a DROP NOT NULL;"), set()),
        (case("ALTER TABLE t DROP INDEX i;", "mysql"), set()),
        (case("ALTER TABLE t DROP PARTITION p;", "mysql"), {"D01"}),
        (case("TRUNCATE t;"), {"D02"}),
        (case("DELETE FROM t;"), {"D02"}),
        (case("DELETE FROM t WHERE 1 = 1;"), {"D02"}),
        (case("DELETE FROM t WHERE a = 1;"), set()),
        (case("DELETE FROM t USING u WHERE t.a = u.a;"), set()),
        (case("DELETE FROM t;", fresh=["t"]), set()),
        (case("UPDATE t SET a = 1;"), {"D02"}),
        (case("UPDATE t SET a = 1 WHERE b = 2;"), set()),
        (case("ALTER TABLE t ADD COLUMN a INTEGER;\nUPDATE t SET a = 1;"), set()),
        (case("ALTER TABLE t ADD COLUMN a INTEGER;\nUPDATE t SET a = 1, b = 2;"), {"D02"}),
        (case("DROP TABLES t, u;", "mysql"), {"D01", "C01"}),
        (case("CREATE OR REPLACE TABLE t (a INTEGER);", "mariadb", _REPLACED, tables=(table(), table())), {"D01", "C01"}),
        (case("CREATE OR REPLACE TABLE t (a INTEGER);", "mariadb", _REPLACED, tables=((), table())), set()),
        (case("ALTER ONLINE TABLE t DROP COLUMN a;", "mariadb"), {"D01", "C01"}),
        (case("ALTER TABLE t WAIT 5 DROP COLUMN a;", "mariadb"), {"D01", "C01"}),
        (case("ALTER TABLE t NOWAIT DROP COLUMN a;", "mariadb"), {"D01", "C01"}),
        (case("ALTER TABLE t DISCARD TABLESPACE;", "mysql"), {"D01"}),
        (case("ALTER TABLE t DROP SYSTEM VERSIONING;", "mariadb"), {"D01"}),
        (case("ALTER IGNORE TABLE t ADD UNIQUE KEY k (a);", "mariadb"), {"D02", "C01"}),
        (case("ALTER IGNORE TABLE t ADD COLUMN a INTEGER;", "mariadb"), set()),
        (case("EXECUTE s;", "mysql", StatementFacts(counts={"t": (5, 0)})), {"D02"}),
        (case("EXECUTE s;", "mysql", StatementFacts(counts={"t": (5, 4)})), set()),
        (case("REPLACE INTO t SELECT * FROM u;", "sqlite", StatementFacts(counts={"child": (5, 0)})), {"D02"}),
        (case("INSERT INTO t SELECT * FROM u;", "sqlite", StatementFacts(counts={"t": (0, 5)})), set()),
        (case("WITH a AS (SELECT 1) DELETE FROM t;"), {"D02"}),
        (case("WITH a AS (SELECT 1) DELETE FROM t;", fresh=["t"]), set()),
        (case("WITH a AS (DELETE FROM u WHERE b = 1 RETURNING b) SELECT * FROM a;"), set()),
        (case("WITH a AS (SELECT 1 AS x) UPDATE t SET a = (SELECT x FROM a);"), {"D02"}),
        (case("DELETE FROM t WHERE a > 0 OR 1 = 1;"), {"D02"}),
        (case("DELETE FROM t WHERE 1 RETURNING a;", "sqlite"), {"D02"}),
        (case("DELETE FROM t WHERE 0;", "mysql"), set()),
        (case("DELETE FROM t WHERE 1 = 0;"), set()),
        (case("DELETE FROM t WHERE TRUE LIMIT 5;", "mysql"), set()),
        (case("DELETE FROM t WHERE a = 1 OR b = 1;"), set()),
        (case("UPDATE IGNORE t SET a = 1;", "mysql", fresh=["t"]), set()),
        (case("UPDATE OR IGNORE t SET a = 1;", "sqlite", fresh=["t"]), set()),
        (case("DELETE QUICK FROM t;", "mysql", fresh=["t"]), set()),
        (case("DELETE t FROM t;", "mysql", fresh=["t"]), set()),
        (case("UPDATE t JOIN u ON t.a = u.a SET t.b = 1;", "mysql"), set()),
        (case("UPDATE t SET a = u.a FROM u WHERE u.b = t.b;", facts=StatementFacts(rows=400)), {"D02"}),
        (case("UPDATE t SET a = 1 WHERE b = 2;", facts=StatementFacts(rows=4)), set()),
        (case("UPDATE t SET a = (SELECT b FROM u JOIN v ON true WHERE u.id = t.id);"), {"D02"}),
        (case("ALTER TABLE t ADD a INTEGER, ADD b INTEGER;\nUPDATE t SET (a, b) = (1, 2);"), set()),
        (case("ALTER TABLE t ADD a INTEGER;\nUPDATE t SET (a, b) = (1, 2);"), {"D02"}),
        (case("TRUNCATE n, ONLY t;", fresh=["n"]), {"D02"}),
        (case("TRUNCATE TABLE ONLY t;", fresh=["t"]), set()),
        (case("WITH x AS (SELECT 1) DELETE FROM t;", facts=StatementFacts(counts={"t": (400, 0)})), {"D02"}),
        (case("WITH x AS (SELECT 1) DELETE FROM t;", facts=StatementFacts(counts={"t": (400, 399)})), set()),
        (case("MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE;", facts=StatementFacts(overwritten=("t",))), {"D02"}),
        (case("DO 'x';", facts=StatementFacts(counts={"t": (400, 0)}, gone=("t",))), {"D01", "C01"}),
        (case("DO 'x';", facts=StatementFacts(counts={"t": (400, 0)}, gone=("t",)), fresh=["t"]), set()),
        (case("DO 'x';", facts=StatementFacts(gone=("t",), notes=("copied: t to n",)), fresh=["n"]), set()),
        (case("DROP TYPE k CASCADE;", facts=StatementFacts(gone_columns=("t.a",))), {"D01", "C01"}),
        (case('ALTER TABLE U&"t" DROP COLUMN U&"a";', facts=StatementFacts(gone_columns=("t.a",))), {"D01", "C01"}),
        (case("ALTER TABLE t CHANGE a b INT;", "mysql", StatementFacts(gone_columns=("t.a",))), {"C01"}),
        (case("DROP SCHEMA old CASCADE;", facts=_DONE), set()),
        (case("DROP SCHEMA old CASCADE;", facts=StatementFacts(gone=("old.t",))), {"D01"}),
        (case("ALTER TABLE t ADD a INTEGER;\nALTER TABLE t DROP a;"), set()),
        (case("ALTER TABLE t ADD IF NOT EXISTS a INTEGER;\nALTER TABLE t DROP a;"), {"D01", "C01"}),
        (case("ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a);"), {"C01"}),
    ],
)
def test_rows_that_a_statement_deletes(one: Case, expected: set[str]) -> None:
    assert codes(one) & _JUDGED == expected


_TYPE = "ALTER TABLE t ALTER COLUMN a TYPE x;"


@pytest.mark.parametrize(
    ("old", "new", "is_found"),
    [
        (column("varchar(20)", length=20), column("varchar(10)", length=10), True),
        (column("varchar(10)", length=10), column("varchar(20)", length=20), False),
        (column("text"), column("varchar(10)", length=10), True),
        (column("varchar(10)", length=10), column("text"), False),
        (column("bigint", "integer", bits=64), column("integer", "integer", bits=32), True),
        (column("integer", "integer", bits=32), column("bigint", "integer", bits=64), False),
        (column("int", "integer", bits=32), column("int unsigned", "integer", bits=32, unsigned=True), True),
        (column("int unsigned", "integer", bits=32, unsigned=True), column("bigint", "integer", bits=64), False),
        (
            column("numeric(10,2)", "decimal", precision=10, scale=2),
            column("numeric(8,2)", "decimal", precision=8, scale=2),
            True,
        ),
        (
            column("numeric(10,2)", "decimal", precision=10, scale=2),
            column("numeric(12,2)", "decimal", precision=12, scale=2),
            False,
        ),
        (column("numeric(10,2)", "decimal", precision=10, scale=2), column("integer", "integer", bits=32), True),
        (column("timestamp(6)", "timestamp", fraction=6), column("timestamp(0)", "timestamp", fraction=0), True),
        (column("timestamp", "timestamp"), column("timestamp(6)", "timestamp", fraction=6), False),
        (column("timestamp", "timestamp"), column("date", "date"), True),
        (column("enum('a','b')", "enum", values=("a", "b")), column("enum('a')", "enum", values=("a",)), True),
        (column("uuid", "uuid"), column("varchar(36)", length=36), False),
        (column("uuid", "uuid"), column("varchar(20)", length=20), True),
        (column("double", "float", bits=64), column("integer", "integer", bits=32), True),
        (column("character varying(10)[]", "array"), column("character varying(5)[]", "array"), True),
        (column("character varying(10)[]", "array"), column("text[]", "array"), False),
    ],
)
def test_a_column_that_becomes_narrower(old: Column, new: Column, *, is_found: bool) -> None:
    assert bool(found("D03", altered(_TYPE, old, new))) == is_found
    assert not found("D03", replace(altered(_TYPE, old, new), fresh=frozenset("t")))


def test_an_alter_table_that_finds_no_table_does_nothing() -> None:
    text = "ALTER TABLE IF EXISTS t DROP COLUMN a, ADD b INTEGER NOT NULL;"
    assert codes(case(text, facts=_DONE, tables=((), ()))) & _JUDGED == set()
    assert codes(case(text, facts=_DONE, tables=(table(column("text")), ()))) & _JUDGED == {"D01", "C01"}


def test_seeded_values_that_do_not_fit_are_evidence() -> None:
    assert found("D03", case("ALTER TABLE t MODIFY a VARCHAR(5);", "mysql", refused("1265")))
    assert found("D03", case("ALTER TABLE t MODIFY a VARCHAR(5);", "mysql", StatementFacts(changed=("t",))))
    assert not found("D03", case("ALTER TABLE t ADD a VARCHAR(5) DEFAULT 'x';", "mysql", StatementFacts(changed=("t",))))


@pytest.mark.parametrize(
    ("action", "head", "is_found"),
    [
        ("cascade", "", True),
        ("set null", "", True),
        ("no action", "", False),
        ("cascade", "PRAGMA foreign_keys = OFF;\n", False),
    ],
)
def test_children_of_a_table_that_sqlite_rebuilds(action: str, head: str, *, is_found: bool) -> None:
    key = ForeignKey(name="", columns=("t_id",), table="t", to_columns=("id",), on_delete=action)  # type: ignore[arg-type]
    child = Table(name="c", columns=(), foreign_keys=(key,))
    before = (*table(), child)
    text = "CREATE TABLE n (id INTEGER);\nINSERT INTO n SELECT * FROM t;\nDROP TABLE t;"
    one = case(head + text, "sqlite", _DONE, tables=(before, (child,)))
    assert bool(found("D04", one)) == is_found
    assert "D04" not in codes(replace(one, fresh=frozenset("c")))


def test_a_table_whose_rows_were_copied_is_not_lost() -> None:
    copied = "CREATE TABLE n (id INTEGER);\nINSERT INTO n SELECT * FROM t;\nDROP TABLE t;\n"
    one = case(f"{copied}ALTER TABLE n RENAME TO t;", "sqlite")
    drop = replace(one, statement=list(one.plan.statements())[2])
    assert codes(drop) & _JUDGED == set()
    assert codes(case(copied, "sqlite")) & _JUDGED == {"D01", "C01"}


def test_a_collation_that_makes_unique_texts_equal() -> None:
    old, new = Collation(name="utf8mb4_bin"), Collation(name="utf8mb4_general_ci", case_sensitive=False)
    text = "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;"
    key = Key(name="k", columns=("a",))
    before, after = (table(column("varchar(9)", collation=one), uniques=(key,)) for one in (old, new))
    assert found("D05", case(text, "mysql", _DONE, tables=(before, after)))
    assert not found("D05", case(text, "mysql", _DONE, tables=(after, before)))
    assert not found("D05", case(text, "mysql", _DONE, tables=(table(column("varchar(9)", collation=old)), table())))
    assert found("D05", case(text, "mariadb", refused("1062")))
    assert not found("D05", case("ALTER TABLE t ADD UNIQUE (a);", "mariadb", refused("1062")))


_MODIFY = "ALTER TABLE t MODIFY a TEXT NOT NULL;"


@pytest.mark.parametrize(
    ("one", "is_found"),
    [
        (case("ALTER TABLE t RENAME TO u;"), True),
        (case("ALTER TABLE t RENAME TO u;", fresh=["t"]), False),
        (case("ALTER TABLE t RENAME COLUMN a TO b;"), True),
        (case("ALTER TABLE t RENAME INDEX a TO b;", "mysql"), False),
        (case("ALTER TABLE t RENAME CONSTRAINT a TO b;"), False),
        (case("RENAME TABLE t TO u;", "mysql"), True),
        (case("ALTER TABLE t CHANGE a b INTEGER;", "mysql"), True),
        (case("ALTER TABLE t CHANGE a a BIGINT;", "mysql"), False),
        (case("ALTER TABLE t ADD a INTEGER NOT NULL;", "mysql"), True),
        (case("ALTER TABLE t ADD a INTEGER NOT NULL DEFAULT 0;", "mysql"), False),
        (case("ALTER TABLE t ADD a INTEGER;"), False),
        (case("ALTER TABLE t ALTER a SET NOT NULL;"), True),
        (case("ALTER TABLE t ALTER a SET NOT NULL;", facts=_DONE), False),
        (case("ALTER TABLE t ALTER a SET NOT NULL;", facts=StatementFacts(scanned=("t",))), True),
        (case("ALTER TABLE t ADD CONSTRAINT k UNIQUE (a);"), True),
        (case("ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i;"), False),
        (case("CREATE UNIQUE INDEX i ON t (a);"), True),
        (case("CREATE INDEX i ON t (a);"), False),
        (altered(_MODIFY, column("text"), column("text", nullable=False), "mysql"), True),
        (altered(_MODIFY, column("text", nullable=False), column("text", nullable=False), "mysql"), False),
    ],
)  # fmt: skip
def test_the_version_that_is_still_running(one: Case, *, is_found: bool) -> None:
    assert bool(found("C01", one)) == is_found


def test_a_check_is_not_a_key() -> None:
    check = Check(name="c", expression="a > 0")
    assert (
        codes(case("ALTER TABLE t ADD CHECK (a > 0);", facts=_DONE, tables=(table(), table(checks=(check,))))) & _JUDGED == set()
    )


def test_a_renamed_column_is_compared_with_itself() -> None:
    short, long = column("varchar(20)", length=20), column("varchar(50)", length=50)
    swap = "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a;"
    before, after = table(short, replace(long, name="b")), table(long, replace(short, name="b"))
    assert found("D03", case(swap, "mysql", _DONE, tables=(before, after))) == []
    change = case("ALTER TABLE t CHANGE a c VARCHAR(20);", "mysql", _DONE, tables=(table(long), table(replace(short, name="c"))))
    assert len(found("D03", change)) == 1


_COPY = "CREATE TABLE n (a TEXT);\nINSERT INTO n SELECT {} FROM t{};\n{}"
_NEW_NAME = "ALTER TABLE n RENAME TO t;\nDROP TABLE IF EXISTS t;"


@pytest.mark.parametrize(
    ("query", "end", "rename", "expected"),
    [
        ("a, b", "", _NEW_NAME, 0),
        ("*", "", _NEW_NAME, 0),
        ("lower(a), b AS c", "", _NEW_NAME, 0),
        ("a", "", _NEW_NAME, 1),
        ("a, b", " WHERE a IS NOT NULL", _NEW_NAME, 1),
        ("a", " LIMIT 5", _NEW_NAME, 2),
    ],
)
def test_what_the_copy_of_a_rebuilt_table_leaves_out(query: str, end: str, rename: str, expected: int) -> None:
    old = Table(name="t", columns=(column("text"), replace(column("text"), name="b")))
    one = case(_COPY.format(query, end, rename), "sqlite", _DONE, tables=((old,), ()))
    assert len(found("D01", one)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE t RENAME TO o;\nCREATE TABLE t (a TEXT);\nINSERT INTO t SELECT a FROM o;\nDROP TABLE o;",
        "CREATE TABLE n LIKE t;\nINSERT INTO n SELECT * FROM t;\nRENAME TABLE t TO o, n TO t;\nDROP TABLE o;",
    ],
)
def test_a_table_with_another_name_is_rebuilt_too(text: str) -> None:
    assert found("D01", case(text, "mysql")) == []
