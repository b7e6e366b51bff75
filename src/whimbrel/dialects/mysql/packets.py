"""What a server of MySQL or MariaDB makes of a statement that is larger than it takes, and how that is told."""

from __future__ import annotations

import asyncio

import pymysql

from whimbrel.dialects.mysql.connection import reach
from whimbrel.errors import ConnectionLost, DatabaseError, DatabaseUnreachable
from whimbrel.url import DatabaseUrl

__all__ = ["explained"]

_TOO_LARGE = "1153"
_ASK_SECONDS = 3


async def explained(error: DatabaseError, size: int, url: DatabaseUrl | None) -> DatabaseError:
    """Return the error of a statement of `size` bytes, with the server's limit where that is the reason."""
    # The server says that it is too large, or closes the connection; of a statement in several packets the driver says that
    # their numbers are wrong: https://dev.mysql.com/doc/refman/9.7/en/packet-too-large.html
    likely = error.code == _TOO_LARGE or isinstance(error, ConnectionLost) or "sequence number" in error.message
    limit = await _limit(url) if likely and url is not None else None
    if limit is None or size <= limit:
        return error
    return DatabaseError(
        f"the statement is of {size:,} bytes, and the server takes {limit:,}; nothing was done\n"
        "  next: raise max_allowed_packet on the server, or send the value in parts; bytes, and a text with a backslash, "
        "are sent in hexadecimal, which doubles them",
        code=_TOO_LARGE,
    )


async def _limit(url: DatabaseUrl) -> int | None:
    """Ask the server for its limit, over another connection: that of the statement is closed."""
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            side = await reach(url)
            try:
                async with side.cursor() as cursor:
                    await cursor.execute("SELECT @@SESSION.max_allowed_packet")
                    return int((await cursor.fetchone())[0])
            finally:
                side.close()
    except (DatabaseUnreachable, pymysql.Error, OSError, TimeoutError):
        return None
