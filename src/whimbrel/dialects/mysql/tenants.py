"""Tenants on MySQL and MariaDB: databases of one server."""

from __future__ import annotations

from whimbrel.dialects.base import Connection
from whimbrel.dialects.tenancy import Tenancy
from whimbrel.url import DatabaseUrl

__all__ = ["TENANCY"]


class MysqlTenancy(Tenancy):
    # The name has the type of the table's own column: otherwise MariaDB lists all databases again for each tenant.
    catalog = "SELECT CONVERT(schema_name USING utf8mb4) COLLATE utf8mb4_bin AS name FROM information_schema.schemata"

    def location(self, url: DatabaseUrl) -> tuple[object, ...]:
        # A tenant is a database of the server, whatever database the address names.
        return self._server(url)

    async def create(self, connection: Connection, url: DatabaseUrl, tenant: str) -> None:
        await connection.run(f"CREATE DATABASE IF NOT EXISTS {connection.dialect.quote(tenant)} CHARACTER SET utf8mb4")


TENANCY = MysqlTenancy()
