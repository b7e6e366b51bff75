"""SQLite: the model says what SQLite enforces, as rows show that SQLite accepts or refuses."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.schema.sqlite_file import inspect_file, inspect_statements, one_table
from tests.schema.sqlite_tables import statements
from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import IndexPart

pytestmark = pytest.mark.asyncio
TABLES = [
    ("a INTEGER PRIMARY KEY", ""),
    ("a INT PRIMARY KEY", ""),
    ("a VARCHAR(36) PRIMARY KEY", ""),
    ("a INTEGER PRIMARY KEY DESC", ""),
    ("a INTEGER, PRIMARY KEY (a DESC)", ""),
    ("a INTEGER PRIMARY KEY AUTOINCREMENT", ""),
    ("a TEXT PRIMARY KEY", "WITHOUT ROWID"),
    ("a TEXT PRIMARY KEY", "STRICT"),
    ("a INTEGER PRIMARY KEY", "STRICT, WITHOUT ROWID"),
    ("a, b, PRIMARY KEY (a, b)", ""),
    ("a, b, PRIMARY KEY (b, a)", "WITHOUT ROWID"),
    ("a INT, b INT, PRIMARY KEY (a, b)", "STRICT"),
    ("a NOT NULL", ""),
    ("a UNIQUE", ""),
    ("a INTEGER NOT NULL PRIMARY KEY", ""),
    ("\"a\" 'INTEGER' PRIMARY KEY", ""),
    ("a NULL", ""),
    ("a BIGINT, PRIMARY KEY (A)", ""),
]


@pytest.mark.parametrize(("inside", "options"), TABLES)
async def test_a_column_is_nullable_if_sqlite_stores_null(inside: str, options: str, tmp_path: Path) -> None:
    path = tmp_path / "made.db"
    table = await one_table(path, inside, options)
    for column in table.columns:
        assert column.nullable == _stores_null(path, column.name, [one.name for one in table.columns]), column.name


def _stores_null(path: Path, name: str, columns: list[str]) -> bool:
    with closing(sqlite3.connect(path)) as file:
        values = ", ".join("NULL" if one == name else "1" for one in columns)
        try:
            file.execute(f"INSERT INTO t VALUES ({values})")
        except sqlite3.IntegrityError:
            return False
        return bool(file.execute(f'SELECT count(*) FROM t WHERE "{name}" IS NULL').fetchone()[0])


@pytest.mark.parametrize(
    ("inside", "identity"),
    [
        ("a INTEGER PRIMARY KEY", "rowid"),
        ("a INTEGER, PRIMARY KEY (a DESC)", "rowid"),
        ("a integer PRIMARY KEY ASC", "rowid"),
        ("a INTEGER PRIMARY KEY AUTOINCREMENT", "autoincrement"),
        ("a INTEGER, PRIMARY KEY (a AUTOINCREMENT)", "autoincrement"),
        ("a INTEGER PRIMARY KEY DESC", ""),
        ("a INT PRIMARY KEY", ""),
        ("a INTEGER, b, PRIMARY KEY (a, b)", ""),
    ],
)
async def test_a_key_that_numbers_rows_is_known(inside: str, identity: str, tmp_path: Path) -> None:
    table = await one_table(tmp_path / "made.db", inside)
    assert table.columns[0].identity == identity


async def test_collations_say_what_is_equal(tmp_path: Path) -> None:
    table = await one_table(tmp_path / "made.db", "a TEXT, b TEXT COLLATE NOCASE, c TEXT COLLATE RTRIM, d INT")
    found = [one.collation and (one.collation.case_sensitive, one.collation.padded) for one in table.columns]
    assert found == [(True, False), (False, False), (True, True), None]


async def test_generated_columns_have_their_expression(tmp_path: Path) -> None:
    table = await one_table(tmp_path / "made.db", "a INT, b INT AS (a * 2) STORED, c GENERATED ALWAYS AS (a || ',)')")
    assert [one.generated and (one.generated.native, one.generated.stored) for one in table.columns] == [
        None,
        ("a * 2", True),
        ("a || ',)'", False),
    ]


async def test_a_key_without_columns_refers_to_the_primary_key(tmp_path: Path) -> None:
    schema = await inspect_statements(
        tmp_path / "made.db",
        "CREATE TABLE Parent (Id INTEGER PRIMARY KEY)",
        "CREATE TABLE child (p INT REFERENCES PARENT, q REFERENCES gone)",
    )
    child = schema.table("child")
    assert child is not None
    assert [(one.table, one.to_columns) for one in child.foreign_keys] == [("Parent", ("Id",)), ("gone", ())]


async def test_an_index_has_what_differs_from_its_columns(tmp_path: Path) -> None:
    schema = await inspect_statements(
        tmp_path / "made.db",
        "CREATE TABLE t (a TEXT COLLATE NOCASE, b)",
        "CREATE UNIQUE INDEX i ON T (a, b COLLATE RTRIM DESC, lower(a), a COLLATE BINARY) WHERE b > 0",
    )
    (index,) = schema.tables[0].indexes
    assert index.parts == (
        IndexPart(column="a"),
        IndexPart(column="b", descending=True, options="COLLATE RTRIM"),
        IndexPart(expression="lower(a)"),
        IndexPart(column="a", options="COLLATE BINARY"),
    )
    assert (index.unique, index.predicate) == (True, "b > 0")


async def test_a_view_of_a_lost_table_and_a_lost_module_are_read(tmp_path: Path) -> None:
    path = tmp_path / "made.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for text in ("CREATE TABLE t (a)", "CREATE VIEW v AS SELECT a FROM t", "DROP TABLE t", "PRAGMA writable_schema = ON"):
            file.execute(text)
        file.execute("INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 0, 'CREATE VIRTUAL TABLE x USING unknown(a)')")
    schema = await inspect_file(path)
    assert ([one.name for one in schema.views], [one.name for one in schema.opaques]) == (["v"], ["x"])


async def test_tables_of_sqlite_itself_and_temporary_ones_are_left_out(tmp_path: Path) -> None:
    schema = await inspect_statements(
        tmp_path / "made.db",
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE INDEX i ON t (a)",
        "INSERT INTO t DEFAULT VALUES",
        "ANALYZE",
        "CREATE TEMP TABLE gone (a)",
        "CREATE TEMP TABLE t (b)",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
    )
    assert [one.name for one in schema.tables] == ["t"]
    assert [one.name for one in schema.opaques] == ["f"]


async def test_triggers_belong_to_their_table_in_any_case_of_letters(tmp_path: Path) -> None:
    schema = await inspect_statements(
        tmp_path / "made.db",
        "CREATE TABLE Big (a)",
        "CREATE VIEW v AS SELECT a FROM big",
        "CREATE TRIGGER x AFTER INSERT ON BIG BEGIN SELECT 1; END",
        "CREATE TRIGGER y INSTEAD OF INSERT ON V BEGIN SELECT 1; END",
    )
    assert [one.name for one in schema.tables[0].triggers] == ["x"]
    assert [one.name for one in schema.views[0].triggers] == ["y"]
    assert len(find_inspector("sqlite").render(schema)) == 4


async def test_two_hundred_tables_have_every_object_once(tmp_path: Path) -> None:
    path = tmp_path / "made.db"
    schema = await inspect_statements(path, *statements(60, seed=5))
    rendered = find_inspector("sqlite").render(schema)
    assert len(rendered) == len(set(rendered))
