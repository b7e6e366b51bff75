"""The package of each database's dialect: one line for each database."""

from __future__ import annotations

from importlib import import_module

from whimbrel.dialects.base import Dialect
from whimbrel.extras import require
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.url import DatabaseUrl

__all__ = ["DIALECTS", "Entry", "find_dialect"]


class Entry(NamedTuple):
    """The package of a dialect, whose module `dialect` defines `DIALECT`, and the distributions that its driver needs."""

    package: str
    drivers: tuple[str, ...]


DIALECTS = {
    "postgresql": Entry("whimbrel.dialects.postgresql", ("asyncpg",)),
    "mysql": Entry("whimbrel.dialects.mysql", ("aiomysql", "cryptography")),
    "mariadb": Entry("whimbrel.dialects.mysql", ("aiomysql", "cryptography")),
    "sqlite": Entry("whimbrel.dialects.sqlite", ("aiosqlite",)),
}


def find_dialect(url: DatabaseUrl) -> Dialect:
    """Return the dialect of an address. Raises ConfigurationError for a bad address or a driver that is not installed."""
    url.check()
    entry = DIALECTS[url.dialect]
    try:
        module = import_module(f"{entry.package}.dialect")
    except ModuleNotFoundError:
        require(f"{url.dialect}://", *entry.drivers)
        raise
    dialect: Dialect = module.DIALECT
    return dialect
