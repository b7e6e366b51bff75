"""Throw-away databases: made beside an existing one, or as a file, and dropped at the end."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

from whimbrel.dialects.clones import Copies, Migrate
from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.url import DatabaseUrl

__all__ = ["throw_away"]


@asynccontextmanager
async def throw_away(url: DatabaseUrl, folder: Path, migrate: Migrate) -> AsyncIterator[DatabaseUrl]:
    """Yield the address of a new migrated database beside the one in `url`, which stays untouched; drop it at the end.

    SQLite's is a file in `folder`. Raises ConfigurationError if this user may not create databases, DatabaseUnreachable, and
    every exception of `migrate`.
    """
    module = import_module(f"whimbrel.dialects.{find_dialect(url).name}.clones")
    copies: Copies = module.COPIES(url, f"whimbrel_{secrets.token_hex(4)}", folder, migrate)
    try:
        try:
            await copies.open()
        except DatabaseError as error:
            raise _advised(url, error) from error
        yield copies.template
    finally:
        await copies.close()


def _advised(url: DatabaseUrl, error: DatabaseError) -> ConfigurationError:
    return ConfigurationError(
        f"{url}: a throw-away database could not be made: {error}\n"
        "  next: with --on, give the address of a server on which its user may create and drop databases: on PostgreSQL "
        "ALTER ROLE ... CREATEDB, on MySQL and MariaDB GRANT ALL ON `whimbrel\\_%`.*"
    )
