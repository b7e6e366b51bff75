"""Open a connection to MySQL or MariaDB with the driver, in time, and encrypted if that is wanted."""

from __future__ import annotations

import asyncio
from typing import Any

import pymysql
from pymysql.constants import CLIENT

from whimbrel.dialects.deadlines import bounded
from whimbrel.dialects.mysql.errors import connect_message
from whimbrel.dialects.mysql.login import GuardedConnection
from whimbrel.dialects.mysql.values import CONVERSIONS
from whimbrel.dialects.watched import keep_alive
from whimbrel.errors import DatabaseUnreachable
from whimbrel.url import DatabaseUrl

__all__ = ["check_encrypted", "greeted", "reach", "say_goodbye"]

_FAREWELL_SECONDS = 1.0


def greeted(driver: Any) -> str:
    """Return the kind of server according to its greeting, which a proxy may have replaced."""
    return "mariadb" if "mariadb" in driver.get_server_info().lower() else "mysql"


def check_encrypted(driver: Any, url: DatabaseUrl) -> None:
    """Raise DatabaseUnreachable if TLS is wanted and the server has none: the driver would continue in clear text silently."""
    if url.ssl_context() is not None and not driver.server_capabilities & CLIENT.SSL:
        driver.close()
        raise DatabaseUnreachable(f"{url} offers no TLS; for a trusted network add ?sslmode=disable to the address")


async def say_goodbye(driver: Any) -> None:
    """Close the connection. Without the goodbye, the server counts it as aborted, and MariaDB logs a warning."""
    try:
        async with asyncio.timeout(_FAREWELL_SECONDS):
            await driver.ensure_closed()
    except (TimeoutError, pymysql.Error, OSError, RuntimeError):
        pass  # The server has gone, or reads no more.
    finally:
        driver.close()


async def reach(url: DatabaseUrl, *, init_command: str = "") -> Any:
    """Connect. Errors are raised again here, so that no frame of their traceback holds the password."""
    try:
        # The driver's own limit covers only the TCP connection, and another service may listen on that port.
        async with asyncio.timeout(url.connect_timeout):
            return await _opened(GuardedConnection(**_settings(url, init_command)))
    except (OSError, TimeoutError, RuntimeError, UnicodeError, pymysql.Error) as error:
        # Most runs never fail to connect.
        from whimbrel.dialects.mysql.temporary import may_pass
        from whimbrel.dialects.watchdog import is_silence

        told = url.unreachable(connect_message(error, url.connect_timeout), error)
        refused = DatabaseUnreachable(told, silent=is_silence(error), temporary=may_pass(error))
    raise refused


async def _opened(driver: Any) -> Any:
    try:
        # The driver waits for the network by asyncio.wait_for.
        await bounded(driver._connect(), None, lambda _: driver.close())
        keep_alive(driver._writer.transport)
    except BaseException:
        # If a server is silent in the handshake, the driver leaves the socket open.
        driver.close()
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
        # An UPDATE counts the rows that it matched, as on the other databases.
        "client_flag": CLIENT.FOUND_ROWS,
    }
