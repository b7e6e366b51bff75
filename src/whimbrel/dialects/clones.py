"""Copies of one migrated database, for tests: made quickly, and thrown away. What `dialects/*_copies.py` fulfil."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from importlib import import_module
from itertools import count
from pathlib import Path

from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.url import DatabaseUrl

__all__ = ["Copies", "Migrate", "ServerCopies", "copied_name", "find_copies"]

Migrate = Callable[[DatabaseUrl], Awaitable[object]]
_LONGEST = 40


class Copies(ABC):
    """Databases beside that of `url`, all of whose names begin with `name`. Files are kept in `folder`."""

    def __init__(self, url: DatabaseUrl, name: str, folder: Path, migrate: Migrate) -> None:
        self.url = url
        self.dialect = find_dialect(url)
        self.name = name
        self.folder = folder
        self.migrate = migrate
        self._numbers = count(1)

    @abstractmethod
    async def open(self) -> None:
        """Make the template and migrate it."""

    @abstractmethod
    async def take(self) -> DatabaseUrl:
        """Return the address of a database that is as the template."""

    @abstractmethod
    async def give_back(self, copy: DatabaseUrl) -> None:
        """Throw the copy away, or make it as the template again."""

    @abstractmethod
    async def close(self) -> None:
        """Drop everything that was made."""

    def named(self, suffix: str = "") -> DatabaseUrl:
        """Return the address of a database of ours: the next copy, or that of `suffix`."""
        return self.url._replace(database=f"{self.name}_{suffix or next(self._numbers)}")


class ServerCopies(Copies):
    """Copies on a server, over one connection: what a test has only written rows to is made as the template again."""

    async def open(self) -> None:
        """Connect, and make the template."""
        self.connection = await self.dialect.open(self.url)
        self._made: list[str] = []
        self._idle: list[DatabaseUrl] = []
        await self.open_template(self.named("template"))

    async def take(self) -> DatabaseUrl:
        """Return the address of one that was given back, or of a new one."""
        if self._idle:
            return self._idle.pop()
        copy = self.named()
        await self.make(copy)
        return copy

    async def give_back(self, copy: DatabaseUrl) -> None:
        """Keep the copy for the next test if it can be made as the template again."""
        try:
            if await self.restore(copy.database):
                self._idle.append(copy)
                return
        except DatabaseError:
            pass  # Whatever the test did to it: another one is made.
        await self._drop(copy.database)

    async def close(self) -> None:
        """Drop everything that was made."""
        for name in list(self._made):
            await self._drop(name)
        await self.connection.close()

    @abstractmethod
    async def open_template(self, template: DatabaseUrl) -> None:
        """Make the template, migrate it, and note what it is like."""

    @abstractmethod
    async def make(self, copy: DatabaseUrl) -> None:
        """Make a copy."""

    @abstractmethod
    async def restore(self, name: str) -> bool:
        """Make a copy as the template again; False if more than rows has changed."""

    @abstractmethod
    async def drop(self, name: str) -> None:
        """Drop a database of ours, if it is there."""

    async def create(self, name: str, options: str) -> None:
        """Create a database of ours."""
        # Noted before it is there: an interrupted CREATE may still have made it.
        self._made.append(name)
        await self.connection.run(f"CREATE DATABASE {self.dialect.quote(name)} {options}")

    async def _drop(self, name: str) -> None:
        self._made.remove(name)
        await self.drop(name)


def copied_name(url: DatabaseUrl, unique: str) -> str:
    """Return what the names of the copies begin with. Raises ConfigurationError for a database that is not there for tests."""
    if url.dialect == "sqlite":
        return f"test_{unique}"
    if "test" not in url.database.lower():
        raise ConfigurationError(
            f"{url} has no 'test' in its name, and copies of it would be made and dropped\n"
            "  next: name a database that is there for tests, as in .../app_test"
        )
    if len(url.database.encode()) > _LONGEST:
        raise ConfigurationError(f"the name of {url} is longer than {_LONGEST} bytes, so that those of its copies would not fit")
    return f"{url.database}_{unique}"


def find_copies(url: DatabaseUrl, unique: str, folder: Path, migrate: Migrate) -> Copies:
    """Return how copies are made on this database. Raises ConfigurationError."""
    url.check()
    name = copied_name(url, unique)
    module = import_module(f"whimbrel.dialects.{find_dialect(url).name}.clones")
    copies: Copies = module.COPIES(url, name, folder, migrate)
    return copies
