"""Check the file that an SQLite connection has open: whether it is a database, and whether the address still names it."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from whimbrel.dialects.connection import Connection, Row
from whimbrel.errors import DatabaseError, DatabaseUnreachable
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.url import DatabaseUrl

__all__ = ["OpenedFile", "attach", "check_file", "existing"]


class OpenedFile(NamedTuple):
    """The path of a file, and the file's device and inode number when it was opened; None for no file."""

    path: Path
    identity: tuple[int, int] | None

    @classmethod
    def of(cls, url: DatabaseUrl) -> Self | None:
        """Identify the file of an address. Return None for a database in memory."""
        path = Path(url.database).absolute()
        return None if url.in_memory else cls(path, _identify(path))

    @classmethod
    def missing(cls, url: DatabaseUrl) -> Self:
        """Record that there is no file, and an empty database in memory replaces it."""
        return cls(Path(url.database).absolute(), None)

    @property
    def is_current(self) -> bool:
        """Whether the path still names the file that was opened.

        A process can still read a file after another one has replaced it, for example a restored backup. SQLite refuses only
        writes, with SQLITE_READONLY_DBMOVED: https://sqlite.org/rescode.html#readonly_dbmoved
        """
        return self.identity is not None and _identify(self.path) == self.identity


def _identify(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def existing(url: DatabaseUrl) -> DatabaseUrl:
    """Return the address with which SQLite refuses to open a missing file. Without `mode` it would create an empty one."""
    return url._replace(options={**url.options, "mode": url.options.get("mode", "rw").replace("rwc", "rw")})


async def check_file(connection: Connection) -> None:
    """Raise DatabaseUnreachable if the file is not an SQLite database: opening a file does not read it.

    The next statement reports any other obstacle. A file that another connection has locked is a database.
    """
    patience, connection.patience = connection.patience, 0
    try:
        await connection.run("PRAGMA schema_version")
    except DatabaseError as error:
        if error.code == "SQLITE_NOTADB":
            raise DatabaseUnreachable("the file in the address is not an SQLite database") from error
    finally:
        connection.patience = patience


async def attach(connection: Connection, statement: str) -> None:
    """Run an ATTACH. Raise DatabaseError, with the file detached, if the connection has that file open already.

    A write under the second name would wait for the lock that the same connection holds under the first one, for as long as the
    run may wait. First contact does not check attached files either.
    """
    before = {row["name"] for row in await _list(connection)}
    await connection.run(statement)
    rows = await _list(connection)
    known = {_identify(Path(row["file"])): row["name"] for row in rows if row["file"] and row["name"] in before}
    for row in rows:
        if row["name"] not in before and row["file"] and (first := known.get(_identify(Path(row["file"])))) is not None:
            await connection.run(f"DETACH {connection.dialect.quote(row['name'])}")
            raise DatabaseError(
                f"{row['name']} is the file that is open as {first} already: a write to one of them would wait for the lock of "
                f"the other; leave out the ATTACH and write {first} instead of {row['name']}"
            )


async def _list(connection: Connection) -> list[Row]:
    return await connection.fetch_all("SELECT name, file FROM pragma_database_list")
