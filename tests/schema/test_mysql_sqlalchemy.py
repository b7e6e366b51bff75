"""MySQL and MariaDB: an independent reader, SQLAlchemy's inspector, agrees on everything that it can see.

Three disagreements are SQLAlchemy's, and left out below:
- it has no expression of a functional index ("None" among the columns), and no order of an index's columns;
- it gives an action of a foreign key only if SHOW CREATE TABLE prints one, so that the default is missing;
- its texts of defaults have the quotes of SHOW CREATE TABLE, so only whether there is one is compared.
"""

import asyncio
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect

from tests.schema.mysql_databases import execute, inspect_url
from tests.schema.mysql_tables import objects, tables
from whimbrel.schema.model import Table

pytestmark = [pytest.mark.asyncio, pytest.mark.only("mysql", "mariadb")]
# SQLAlchemy cannot read these tables at all.
_UNREADABLE = ("vector", "inet4", "inet6")
_DEFAULT_ACTIONS = ("no action", "restrict")


async def test_sqlalchemy_sees_the_same_tables(database: str, url: str) -> None:
    await execute(url, ["ALTER DATABASE CHARACTER SET utf8mb4", *tables(database), *objects(database)])
    schema = await inspect_url(url)
    address = url.replace(f"{database}://", f"{database}+pymysql://") + "?charset=utf8mb4"
    theirs = await asyncio.to_thread(_read, address)
    assert sorted(theirs) == sorted({table.name for table in schema.tables} | {one.name for one in schema.sequences})
    different = {table.name: found for table in schema.tables if (found := _differences(table, theirs[table.name]))}
    assert different == {}


def _read(address: str) -> dict[str, dict[str, Any]]:
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
            for name in inspector.get_table_names()
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
