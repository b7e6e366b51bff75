"""Ask MySQL or MariaDB, over a second connection, for the progress of a statement and the sessions that block it."""

from __future__ import annotations

from typing import Any

from whimbrel.dialects.companion import Companion, described
from whimbrel.dialects.connection import Row
from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.dialects.mysql.opening import greeted, reach
from whimbrel.dialects.mysql.session_settings import IDENTITY, identity
from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.messages.progress import ServerView
from whimbrel.parsing.cursor import leading_words

__all__ = ["accompany"]

_READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
# The greeting has four bytes for a number that may need eight.
_NUMBERS = 2**32
# Other servers and users lack these tables, or the right to read them: access denied, unknown table, PROCESS needed.
_NO_PROCESS = "1227"
_REFUSED = ("1142", "1044", "1146", "1109", _NO_PROCESS)
# https://dev.mysql.com/doc/refman/9.7/en/performance-schema-events-stages-current-table.html. This table is empty unless the
# server's operator has switched the consumer on:
# https://dev.mysql.com/doc/refman/9.7/en/monitor-alter-table-performance-schema.html
_STAGE = """
    SELECT s.event_name AS stage, s.work_completed AS done, s.work_estimated AS total
    FROM performance_schema.threads t JOIN performance_schema.events_stages_current s ON s.thread_id = t.thread_id
    WHERE t.processlist_id = {id} ORDER BY s.work_estimated IS NULL, s.event_id DESC LIMIT 1
"""
# https://mariadb.com/kb/en/progress-reporting/: the percentage is that of the stage.
_PROGRESS = "SELECT stage, max_stage, progress FROM information_schema.processlist WHERE id = {id}"
# https://dev.mysql.com/doc/refman/9.7/en/information-schema-innodb-trx-table.html
_ROWS = (
    "SELECT trx_rows_modified AS changed, trx_state AS state FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = {id}"
)
# A session idle in a transaction is described by its last statement.
_WHO = """
    SELECT DISTINCT t.processlist_id AS id, t.processlist_user AS user, t.processlist_host AS host,
           t.processlist_command AS state, t.processlist_time AS seconds,
           left(coalesce(t.processlist_info, e.sql_text), 100) AS query
    FROM {locks} JOIN performance_schema.threads t ON t.thread_id = {holder}
    LEFT JOIN performance_schema.events_statements_current e ON e.thread_id = t.thread_id AND e.nesting_event_level = 0
    WHERE t.processlist_id <> {id} AND {waiting} = (
        SELECT thread_id FROM performance_schema.threads WHERE processlist_id = {id}
    ) LIMIT 3
"""
# https://dev.mysql.com/doc/refman/9.7/en/performance-schema-metadata-locks-table.html
_TABLE_HOLDERS = (
    _WHO.replace(
        "{locks}",
        "performance_schema.metadata_locks w JOIN performance_schema.metadata_locks h ON h.object_type = w.object_type "
        "AND h.object_schema <=> w.object_schema AND h.object_name <=> w.object_name AND h.lock_status = 'GRANTED' "
        "AND w.lock_status = 'PENDING'",
    )
    .replace("{holder}", "h.owner_thread_id")
    .replace("{waiting}", "w.owner_thread_id")
)
# https://dev.mysql.com/doc/refman/9.7/en/performance-schema-data-lock-waits-table.html
_ROW_HOLDERS = (
    _WHO.replace("{locks}", "performance_schema.data_lock_waits w")
    .replace("{holder}", "w.blocking_thread_id")
    .replace("{waiting}", "w.requesting_thread_id")
)
_WHO_MARIADB = """
    SELECT p.id AS id, p.user AS user, p.host AS host, p.command AS state, p.time AS seconds, left(p.info, 100) AS query
    FROM information_schema.innodb_trx x JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id
    WHERE p.id <> {id} AND p.id <> CONNECTION_ID() {waits}
    ORDER BY x.trx_started LIMIT 3
"""
# MariaDB shows metadata locks only with a plugin, so the query returns all sessions with a transaction.
_OPEN_TRANSACTIONS = _WHO_MARIADB.replace("{waits}", "")
# https://mariadb.com/kb/en/information-schema-innodb_lock_waits-table/
_ROW_HOLDERS_MARIADB = _WHO_MARIADB.replace(
    "{waits}",
    "AND x.trx_id IN (SELECT w.blocking_trx_id FROM information_schema.innodb_lock_waits w "
    "JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id WHERE r.trx_mysql_thread_id = {id})",
)


async def accompany(connection: MysqlConnection) -> MysqlCompanion:
    """Open the second connection."""
    assert connection.address is not None, "only a connection with an address has a companion"
    driver = await reach(connection.address, init_command=_READ_ONLY)
    return MysqlCompanion(connection, MysqlConnection(connection.dialect, driver, connection.database or greeted(driver)))


class MysqlCompanion(Companion):
    """A connection that reads the list of sessions, and the tables that show more, if this user may read them."""

    def __init__(self, connection: MysqlConnection, side: MysqlConnection) -> None:
        self._connection = connection
        self._side = side
        # The tables that this user may not read, with the missing grants.
        self._refused: dict[str, str] = {}
        self._same: bool | None = None

    async def look(self, schema: str) -> ServerView:
        session = await self._session()
        if session is None or session["Command"] in (b"Sleep", None):
            return ServerView()
        number, state = int(session["Id"]), _text(session["State"])
        waits_for_table = state.startswith("Waiting for") and "lock" in state
        rows, waits_for_row = await self._rows(number)
        if not self._changes_rows(_text(session["Info"])):
            # DDL also counts as changed rows, in the server's own tables.
            rows = None
        view = await self._stage(number, state)
        if waits_for_table or waits_for_row:
            view = view._replace(blocked=await self._blocked(number, by_row=not waits_for_table))
        wanted = ", ".join(sorted(set(self._refused.values())))
        return view._replace(rows=rows, note=f"more with GRANT {wanted}" if wanted else "")

    def _changes_rows(self, sql: str) -> bool:
        dialect = self._side.dialect
        words = leading_words(sql, dialect.lexer_rules(portable=True, database=self._side.database), 2)
        return bool(words) and dialect.shares_transaction(words)

    async def _session(self) -> Row | None:
        """Return the run's session in the list of sessions; None behind a proxy, or on another server of a cluster."""
        if self._same is None:
            known = self._connection.server
            self._same = not known or known == identity(await self._side.fetch_all(IDENTITY))
        if not self._same:
            return None
        # Users see their own sessions without a privilege: https://dev.mysql.com/doc/refman/9.7/en/show-processlist.html
        rows = await self._side.fetch_undecoded("SHOW PROCESSLIST")
        sessions = {int(row["Id"]) % _NUMBERS: row for row in rows}
        return sessions.get(self._connection.session) if self._side.session in sessions else None

    async def _stage(self, number: int, state: str) -> ServerView:
        if self._connection.database == "mariadb":
            row = await self._first(_PROGRESS, number)
            if row is None or not row["max_stage"]:
                return ServerView(state)
            return ServerView(f"{state}, stage {row['stage']} of {row['max_stage']}", float(row["progress"] or 0))
        row = await self._first(_STAGE, number)
        if row is None or not row["total"]:
            return ServerView(state)
        return ServerView(str(row["stage"]).rpartition("/")[2], 100 * float(row["done"] or 0) / float(row["total"]))

    async def _rows(self, number: int) -> tuple[int | None, bool]:
        """Return how many rows the session's transaction has changed, and whether it waits for a row."""
        row = await self._first(_ROWS, number)
        return (None, False) if row is None else (int(row["changed"] or 0) or None, row["state"] == "LOCK WAIT")

    async def _blocked(self, number: int, *, by_row: bool) -> str:
        if self._connection.database == "mariadb":
            found = await self._asked(_ROW_HOLDERS_MARIADB if by_row else _OPEN_TRANSACTIONS, number)
        else:
            found = await self._asked(_ROW_HOLDERS if by_row else _TABLE_HOLDERS, number)
        if not found:
            return "blocked by another session"
        perhaps = ", perhaps" if self._connection.database == "mariadb" and not by_row else ""
        return f"blocked{perhaps} by {'; '.join(map(_described, found))}"

    async def _first(self, query: str, number: int) -> Row | None:
        return next(iter(await self._asked(query, number)), None)

    async def _asked(self, query: str, number: int) -> list[Row]:
        """Run a query that this user may not be allowed to run; note that it was refused, and return no rows."""
        if query in self._refused:
            return []
        try:
            return await self._side.fetch_all(query.format(id=number))
        except ConnectionLost:
            raise
        except DatabaseError as error:
            if error.code not in _REFUSED:
                raise
            self._refused[query] = "PROCESS" if error.code == _NO_PROCESS else "SELECT ON performance_schema.*"
            return []

    def abort(self) -> None:
        self._side.abort()


def _text(value: Any) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value or "")


def _described(row: Row) -> str:
    host = str(row["host"] or "").rpartition(":")[0] or row["host"]
    who = f"{row['user']}@{host}" if host else row["user"]
    return described(f"connection {row['id']}", [who, f"{row['state']} for {row['seconds']} s"], row["query"])
