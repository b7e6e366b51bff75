"""The tables of a database, and the names that belong to them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from whimbrel.dialects.connection import Connection

__all__ = ["Relations", "read_relations"]

_TABLES = """
    SELECT 'table' AS kind, table_name AS name, NULL AS other FROM information_schema.tables
    WHERE table_schema = :schema AND table_type = 'BASE TABLE'
    UNION ALL SELECT 'key', table_name, referenced_table_name FROM information_schema.referential_constraints
    WHERE constraint_schema = :schema AND unique_constraint_schema = :schema
    UNION ALL SELECT 'trigger', trigger_name, event_object_table FROM information_schema.triggers
    WHERE trigger_schema = :schema
"""


class Relations(NamedTuple):
    """The tables, and pairs of names that belong together: tables that a foreign key joins, triggers and their tables."""

    tables: frozenset[str]
    pairs: tuple[tuple[str, str], ...]

    def find(self, names: Collection[str]) -> frozenset[str]:
        """Return the tables among these names. A server may compare names without their case."""
        folded = {name.lower() for name in names}
        return frozenset(table for table in self.tables if table in names or table.lower() in folded)

    def near(self, names: Collection[str]) -> frozenset[str]:
        """Return the tables among these names, and those that belong to one of the names."""
        return self.find({*names, *(other for name, other in self.pairs if name in names)})


async def read_relations(connection: Connection, schema: str) -> Relations:
    """Read the tables of a database. Raises DatabaseError."""
    rows = await connection.fetch_all(_TABLES, {"schema": schema})
    tables = frozenset(row["name"] for row in rows if row["kind"] == "table")
    pairs = [(row["name"], row["other"]) for row in rows if row["other"] is not None]
    return Relations(tables, (*pairs, *((second, first) for first, second in pairs)))
