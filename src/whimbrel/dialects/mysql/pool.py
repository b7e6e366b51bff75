"""An application's connections to MySQL or MariaDB."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import pymysql
from pymysql.constants import CLIENT, COMMAND

from whimbrel.dialects.base import ApplicationConnection, Dialect
from whimbrel.dialects.mysql.connection import AUTOCOMMIT, MysqlConnection
from whimbrel.dialects.mysql.errors import translated
from whimbrel.dialects.mysql.opening import check_encrypted, greeted, reach
from whimbrel.dialects.mysql.session_settings import ISOLATED, PORTABLE
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.session_effects import reads_only
from whimbrel.url import DatabaseUrl

__all__ = ["open_application"]

# The driver's handshake sets the other settings; a reset takes the server's defaults for these:
# https://dev.mysql.com/doc/c-api/9.7/en/mysql-reset-connection.html
_CHARSET = "character_set_client=utf8mb4, character_set_results=utf8mb4, collation_connection=utf8mb4_general_ci"
_SESSION = f"{AUTOCOMMIT}, {_CHARSET}, {PORTABLE}, {ISOLATED}"
_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "SELECT", "WITH", "VALUES", "TABLE")
_MULTI_STATEMENTS_OFF = 1


class MysqlApplicationConnection(MysqlConnection, ApplicationConnection):
    """A connection that an application borrows."""

    def __init__(self, dialect: Dialect, driver: Any, database: str, url: DatabaseUrl) -> None:
        super().__init__(dialect, driver, database, url)
        self._moved = False

    def __del__(self) -> None:
        """Keep the driver from closing its transport after the event loop has closed, which would report an error at exit."""
        if self._driver.loop.is_closed():
            self._driver._writer = None

    @property
    def usable(self) -> bool:
        reader, writer = self._driver._reader, self._driver._writer
        if reader is None or writer is None or writer.transport.is_closing():
            return False
        # A server may send a message before it ends an idle session, so at_eof() alone is not enough.
        return not (reader.at_eof() or reader.eof_received or reader.exception() is not None)

    def changes_session(self, sql: str) -> bool:
        rules = self.dialect.lexer_rules(portable=True, database=self.database)
        words = leading_words(sql, rules, 1)
        # USE and SET ROLE, and statements that may run them.
        self._moved = self._moved or words[:1] == () or words[0] not in _WRITING
        return not reads_only(sql, rules)

    async def refresh(self) -> None:
        if self._moved:
            # A reset keeps the database, the role, and possibly more; only a new session has neither:
            # https://dev.mysql.com/doc/c-api/9.7/en/mysql-reset-connection.html
            await self.close()
            return
        await self.reset([_SESSION])

    async def still_in_transaction(self) -> bool:
        # An error does not say whether the transaction is still open (a deadlock ends it). The answer to a ping does.
        try:
            await self._driver.ping(reconnect=False)
        except (pymysql.Error, OSError, asyncio.IncompleteReadError, RuntimeError) as error:
            raise translated(error) from error
        return self.in_transaction


async def open_application(dialect: Dialect, url: DatabaseUrl) -> ApplicationConnection:
    """Open one connection of an application, in the portable session. Raises DatabaseUnreachable."""
    driver = await reach(url, init_command=_SESSION)
    opened = MysqlApplicationConnection(dialect, driver, greeted(driver), url)
    try:
        check_encrypted(driver, url)
        await _take_one_statement(driver)
    except BaseException:
        # No other code knows this connection yet.
        opened.abort()
        raise
    return opened


async def _take_one_statement(driver: Any) -> None:
    """Make the server refuse messages of several statements on this connection; the driver asks for the opposite.

    https://dev.mysql.com/doc/c-api/9.7/en/mysql-set-server-option.html
    """
    if driver.client_flag & CLIENT.MULTI_STATEMENTS:
        try:
            await driver._execute_command(COMMAND.COM_SET_OPTION, struct.pack("<H", _MULTI_STATEMENTS_OFF))
            await driver._read_packet()
        except (pymysql.Error, OSError, asyncio.IncompleteReadError, RuntimeError) as error:
            raise translated(error) from error
        driver.client_flag &= ~CLIENT.MULTI_STATEMENTS
