"""Failures to connect that go away by themselves: `wait` waits for those, and ends at once for all others."""

import errno
import socket
import ssl

import asyncpg
import pymysql
import pytest

from whimbrel.dialects.mysql import temporary as mysql
from whimbrel.dialects.postgresql import temporary as postgresql
from whimbrel.dialects.sqlite.temporary import is_temporary
from whimbrel.dialects.temporary import is_of_time


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed")
UNKNOWN_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
CERTIFICATE = ssl.SSLCertVerificationError(1, "certificate verify failed")
CUT_OFF = ssl.SSLEOFError(8, "EOF occurred in violation of protocol")


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (REFUSED, True),
        (UNKNOWN_NAME, True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (FileNotFoundError(errno.ENOENT, "no socket yet"), True),
        (OSError(errno.EHOSTUNREACH, "no route"), True),
        (CUT_OFF, True),
        (EOFError(), True),
        (CERTIFICATE, False),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), False),
        (ConnectionError("unexpected connection_lost() call"), True),
        (ConnectionError("the server rejected SSL upgrade"), False),
        (PermissionError(errno.EACCES, "the socket of another user"), False),
        (ValueError("a setting"), False),
    ],
)
def test_a_failure_without_a_code_of_the_server(error: Exception, passes: bool) -> None:
    assert is_of_time(error) is passes
    assert postgresql.may_pass(error) is passes
    wrapped = caused(pymysql.OperationalError(2003, "Can't connect to MySQL server"), error)
    assert mysql.may_pass(wrapped) is passes


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (asyncpg.CannotConnectNowError("the database system is starting up"), True),
        (asyncpg.AdminShutdownError("terminating connection"), True),
        (asyncpg.TooManyConnectionsError("sorry, too many clients already"), True),
        (asyncpg.InvalidCatalogNameError('database "a" does not exist'), True),
        (asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"), True),
        (asyncpg.InternalClientError("unexpected"), True),
        (UnicodeDecodeError("utf-8", b"\xe4", 0, 1, "invalid"), True),
        (asyncpg.InvalidPasswordError("password authentication failed"), False),
        (asyncpg.InvalidAuthorizationSpecificationError("no pg_hba.conf entry"), False),
        (asyncpg.InsufficientPrivilegeError("permission denied for database"), False),
        (asyncpg.InterfaceError("an argument"), False),
    ],
)
def test_a_login_to_postgresql(error: Exception, passes: bool) -> None:
    assert postgresql.may_pass(error) is passes


@pytest.mark.parametrize(
    ("number", "passes"),
    [
        (1040, True),  # too many connections
        (1044, True),  # access denied to a database, which is all that is said of a missing one
        (1047, True),  # WSREP has not yet prepared node for application use
        (1049, True),  # unknown database
        (1053, True),  # shutdown in progress
        (2003, True),
        (2013, True),
        (3032, True),  # offline mode
        (1045, False),  # access denied
        (1129, False),  # the host is blocked
        (1130, False),  # the host is not allowed
        (1251, False),  # an old way to log in
        (1698, False),  # access denied, by a socket
        (2026, False),  # TLS
        (3159, False),  # TLS is required
    ],
)
def test_a_login_to_mysql(number: int, passes: bool) -> None:
    assert mysql.may_pass(pymysql.OperationalError(number, "told")) is passes


def test_a_refusal_of_our_own_has_no_number_and_stays() -> None:
    assert mysql.may_pass(pymysql.OperationalError("the server offers no TLS")) is False
    assert mysql.may_pass(RuntimeError("'cryptography' package is required")) is False


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("SQLITE_CANTOPEN", True),
        ("SQLITE_BUSY", True),
        ("SQLITE_BUSY_RECOVERY", True),
        ("SQLITE_LOCKED", True),
        ("SQLITE_NOTADB", False),
        ("SQLITE_CORRUPT", False),
        ("SQLITE_PERM", False),
    ],
)
def test_a_file_of_sqlite(name: str, passes: bool) -> None:
    assert is_temporary(name) is passes
