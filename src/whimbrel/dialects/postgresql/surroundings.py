"""The schema and the extensions that the files of a PostgreSQL database expect to exist."""

from __future__ import annotations

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.surroundings import Surroundings

__all__ = ["read_surroundings"]

# plpgsql is in every new database.
_EXTENSIONS = """
    SELECT e.extname AS name, n.nspname AS place FROM pg_catalog.pg_extension e
      JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
     WHERE e.extname OPERATOR(pg_catalog.<>) 'plpgsql' ORDER BY e.oid"""


async def read_surroundings(connection: Connection, schema: str) -> Surroundings:
    """Return the surroundings of `schema`. A new schema has the same name, since files may qualify names with it."""
    quote = connection.dialect.quote
    create = "CREATE SCHEMA IF NOT EXISTS"
    rows = await connection.fetch_all(_EXTENSIONS)
    extensions = tuple(
        (
            str(row["name"]),
            (
                # A schema whose name begins with pg_ belongs to the system, since no user may create one.
                *([] if row["place"].startswith("pg_") else [f"{create} {quote(row['place'])}"]),
                f"CREATE EXTENSION IF NOT EXISTS {quote(row['name'])} SCHEMA {quote(row['place'])}",
            ),
        )
        for row in rows
    )
    return Surroundings(schema, (f"{create} {quote(schema)}",), extensions)
