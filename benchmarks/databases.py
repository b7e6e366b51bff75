"""The measured databases: servers that are started for the benchmarks, and a new database for each turn."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.floors import connect
from benchmarks.sizes import DURABLE, NAMES
from tests.servers import running

# A folder for files that do not wait for the disk, if there is one.
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


@dataclass(frozen=True, slots=True)
class Home:
    """One database program. `address` leads to its default database; `folder` is a place for files; `label` names its variant."""

    database: str
    label: str
    address: str
    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """Make an empty database; yields its address."""
        name = f"bench_{os.getpid()}_{next(self._numbers)}"
        if self.database == "sqlite":
            yield f"sqlite:///{self.folder / name}.db"
            for file in self.folder.glob(f"{name}*"):
                if file.is_file():
                    file.unlink()
            return
        await self._administer(f"CREATE DATABASE {name}" + ("" if self.database == "postgresql" else " CHARACTER SET utf8mb4"))
        try:
            yield f"{self.address.rpartition('/')[0]}/{name}"
        finally:
            await self._administer(f"DROP DATABASE {name}" + (" WITH (FORCE)" if self.database == "postgresql" else ""))

    async def _administer(self, sql: str) -> None:
        bare = await connect(self.address)
        try:
            await bare.send(sql)
        finally:
            await bare.close()


@contextmanager
def home(database: str, *, durable: bool = DURABLE) -> Iterator[Home]:
    """One of the databases, until the block ends. Raises ServerUnavailable."""
    label = f"{database}, durable" if durable else database
    with TemporaryDirectory(prefix="whimbrel-bench-", dir=None if durable else _MEMORY) as name:
        if database == "sqlite":
            yield Home(database, label, "", Path(name))
            return
        with running(database, durable=durable) as server:
            yield Home(database, label, server.url, Path(name))


def homes(*, disk: bool = False) -> Iterator[Home]:
    """Yield each of the databases in turn. With `disk`, also yield SQLite with files that wait for the disk.

    A database that cannot be started is an error.
    """
    for database in NAMES:
        with home(database) as one:
            yield one
        if disk and database == "sqlite" and not DURABLE:
            with home(database, durable=True) as one:
                yield one
