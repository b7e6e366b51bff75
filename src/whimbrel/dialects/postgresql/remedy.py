"""Find the statement that helps if PostgreSQL refuses to create or write Whimbrel's tables. Runs none of them."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.base import Connection, Row
from whimbrel.dialects.place import IDENTITY_TABLE, TABLES
from whimbrel.errors import DatabaseError

__all__ = ["find_missing", "find_remedy"]

_DENIED, _TAKEN = "42501", "42710"
_EQUALS = "OPERATOR(pg_catalog.=)"
_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE")
_MISSING = " OR ".join(f"NOT pg_catalog.has_table_privilege(c.oid, '{privilege}')" for privilege in _PRIVILEGES)
_TABLES_DENIED = f"""
    SELECT c.relname AS "table", pg_catalog.pg_get_userbyid(c.relowner) AS "owner", CAST(current_user AS pg_catalog.text) AS "me"
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid {_EQUALS} c.relnamespace
    WHERE n.nspname {_EQUALS} {{schema}} AND c.relname {_EQUALS} ANY (CAST({{tables}} AS pg_catalog.name[])) AND ({_MISSING})
    ORDER BY c.relname"""
_SCHEMA_DENIED = f"""
    SELECT pg_catalog.pg_get_userbyid(n.nspowner) AS "owner", CAST(current_user AS pg_catalog.text) AS "me"
    FROM pg_catalog.pg_namespace n WHERE n.nspname {_EQUALS} {{schema}}
     AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_schema_privilege(n.oid, 'CREATE'))"""
# A table's row type belongs to a relation.
_TYPES = f"""
    SELECT t.typname AS "name", pg_catalog.pg_get_userbyid(t.typowner) AS "owner", t.typtype {_EQUALS} 'd' AS "domain"
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid {_EQUALS} t.typnamespace
    WHERE n.nspname {_EQUALS} {{schema}} AND t.typname {_EQUALS} ANY (CAST({{tables}} AS pg_catalog.name[]))
      AND t.typrelid {_EQUALS} CAST(0 AS pg_catalog.oid)"""


async def find_remedy(connection: Connection, schema: str, error: DatabaseError) -> str:
    """Return advice for a refused statement that creates or writes Whimbrel's tables; empty if no advice is known."""
    if error.code == _TAKEN:
        return _drop(connection, schema, await _ask(connection, _TYPES, schema))
    if error.code != _DENIED:
        return ""
    return next(iter(await find_missing(connection, schema)), "")


async def find_missing(connection: Connection, schema: str) -> list[str]:
    """Return who must send which GRANT so that this role may create, read and write Whimbrel's tables in a schema."""
    quote = connection.dialect.quote
    denied = await _ask(connection, _TABLES_DENIED, schema)
    tables = [_grant(connection, schema, denied)] if denied else []
    return tables + [
        f"as {row['owner']}, run GRANT USAGE, CREATE ON SCHEMA {quote(schema)} TO {quote(row['me'])}"
        for row in await _ask(connection, _SCHEMA_DENIED, schema)
    ]


async def _ask(connection: Connection, question: str, schema: str) -> list[Row]:
    literal = connection.dialect.literal
    tables = ", ".join(literal(name) for name in TABLES if name != IDENTITY_TABLE)  # a run does without it
    return await connection.fetch_all(question.format(schema=literal(schema), tables=f"ARRAY[{tables}]"))


def _grant(connection: Connection, schema: str, denied: Sequence[Row]) -> str:
    quote = connection.dialect.quote
    tables = ", ".join(f"{quote(schema)}.{quote(row['table'])}" for row in denied)
    owners = " and ".join(sorted({row["owner"] for row in denied}))
    return f"as {owners}, run GRANT {', '.join(_PRIVILEGES)} ON {tables} TO {quote(denied[0]['me'])}"


def _drop(connection: Connection, schema: str, types: Sequence[Row]) -> str:
    quote = connection.dialect.quote
    for row in types:
        kind, name = "DOMAIN" if row["domain"] else "TYPE", f"{quote(schema)}.{quote(row['name'])}"
        return (
            f"{schema}.{row['name']} is a {kind.lower()} owned by {row['owner']}, so a table with that name cannot be created: "
            f"run DROP {kind} {name}, or ALTER {kind} {name} RENAME TO another name; or name another schema with --schema"
        )
    return ""
