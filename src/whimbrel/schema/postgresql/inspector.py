"""Read a schema of PostgreSQL with one query, and render it."""

from __future__ import annotations

import json
from contextlib import nullcontext

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.postgresql.connection import PostgresqlConnection
from whimbrel.errors import ConfigurationError
from whimbrel.messages.printable import printable
from whimbrel.schema.contract import Inspector
from whimbrel.schema.model import Collation, Schema
from whimbrel.schema.postgresql.needs import find_needs
from whimbrel.schema.postgresql.objects import find_routines, find_sequences, find_views
from whimbrel.schema.postgresql.opaques import find_opaques
from whimbrel.schema.postgresql.question import question, settings_sql
from whimbrel.schema.postgresql.render import render
from whimbrel.schema.postgresql.tables import Found, find_tables
from whimbrel.schema.postgresql.user_types import find_types

__all__ = ["INSPECTOR"]

_SAVEPOINT = "whimbrel_schema"


class PostgresqlInspector(Inspector):
    """One schema of PostgreSQL. Owners, grants, tablespaces, security labels and rows are left out, and what no schema holds."""

    async def read(self, connection: Connection, schema: str) -> Schema:
        """Ask one query in a transaction that only reads; without a name, one more query finds the schema."""
        name = schema or await connection.dialect.find_schema(connection, "")
        return _assemble(name, await _ask(connection, name))

    def render(self, schema: Schema) -> list[str]:
        return render(schema)


async def _ask(connection: Connection, schema: str) -> Found:
    bare = connection.bare
    assert isinstance(bare, PostgresqlConnection), "an inspector is given connections of its own dialect"
    inside = connection.in_transaction
    begin = f"SAVEPOINT {_SAVEPOINT}" if inside else "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
    end = [f"ROLLBACK TO {_SAVEPOINT}", f"RELEASE {_SAVEPOINT}"] if inside else ["COMMIT"]
    async with nullcontext() if inside else connection.rollback_on_error():
        await connection.send([begin, *settings_sql(schema)])
        rows = await connection.fetch_all(question(bare.driver.get_server_version().major), {"schema": schema})
        await connection.send(end)
    if not rows:
        await connection.dialect.find_schema(connection, schema)
        raise ConfigurationError(f"this user may not use the schema {printable(schema)}; grant USAGE on it")
    return Found({row["kind"]: json.loads(row["data"] or "[]") for row in rows})


def _assemble(name: str, found: Found) -> Schema:
    return Schema(
        database="postgresql",
        name=name,
        tables=find_tables(found),
        views=find_views(found),
        routines=find_routines(found),
        sequences=find_sequences(found),
        types=find_types(found),
        opaques=find_opaques(found),
        needs=find_needs(found),
        collation=Collation(name='"default"'),
    )


INSPECTOR = PostgresqlInspector()
