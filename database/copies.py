"""Copies of one migrated database, for tests: made quickly, and thrown away. What `dialects/*_copies.py` fulfil."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib import import_module
from itertools import count
from pathlib import Path

from database.dialect import find_dialect
from database.errors import ConfigurationError
from database.url import DatabaseUrl

__all__ = ["Copies", "Migrate", "copied_name", "find_copies"]

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
        return replace(self.url, database=f"{self.name}_{suffix or next(self._numbers)}")


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
    module = import_module(f"database.dialects.{find_dialect(url).name}_copies")
    copies: Copies = module.COPIES(url, name, folder, migrate)
    return copies
