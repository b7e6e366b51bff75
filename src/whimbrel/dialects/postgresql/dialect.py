"""PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from whimbrel.dialects.base import ApplicationConnection, Connection, Dialect, Row
from whimbrel.dialects.place import HistoryPlace, Sought
from whimbrel.dialects.postgresql.connection import PostgresqlConnection, reach
from whimbrel.dialects.postgresql.lock import is_lock, number, twice
from whimbrel.dialects.postgresql.messages import log_message
from whimbrel.dialects.postgresql.path import find_current
from whimbrel.dialects.postgresql.place import check_tables, find_place, read_summary
from whimbrel.dialects.postgresql.rules import PostgresqlRules
from whimbrel.dialects.postgresql.visible import find_others, find_tableless
from whimbrel.dialects.rules import Locking, SessionEffect
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer_rules import POSTGRESQL, LexerRules
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from whimbrel.dialects.circumstances import Circumstances
    from whimbrel.dialects.inventory import Inventory
    from whimbrel.dialects.objects import Catalog
    from whimbrel.dialects.surroundings import Surroundings
    from whimbrel.parsing.parameters import Template
    from whimbrel.parsing.statement import Statement
    from whimbrel.parsing.values import Value

__all__ = ["DIALECT"]


class Postgresql(PostgresqlRules, Dialect):
    """The facts about PostgreSQL."""

    name = "postgresql"
    codes_without_value = ("42601",)
    ddl_in_transactions = True
    # Always read committed, even if the role has another default: a read under the lock must see the last holder's writes.
    begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
    # The server would look up TEXT and TIMESTAMPTZ in the search_path, like functions and operators.
    timestamp_type = "TIMESTAMP WITH TIME ZONE"
    text_type = "pg_catalog.text"
    functions = "pg_catalog."
    now = "pg_catalog.clock_timestamp()"
    writable_sql = (
        "SELECT pg_catalog.pg_is_in_recovery() AS standby, "
        "pg_catalog.current_setting('default_transaction_read_only') AS read_only"
    )
    enters_inside = True
    # https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT
    time_stands = True
    _set = "SET"

    @property
    def catalog(self) -> Catalog:
        from whimbrel.dialects.postgresql.objects import PostgresqlCatalog  # for files that were never applied alone

        return PostgresqlCatalog()

    @property
    def inventory(self) -> Inventory:
        from whimbrel.dialects.postgresql.inventory import PostgresqlInventory  # for comparisons of files and databases alone

        return PostgresqlInventory()

    async def connect(self, url: DatabaseUrl, *, question: bool = False) -> Connection:
        driver = await reach(url)
        driver.add_log_listener(log_message)
        return PostgresqlConnection(self, driver, url)

    async def identify_server(self, connection: Connection, url: DatabaseUrl) -> Connection:
        assert isinstance(connection, PostgresqlConnection), "a dialect is given its own connections"
        from whimbrel.dialects.postgresql.pool import PgBouncerConnection, is_pooled  # a start with nothing to do needs neither

        if not await is_pooled(connection.driver, connection.process):
            return connection
        from whimbrel.dialects.postgresql.pgbouncer import POOLED  # imported here, because that module needs this class

        return PgBouncerConnection(POOLED, connection.driver, url)

    def application(self, url: DatabaseUrl, schema: str = "") -> Callable[[], Awaitable[ApplicationConnection]]:
        from whimbrel.dialects.postgresql.pool import Opener  # a run has no pool

        return Opener(self, url, schema).open

    def lexer_rules(self, *, portable: bool, database: str) -> LexerRules:
        return POSTGRESQL

    def bind(self, template: Template, values: Sequence[Value]) -> tuple[str, list[object]]:
        return template.render(lambda index: f"${index}"), list(values)

    def literal(self, value: str) -> str:
        # The server reads this form the same way for every value of standard_conforming_strings.
        return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"

    def operator(self, symbol: str) -> str:
        # An operator in any schema of the search_path that fits the types better would win over the built-in one:
        # https://www.postgresql.org/docs/current/typeconv-oper.html
        return f"OPERATOR(pg_catalog.{symbol})"

    async def find_schema(self, connection: Connection, wanted: str) -> str:
        known = f"SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname {self.operator('=')} :name"
        if wanted and not await connection.fetch_value(known, {"name": wanted}):
            raise ConfigurationError(
                f"there is no schema {wanted}; as a privileged user, run: CREATE SCHEMA {self.quote(wanted)}"
            )
        schema = wanted or await find_current(connection)
        if schema is None:
            raise ConfigurationError("no schema of this role's search_path exists; create one, or name one with --schema")
        connection.others = await find_others(connection)
        return schema

    async def check_tables(self, connection: Connection, schema: str, *, question: bool) -> frozenset[str]:
        return await check_tables(connection, schema, question=question)

    async def find_place(self, connection: Connection, wanted: str, sought: Sought, *, question: bool) -> HistoryPlace:
        return await find_place(connection, wanted, sought, question=question)

    async def narrow(self, connection: Connection) -> None:
        connection.whole_path = connection.others if connection.whole_path is None else connection.whole_path
        connection.others = await find_tableless(connection, connection.whole_path)

    async def find_unseen(self, connection: Connection, schema: str) -> Mapping[str, str]:
        from whimbrel.dialects.postgresql.extensions import find_unseen  # for tenants alone

        return await find_unseen(connection, schema)

    async def explain(self, connection: Connection, schema: str, code: str, message: str) -> str:
        from whimbrel.dialects.postgresql.extensions import explain  # for failures alone

        return await explain(connection, schema, code, message)

    async def server_identity(self, connection: Connection) -> str:
        query = "SELECT CAST(pg_catalog.pg_postmaster_start_time() AS pg_catalog.text) AS started"
        return str(await connection.fetch_value(query))

    async def read_circumstances(self, connection: Connection, schema: str) -> Circumstances:
        from whimbrel.dialects.postgresql.circumstances import read_circumstances  # for plans alone

        return await read_circumstances(connection)

    async def surroundings(self, connection: Connection, schema: str) -> Surroundings:
        from whimbrel.dialects.postgresql.surroundings import read_surroundings  # for a replay alone

        return await read_surroundings(connection, schema)

    async def read_summary(self, connection: Connection, schema: str, sets: Collection[str]) -> list[Row]:
        return await read_summary(connection, schema, sets)

    def session_setup_sql(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None) -> list[str]:
        settings = self._settings(connection, schema, portable=portable, lock_timeout=lock_timeout)
        return ["RESET SESSION AUTHORIZATION", "RESET ALL", *settings]

    def _settings(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None) -> list[str]:
        settings = [f"{self._set} search_path TO {', '.join(map(self.quote, dict.fromkeys((schema, *connection.others))))}"]
        if portable:
            settings += [f"{self._set} TimeZone TO 'UTC'", f"{self._set} standard_conforming_strings TO on"]
        if lock_timeout is not None:
            # 0 would mean no limit.
            settings.append(f"{self._set} lock_timeout TO {max(1, round(lock_timeout * 1000))}")
        return settings

    def session_reset_sql(self, schema: str, left: SessionEffect) -> list[str]:
        # These statements replace DISCARD ALL, which cannot run in a transaction. They release all advisory locks, a file's too,
        # and retake the migration lock. Meanwhile the transaction holds it, so that no other session can take it.
        return [
            *("CLOSE ALL", "DEALLOCATE ALL", "UNLISTEN *", "DISCARD PLANS", "DISCARD TEMP", "DISCARD SEQUENCES"),
            f"SELECT pg_catalog.pg_try_advisory_xact_lock({number(schema)})",
            "SELECT pg_catalog.pg_advisory_unlock_all()",
            f"SELECT {twice('pg_try_advisory_lock', schema)}",
        ]

    async def renew(self, connection: Connection) -> bool:
        # It also releases a file's advisory locks and ours: https://www.postgresql.org/docs/current/sql-discard.html
        await connection.run("DISCARD ALL")
        return True

    def judge_writable(self, row: Row) -> None:
        if row["standby"]:
            raise ConfigurationError("the server is a standby, which accepts no writes; use the primary's address")
        # Whimbrel's READ WRITE would override this setting, which an operator may have made because a disk is filling up.
        if row["read_only"] == "on":
            raise ConfigurationError("the database is read-only for this user: default_transaction_read_only is on")

    def is_missing_table(self, error: DatabaseError) -> bool:
        return error.code in ("42P01", "3F000")

    def is_temporary(self, error: DatabaseError) -> bool:
        from whimbrel.dialects.postgresql.temporary import is_temporary  # only a wait needs it

        return is_temporary(error.code)

    def is_denied(self, error: DatabaseError) -> bool:
        return error.code == "42501"

    async def remedy(self, connection: Connection, schema: str, error: DatabaseError) -> str:
        from whimbrel.dialects.postgresql.remedy import find_remedy  # as above

        return await find_remedy(connection, schema, error)

    async def try_lock(self, connection: Connection, schema: str) -> bool:
        # Never the blocking form: a session that waits in it holds a snapshot. CREATE INDEX CONCURRENTLY of the holder then waits
        # for that session, which waits for the holder. See https://github.com/flyway/flyway/issues/1654.
        return await connection.fetch_value(f"SELECT {twice('pg_try_advisory_lock', schema)}") is True

    async def unlock(self, connection: Connection, schema: str) -> None:
        if await connection.fetch_value(f"SELECT {twice('pg_advisory_unlock', schema)}") is not True:
            raise DatabaseError("the migration lock was lost before it was released")

    def locking_sql(self, schema: str) -> Locking | None:
        # A statement sees what was committed before it began. So the lock is taken by a statement before the queries; a setting,
        # for the transaction only, carries its answer to them.
        got = f"CAST({twice('pg_try_advisory_lock', schema)} AS pg_catalog.text)"
        return Locking(
            [f"SELECT pg_catalog.set_config('whimbrel.got', {got}, true)"],
            f"SELECT pg_catalog.current_setting('whimbrel.got') {self.operator('=')} 'true' AS got",
        )

    def unlocking_sql(self, schema: str) -> str:
        return f"SELECT 1 WHERE {twice('pg_advisory_unlock', schema)}"

    async def catalog_name(self, connection: Connection) -> str:
        return str(await connection.fetch_value("SELECT pg_catalog.current_database() AS name"))

    async def try_tool_lock(self, connection: Connection, number: int, name: str) -> bool:
        # The lock of a transaction excludes that of a session, and needs no session behind a transaction pooler.
        got = await connection.fetch_value(f"SELECT pg_catalog.pg_try_advisory_xact_lock({number:d}) AS got")
        return got is True

    def lock_condition(self, schema: str) -> str:
        # Release one of the session's two locks, which no other session can do, and retake it. A query of pg_locks costs more
        # than a record, and briefly stops the lock manager: https://www.postgresql.org/docs/current/view-pg-locks.html
        key = number(schema)
        return f"CASE WHEN pg_catalog.pg_advisory_unlock({key}) THEN pg_catalog.pg_try_advisory_lock({key}) ELSE FALSE END"

    def elapsed(self, started: float, recorded: str = "") -> str:
        # The first transaction of a message has this time, which is the time of the message.
        began = recorded or "pg_catalog.transaction_timestamp()"
        seconds = f"extract(epoch FROM {self.now} {self.operator('-')} {began})"
        return f"CAST({seconds} {self.operator('*')} 1000 AS BIGINT)"

    async def lock_holder(self, connection: Connection, schema: str) -> str:
        row = await connection.fetch_one(HOLDERS + is_lock(schema))
        if row is None:
            return "no other session"
        return f"process {row['pid']} of {row['client']} ({row['application']}), connected since {row['since']}"

    async def blockers(self, connection: Connection, sql: str) -> str:
        from whimbrel.dialects.postgresql.catalog import blockers  # only a wait needs it

        return await blockers(connection, sql)

    def begin_with(self, modes: str, *, portable: bool) -> str:
        # The transaction begins under the lock, so at any level it sees the last lock holder's writes.
        if modes or portable:
            return f"BEGIN {modes} READ WRITE" if modes else self.begin
        return "BEGIN READ WRITE"

    async def snapshot_objects(self, connection: Connection, statement: Statement) -> str:
        from whimbrel.dialects.postgresql.catalog import snapshot_objects  # a start with nothing to do has no statements

        return await snapshot_objects(connection, statement)

    async def settle(self, connection: Connection, statement: Statement, before: str) -> bool | None:
        from whimbrel.dialects.postgresql.catalog import settle  # as above

        return await settle(connection, statement, before)

    async def clear_away(self, connection: Connection, statement: Statement, before: str) -> None:
        from whimbrel.dialects.postgresql.catalog import settle  # as above

        await settle(connection, statement, before)

    async def emulate(self, connection: Connection, statement: Statement) -> bool:
        """Run COPY ... FROM stdin: the driver alone would wait forever. Drop an invalid index before it is created anew."""
        if statement.copy_data is None:
            words = leading_words(statement.text, POSTGRESQL, 4)
            if words[:1] == ("CREATE",) and "CONCURRENTLY" in words:
                from whimbrel.dialects.postgresql.catalog import drop_invalid  # as above

                await drop_invalid(connection, statement)
            return False
        assert isinstance(connection, PostgresqlConnection), "a dialect is given its own connections"
        await connection.copy(statement)
        return True


HOLDERS = """
    SELECT l.pid, coalesce(pg_catalog.host(a.client_addr), 'this machine') AS client, a.application_name AS application,
           a.backend_start AS since
    FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
    WHERE l.database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database
          WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) AND
"""


DIALECT = Postgresql()
