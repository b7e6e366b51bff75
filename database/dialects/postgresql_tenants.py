"""Tenants on PostgreSQL: schemas of one database."""

from __future__ import annotations

from database.dialect import Connection
from database.tenancy import Tenancy
from database.url import DatabaseUrl

__all__ = ["TENANCY"]


class PostgresqlTenancy(Tenancy):
    catalog = "SELECT CAST(nspname AS pg_catalog.text) AS name FROM pg_catalog.pg_namespace"
    creates_in_transactions = True

    async def create(self, connection: Connection, url: DatabaseUrl, tenant: str) -> None:
        await connection.run(f"CREATE SCHEMA IF NOT EXISTS {connection.dialect.quote(tenant)}")


TENANCY = PostgresqlTenancy()
