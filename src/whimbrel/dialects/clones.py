"""Copies of one migrated database for tests, made quickly and dropped afterwards. Each `dialects/*/clones.py` implements this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from importlib import import_module
from itertools import count
from pathlib import Path

from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import ConfigurationError, ConnectionLost, DatabaseError
from whimbrel.url import DatabaseUrl

__all__ = ["Copies", "Migrate", "ServerCopies", "copied_name", "find_copies"]

Migrate = Callable[[DatabaseUrl], Awaitable[object]]
_LONGEST = 40


class Copies(ABC):
    """Databases next to the one in `url`, whose names all begin with `name`. Their files live in `folder`."""

    # The migrated database that is copied, once `open` has returned.
    template: DatabaseUrl

    def __init__(self, url: DatabaseUrl, name: str, folder: Path, migrate: Migrate) -> None:
        self.url = url
        self.dialect = find_dialect(url)
        self.name = name
        self.folder = folder
        self.migrate = migrate
        self._numbers = count(1)

    @abstractmethod
    async def open(self) -> None:
        """Create the template and migrate it."""

    @abstractmethod
    async def take(self) -> DatabaseUrl:
        """Return the address of a database that equals the template."""

    @abstractmethod
    async def give_back(self, copy: DatabaseUrl) -> None:
        """Drop the copy, or restore it to the template's state."""

    @abstractmethod
    async def close(self) -> None:
        """Drop every database that was created."""

    def named(self, suffix: str = "") -> DatabaseUrl:
        """Return the address of the copy with this suffix, or of the next copy."""
        return self.url._replace(database=f"{self.name}_{suffix or next(self._numbers)}")


class ServerCopies(Copies):
    """Copies on a server, made over one connection. A copy in which a test only wrote rows is restored and used again."""

    _is_open = False

    async def open(self) -> None:
        """Connect, and create the template."""
        self._made: list[str] = []
        self._idle: list[DatabaseUrl] = []
        self.connection = await self.dialect.open(self.url)
        self._is_open = True
        self.template = self.named("template")
        await self.hold(self.template.database)
        await self.open_template(self.template)

    async def take(self) -> DatabaseUrl:
        """Return the address of a copy that was given back, or of a new one."""
        if self._idle:
            return self._idle.pop()
        copy = self.named()
        await self.make(copy)
        return copy

    async def give_back(self, copy: DatabaseUrl) -> None:
        """Keep the copy for the next test if it can be restored to the template's state."""
        try:
            if await self.restore(copy.database):
                self._idle.append(copy)
                return
        except DatabaseError:
            pass  # A test may have broken the copy; `take` makes another one.
        await self._drop(copy.database)

    async def close(self) -> None:
        """Drop every database that was created. Without a connection there is no database to drop."""
        if not self._is_open:
            return
        for name in list(self._made):
            await self._drop(name)
        await self.connection.close()

    @abstractmethod
    async def hold(self, name: str) -> None:
        """Take a lock for the name of a database, which ends with the connection. `doctor` tells by it that somebody uses it."""

    @abstractmethod
    async def open_template(self, template: DatabaseUrl) -> None:
        """Create and migrate the template, and record its state."""

    @abstractmethod
    async def make(self, copy: DatabaseUrl) -> None:
        """Create a copy."""

    @abstractmethod
    async def restore(self, name: str) -> bool:
        """Restore a copy to the template's state. Return False if anything but rows has changed."""

    @abstractmethod
    async def drop(self, name: str) -> None:
        """Drop one of these databases, if it exists."""

    async def create(self, name: str, options: str) -> None:
        """Create one of these databases."""
        # The name is recorded before the CREATE, since even an interrupted CREATE may have made the database.
        self._made.append(name)
        try:
            await self.connection.run(f"CREATE DATABASE {self.dialect.quote(name)} {options}")
        except ConnectionLost:
            raise
        except DatabaseError:
            # The server refused: there is no database to drop, or it belongs to another user.
            self._made.remove(name)
            raise

    async def _drop(self, name: str) -> None:
        self._made.remove(name)
        await self.drop(name)


def copied_name(url: DatabaseUrl, unique: str) -> str:
    """Return the prefix of the copies' names. Raises ConfigurationError for a database that is not meant for tests."""
    if url.dialect == "sqlite":
        return f"test_{unique}"
    if "test" not in url.database.lower():
        raise ConfigurationError(
            f"the database name in {url} does not contain 'test', and copies of it would be created and dropped\n"
            "  next: use a database that is meant for tests, as in .../app_test"
        )
    if len(url.database.encode()) > _LONGEST:
        raise ConfigurationError(
            f"the database name in {url} is longer than {_LONGEST} bytes, too long for the names of its copies; shorten it"
        )
    return f"{url.database}_{unique}"


def find_copies(url: DatabaseUrl, unique: str, folder: Path, migrate: Migrate) -> Copies:
    """Return the object that makes copies on this database. Raises ConfigurationError."""
    url.check()
    name = copied_name(url, unique)
    module = import_module(f"whimbrel.dialects.{find_dialect(url).name}.clones")
    copies: Copies = module.COPIES(url, name, folder, migrate)
    return copies
