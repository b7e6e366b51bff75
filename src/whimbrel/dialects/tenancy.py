"""What a database owes to tenants: a schema for each, of the tenant's name, or what this database has in its place.

The contract that each `dialects/*/tenants.py` fulfils. Names have passed `tenants.names` before they come here.
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
    """How tenants live on one database. `url` is always the control database's."""

    # Selects, as `name`, every schema there is.
    catalog: ClassVar[str] = ""
    # Whether a schema that is created is rolled back with the transaction.
    creates_in_transactions: ClassVar[bool] = False
    # Whether others may own a schema, so that a pool asks first whose it is.
    owned: ClassVar[bool] = False

    @abstractmethod
    async def create(self, connection: Connection, url: DatabaseUrl, tenant: str) -> None:
        """Create a tenant's schema, empty. Call it under the lock of the control schema."""

    async def exists(self, connection: Connection, url: DatabaseUrl, tenant: str) -> bool:
        """Return whether a tenant's schema is there."""
        try:
            return bool(await connection.dialect.find_schema(connection, tenant))
        except ConfigurationError:
            return False

    async def reserved(self, connection: Connection, tenant: str) -> str:
        """Return why no tenant may have a name: others' sessions would be led into its schema. Empty if none would."""
        return ""

    async def check(self, connection: Connection, control: str, tenant: str, *, adopt: bool = False) -> frozenset[str] | None:
        """Return which of our tables a tenant's schema has, or None if it is none of the tenancy's business; touch none of them.

        Raises ConfigurationError if the schema, which may be taken over with `adopt`, or a table in it is not to be trusted.
        """
        return None

    async def check_owner(self, connection: Connection, control: str, tenant: str) -> None:
        """Raise ConfigurationError if a tenant's schema is not to be trusted; asks nothing of the tables in it."""

    async def read(self, connection: Connection, url: DatabaseUrl, table: str) -> list[Row]:
        """Return all rows of the table of tenants, each with `present`: whether its schema is there. One query."""
        equals = connection.dialect.operator("=")
        present = f"t.name {equals} ANY (SELECT name FROM ({self.catalog}) AS c)"
        return await connection.fetch_all(f"SELECT t.*, {present} AS present FROM {table} t ORDER BY t.name")

    def address(self, url: DatabaseUrl, tenant: str) -> tuple[DatabaseUrl, str]:
        """Return where an application's connections for a tenant go, and the schema they work in. Creates nothing."""
        return url, tenant

    def option(self, url: DatabaseUrl, tenant: str) -> str:
        """Return the option that leads a command to a tenant."""
        return f"--schema {tenant}"

    @asynccontextmanager
    async def inside(self, connection: Connection, url: DatabaseUrl, tenant: str) -> AsyncIterator[tuple[Connection, str]]:
        """Lend what works on a tenant, and the schema it works in: this very connection, where it reaches all schemas."""
        yield connection, tenant


def find_tenancy(url: DatabaseUrl) -> Tenancy:
    """Return how tenants live on the database of an address. Raises ConfigurationError if they cannot."""
    dialect = find_dialect(url)
    if url.in_memory:
        raise ConfigurationError("a database in memory has no tenants: each is a file beside the database's own")
    tenancy: Tenancy = import_module(f"whimbrel.dialects.{dialect.name}.tenants").TENANCY
    return tenancy
