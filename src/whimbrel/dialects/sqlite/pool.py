"""An application's connections to one SQLite file."""

from __future__ import annotations

from pathlib import Path

from whimbrel.dialects.base import ApplicationConnection, Dialect
from whimbrel.dialects.sqlite.connection import SqliteConnection, reach
from whimbrel.parsing.cursor import leading_words
from whimbrel.url import DatabaseUrl

__all__ = ["open_application"]

# These statements leave no session state: no setting, no temporary table, no attached file. EXPLAIN is not among them, since a
# pragma takes effect even when it is explained: https://sqlite.org/pragma.html
_HARMLESS = ("SELECT", "VALUES", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE")
_KEYS = "PRAGMA foreign_keys=ON"


class SqliteApplicationConnection(SqliteConnection, ApplicationConnection):
    """A connection that an application borrows. A connection to a database in memory is the database, so it is never dropped."""

    _left = False
    _file: tuple[Path, tuple[int, int] | None] | None = None

    @property
    def usable(self) -> bool:
        """Whether the connection is open, and its file is still the one with that name.

        After a file was replaced, by a backup for example, open connections can still read the old one. SQLite refuses only
        writes, with SQLITE_READONLY_DBMOVED: https://sqlite.org/rescode.html#readonly_dbmoved
        """
        return not self._left and (self._file is None or _identify(self._file[0]) == self._file[1])

    def note_file(self) -> None:
        """Remember which file was opened. Call this after each opening."""
        if self._url is not None and not self._url.in_memory:
            path = Path(self._url.database).absolute()
            self._file = (path, _identify(path))

    def changes_session(self, sql: str) -> bool:
        words = leading_words(sql, self.dialect.lexer_rules(portable=True, database=self.database), 1)
        return words[:1] == () or words[0] not in _HARMLESS

    async def refresh(self) -> None:
        await self.reopen()
        self.note_file()
        await self.run(_KEYS)

    def abort(self) -> None:
        if not (self._left or self._in_memory):
            self._left = True
            # The connection's thread closes it, after the statement that it is running.
            self._driver.leave()  # type: ignore[attr-defined]

    async def close(self) -> None:
        self._left = True
        await super().close()

    @property
    def _in_memory(self) -> bool:
        return self._url is not None and self._url.in_memory


def _identify(path: Path) -> tuple[int, int] | None:
    """Return the device and inode number of a file; None if it does not exist."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


async def open_application(dialect: Dialect, url: DatabaseUrl) -> ApplicationConnection:
    """Open one connection of an application, with foreign keys checked. Raises DatabaseUnreachable."""
    connection = SqliteApplicationConnection(dialect, await reach(url), url)
    # A statement that waits for a lock should report that itself, before its own time limit ends.
    connection.patience = min(connection.patience, 0.9 * (url.statement_timeout or connection.patience))
    connection.note_file()
    try:
        await connection.run(_KEYS)
    except BaseException:
        await connection.close()
        raise
    return connection
