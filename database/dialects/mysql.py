"""MySQL and MariaDB, through aiomysql."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiomysql
import pymysql
from pymysql.constants import CLIENT, ER, FIELD_TYPE
from pymysql.converters import conversions, convert_datetime

from database.conditional import read_conditional
from database.dialect import Connection, Dialect, Parameters, Row
from database.errors import ConfigurationError, ConnectionLost, DatabaseBusy, DatabaseError, DatabaseUnreachable
from database.lexis import MYSQL, MYSQL_PORTABLE, Lexis
from database.parameters import Template
from database.statements import Statement
from database.url import DatabaseUrl

__all__ = ["DIALECT"]

_CONNECT_SECONDS = 10
# Strict, and read as the standard has it: "name" is a name, || joins texts.
_PORTABLE_MODE = (
    "ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
_PORTABLE = f"sql_mode='{_PORTABLE_MODE}', time_zone='+00:00', default_storage_engine='InnoDB'"
# Under the lock we must see what the last holder wrote. The variable's name differs between MySQL and MariaDB, this does not.
_ISOLATION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
_GONE = (2006, 2013, 2014, 2055, ER.SERVER_SHUTDOWN, 1927)
_BUSY = (ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK, 3572)


class MysqlConnection(Connection):
    """An aiomysql connection."""

    def __init__(self, driver: Any, database: str) -> None:
        self.dialect = DIALECT
        self.database = database
        self._driver = driver

    async def run(self, sql: str) -> None:
        await self._send(sql, None)

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        count, _ = await self._send(*self.bind(sql, parameters))
        return count

    async def execute_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        for row in rows:
            await self.execute(sql, row)

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        _, rows = await self._send(*self.bind(sql, parameters))
        return rows

    async def close(self) -> None:
        self._driver.close()

    async def _send(self, sql: str, values: list[object] | None) -> tuple[int, list[Row]]:
        # No values at all keep the driver from reading "%" in the text as a placeholder.
        try:
            async with self._driver.cursor(_Cursor) as cursor:
                await cursor.execute(sql, [_written(value) for value in values] if values else None)
                rows = _rows(cursor.description, await cursor.fetchall()) if cursor.description else []
                while await cursor.nextset():
                    pass
                return max(cursor.rowcount, 0), rows
        except (pymysql.Error, OSError, asyncio.IncompleteReadError, RuntimeError) as error:
            raise _translated(error, sql) from error


class _Cursor(aiomysql.Cursor):  # type: ignore[misc]  # the driver is not typed
    """A cursor that does not turn the server's notes ("table exists already") into Python warnings."""

    async def _show_warnings(self, conn: Any) -> None:
        """Nothing: the modes above make errors of all warnings that matter, and the rest is what IF NOT EXISTS asks for."""


def _rows(description: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> list[Row]:
    names = [column[0] for column in description]
    # BOOLEAN is TINYINT(1): https://dev.mysql.com/doc/refman/9.7/en/numeric-type-syntax.html
    booleans = [index for index, column in enumerate(description) if column[1] == FIELD_TYPE.TINY and column[3] == 1]
    answer = []
    for row in rows:
        values = list(row)
        for index in booleans:
            values[index] = None if values[index] is None else bool(values[index])
        answer.append(dict(zip(names, values, strict=True)))
    return answer


class _Pool:
    def __init__(self, pool: Any, database: str) -> None:
        self._pool = pool
        self._database = database

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as driver:
            yield MysqlConnection(driver, self._database)

    async def close(self) -> None:
        self._pool.close()
        await self._pool.wait_closed()


class Mysql(Dialect):
    """The facts about MySQL and MariaDB."""

    name = "mysql"
    ddl_in_transactions = False
    timestamp_type = "DATETIME(6)"
    text_type = "MEDIUMTEXT"
    # Whatever the server's defaults: names are told apart by case, and every name fits.
    table_options = " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC"
    now = "UTC_TIMESTAMP(6)"

    async def connect(self, url: DatabaseUrl) -> Connection:
        driver = await _reach(url, init_command=_ISOLATION)
        connection = MysqlConnection(driver, "mysql")
        connection.database = await _check_server(connection, url)
        return connection

    async def open_pool(self, url: DatabaseUrl, size: int) -> _Pool:
        pool = await _reach(url, pool_size=size, init_command=f"SET SESSION {_PORTABLE}")
        async with pool.acquire() as driver:
            database = await _check_server(MysqlConnection(driver, "mysql"), url)
        return _Pool(pool, database)

    def lexis(self, *, portable: bool) -> Lexis:
        return MYSQL_PORTABLE if portable else MYSQL

    def render(self, template: Template) -> str:
        return template.render(lambda _: "%s", lambda text: text.replace("%", "%%") if template.names else text)

    def quote(self, name: str) -> str:
        # Backticks are read as quotes in every mode: https://dev.mysql.com/doc/refman/9.7/en/identifiers.html
        return "`" + super().quote(name)[1:-1].replace('""', '"').replace("`", "``") + "`"

    async def current_schema(self, connection: Connection) -> str:
        return str(await connection.fetch_value("SELECT DATABASE() AS name"))

    async def enter(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None = None) -> None:
        mode = _PORTABLE if portable else "sql_mode=DEFAULT, time_zone=DEFAULT, default_storage_engine=DEFAULT"
        limit = "DEFAULT" if lock_timeout is None else str(max(1, round(lock_timeout)))
        settings = (
            f"SET SESSION {mode}, autocommit=1, foreign_key_checks=1, unique_checks=1, character_set_client=utf8mb4, "
            "character_set_results=utf8mb4, character_set_connection=utf8mb4, "
            f"lock_wait_timeout={limit}, innodb_lock_wait_timeout={limit}"
        )
        # Three statements in one message; the driver reads all three answers.
        await connection.run(f"{settings}; {_ISOLATION}, READ WRITE; USE {self.quote(schema)}")

    async def prepare(self, connection: Connection, schema: str) -> None:
        """Give an empty database utf8mb4 as its default; MariaDB's own is latin1, which refuses most of Unicode.

        A database that has tables is left as it is: its new tables must fit the old ones, to which their keys refer.
        """
        row = await connection.fetch_one(
            "SELECT default_character_set_name AS charset, (SELECT COUNT(*) FROM information_schema.tables "
            "WHERE table_schema = :schema) AS tables FROM information_schema.schemata WHERE schema_name = :schema",
            {"schema": schema},
        )
        if row is not None and row["charset"] != "utf8mb4" and row["tables"] == 0:
            await connection.run(f"ALTER DATABASE {self.quote(schema)} CHARACTER SET utf8mb4")

    async def check_server(self, connection: Connection) -> None:
        if await connection.fetch_value("SELECT @@global.read_only AS read_only"):
            raise ConfigurationError("the server is read-only; give the address of the one that takes changes")

    def is_missing_table(self, error: DatabaseError) -> bool:
        return error.code == str(ER.NO_SUCH_TABLE)

    def is_denied(self, error: DatabaseError) -> bool:
        denied = (ER.TABLEACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.SPECIFIC_ACCESS_DENIED_ERROR)
        return error.code in map(str, denied)

    async def try_lock(self, connection: Connection, schema: str) -> bool:
        # Only 1 is the lock. A negative wait answers NULL on MariaDB: https://mariadb.com/kb/en/get_lock/
        return bool(await connection.fetch_value("SELECT GET_LOCK(:name, 0) AS got", {"name": _lock_name(schema)}) == 1)

    async def unlock(self, connection: Connection, schema: str) -> None:
        if await connection.fetch_value("SELECT RELEASE_LOCK(:name) AS freed", {"name": _lock_name(schema)}) != 1:
            raise DatabaseError("the migration lock was lost before it was given back")

    async def owns_lock(self, connection: Connection, schema: str) -> bool:
        query = "SELECT IS_USED_LOCK(:name) = CONNECTION_ID() AS ours"
        return bool(await connection.fetch_value(query, {"name": _lock_name(schema)}))

    async def lock_holder(self, connection: Connection, schema: str) -> str:
        holder = await connection.fetch_value("SELECT IS_USED_LOCK(:name) AS id", {"name": _lock_name(schema)})
        if holder is None:
            return "nobody any more"
        query = "SELECT user, host, time FROM information_schema.processlist WHERE id = :id"
        try:
            row = await connection.fetch_one(query, {"id": holder})
        except DatabaseError:
            # MySQL 9.7 has moved this table, and not every user may read either.
            row = None
        told = f" ({row['user']} from {row['host']}, in its statement for {row['time']} s)" if row else ""
        return f"connection {holder}{told}"

    def needs_autocommit(self, words: Sequence[str]) -> bool:
        return not self.shares_transaction(words)

    def shares_transaction(self, words: Sequence[str]) -> bool:
        # Everything else may commit implicitly: https://dev.mysql.com/doc/refman/9.7/en/implicit-commit.html. CALL is left
        # out, because nobody knows what the procedure does; so is LOAD, which the server may refuse half-way.
        return words[:1] in (("INSERT",), ("UPDATE",), ("DELETE",), ("REPLACE",), ("WITH",), ("SELECT",), ("DO",))

    def sets_session(self, words: Sequence[str]) -> bool:
        first, second = (*words, "", "")[:2]
        return first == "USE" or (first == "SET" and second not in ("GLOBAL", "PERSIST", "PERSIST_ONLY", "PASSWORD"))

    def controls_transaction(self, words: Sequence[str]) -> bool:
        if words[:1] == ("XA",) or (words[:1] == ("SET",) and "AUTOCOMMIT" in words):
            return True
        return super().controls_transaction(words) or tuple(words[:2]) in (("LOCK", "TABLES"), ("UNLOCK", "TABLES"))

    async def carry_out(self, connection: Connection, statement: Statement) -> bool:
        """MySQL has no IF [NOT] EXISTS for indexes and columns (error 1064); MariaDB has."""
        if connection.database != "mysql":
            return False
        conditional = read_conditional(statement.text, MYSQL_PORTABLE)
        if conditional is None:
            return False
        table, column = ("statistics", "index_name") if conditional.kind == "index" else ("columns", "column_name")
        found = await connection.fetch_value(
            f"SELECT COUNT(*) AS found FROM information_schema.{table} WHERE table_schema = coalesce(:schema, DATABASE()) "
            f"AND table_name = :table AND {column} = :name",
            {"schema": conditional.schema or None, "table": conditional.table, "name": conditional.name},
        )
        if bool(found) != conditional.wanted:
            await connection.run(conditional.text)
        return True


def _lock_name(schema: str) -> str:
    # Locks are the server's, not the database's, and a name has at most 64 characters.
    return f"whimbrel:{hashlib.sha256(schema.encode()).hexdigest()[:40]}"


async def _check_server(connection: Connection, url: DatabaseUrl) -> str:
    """Return which server answers, and refuse one that dropped TLS: the driver goes on in clear text without a word."""
    row = await connection.fetch_one("SELECT VERSION() AS version")
    if url.ssl_context() is not None:
        cipher = await connection.fetch_one("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        if not cipher or not cipher["Value"]:
            await connection.close()
            raise DatabaseUnreachable(f"{url} offers no TLS; for a trusted network add ?sslmode=disable to the address")
    return "mariadb" if row and "mariadb" in row["version"].lower() else "mysql"


async def _reach(url: DatabaseUrl, *, init_command: str, pool_size: int = 0) -> Any:
    """Connect, once or with a pool. What goes wrong is raised anew, so that no frame with the password is told of it."""
    open_ = aiomysql.create_pool if pool_size else aiomysql.connect
    sizes = {"minsize": 1, "maxsize": pool_size} if pool_size else {}
    try:
        return await open_(
            host=url.host or "localhost",
            port=url.port or 3306,
            unix_socket=url.socket or None,
            user=url.user or None,
            password=url.password.reveal() if url.password else "",
            db=url.database,
            ssl=url.ssl_context(),
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            init_command=init_command,
            conv=_CONVERSIONS,
            # An UPDATE counts the rows it found, as on the other databases.
            client_flag=CLIENT.FOUND_ROWS,
            **sizes,
        )
    except (OSError, TimeoutError, RuntimeError, UnicodeError, pymysql.Error) as error:
        told = _connect_message(error)
    raise DatabaseUnreachable(f"{url} cannot be reached: {told}")


def _connect_message(error: BaseException) -> str:
    if isinstance(error, UnicodeError):
        return "this driver takes passwords of Latin-1 characters only"
    text = str(error.args[-1]) if error.args else type(error).__name__
    cause = f" ({error.__cause__})" if error.__cause__ and str(error.__cause__) not in text else ""
    return text + cause


def _to_utc(value: str | bytes) -> Any:
    read = convert_datetime(value)
    return read.replace(tzinfo=UTC) if isinstance(read, datetime) else read


def _written(value: object) -> object:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


_CONVERSIONS = {**conversions, FIELD_TYPE.DATETIME: _to_utc, FIELD_TYPE.TIMESTAMP: _to_utc}
# The server quotes what follows the place where it stopped, and counts lines in the statement.
_NEAR = re.compile(r"near '(?P<near>.*)' at line (?P<line>[0-9]+)", re.DOTALL)
_QUOTED = re.compile(r"'([^']*)'")


def _translated(error: BaseException, sql: str) -> DatabaseError:
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[-1]) if error.args else type(error).__name__
    if number in _GONE or not isinstance(error, pymysql.Error) or isinstance(error, pymysql.InterfaceError):
        return ConnectionLost(text, code=str(number or ""))
    kind = DatabaseBusy if number in _BUSY else DatabaseError
    return kind(text, code=str(number), offset=_offset(text, sql))


def _offset(message: str, sql: str) -> int | None:
    """Find the place that the message tells of: what stands near it, or else the name that it quotes."""
    if near := _NEAR.search(message):
        start = 0
        for _ in range(int(near["line"]) - 1):
            start = sql.find("\n", start) + 1
        if not near["near"]:
            return len(sql.rstrip())
        found = sql.find(near["near"], start)
        return found if found >= 0 else start
    for quoted in _QUOTED.findall(message):
        name = quoted.rpartition(".")[2]
        if name and (found := sql.find(name)) >= 0:
            return found
    return None


DIALECT = Mysql()
