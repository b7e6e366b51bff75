"""PostgreSQL: SQLAlchemy's inspector, an independent reader, agrees on all that it can see.

It cannot see: collations' meaning, storage, statistics, exclusion constraints, checks' and foreign keys' state NOT VALID or NOT
ENFORCED, triggers, policies, rules, routines, partitions. The lists below name the points in which it differs, with the
reasons.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Inspector, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from tests.schema.postgresql_database import fill, statements_of
from tests.schema.postgresql_database import inspect as read
from tests.schema.postgresql_tables import generated_tables
from whimbrel.schema.model import Schema, Table

pytestmark = [
    pytest.mark.only("postgresql"),
    # SQLAlchemy has no class for these types, and warns.
    pytest.mark.filterwarnings("ignore:Did not recognize type:sqlalchemy.exc.SAWarning"),
    # SQLAlchemy does not support NOT ENFORCED.
    pytest.mark.filterwarnings("ignore:Could not parse CHECK constraint:sqlalchemy.exc.SAWarning"),
]
HERE = Path(__file__).parent
PROJECTS = sorted((HERE / "projects" / "postgresql").glob("*.sql"))
SOURCES = {"everything": statements_of(HERE / "postgresql" / "everything.sql"), "tables": generated_tables()} | {
    path.stem: statements_of(path) for path in PROJECTS
}
_TYPES = {
    "INTEGER",
    "BIGINT",
    "SMALLINT",
    "TEXT",
    "BOOLEAN",
    "UUID",
    "JSON",
    "JSONB",
    "DATE",
    "REAL",
    "BYTEA",
    "INET",
    "OID",
    "MONEY",
}
Facts = dict[str, Any]


def theirs(url: str) -> tuple[dict[str, Facts], dict[str, set[str]]]:
    """Return the facts of each table, and the names of other objects, as SQLAlchemy has them."""

    def ask(connection: Connection) -> tuple[dict[str, Facts], dict[str, set[str]]]:
        found = inspect(connection)
        names = {"views": set(found.get_view_names()), "sequences": set(found.get_sequence_names())}
        names["materialized"] = set(found.get_materialized_view_names())
        names["enums"] = {f"{one['name']}: {one['labels']}" for one in found.get_enums()}  # type: ignore[attr-defined]
        names["domains"] = {one["name"] for one in found.get_domains()}  # type: ignore[attr-defined]
        return {name: _facts(found, name) for name in found.get_table_names()}, names

    async def run() -> tuple[dict[str, Facts], dict[str, set[str]]]:
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(ask)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def _facts(found: Inspector, name: str) -> Facts:
    key, comment = found.get_pk_constraint(name), found.get_table_comment(name)["text"] or ""
    columns = {one["name"]: one for one in found.get_columns(name)}
    return {
        "columns": [(one, not column["nullable"], column["comment"] or "") for one, column in columns.items()],
        "types": {one: type(column["type"]).__name__ for one, column in columns.items()},
        "defaults": {one: column["default"] for one, column in columns.items() if column["default"] and "computed" not in column},
        "identities": {one: column["identity"]["always"] for one, column in columns.items() if column.get("identity")},
        "computed": {one: column["computed"]["persisted"] for one, column in columns.items() if column.get("computed")},
        "key": (key["name"], key["constrained_columns"]),
        "uniques": sorted((one["name"], one["column_names"]) for one in found.get_unique_constraints(name)),
        "links": sorted(map(_link, found.get_foreign_keys(name))),
        "checks": sorted(str(one["name"]) for one in found.get_check_constraints(name)),
        "indexes": sorted(
            (one["name"], bool(one["unique"])) for one in found.get_indexes(name) if "duplicates_constraint" not in one
        ),
        "comment": comment,
    }


def _link(one: Any) -> tuple[str, list[str], str, list[str], str, str]:
    options = one["options"]
    # The columns of SET NULL (columns) are in the native text of the model.
    actions = [options.get(name, "NO ACTION").lower().partition(" (")[0] for name in ("onupdate", "ondelete")]
    return (one["name"], one["constrained_columns"], one["referred_table"], one["referred_columns"], actions[0], actions[1])


def ours(table: Table) -> Facts:
    """Return the same facts from the model."""
    key = table.primary_key
    return {
        "columns": [(one.name, not one.nullable, one.comment) for one in table.columns],
        "types": {one.name: one.type.native.upper() for one in table.columns},
        "defaults": {one.name: one.default.native for one in table.columns if one.default},
        "identities": {one.name: one.identity == "always" for one in table.columns if one.identity},
        "computed": {one.name: one.generated.stored for one in table.columns if one.generated},
        "key": (key.name if key else None, list(key.columns) if key else []),
        "uniques": sorted((one.name, list(one.columns)) for one in table.uniques),
        "links": sorted(
            (one.name, list(one.columns), one.table, list(one.to_columns), one.on_update, one.on_delete)
            for one in table.foreign_keys
        ),
        "checks": sorted(one.name for one in table.checks),
        "indexes": sorted((one.name, one.unique) for one in table.indexes),
        "comment": table.comment,
    }


def disagreements(schema: Schema, table: Table, mine: Facts, other: Facts) -> list[str]:
    """Return the facts that differ, without those for which there is a reason."""
    inherited = bool(table.partition_of) or any(one.startswith("INHERITS") for one in table.options)
    other = dict(other)
    # SQLAlchemy has its own names for other types.
    known = {one.name for one in table.columns if one.type.native.upper() in _TYPES}
    for facts in (mine, other):
        facts["types"] = {one: kind for one, kind in facts["types"].items() if one in known}
    # The default of a domain is no default of its columns.
    domains = {one.name for one in schema.types if one.kind == "domain"}
    plain = {one.name for one in table.columns if one.type.native not in domains}
    other["defaults"] = {one: value for one, value in other["defaults"].items() if one in plain or one in mine["defaults"]}
    if inherited:
        # A partition has the parent's foreign keys, and a child its checks, which the model keeps with the parent.
        mine["links"] = other["links"] = mine["checks"] = other["checks"] = []
    if table.partition_of:
        # A partition takes its numbers from the parent's sequence, and has none of its own.
        mine["identities"] = other["identities"]
    return [f"{table.name}.{fact}: {mine[fact]} != {other[fact]}" for fact in mine if mine[fact] != other[fact]]


@pytest.mark.parametrize("source", SOURCES)
def test_an_independent_reader_agrees(url: str, database: str, source: str) -> None:
    fill(url, SOURCES[source])
    schema = read(url)
    tables, names = theirs(url)
    local = [one for one in schema.tables if not any(option.startswith("SERVER ") for option in one.options)]
    # It does not see a table whose name a catalog table hides.
    local = [one for one in local if one.name != "pg_class"]
    assert sorted(tables) == [one.name for one in local]
    assert [told for one in local for told in disagreements(schema, one, ours(one), tables[one.name])] == []
    assert names["views"] == {one.name for one in schema.views if not one.materialized}
    assert names["materialized"] == {one.name for one in schema.views if one.materialized}
    assert names["enums"] == {f"{one.name}: {list(one.values)}" for one in schema.types if one.kind == "enum"}
    assert names["domains"] == {one.name for one in schema.types if one.kind == "domain"}
    assert names["sequences"] == {one.name for one in schema.sequences}
