"""Copies of a PostgreSQL database, made by CREATE DATABASE ... TEMPLATE and emptied after a test that only wrote rows.

Creating a copy takes 40 ms and more. Checking that nothing else has changed and truncating the filled tables takes a quarter of
that. The transaction number of a row (xmin) shows whether it was touched; this holds for rows of the catalog too.
"""

from __future__ import annotations

from dataclasses import dataclass

from whimbrel.dialects.base import Connection, Row
from whimbrel.dialects.clones import ServerCopies
from whimbrel.dialects.postgresql.doctor import lock_number
from whimbrel.url import DatabaseUrl

__all__ = ["COPIES"]

_PATIENCE = "5s"
# The results of ANALYZE say nothing about the schema.
_CATALOGS = """
    SELECT relname AS name FROM pg_catalog.pg_class
     WHERE relnamespace OPERATOR(pg_catalog.=) CAST('pg_catalog' AS pg_catalog.regnamespace)
       AND relkind OPERATOR(pg_catalog.=) 'r' AND NOT relisshared
       AND relname OPERATOR(pg_catalog.<>) 'pg_statistic' AND relname OPERATOR(pg_catalog.<>) 'pg_statistic_ext_data'
       AND pg_catalog.has_table_privilege(oid, 'SELECT')"""
_TABLES = """
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
     WHERE c.relkind OPERATOR(pg_catalog.=) 'r' AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'
       AND n.nspname OPERATOR(pg_catalog.!~~) 'pg\\_%'"""
_SEQUENCES = """
    SELECT pg_catalog.format('%I.%I', schemaname, sequencename) AS name, last_value FROM pg_catalog.pg_sequences"""
_COUNTED = "pg_catalog.count(*) AS number, pg_catalog.max(CAST(CAST(xmin AS pg_catalog.text) AS BIGINT)) AS newest"
_SETTINGS = f"""
    SELECT 'settings' AS name, {_COUNTED} FROM pg_catalog.pg_db_role_setting
     WHERE setdatabase OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database
           WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())"""
_END = """
    SELECT pg_catalog.pg_terminate_backend(pid, CAST(5000 AS BIGINT)) AS ended FROM pg_catalog.pg_stat_activity
     WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND backend_type OPERATOR(pg_catalog.=) 'client backend'
       AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()"""


@dataclass(slots=True)
class _Copy:
    """One database, a connection to it, and the initial state of its catalogs, of the template's rows and of its sequences."""

    connection: Connection
    catalogs: list[Row]
    rows: list[Row]
    sequences: dict[str, int | None]


class PostgresqlCopies(ServerCopies):
    async def hold(self, name: str) -> None:
        # A pooler would keep the lock in a session of its own.
        if self.connection.dialect.keeps_session:
            await self.connection.fetch_all(f"SELECT pg_catalog.pg_advisory_lock({lock_number(name)}) AS held")

    async def open_template(self, template: DatabaseUrl) -> None:
        self._known: dict[str, _Copy] = {}
        self._template = template.database
        await self.create(self._template, "TEMPLATE template0")
        await self.migrate(template)
        connection = await self.dialect.open(template)
        try:
            self._catalogs = [row["name"] for row in await connection.fetch_all(_CATALOGS)]
            tables = [row["name"] for row in await connection.fetch_all(_TABLES)]
            filled = await _filled(connection, tables)
        finally:
            await connection.close()
        self._filled, self._empty = filled, [table for table in tables if table not in filled]

    async def make(self, copy: DatabaseUrl) -> None:
        await self.create(copy.database, f"TEMPLATE {self.dialect.quote(self._template)}")
        connection = await self.dialect.open(copy)
        await connection.run(f"SET lock_timeout = '{_PATIENCE}'")
        self._known[copy.database] = _Copy(
            connection,
            await self._touched(connection),
            await _newest(connection, self._filled),
            await _sequences(connection),
        )

    async def drop(self, name: str) -> None:
        if name in self._known:
            await self._known.pop(name).connection.close()
        # FORCE, because a connection that a test left open must not block the drop:
        # https://www.postgresql.org/docs/current/sql-dropdatabase.html
        await self.connection.run(f"DROP DATABASE IF EXISTS {self.dialect.quote(name)} WITH (FORCE)")

    async def restore(self, name: str) -> bool:
        """Empty the tables that are empty in the template. Return False if anything else has changed."""
        copy = self._known[name]
        connection = copy.connection
        await connection.fetch_all(_END)
        if await self._touched(connection) != copy.catalogs:
            return False
        if written := await _filled(connection, self._empty):
            # CASCADE also empties the tables that refer to these. If such a table had rows in the template, the check below
            # fails.
            await connection.run(f"TRUNCATE {', '.join(written)} RESTART IDENTITY CASCADE")
        moved = {name for name, last in (await _sequences(connection)).items() if last != copy.sequences[name]}
        if any(copy.sequences[name] is not None for name in moved):
            return False
        for name in moved:
            await connection.run(f"ALTER SEQUENCE {name} RESTART")
        if written or moved:
            copy.catalogs = await self._touched(connection)
        return await _newest(connection, self._filled) == copy.rows

    async def _touched(self, connection: Connection) -> list[Row]:
        """Return values that change with every change of the catalog: row counts, and the newest transaction among the rows."""
        names = [f"pg_catalog.{self.dialect.quote(name)}" for name in self._catalogs]
        return await _newest(connection, names) + await connection.fetch_all(_SETTINGS)


async def _newest(connection: Connection, tables: list[str]) -> list[Row]:
    questions = [f"SELECT {index} AS name, {_COUNTED} FROM {table}" for index, table in enumerate(tables)]
    return await connection.fetch_all(" UNION ALL ".join(questions) + " ORDER BY name") if questions else []


async def _filled(connection: Connection, tables: list[str]) -> list[str]:
    questions = [f"SELECT {index} AS number WHERE EXISTS (SELECT FROM {table})" for index, table in enumerate(tables)]
    rows = await connection.fetch_all(" UNION ALL ".join(questions)) if questions else []
    return [tables[row["number"]] for row in rows]


async def _sequences(connection: Connection) -> dict[str, int | None]:
    return {row["name"]: row["last_value"] for row in await connection.fetch_all(_SEQUENCES)}


COPIES = PostgresqlCopies
