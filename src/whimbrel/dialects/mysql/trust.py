"""Which of our tables on MySQL and MariaDB are to be trusted: those that are tables, and have no triggers.

Who may make tables in a database is its owner there; but a view may call functions as whoever reads it (SQL SECURITY INVOKER),
and triggers would change what is recorded.
"""

from __future__ import annotations

from whimbrel.dialects.base import Connection
from whimbrel.dialects.place import TABLES
from whimbrel.errors import ConfigurationError

__all__ = ["check_tables"]


async def check_tables(connection: Connection, schema: str) -> frozenset[str]:
    """Return which of our tables a database has. Raises ConfigurationError for a view, or a table with triggers."""
    # Table by table: with a list MariaDB opens all tables of the database.
    # https://mariadb.com/kb/en/information-schema-optimizations/
    kinds = [
        "SELECT table_name AS name, table_type AS kind FROM information_schema.tables "
        f"WHERE table_schema = :schema AND table_name = '{name}'"
        for name in TABLES
    ]
    # Seen by whoever has the privilege TRIGGER; without it nobody makes one either.
    triggers = [
        "SELECT event_object_table, 'TRIGGER' FROM information_schema.triggers "
        f"WHERE event_object_schema = :schema AND event_object_table = '{name}'"
        for name in TABLES
    ]
    rows = await connection.fetch_all(" UNION ALL ".join(kinds + triggers), {"schema": schema})
    for row in rows:
        if row["kind"] != "BASE TABLE":
            fault = "it has triggers" if row["kind"] == "TRIGGER" else "it is no ordinary table"
            raise ConfigurationError(
                f"{schema}.{row['name']} is not to be trusted: {fault}\n"
                "  next: have it be a plain table again, or drop what is not yours"
            )
    return frozenset(row["name"] for row in rows)
