"""Connections to MySQL and MariaDB through aiomysql: what is sent, values and rows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Any

import aiomysql
import pymysql
from pymysql.constants import CLIENT, FIELD_TYPE, SERVER_STATUS

from whimbrel.dialects.base import Connection, Dialect, Parameters, Row
from whimbrel.dialects.connection import keep_alive
from whimbrel.dialects.mysql.engines import Engines
from whimbrel.dialects.mysql.errors import connect_message, find_offset, translated
from whimbrel.dialects.mysql.login import GuardedConnection
from whimbrel.dialects.mysql.values import CONVERSIONS
from whimbrel.errors import ConnectionLost, DatabaseBusy, DatabaseError, DatabaseUnreachable
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.url import DatabaseUrl

logger = logging.getLogger("whimbrel")

__all__ = ["AUTOCOMMIT", "MysqlConnection", "check_encrypted", "greeted", "reach"]

# Where the server's default is 0 the driver takes the greeting's word for it, which says the contrary.
AUTOCOMMIT = "SET SESSION autocommit=1"
_CUT_SECONDS = 3
_CUT_AGAIN_SECONDS = 0.05
_RESET_CONNECTION = 0x1F
# No server takes less: https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html#sysvar_max_allowed_packet
_LEAST_LIMIT = 1024


class MysqlConnection(Connection):
    """An aiomysql connection."""

    def __init__(self, dialect: Dialect, driver: Any, database: str, url: DatabaseUrl | None = None) -> None:
        self.dialect = dialect
        self.database = database
        self._driver = driver
        # With an address, a statement that is cancelled here is cancelled on the server.
        self._url = url
        # Which server of a cluster it is, as far as it was asked.
        self.server = ""
        self.engines = Engines()

    @property
    def in_transaction(self) -> bool:
        # Without autocommit the next statement begins one.
        return bool(self._driver.get_transaction_status() or not self._driver.get_autocommit())

    async def run(self, sql: str) -> None:
        try:
            await self._send(sql)
        except (ConnectionLost, DatabaseBusy):
            raise
        except DatabaseError as error:
            rules = self.dialect.lexer_rules(portable=True, database=self.database)
            error.offset = await find_offset(error, sql, rules, self._probe)
            raise

    async def _probe(self, sql: str) -> str:
        """Return what the server says against a statement. PREPARE runs nothing."""
        try:
            await self._send(f"SET @whimbrel = {self.dialect.literal(sql)}")
            await self._send("PREPARE whimbrel FROM @whimbrel")
            await self._send("DEALLOCATE PREPARE whimbrel")
        except DatabaseError as error:
            return error.message
        return ""

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        counts, _ = await self._send(self.bind(sql, parameters)[0])
        return counts[-1]

    async def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        for text, _ in [self.bind(sql, row) for row in rows]:
            await self._send(text)

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        _, rows = await self._send(self.bind(sql, parameters)[0])
        return rows

    def readings(self, sql: str) -> Sequence[LexerRules]:
        # The server tells of one of the two modes that matter, with every answer, and nothing of the other, which matters for a
        # backslash between double quotes: https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html
        if (self._driver.server_status or 0) & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES:
            return super().readings(sql)
        native = self.dialect.lexer_rules(portable=False, database=self.database)
        return (native, native._replace(double_quoted_strings=False)) if '"' in sql and "\\" in sql else (native,)

    async def fetch_definition(self, sql: str) -> Row:
        """Return what a SHOW CREATE answers; MariaDB's may have the bytes of a default in it, which are written as escapes."""
        row = next(iter(await self.fetch_undecoded(sql)), {})
        read = {name: value.decode(errors="backslashreplace") for name, value in row.items() if isinstance(value, bytes)}
        return {**row, **read}

    async def fetch_undecoded(self, sql: str) -> list[Row]:
        """Return every row with its texts as bytes."""
        self._driver.use_unicode = False
        try:
            return await self.fetch_all(sql)
        finally:
            self._driver.use_unicode = True

    async def send(self, statements: Sequence[str]) -> int:
        return (await self._send_together(statements))[-1]

    async def send_and_commit(self, statements: Sequence[str]) -> int:
        # An error ends the message before its COMMIT.
        return (await self._send_together([*statements, "COMMIT"]))[-2]

    async def _send_together(self, statements: Sequence[str]) -> list[int]:
        # The delimiter on a line of its own: a statement may end in a comment.
        counts, _ = await self._send("\n;\n".join(statements), answers=len(statements))
        return counts

    @property
    def session(self) -> int:
        """The number by which the server knows this session, as its greeting told it."""
        return int(self._driver.thread_id())

    def abort(self) -> None:
        _abort(self._driver)

    async def close(self) -> None:
        self._driver.close()

    def forget(self) -> None:
        self.engines = Engines()

    async def reset(self, session: str = AUTOCOMMIT) -> None:
        """Make the session what a new one is, and then what the SET `session` makes of it: https://dev.mysql.com/doc/c-api/9.7/en/mysql-reset-connection.html."""
        # The driver has no method for it; this is how its ping() is written.
        try:
            with self.watched():
                await self._driver._execute_command(_RESET_CONNECTION, "")
                await self._driver._read_ok_packet()
        except (pymysql.Error, OSError, asyncio.IncompleteReadError, RuntimeError) as error:
            raise translated(error) from error
        await self.run(session)

    async def _send(self, sql: str, answers: int = 0) -> tuple[list[int], list[Row]]:
        if self._url is None:
            return await self._work(sql, answers)
        work = asyncio.ensure_future(self._work(sql, answers))
        try:
            with self.watched():
                return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.shield(self._cut_short(self._url, work))
            raise

    async def _cut_short(self, url: DatabaseUrl, work: asyncio.Future[Any]) -> None:
        """Have the server end a running statement: the driver would close its socket, and the server would go on."""
        try:
            async with asyncio.timeout(_CUT_SECONDS):
                side = await reach(url)
                try:
                    await self._kill(side, work)
                finally:
                    side.close()
        except (DatabaseUnreachable, pymysql.Error, OSError, TimeoutError) as error:
            told = str(error) or f"it has not ended within {_CUT_SECONDS} s"
            logger.warning("connection %d may still run a statement: %s", self._driver.thread_id(), told)
            self.abort()
            work.cancel()
        if work.done() and not work.cancelled():
            work.exception()

    async def _kill(self, side: Any, work: asyncio.Future[Any]) -> None:
        async with side.cursor() as cursor:
            # Between two statements of a message the server forgets it and goes on. A few times in a thousand it ends the message
            # there and does not say so: that connection is given up after _CUT_SECONDS.
            while not work.done():
                await cursor.execute(f"KILL QUERY {self._driver.thread_id():d}")
                await asyncio.wait([work], timeout=_CUT_AGAIN_SECONDS)

    async def _work(self, sql: str, answers: int) -> tuple[list[int], list[Row]]:
        try:
            async with self._driver.cursor(_Cursor) as cursor:
                # Without values: the driver's own would escape by rules of its own, and read "%" in the text as a placeholder.
                await cursor.execute(sql)
                rows = _rows(cursor.description, await cursor.fetchall()) if cursor.description else []
                counts = [max(cursor.rowcount, 0)]
                while await cursor.nextset():
                    counts.append(max(cursor.rowcount, 0))
                if answers and len(counts) != answers:
                    # Read by the server as other statements than by us: the last of them is then not our record.
                    raise DatabaseError(f"the server read {len(counts)} statements where {answers} were sent")
                return counts, rows
        except UnicodeDecodeError as error:
            # The rest of the answer is still to come, and would be taken for that of the next question.
            self._driver.close()
            raise ConnectionLost(f"an answer that is no UTF-8: {error}") from error
        except (pymysql.Error, OSError, asyncio.IncompleteReadError, RuntimeError, TypeError, ValueError) as error:
            refused = translated(error)
            if len(sql) >= _LEAST_LIMIT:
                from whimbrel.dialects.mysql.packets import explained  # few statements are so large

                refused = await explained(refused, len(sql.encode()), self._url)
            raise refused from error


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
            # A TINYINT(1) may hold other numbers, and NULL.
            values[index] = bool(values[index]) if values[index] in (0, 1) else values[index]
        answer.append(dict(zip(names, values, strict=True)))
    return answer


def greeted(driver: Any) -> str:
    """Return which server it is, by its greeting; a proxy may greet in another's name."""
    return "mariadb" if "mariadb" in driver.get_server_info().lower() else "mysql"


def check_encrypted(driver: Any, url: DatabaseUrl) -> None:
    """Raise DatabaseUnreachable if TLS is wanted and the server has none: the driver goes on in clear text without a word."""
    if url.ssl_context() is not None and not driver.server_capabilities & CLIENT.SSL:
        driver.close()
        raise DatabaseUnreachable(f"{url} offers no TLS; for a trusted network add ?sslmode=disable to the address")


def _abort(driver: Any) -> None:
    if driver._writer is not None:
        # What is still to be sent would be waited for by close().
        driver._writer.transport.abort()
    driver.close()


async def reach(url: DatabaseUrl, *, init_command: str = "") -> Any:
    """Connect. What goes wrong is raised anew, so that no frame with the password is told of it."""
    try:
        # The driver's own limit ends with the TCP connection, and something else may listen there.
        async with asyncio.timeout(url.connect_timeout):
            return await _opened(GuardedConnection(**_settings(url, init_command)))
    except (OSError, TimeoutError, RuntimeError, UnicodeError, pymysql.Error) as error:
        from whimbrel.dialects.watchdog import is_silence  # no connection of most runs fails

        refused = DatabaseUnreachable(
            url.unreachable(connect_message(error, url.connect_timeout), error), silent=is_silence(error)
        )
    raise refused


async def _opened(driver: Any) -> Any:
    try:
        await driver._connect()
        keep_alive(driver._writer.transport)
    except BaseException:
        # The driver leaves the socket of a server that is silent in the handshake open.
        _abort(driver)
        raise
    return driver


def _settings(url: DatabaseUrl, init_command: str) -> dict[str, Any]:
    return {
        "host": url.host or "localhost",
        "port": url.port or 3306,
        "unix_socket": url.socket or None,
        "user": url.user or None,
        "password": url.password.reveal() if url.password else "",
        "db": url.database,
        "ssl": url.ssl_context(),
        "charset": "utf8mb4",
        "autocommit": True,
        "connect_timeout": url.connect_timeout,
        "init_command": init_command or None,
        "conv": CONVERSIONS,
        # An UPDATE counts the rows it found, as on the other databases.
        "client_flag": CLIENT.FOUND_ROWS,
    }
