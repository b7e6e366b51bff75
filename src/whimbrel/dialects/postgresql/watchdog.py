"""Ask PostgreSQL, over a second connection, about a session whose answer is overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.dialects.postgresql.connection import PostgresqlConnection, reach
from whimbrel.dialects.postgresql.errors import FAILURES, translated

if TYPE_CHECKING:
    from whimbrel.dialects.watchdog import Answer

__all__ = ["look"]

# A role always sees the activity of its own sessions: https://www.postgresql.org/docs/current/monitoring-stats.html
_SESSION = """
    SELECT pg_backend_pid() AS own, a.pid AS session, a.state LIKE 'idle%' AS idle,
           extract(epoch FROM clock_timestamp() - a.state_change) AS seconds
    FROM (SELECT 1) AS one LEFT JOIN pg_stat_activity a ON a.pid = $1
"""
# An answer takes at most this long to arrive.
_IDLE_SECONDS = 2


async def look(connection: PostgresqlConnection) -> Answer:
    """Ask the server about this session."""
    assert connection.address is not None, "only a connection with an address is watched"
    # This search_path keeps the names above from calling objects that other users created.
    driver = await reach(connection.address, {"search_path": "pg_catalog"})
    try:
        if not connection.dialect.keeps_session:
            # A pooler answers, but would delay the query for as long as the statement occupies its server.
            return "alive"
        own, row = driver.get_server_pid(), await driver.fetchrow(_SESSION, connection.driver.get_server_pid())
    except FAILURES as error:
        raise translated(error) from error
    finally:
        driver.terminate()
    return _judged(row, own)


def _judged(row: Any, own: int) -> Answer:
    if row["own"] != own:
        # This is a pooler, which reports process numbers of its own.
        return "alive"
    if row["session"] is None:
        return "gone"
    return "idle" if row["idle"] and row["seconds"] >= _IDLE_SECONDS else "working"
