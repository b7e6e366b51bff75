"""Explain the error of a statement that is larger than a MySQL or MariaDB server accepts."""

from __future__ import annotations

import asyncio

import pymysql

from whimbrel.dialects.mysql.opening import reach, say_goodbye
from whimbrel.errors import ConnectionLost, DatabaseError, DatabaseUnreachable
from whimbrel.url import DatabaseUrl

__all__ = ["explained"]

_TOO_LARGE = "1153"
_ASK_SECONDS = 3


async def explained(error: DatabaseError, size: int, url: DatabaseUrl | None) -> DatabaseError:
    """Return the error of a statement of `size` bytes, with the server's limit if the statement was too large."""
    # The server reports the size, or closes the connection. If a statement has several packets, the driver reports wrong packet
    # numbers: https://dev.mysql.com/doc/refman/9.7/en/packet-too-large.html
    likely = error.code == _TOO_LARGE or isinstance(error, ConnectionLost) or "sequence number" in error.message
    limit = await _limit(url) if likely and url is not None else None
    if limit is None or size <= limit:
        return error
    return DatabaseError(
        f"the statement has {size:,} bytes, but the server accepts {limit:,}; nothing was done\n"
        "  next: raise max_allowed_packet on the server, or send the value in parts; bytes, and a text with a backslash, "
        "are sent in hexadecimal, which doubles them",
        code=_TOO_LARGE,
    )


async def _limit(url: DatabaseUrl) -> int | None:
    """Ask the server for its limit, over another connection: the statement's own is closed."""
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            side = await reach(url)
            try:
                async with side.cursor() as cursor:
                    await cursor.execute("SELECT @@SESSION.max_allowed_packet")
                    return int((await cursor.fetchone())[0])
            finally:
                await say_goodbye(side)
    except (DatabaseUnreachable, pymysql.Error, OSError, TimeoutError):
        return None
