"""SQLite: SQLAlchemy's inspector, which others wrote, agrees on all that it can see of 200 tables.

It disagrees, or sees nothing, in these points. Other tests check each of them against SQLite itself.

- It returns NOT NULL as declared. The model says what is enforced: `test_sqlite_facts.py` inserts rows.
- It lists virtual tables and their shadow tables as tables. The model keeps a virtual table as its statement.
- It leaves out indexes with an expression, with a warning.
- It finds names of constraints, actions of foreign keys and texts of checks by regular expressions, which do not read quotes and
  comments. Unique constraints are compared by the indexes that SQLite makes for them, actions with `foreign_key_list` in
  `test_sqlite.py`, and the rest on a project without such texts.
- It returns no text for a generated column whose expression has parentheses inside.
"""

from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.engine.reflection import Inspector

from tests.schema.sqlite_file import inspect_file, make
from tests.schema.sqlite_tables import statements
from whimbrel.parsing.splitter import split
from whimbrel.schema.model import Schema, Table

# It also warns of types that it does not know.
pytestmark = [pytest.mark.asyncio, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]


class Both:
    """A file, read in both ways."""

    def __init__(self, path: Path, schema: Schema) -> None:
        self.schema = schema
        self.engine = sqlalchemy.create_engine(f"sqlite:///{path}")
        self.other: Inspector = sqlalchemy.inspect(self.engine)


async def read(path: Path, texts: list[str]) -> Both:
    return Both(path, await inspect_file(make(path, texts)))


async def test_an_independent_reader_agrees(tmp_path: Path) -> None:
    both = await read(tmp_path / "made.db", statements(200))
    try:
        assert {one.name for one in both.schema.tables} <= set(both.other.get_table_names())
        assert [one.name for one in both.schema.views] == sorted(both.other.get_view_names())
        for table in both.schema.tables:
            compare_columns(table, both.other)
            compare_keys(table, both.other)
            compare_indexes(table, both.other)
    finally:
        both.engine.dispose()


def compare_columns(table: Table, other: Inspector) -> None:
    seen = other.get_columns(table.name)
    primary = table.primary_key.columns if table.primary_key else ()
    assert [one["name"] for one in seen] == [one.name for one in table.columns]
    for one, column in zip(seen, table.columns, strict=True):
        assert one.get("default") == (column.default.native if column.default else None)
        assert ("computed" in one) == (column.generated is not None)
        if column.generated and "computed" in one:
            assert one["computed"].get("persisted") == column.generated.stored
        if column.name not in primary:
            assert one["nullable"] == column.nullable
        if column.type.family == "text" and column.type.length and isinstance(one["type"], sqlalchemy.String):
            assert one["type"].length == column.type.length


def compare_keys(table: Table, other: Inspector) -> None:
    assert other.get_pk_constraint(table.name)["constrained_columns"] == list(
        table.primary_key.columns if table.primary_key else ()
    )
    # SQLAlchemy repeats the spelling of the statement; SQLite compares names without case.
    seen = [
        (*map(str.lower, one["constrained_columns"]), one["referred_table"].lower()) for one in other.get_foreign_keys(table.name)
    ]
    assert sorted(seen) == sorted((*map(str.lower, one.columns), one.table.lower()) for one in table.foreign_keys)


def compare_indexes(table: Table, other: Inspector) -> None:
    seen = other.get_indexes(table.name, include_auto_indexes=True)
    own = {str(one["name"]): one for one in seen if not str(one["name"]).startswith("sqlite_autoindex")}
    plain = {one.name: one for one in table.indexes if all(part.column for part in one.parts)}
    assert own.keys() <= {one.name for one in table.indexes}
    assert plain.keys() <= own.keys()
    for name, index in plain.items():
        assert own[name]["column_names"] == [part.column for part in index.parts]
        assert bool(own[name]["unique"]) == index.unique
    made = {tuple(one["column_names"]) for one in seen if str(one["name"]).startswith("sqlite_autoindex")}
    keys = {one.columns for one in table.uniques}
    primary = table.primary_key.columns if table.primary_key else ()
    assert made - {primary} <= keys
    assert keys - made <= {primary}


async def test_checks_and_names_agree_where_expressions_can_read_them(tmp_path: Path) -> None:
    script = (Path(__file__).parent / "projects" / "sqlite" / "shop.sql").read_text(encoding="utf-8")
    both = await read(tmp_path / "made.db", [one.text for one in split(script, "sqlite")])
    try:
        for table in both.schema.tables:
            seen = {(one["name"] or "", one["sqltext"]) for one in both.other.get_check_constraints(table.name)}
            assert seen == {(one.name, one.expression) for one in table.checks}
            named = {one["name"] for one in both.other.get_foreign_keys(table.name) if one["name"]}
            assert named == {one.name for one in table.foreign_keys if one.name}
    finally:
        both.engine.dispose()
