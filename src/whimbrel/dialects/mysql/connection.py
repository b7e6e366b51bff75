"""Connections to MySQL and MariaDB through aiomysql: sending statements, values and rows."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import aiomysql
import pymysql
from pymysql.constants import SERVER_STATUS

from whimbrel.dialects.base import Connection, Dialect, Parameters, Row
from whimbrel.dialects.mysql.engines import Engines
from whimbrel.dialects.mysql.errors import find_offset, translated
from whimbrel.dialects.mysql.opening import reach, say_goodbye
from whimbrel.dialects.mysql.values import rows_of
from whimbrel.errors import ConnectionLost, DatabaseBusy, DatabaseError, DatabaseUnreachable
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.url import DatabaseUrl

logger = logging.getLogger("whimbrel")

__all__ = ["AUTOCOMMIT", "MysqlConnection", "written"]

# If the server's default is 0, the driver still believes the server's greeting, which says the opposite.
AUTOCOMMIT = "SET SESSION autocommit=1"
_CUT_SECONDS = 3
_CUT_AGAIN_SECONDS = 0.05
_REACH_AGAIN = 20
_RESET_CONNECTION = 0x1F
# The driver raises one of these if it cannot read an answer.
_UNREADABLE = (UnicodeDecodeError, AssertionError, IndexError, struct.error)
# Every server accepts this: https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html#sysvar_max_allowed_packet
_LEAST_LIMIT = 1024


class MysqlConnection(Connection):
    """An aiomysql connection."""

    def __init__(self, dialect: Dialect, driver: Any, database: str, url: DatabaseUrl | None = None) -> None:
        self.dialect = dialect
        self.database = database
        self._driver = driver
        # With this address, cancelling a statement here also cancels it on the server.
        self._url = url
        # Which server of a cluster this is, if it was asked.
        self.server = ""
        # The database of the address, and the answer to which of Whimbrel's tables it has, until that is used.
        self.home = ""
        self.tables: list[Row] | None = None
        self.engines = Engines()

    @property
    def in_transaction(self) -> bool:
        # Without autocommit, the next statement begins a transaction.
        return bool(self._driver.get_transaction_status() or not self._driver.get_autocommit())

    async def run(self, sql: str) -> None:
        try:
            await self._send(sql)
        except (ConnectionLost, DatabaseBusy):
            raise
        except DatabaseError as error:
            rules = self.dialect.lexer_rules(portable=True, database=self.database)
            error.offset = await find_offset(error, sql, rules, self.probe)
            raise

    async def probe(self, sql: str) -> str:
        """Return the server's error message for a statement. PREPARE does not run the statement."""
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
        _, answers = await self._send(self.bind(sql, parameters)[0])
        return answers[0]

    def readings(self, sql: str) -> Sequence[LexerRules]:
        # With every answer the server reports one of the two modes that matter. It does not report the other one, which matters
        # for a backslash between double quotes: https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html
        if (self._driver.server_status or 0) & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES:
            return super().readings(sql)
        native = self.dialect.lexer_rules(portable=False, database=self.database)
        return (native, native._replace(double_quoted_strings=False)) if '"' in sql and "\\" in sql else (native,)

    async def fetch_definition(self, sql: str) -> Row:
        """Return the row of a SHOW CREATE. MariaDB's may contain the raw bytes of a default, which are written as escapes."""
        return written(next(iter(await self.fetch_undecoded(sql)), {}))

    async def fetch_undecoded(self, sql: str) -> list[Row]:
        """Return every row, with its texts as bytes."""
        self._driver.use_unicode = False
        try:
            return await self.fetch_all(sql)
        finally:
            self._driver.use_unicode = True

    async def fetch_each(self, statements: Sequence[str]) -> list[list[Row]]:
        """Run several statements in one message, and return the rows of each, with their texts as bytes."""
        self._driver.use_unicode = False
        try:
            return (await self._send("\n;\n".join(statements), answers=len(statements)))[1]
        finally:
            self._driver.use_unicode = True

    async def fetch_together(
        self, queries: Sequence[str], before: Sequence[str] = (), after: Sequence[str] = ()
    ) -> list[list[Row]]:
        message = [*before, *queries, *after]
        _, answers = await self._send("\n;\n".join(message), answers=len(message))
        return answers[len(before) : len(before) + len(queries)]

    async def fetch_until_error(self, statements: Sequence[str]) -> tuple[list[list[Row]], DatabaseError | None]:
        """Run statements in one message up to the first error; return the rows of each, with texts as bytes, and the error."""
        answers: list[list[Row]] = []
        self._driver.use_unicode = False
        try:
            await self._send("\n;\n".join(statements), rows=answers)
        except DatabaseError as error:
            return answers, error
        finally:
            self._driver.use_unicode = True
        return answers, None

    async def send(self, statements: Sequence[str]) -> int:
        return (await self._send_together(statements))[-1]

    async def send_any(self, sql: str) -> int:
        """Run one statement, which may give several answers, and return how many rows the last one changed or found."""
        counts, _ = await self._send(sql)
        return counts[-1]

    async def send_and_commit(self, statements: Sequence[str]) -> int:
        # An error ends the message before its COMMIT.
        return (await self._send_together([*statements, "COMMIT"]))[-2]

    async def _send_together(self, statements: Sequence[str]) -> list[int]:
        # The delimiter has a line of its own, because a statement may end in a comment.
        counts, _ = await self._send("\n;\n".join(statements), answers=len(statements))
        return counts

    @property
    def session(self) -> int:
        """The server's number for this session, according to its greeting."""
        return int(self._driver.thread_id())

    def abort(self) -> None:
        self._driver.close()

    async def close(self) -> None:
        await say_goodbye(self._driver)

    def forget(self) -> None:
        self.engines = Engines()

    async def reset(self, setup: Sequence[str] = (AUTOCOMMIT,)) -> None:
        """Reset the session to that of a new one, then send the statements of `setup`, if any."""
        # https://dev.mysql.com/doc/c-api/9.7/en/mysql-reset-connection.html; the driver has no method for it, see its ping().
        try:
            with self.watched():
                await self._driver._execute_command(_RESET_CONNECTION, "")
                await self._driver._read_ok_packet()
        except (pymysql.Error, OSError, asyncio.IncompleteReadError, RuntimeError) as error:
            raise translated(error) from error
        if setup:
            await self.send(setup)

    async def _send(self, sql: str, answers: int = 0, rows: list[list[Row]] | None = None) -> tuple[list[int], list[list[Row]]]:
        """Send a text; return the counts and the rows of its statements. `rows` also gets those before an error."""
        rows = [] if rows is None else rows
        if self._url is None:
            return await self._work(sql, answers, rows)
        work = asyncio.ensure_future(self._work(sql, answers, rows))
        try:
            with self.watched():
                return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.shield(self._cut_short(self._url, work))
            raise

    async def _cut_short(self, url: DatabaseUrl, work: asyncio.Future[Any]) -> None:
        """Make the server end a running statement. The driver would only close its socket, and the server would continue."""
        self.drop_companion()
        try:
            async with asyncio.timeout(_CUT_SECONDS):
                side = await self._reach_again(url)
                try:
                    await self._kill(side, work)
                finally:
                    await say_goodbye(side)
        except (DatabaseUnreachable, pymysql.Error, OSError, TimeoutError) as error:
            told = str(error) or f"it has not ended within {_CUT_SECONDS} s"
            logger.warning("connection %d may still run a statement: %s", self._driver.thread_id(), told)
            self.abort()
            work.cancel()
        if work.done() and not work.cancelled():
            work.exception()

    async def _reach_again(self, url: DatabaseUrl) -> Any:
        """Connect. A companion that was closed just now may still count as a connection of this user."""
        for _ in range(_REACH_AGAIN if self.accompanied else 0):
            try:
                return await reach(url)
            except DatabaseUnreachable as error:
                if error.silent:
                    raise
            await asyncio.sleep(_CUT_AGAIN_SECONDS)
        return await reach(url)

    async def _kill(self, side: Any, work: asyncio.Future[Any]) -> None:
        async with side.cursor() as cursor:
            # A KILL that arrives between two statements of a message has no effect. A few times in a thousand it ends the message
            # there without an error: that connection is given up after _CUT_SECONDS.
            while not work.done():
                await cursor.execute(f"KILL QUERY {self._driver.thread_id():d}")
                await asyncio.wait([work], timeout=_CUT_AGAIN_SECONDS)

    async def _work(self, sql: str, answers: int, rows: list[list[Row]]) -> tuple[list[int], list[list[Row]]]:
        try:
            async with self._driver.cursor(_Cursor) as cursor:
                # No values are passed: the driver would escape them by its own rules, and read "%" in the text as a placeholder.
                await cursor.execute(sql)
                rows.append(await rows_of(cursor))
                counts = [max(cursor.rowcount, 0)]
                while await cursor.nextset():
                    rows.append(await rows_of(cursor))
                    counts.append(max(cursor.rowcount, 0))
                if answers and len(counts) != answers:
                    # The server split the message differently, so its last statement is not Whimbrel's record.
                    raise DatabaseError(f"the server read {len(counts)} statements where {answers} were sent")
                return counts, rows
        except _UNREADABLE as error:
            # The rest of the answer is still to come, and would pass for the answer to the next query.
            self.abort()
            told = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "breaks the protocol"
            raise ConnectionLost(f"the server's answer {told}: {error}") from error
        except (pymysql.Error, OSError, asyncio.IncompleteReadError, RuntimeError, TypeError, ValueError) as error:
            refused = translated(error)
            if len(sql) >= _LEAST_LIMIT:
                from whimbrel.dialects.mysql.packets import explained  # few statements are so large

                refused = await explained(refused, len(sql.encode()), self._url)
            raise refused from error


def written(row: Row) -> Row:
    """Return a row with its bytes as texts; bytes that are not UTF-8 are written as escapes."""
    read = {name: value.decode(errors="backslashreplace") for name, value in row.items() if isinstance(value, bytes)}
    return {**row, **read}


class _Cursor(aiomysql.Cursor):  # type: ignore[misc]  # the driver is not typed
    """A cursor that does not turn the server's notes ("table exists already") into Python warnings."""

    async def _show_warnings(self, conn: Any) -> None:
        """Do nothing: the modes above make all warnings that matter errors. The rest are expected results of IF NOT EXISTS."""
