"""The fence: the server itself runs a statement with a GTID only once, and reports whether it ran.

https://dev.mysql.com/doc/refman/9.7/en/replication-gtids-concepts.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from whimbrel.dialects.base import Connection
from whimbrel.errors import ConfigurationError, DatabaseError

__all__ = ["GTID", "check_fence", "fenced", "is_executed", "new_source"]

GTID = "gtid "
_NEEDED = "the fence needs MySQL with gtid_mode=ON and a user with SESSION_VARIABLES_ADMIN or REPLICATION_APPLIER"


def new_source() -> str:
    """Return a unique name for a source of GTIDs."""
    import uuid  # few starts need a fence

    return str(uuid.uuid4())


async def check_fence(connection: Connection) -> None:
    """Raise ConfigurationError if this server has no GTIDs, or does not let this user set them."""
    try:
        mode = await connection.fetch_value("SELECT @@global.gtid_mode AS mode")
        await connection.run("SET gtid_next = 'AUTOMATIC'")
    except DatabaseError as error:
        raise ConfigurationError(f"{_NEEDED}; {error}") from error
    if mode != "ON":
        raise ConfigurationError(f"{_NEEDED}; gtid_mode is {mode}")


@asynccontextmanager
async def fenced(connection: Connection, gtid: str) -> AsyncIterator[None]:
    """Give the statement in the block this GTID. A statement that fails does not use it up."""
    await connection.execute("SET gtid_next = :gtid", {"gtid": gtid.removeprefix(GTID)})
    try:
        yield
    finally:
        # ROLLBACK releases a GTID that stays unused because the statement had nothing to do.
        await connection.run("ROLLBACK")
        await connection.run("SET gtid_next = 'AUTOMATIC'")


async def is_executed(connection: Connection, gtid: str) -> bool:
    """Return whether the statement with this GTID took effect."""
    query = "SELECT GTID_SUBSET(:gtid, @@global.gtid_executed) AS executed"
    return bool(await connection.fetch_value(query, {"gtid": gtid.removeprefix(GTID)}))
