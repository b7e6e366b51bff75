"""The contract for storing tenants: one schema for each tenant, under the tenant's name, or this database's equivalent.

Each `dialects/*/tenants.py` fulfils this contract. `tenants.names` has checked all names before they arrive here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import ClassVar

from whimbrel.dialects.base import Connection, Row
from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import ConfigurationError
from whimbrel.url import DatabaseUrl

__all__ = ["Tenancy", "find_tenancy"]


class Tenancy(ABC):
    """The storage of tenants in one database. `url` is always the address of the control database."""

    # A query that returns the name of every existing schema, as `name`.
    catalog: ClassVar[str] = ""
    # Whether rolling back a transaction also removes a schema created in it.
    creates_in_transactions: ClassVar[bool] = False
    # Whether other users may own a schema, so that a pool checks its owner first.
    owned: ClassVar[bool] = False

    @abstractmethod
    async def create(self, connection: Connection, url: DatabaseUrl, tenant: str) -> None:
        """Create a tenant's empty schema. The caller must hold the lock of the control schema."""

    async def exists(self, connection: Connection, url: DatabaseUrl, tenant: str) -> bool:
        """Return whether a tenant's schema exists."""
        try:
            return bool(await connection.dialect.find_schema(connection, tenant))
        except ConfigurationError:
            return False

    async def reserved(self, connection: Connection, tenant: str) -> str:
        """Return the reason why no tenant may have this name, for example that sessions of other users would use its schema.

        Empty if it is free.
        """
        return ""

    async def check(self, connection: Connection, control: str, tenant: str, *, adopt: bool = False) -> frozenset[str] | None:
        """Return which of Whimbrel's tables a tenant's schema has, or None if this database needs no check. Touches none of them.

        Raises ConfigurationError if the schema or a table in it cannot be trusted. With `adopt`, the schema may belong to any
        user.
        """
        return None

    async def check_owner(self, connection: Connection, control: str, tenant: str) -> None:
        """Raise ConfigurationError if a tenant's schema cannot be trusted. Does not check the tables in it."""

    def location(self, url: DatabaseUrl) -> tuple[object, ...]:
        """Return a value that is equal for two addresses whose tenants would share their names, as far as addresses show it."""
        return self._server(url), url.database

    @staticmethod
    def _server(url: DatabaseUrl) -> tuple[object, ...]:
        default = 5432 if url.dialect == "postgresql" else 3306
        host = "localhost" if url.host in ("127.0.0.1", "::1") else url.host.lower()
        return url.socket or host, url.port or default

    async def read(self, connection: Connection, url: DatabaseUrl, table: str, condition: str = "") -> list[Row]:
        """Return the rows of the table of tenants, with one query. Column `present` says whether the tenant's schema exists.

        `condition` is SQL, with its WHERE.
        """
        equals = connection.dialect.operator("=")
        present = f"t.name {equals} ANY (SELECT name FROM ({self.catalog}) AS c)"
        return await connection.fetch_all(f"SELECT t.*, {present} AS present FROM {table} t {condition} ORDER BY t.name")

    def address(self, url: DatabaseUrl, tenant: str) -> tuple[DatabaseUrl, str]:
        """Return the address and the schema that an application uses for a tenant. Creates nothing."""
        return url, tenant

    def option(self, url: DatabaseUrl, tenant: str) -> str:
        """Return the command-line option that selects a tenant."""
        return f"--schema {tenant}"

    @asynccontextmanager
    async def inside(self, connection: Connection, url: DatabaseUrl, tenant: str) -> AsyncIterator[tuple[Connection, str]]:
        """Yield a connection that works on a tenant, and its schema: this same connection where it reaches all schemas."""
        yield connection, tenant


def find_tenancy(url: DatabaseUrl) -> Tenancy:
    """Return how the database of an address stores tenants. Raises ConfigurationError if it cannot."""
    dialect = find_dialect(url)
    if url.in_memory:
        raise ConfigurationError("a database in memory has no tenants: each tenant is a file next to the database file")
    tenancy: Tenancy = import_module(f"whimbrel.dialects.{dialect.name}.tenants").TENANCY
    return tenancy
