"""An application's connections to one SQLite file."""

from __future__ import annotations

from whimbrel.dialects.base import ApplicationConnection, Dialect
from whimbrel.dialects.sqlite.connection import SqliteConnection, reach
from whimbrel.dialects.sqlite.file import check_file, existing
from whimbrel.parsing.cursor import leading_words
from whimbrel.url import DatabaseUrl

__all__ = ["Opener", "lock_patience"]

# These statements leave no session state: no setting, no temporary table, no attached file. EXPLAIN is not among them, since a
# pragma takes effect even when it is explained: https://sqlite.org/pragma.html
_HARMLESS = ("SELECT", "VALUES", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE")
_KEYS = "PRAGMA foreign_keys=ON"


class SqliteApplicationConnection(SqliteConnection, ApplicationConnection):
    """A connection that an application borrows. A connection to a database in memory is the database, so it is never dropped."""

    _left = False

    @property
    def usable(self) -> bool:
        return not self._left and self.is_current

    def changes_session(self, sql: str) -> bool:
        words = leading_words(sql, self.dialect.lexer_rules(portable=True, database=self.database), 1)
        return words[:1] == () or words[0] not in _HARMLESS

    async def refresh(self) -> None:
        await self.reopen()
        await self.begin_session()

    async def begin_session(self) -> None:
        """Prepare a new session for the application. Raises DatabaseUnreachable if the file is not a database."""
        await self.run(_KEYS)
        await check_file(self)

    def abort(self) -> None:
        if not (self._left or self._in_memory):
            self._left = True
            super().abort()

    async def close(self) -> None:
        self._left = True
        await super().close()

    @property
    def _in_memory(self) -> bool:
        return self._url is not None and self._url.in_memory


def lock_patience(statement_timeout: float | None) -> float:
    """Return how many seconds a statement waits for another connection's lock before it raises DatabaseBusy.

    This is less than the statement's time limit, which would cancel the statement and could not name the cause.
    """
    longest = SqliteConnection.patience
    return longest if statement_timeout is None else min(longest, 0.9 * statement_timeout)


class Opener:
    """Opens the connections of one pool. The first one creates a missing file, as SQLite does; later ones do not.

    A file that disappears while a pool works, for example just before its replacement, must not become an empty database.
    """

    def __init__(self, dialect: Dialect, url: DatabaseUrl) -> None:
        self._dialect = dialect
        self._url = url

    async def open(self) -> ApplicationConnection:
        """Open one connection, with foreign keys checked. Raises DatabaseUnreachable."""
        driver = await reach(self._url)
        self._url = existing(self._url)
        connection = SqliteApplicationConnection(self._dialect, driver, self._url)
        connection.patience = lock_patience(self._url.statement_timeout)
        try:
            await connection.begin_session()
        except BaseException:
            await connection.close()
            raise
        return connection
