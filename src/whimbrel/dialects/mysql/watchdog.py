"""Ask MySQL or MariaDB, over a second connection, about a session whose answer is overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.dialects.mysql.opening import reach
from whimbrel.dialects.mysql.session_settings import IDENTITY, identity

if TYPE_CHECKING:
    from whimbrel.dialects.watchdog import Answer

__all__ = ["look"]

# An answer takes at most this long to arrive.
_IDLE_SECONDS = 2
# The greeting has four bytes for a number that may need eight.
_NUMBERS = 2**32


async def look(connection: MysqlConnection) -> Answer:
    """Ask the server about this session."""
    assert connection.address is not None, "only a connection with an address is watched"
    side = MysqlConnection(connection.dialect, await reach(connection.address), connection.database)
    try:
        if connection.server and connection.server != identity(await side.fetch_all(IDENTITY)):
            # A load balancer led to another server of a cluster, which does not know the first server's sessions.
            return "alive"
        # Users see their own sessions without a privilege: https://dev.mysql.com/doc/refman/9.7/en/show-processlist.html
        rows = await side.fetch_undecoded("SHOW PROCESSLIST")
    finally:
        side.abort()
    sessions = {int(row["Id"]) % _NUMBERS: (row["Command"], row["Time"]) for row in rows}
    if side.session not in sessions:
        # This is a proxy, which reports session numbers of its own.
        return "alive"
    if connection.session not in sessions:
        return "gone"
    command, seconds = sessions[connection.session]
    return "idle" if command == b"Sleep" and int(seconds or 0) >= _IDLE_SECONDS else "working"
