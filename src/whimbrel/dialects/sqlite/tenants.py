"""Tenants on SQLite: files in a folder beside the control database, `chat.db.tenants/acme.db`."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from whimbrel.dialects.base import Connection, Row
from whimbrel.dialects.tenancy import Tenancy
from whimbrel.url import DatabaseUrl

__all__ = ["TENANCY"]


class SqliteTenancy(Tenancy):
    async def create(self, connection: Connection, url: DatabaseUrl, tenant: str) -> None:
        file = _file(url, tenant)
        file.parent.mkdir(exist_ok=True)
        # An empty file is an empty database.
        file.touch()

    async def exists(self, connection: Connection, url: DatabaseUrl, tenant: str) -> bool:
        return _file(url, tenant).is_file()

    def location(self, url: DatabaseUrl) -> tuple[object, ...]:
        return (Path(url.database).resolve(),)

    async def read(self, connection: Connection, url: DatabaseUrl, table: str, condition: str = "") -> list[Row]:
        rows = await connection.fetch_all(f"SELECT * FROM {table} {condition} ORDER BY name")
        folder = _folder(url)
        files = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
        return [{**row, "present": _file(url, row["name"]).name in files} for row in rows]

    def address(self, url: DatabaseUrl, tenant: str) -> tuple[DatabaseUrl, str]:
        # Opening a dropped tenant's file must not recreate it.
        options = {**url.options, "mode": url.options.get("mode", "rw")}
        return url._replace(database=str(_file(url, tenant)), options=options), "main"

    def option(self, url: DatabaseUrl, tenant: str) -> str:
        return f"--url {shlex.quote(str(self.address(url, tenant)[0]))}"

    @asynccontextmanager
    async def inside(self, connection: Connection, url: DatabaseUrl, tenant: str) -> AsyncIterator[tuple[Connection, str]]:
        address, schema = self.address(url, tenant)
        own = await connection.dialect.connect(address)
        try:
            yield own, schema
        finally:
            await asyncio.shield(own.close())


def _folder(url: DatabaseUrl) -> Path:
    return Path(f"{url.database}.tenants")


def _file(url: DatabaseUrl, tenant: str) -> Path:
    return _folder(url) / f"{tenant}.db"


TENANCY = SqliteTenancy()
