"""The smallest dialect that fulfils the contract. It differs from SQLite in its driver and its address."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import ClassVar

from whimbrel.dialects.base import ApplicationConnection, Connection, Dialect, Parameters, Row
from whimbrel.dialects.sqlite.dialect import Sqlite
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.url import DatabaseUrl

__all__ = ["DIALECT", "Toy"]


class ToyConnection(Connection):
    """One sqlite3 connection, which blocks the event loop."""

    database = "toy"
    begins_at_once = False

    def __init__(self, dialect: Dialect, file: str) -> None:
        self.dialect = dialect
        self._driver = sqlite3.connect(file, isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES)

    @property
    def in_transaction(self) -> bool:
        return self._driver.in_transaction

    def _send(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        try:
            return self._driver.execute(sql, values)
        except sqlite3.Error as error:
            raise DatabaseError(str(error), code=error.sqlite_errorname) from error

    async def run(self, sql: str) -> None:
        self._send(sql).close()

    async def send(self, statements: Sequence[str]) -> int:
        count = 0
        for statement in statements:
            cursor = self._send(statement)
            count = max(cursor.rowcount, len(cursor.fetchall()))
        return count

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        return max(self._send(*self.bind(sql, parameters)).rowcount, 0)

    async def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        for row in rows:
            await self.execute(sql, row)

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        cursor = self._send(*self.bind(sql, parameters))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def abort(self) -> None:
        self._driver.close()

    async def close(self) -> None:
        self._driver.close()


class Toy(Sqlite):
    """The statements are SQLite's; the address is `toy://localhost/name`, a file of that name in `folder`."""

    name = "toy"
    folder: ClassVar[str] = ""

    async def connect(self, url: DatabaseUrl, *, question: bool = False) -> Connection:
        return ToyConnection(self, f"{self.folder}/{url.database}.db")

    async def renew(self, connection: Connection) -> bool:
        return False

    def application(self, url: DatabaseUrl, schema: str = "") -> Callable[[], Awaitable[ApplicationConnection]]:
        raise ConfigurationError("a toy has no pool")


DIALECT = Toy()
