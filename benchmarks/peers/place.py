"""The place of the contenders' databases: a folder for SQLite, else a server, with a login that all of them use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.databases import home
from tests.conftest import run_sql
from whimbrel.url import DatabaseUrl, parse_url

# The password of the databases and of the login; one of the peers requires a password in the address.
_NAME = f"peers_{os.getpid()}"
_PASSWORD = "peers"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Place:
    """The database's name, a directory for the contenders' folders, and the server's superuser (none for SQLite) and login."""

    label: str
    directory: Path
    admin: str = ""
    login: str = ""

    def url(self, name: str) -> DatabaseUrl:
        """Return the address of a contender's database."""
        return parse_url(f"{self.login}/{_NAME}_{name}" if self.admin else f"sqlite:///{self.directory / name}.db")

    def empty(self, name: str) -> None:
        """Make a contender's database anew."""
        self.drop(name)
        if self.admin:
            charset = "" if self.admin.startswith("postgresql") else " CHARACTER SET utf8mb4"
            run_sql(self.admin, f"CREATE DATABASE {_NAME}_{name}{charset}")

    def drop(self, name: str) -> None:
        """Remove a contender's database."""
        if self.admin:
            forced = " WITH (FORCE)" if self.admin.startswith("postgresql") else ""
            run_sql(self.admin, f"DROP DATABASE IF EXISTS {_NAME}_{name}{forced}")
        else:
            for path in self.directory.glob(f"{name}.db*"):
                path.unlink()


@contextmanager
def place(database: str) -> Iterator[Place]:
    """Start the server, if there is one, until the block ends."""
    with home(database) as found:
        if database == "sqlite":
            yield Place(found.label, found.folder)
            return
        with _login(found.address) as login:
            yield Place(found.label, found.folder, found.address, login)


@contextmanager
def _login(admin: str) -> Iterator[str]:
    """Return the beginning of an address with a password. PostgreSQL ignores a password that it has not requested."""
    address, url = admin.rpartition("/")[0], parse_url(admin)
    if url.password:
        yield address
    elif url.dialect == "postgresql":
        yield address.replace(f"{url.user}@", f"{url.user}:{_PASSWORD}@", 1)
    else:
        run_sql(admin, f"CREATE USER {_NAME} IDENTIFIED BY '{_PASSWORD}'", f"GRANT ALL ON *.* TO {_NAME}")
        try:
            yield address.replace(f"{url.user}@", f"{_NAME}:{_PASSWORD}@", 1)
        finally:
            run_sql(admin, f"DROP USER {_NAME}")
