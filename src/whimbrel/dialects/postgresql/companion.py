"""Ask PostgreSQL, over a second connection, for the progress of a statement and the sessions that block it."""

from __future__ import annotations

from typing import Any

from whimbrel.dialects.companion import Companion, described
from whimbrel.dialects.postgresql.connection import PostgresqlConnection, reach
from whimbrel.dialects.postgresql.errors import FAILURES, translated
from whimbrel.dialects.postgresql.lock import is_lock
from whimbrel.messages.progress import ServerView

__all__ = ["accompany"]

# This search_path keeps the names below from calling objects that other users created. A role sees its own sessions; of others
# it may see only the process and its user: https://www.postgresql.org/docs/current/monitoring-stats.html
_SETTINGS = {"search_path": "pg_catalog", "default_transaction_read_only": "on", "statement_timeout": "5000"}
# Behind a pooler, the driver has the pooler's process number instead of the server's. The migration lock shows the process that
# runs the migration.
_HOLDER = (
    "SELECT l.pid FROM pg_locks l WHERE {lock} AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_WAITS = "SELECT state, wait_event_type = 'Lock' AS blocked FROM pg_stat_activity WHERE pid = $1"
# Only for a session that waits: the function briefly stops the lock manager.
# https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION
_BLOCKERS = """
    SELECT b.pid, a.usename, a.application_name, a.state,
           CAST(extract(epoch FROM clock_timestamp() - a.xact_start) AS bigint) AS seconds, left(a.query, 100) AS query
    FROM (SELECT DISTINCT unnest(pg_blocking_pids($1)) AS pid) AS b LEFT JOIN pg_stat_activity a ON a.pid = b.pid
    ORDER BY a.xact_start LIMIT 3
"""
# https://www.postgresql.org/docs/current/progress-reporting.html: the first version with the view, and the session's row in it.
# A column keeps its value after its phase, so only the column of the current phase counts.
_VIEWS = (
    (
        12,
        """SELECT command || ', ' || phase AS stage,
                  CASE WHEN phase LIKE '%loading%' THEN tuples_done WHEN phase LIKE '%waiting%' THEN lockers_done
                       WHEN phase LIKE '%scanning%' OR phase = 'building index' THEN blocks_done END AS done,
                  CASE WHEN phase LIKE '%loading%' THEN tuples_total WHEN phase LIKE '%waiting%' THEN lockers_total
                       ELSE blocks_total END AS total,
                  CASE WHEN phase LIKE '%loading%' THEN tuples_done END AS rows
           FROM pg_stat_progress_create_index WHERE pid = $1""",
    ),
    (
        12,
        """SELECT command || ', ' || phase, CASE WHEN phase = 'seq scanning heap' THEN heap_blks_scanned END, heap_blks_total,
                  CASE WHEN phase = 'writing new heap' THEN heap_tuples_written ELSE heap_tuples_scanned END
           FROM pg_stat_progress_cluster WHERE pid = $1""",
    ),
    (
        12,
        """SELECT 'VACUUM, ' || phase, CASE phase WHEN 'scanning heap' THEN heap_blks_scanned
                  WHEN 'vacuuming heap' THEN heap_blks_vacuumed END, heap_blks_total, NULL
           FROM pg_stat_progress_vacuum WHERE pid = $1""",
    ),
    (
        13,
        """SELECT 'ANALYZE, ' || phase, CASE WHEN phase LIKE 'acquiring%' THEN sample_blks_scanned END, sample_blks_total, NULL
           FROM pg_stat_progress_analyze WHERE pid = $1""",
    ),
    (14, "SELECT command, bytes_processed, bytes_total, tuples_processed FROM pg_stat_progress_copy WHERE pid = $1"),
)


async def accompany(connection: PostgresqlConnection) -> PostgresqlCompanion:
    """Open the second connection."""
    assert connection.address is not None, "only a connection with an address has a companion"
    # A pooler refuses settings at the login.
    session = _SETTINGS if connection.dialect.keeps_session else {}
    return PostgresqlCompanion(connection, await reach(connection.address, session))


class PostgresqlCompanion(Companion):
    """A connection that reads the views of running statements."""

    def __init__(self, connection: PostgresqlConnection, driver: Any) -> None:
        self._connection = connection
        self._driver = driver

    async def look(self, schema: str) -> ServerView:
        try:
            if self._connection.dialect.keeps_session:
                return await self._look(schema)
            async with self._driver.transaction(readonly=True):
                for name, value in _SETTINGS.items():
                    await self._driver.execute(f"SET LOCAL {name} TO '{value}'")
                return await self._look(schema)
        except FAILURES as error:
            raise translated(error) from error

    async def _look(self, schema: str) -> ServerView:
        process = await self._process(schema)
        session = None if process is None else await self._driver.fetchrow(_WAITS, process)
        if session is None or session["state"] != "active":
            return ServerView()
        found = await self._driver.fetch(_BLOCKERS, process) if session["blocked"] else []
        blocked = f"blocked by {'; '.join(map(_described, found))}" if found else ""
        row = await self._driver.fetchrow(_views(self._driver.get_server_version().major), process)
        return _view(row)._replace(blocked=blocked)

    async def _process(self, schema: str) -> int | None:
        own = await self._driver.fetchval("SELECT pg_backend_pid()")
        if own == self._driver.get_server_pid():
            return int(self._connection.driver.get_server_pid())
        found = await self._driver.fetch(_HOLDER.format(lock=is_lock(schema)))
        return found[0]["pid"] if len(found) == 1 else None

    def abort(self) -> None:
        self._driver.terminate()


def _views(version: int) -> str:
    # A session reports one command at a time, so at most one view has a row.
    known = [query for since, query in _VIEWS if version >= since]
    return " UNION ALL ".join(known) or "SELECT NULL WHERE $1 = 0"


def _view(row: Any) -> ServerView:
    if row is None:
        return ServerView()
    stage, done, total, rows = row[0], row[1], row[2], row[3]
    return ServerView(stage, 100 * done / total if total and done is not None else None, rows)


def _described(row: Any) -> str:
    if not row["pid"]:
        # https://www.postgresql.org/docs/current/functions-info.html: a prepared transaction has no process
        return "a prepared transaction (pg_prepared_xacts)"
    state = row["state"] and f"{row['state']}, transaction for {row['seconds'] or 0} s"
    query = None if row["query"] == "<insufficient privilege>" else row["query"]
    return described(f"process {row['pid']}", [row["usename"], row["application_name"], state], query)
