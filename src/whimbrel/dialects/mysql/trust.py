"""Decide which of Whimbrel's tables can be trusted on MySQL and MariaDB: real tables without triggers.

A user who may create tables in a database counts as its owner. But a view may call functions with the reader's privileges (SQL
SECURITY INVOKER), and triggers would change the records.
"""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.base import Row
from whimbrel.dialects.place import TABLES
from whimbrel.errors import ConfigurationError

__all__ = ["checked_tables", "tables_query"]


def tables_query(schema: str) -> str:
    """Return the query for Whimbrel's tables in a database, and for their triggers. `schema` is SQL."""
    # Query one table at a time: for a list, MariaDB opens all tables of the database.
    # https://mariadb.com/kb/en/information-schema-optimizations/
    kinds = [
        "SELECT table_name AS name, table_type AS kind FROM information_schema.tables "
        f"WHERE table_schema = {schema} AND table_name = '{name}'"
        for name in TABLES
    ]
    # The privilege TRIGGER is needed to see triggers, and also to create them.
    triggers = [
        "SELECT event_object_table, 'TRIGGER' FROM information_schema.triggers "
        f"WHERE event_object_schema = {schema} AND event_object_table = '{name}'"
        for name in TABLES
    ]
    return " UNION ALL ".join(kinds + triggers)


def checked_tables(schema: str, rows: Sequence[Row]) -> frozenset[str]:
    """Return the tables in the answer. Raises ConfigurationError for a view, or a table with triggers."""
    for row in rows:
        if row["kind"] != "BASE TABLE":
            fault = "it has triggers" if row["kind"] == "TRIGGER" else "it is not an ordinary table"
            raise ConfigurationError(
                f"{schema}.{row['name']} cannot be trusted: {fault}\n"
                "  next: make it a plain table again, or drop objects that are not yours"
            )
    return frozenset(row["name"] for row in rows)
