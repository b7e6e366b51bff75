"""Tenants on PostgreSQL: schemas of one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from whimbrel.dialects.base import Connection
from whimbrel.dialects.postgresql.place import check_tenant, check_tenant_owner
from whimbrel.dialects.tenancy import Tenancy
from whimbrel.url import DatabaseUrl

__all__ = ["TENANCY"]

# Every search_path that a setting may give to a session of any role in this database. Settings for other databases are included
# too; at worst they block a name without need.
_PATHS = """
    SELECT pg_catalog.current_setting('search_path') AS setting
    UNION ALL
    SELECT pg_catalog.unnest(setconfig) FROM pg_catalog.pg_db_role_setting
"""


class PostgresqlTenancy(Tenancy):
    catalog = "SELECT CAST(nspname AS pg_catalog.text) AS name FROM pg_catalog.pg_namespace"
    creates_in_transactions = True
    owned = True

    async def create(self, connection: Connection, url: DatabaseUrl, tenant: str) -> None:
        await connection.run(f"CREATE SCHEMA IF NOT EXISTS {connection.dialect.quote(tenant)}")

    @asynccontextmanager
    async def inside(self, connection: Connection, url: DatabaseUrl, tenant: str) -> AsyncIterator[tuple[Connection, str]]:
        before = connection.others, connection.whole_path
        await connection.dialect.narrow(connection)
        try:
            yield connection, tenant
        finally:
            connection.others, connection.whole_path = before

    async def check(self, connection: Connection, control: str, tenant: str, *, adopt: bool = False) -> frozenset[str] | None:
        return await check_tenant(connection, control, tenant, adopt=adopt)

    async def check_owner(self, connection: Connection, control: str, tenant: str) -> None:
        await check_tenant_owner(connection, control, tenant)

    async def reserved(self, connection: Connection, tenant: str) -> str:
        # The default search_path begins with "$user", so a schema with a role's name is the home of that role's names.
        equals = connection.dialect.operator("=")
        query = f"SELECT 1 FROM pg_catalog.pg_roles WHERE pg_catalog.lower(CAST(rolname AS pg_catalog.text)) {equals} :name"
        if await connection.fetch_value(query, {"name": tenant}):
            return "it is the name of a role, whose sessions would work in the tenant's schema"
        for row in await connection.fetch_all(_PATHS):
            names = row["setting"].removeprefix("search_path=").split(",")
            if tenant in {name.strip().strip('"').lower() for name in names}:
                return "it is in a search_path, so sessions would work in the tenant's schema"
        return ""


TENANCY = PostgresqlTenancy()
