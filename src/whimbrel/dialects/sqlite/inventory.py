"""All objects in an SQLite file."""

from __future__ import annotations

from collections.abc import Collection

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.inventory import Inventory, Stock

__all__ = ["SqliteInventory"]

_QUESTION = """
    SELECT CASE type WHEN 'table' THEN 'relation' WHEN 'view' THEN 'relation' ELSE type END AS kind, 'main' AS place,
           CASE WHEN type IN ('index', 'trigger') THEN tbl_name ELSE '' END AS owner, name
    FROM main.sqlite_master
    UNION ALL
    SELECT 'column', 'main', m.name, c.name FROM main.sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table'
"""


class SqliteInventory(Inventory):
    """The objects of the file itself; attached files are separate."""

    def spell(self, name: str) -> str:
        # https://sqlite.org/lang_naming.html
        return name.lower()

    async def read(self, connection: Connection, schemas: Collection[str]) -> Stock:
        return self.stock(await connection.fetch_all(_QUESTION))
