"""MySQL and MariaDB: an independent reader, SQLAlchemy's inspector, agrees on everything that it can see.

The test leaves out the facts that SQLAlchemy does not read: types that it does not know, the order and length of an index's
parts, an action that SHOW CREATE TABLE does not print, and defaults other than as their text there. The lists below have the
tables on which it disagrees, each with the reason.
"""

import asyncio
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect

from tests.schema.mysql_databases import execute, inspect_url
from tests.schema.mysql_tables import objects, tables
from whimbrel.schema.model import Column, Table

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.only("mysql", "mariadb"),
    # SQLAlchemy does not support geometries, vectors, network addresses and periods.
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]
# The facts on which SQLAlchemy is wrong. It parses the lines of SHOW CREATE TABLE with regular expressions.
_WRONG = {
    "mysql": {
        "na`me \"x\" 'y'": {"columns", "indexes", "checks"},  # it does not undouble a quote in a name
        "hidden": {"columns"},  # it sees no comment after INVISIBLE
        "functional": {"indexes"},  # it drops the expressions of an index, or takes a column of one for a part
        "many_valued": {"indexes"},
    },
    "mariadb": {
        "na`me \"x\" 'y'": {"columns", "indexes"},
        "hidden": {"columns"},
        "periods": {"columns"},  # it takes the columns of a period for ordinary ones that may be NULL
        "booked": {"indexes", "checks"},  # it drops a period from a key; the catalog holds it as a check on its two columns
        "unused": {"indexes"},  # it drops an index that is IGNORED
    },
}
_DEFAULT_ACTIONS = ("no action", "restrict")


async def test_sqlalchemy_sees_the_same_tables(database: str, url: str) -> None:
    await execute(url, ["ALTER DATABASE CHARACTER SET utf8mb4", *tables(database), *objects(database)])
    schema = await inspect_url(url)
    address = url.replace(f"{database}://", f"{database}+pymysql://") + "?charset=utf8mb4"
    readable = [one for one in schema.tables if not any(map(_is_unreadable, one.columns))]
    assert len(readable) > 230
    theirs = await asyncio.to_thread(_read, address, [one.name for one in readable])
    different = {table.name: set(found) for table in readable if (found := _differences(table, theirs[table.name]))}
    assert different == _WRONG[database]


def _is_unreadable(column: Column) -> bool:
    """Whether SQLAlchemy raises an error: for a vector, and for a default of MariaDB whose bytes are not UTF-8."""
    bytes_ = column.default is not None and column.default.native.startswith("X'")
    return column.type.native.startswith("vector") or bytes_


def _read(address: str, names: list[str]) -> dict[str, dict[str, Any]]:
    engine = create_engine(address)
    inspector = inspect(engine)
    try:
        return {
            name: {
                "columns": inspector.get_columns(name),
                "primary": inspector.get_pk_constraint(name)["constrained_columns"],
                "indexes": inspector.get_indexes(name),
                "foreign": inspector.get_foreign_keys(name),
                "checks": inspector.get_check_constraints(name),
                "comment": inspector.get_table_comment(name)["text"],
            }
            for name in names
        }
    finally:
        engine.dispose()


def _differences(table: Table, theirs: dict[str, Any]) -> dict[str, tuple[object, object]]:
    """Return the facts on which the two disagree, ours first."""
    ours: dict[str, object] = {
        "columns": [
            (one.name, one.nullable, bool(one.comment), one.generated is not None, one.identity != "") for one in table.columns
        ],
        "primary": list(table.primary_key.columns) if table.primary_key else [],
        "indexes": sorted(
            [(one.name, True, list(one.columns)) for one in table.uniques]
            + [(one.name, one.unique, [part.column or None for part in one.parts]) for one in table.indexes]
        ),
        "foreign": [
            (one.name, list(one.columns), one.table, list(one.to_columns), _action(one.on_delete), _action(one.on_update))
            for one in table.foreign_keys
        ],
        "checks": sorted(one.name for one in table.checks if not one.native.startswith("COLUMN ")),
        "comment": table.comment,
    }
    seen: dict[str, object] = {
        "columns": [
            (one["name"], one["nullable"], bool(one["comment"]), "computed" in one, one.get("autoincrement") is True)
            for one in theirs["columns"]
        ],
        "primary": theirs["primary"],
        "indexes": sorted((one["name"], one["unique"], one["column_names"]) for one in theirs["indexes"]),
        "foreign": sorted(
            (
                one["name"], one["constrained_columns"], one["referred_table"], one["referred_columns"],
                _action(one["options"].get("ondelete", "")), _action(one["options"].get("onupdate", "")),
            )
            for one in theirs["foreign"]
        ),
        "checks": sorted(one["name"] for one in theirs["checks"] if one["name"]),
        "comment": theirs["comment"] or "",
    }  # fmt: skip
    return {name: (ours[name], seen[name]) for name in ours if ours[name] != seen[name]}


def _action(text: str) -> str:
    return "" if text.lower() in _DEFAULT_ACTIONS else text.lower()
