"""Which module has the dialect of an address."""

from __future__ import annotations

from importlib import import_module

from whimbrel.dialects.base import Dialect
from whimbrel.extras import require
from whimbrel.url import DatabaseUrl

__all__ = ["find_dialect"]

_MODULES = {"postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite"}
_DRIVERS = {"postgresql": ("asyncpg",), "mysql": ("aiomysql", "cryptography"), "sqlite": ("aiosqlite",)}


def find_dialect(url: DatabaseUrl) -> Dialect:
    """Return the dialect of an address. Raises ConfigurationError for a bad address or a driver that is not installed."""
    url.check()
    try:
        module = import_module(f"whimbrel.dialects.{_MODULES[url.dialect]}.dialect")
    except ModuleNotFoundError:
        require(f"{url.dialect}://", *_DRIVERS[_MODULES[url.dialect]])
        raise
    dialect: Dialect = module.DIALECT
    return dialect
