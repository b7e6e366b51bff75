"""Decide which errors of MySQL and MariaDB, at a login or a first query, go away by themselves. Pure."""

from __future__ import annotations

from pymysql.constants import CR, ER

from whimbrel.dialects.temporary import is_of_time

__all__ = ["is_temporary", "may_pass"]

_OFFLINE_MODE = 3032
_CONNECTION_KILLED = 1927
_CODES = {
    # No more connections, memory or threads.
    *(ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED, ER.OUT_OF_RESOURCES, ER.CANT_CREATE_THREAD),
    # The server stops, or a node has not joined its cluster (ER_UNKNOWN_COM_ERROR stands for "WSREP has not yet prepared node").
    *(ER.SERVER_SHUTDOWN, ER.UNKNOWN_COM_ERROR, _OFFLINE_MODE, _CONNECTION_KILLED),
    # The network.
    *(ER.NET_PACKETS_OUT_OF_ORDER, ER.NET_READ_ERROR, ER.NET_READ_INTERRUPTED, ER.NET_ERROR_ON_WRITE, ER.NET_WRITE_INTERRUPTED),
    *(CR.CR_CONNECTION_ERROR, CR.CR_CONN_HOST_ERROR, CR.CR_UNKNOWN_HOST, CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST),
    CR.CR_SERVER_LOST_EXTENDED,
    # An unknown database, which an operator or the entry point of an image may create after the server has started. A user
    # without a right to that database gets the error "access denied" instead:
    # https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html
    *(ER.BAD_DB_ERROR, ER.DBACCESS_DENIED_ERROR),
}


def is_temporary(code: str) -> bool:
    """Return whether the server's error of this number may go away by itself."""
    return code.isdigit() and int(code) in _CODES


def may_pass(error: BaseException) -> bool:
    """Return whether a failure to connect may go away by itself."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    cause = error.__cause__
    if cause is not None and not is_of_time(cause):
        # The driver has one number for all failures to connect, TLS among them.
        return False
    return is_temporary(str(number)) or is_of_time(error)
