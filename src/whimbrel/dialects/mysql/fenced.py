"""MySQL whose server runs no statement of a migration twice, by its GTID."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.dialects.base import Connection
from whimbrel.dialects.mysql.dialect import Mysql
from whimbrel.dialects.mysql.gtid_fence import GTID, fenced, new_source

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["FencedMysql"]


class FencedMysql(Mysql):
    """MySQL with GTIDs, one for each autocommitted statement. The server runs it at most once, and knows whether it did."""

    def __init__(self) -> None:
        self._source = new_source()
        self._number = 0
        self._gtid = ""

    def is_announced(self, database: str, statement: Statement) -> bool:
        """Return False: each statement is sent with its GTID."""
        return False

    async def snapshot_objects(self, connection: Connection, statement: Statement) -> str:
        self._number += 1
        self._gtid = f"{GTID}{self._source}:{self._number}"
        return self._gtid

    async def emulate(self, connection: Connection, statement: Statement) -> bool:
        gtid, self._gtid = self._gtid, ""
        if not gtid:
            return await super().emulate(connection, statement)
        async with fenced(connection, gtid):
            if not await super().emulate(connection, statement):
                await connection.run(statement.text)
        return True
