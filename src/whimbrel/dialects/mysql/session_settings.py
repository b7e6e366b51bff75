"""The settings of a session of MySQL or MariaDB, independent of the server's defaults, and the server's identity."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.base import Connection, Row

__all__ = ["IDENTITY", "ISOLATED", "ISOLATION", "PORTABLE", "access", "identity", "session_settings"]

# Strict, and with the standard's syntax: "name" is a name, || joins texts, and a backslash is a plain character.
_PORTABLE_MODE = (
    "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
# Settings that a file may change, and that must not affect the next file or Whimbrel's own queries.
_DEFAULTS = ", ".join(
    f"{name}=DEFAULT"
    for name in (
        *("sql_select_limit", "sql_safe_updates", "sql_big_selects", "sql_auto_is_null", "group_concat_max_len", "timestamp"),
        *("lc_time_names", "default_week_format", "div_precision_increment", "max_sort_length", "auto_increment_increment"),
    )
)
# This gives texts with and without an introducer one collation. The driver requests another one than the server's default.
_COLLATION = "character_set_connection=utf8mb4"
PORTABLE = f"sql_mode='{_PORTABLE_MODE}', time_zone='+00:00', default_storage_engine='InnoDB', {_COLLATION}"
# A read under the lock must see the last holder's writes. MySQL and MariaDB name the variable differently, but not this.
ISOLATION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
# The same as part of another SET, for a pool's only setup statement. Each server runs just its own comment as code.
_LEVEL = "/*!80000 transaction_isolation */ /*M! tx_isolation */"
ISOLATED = f"{_LEVEL} = 'READ-COMMITTED'"
# At any level, a transaction sees the last lock holder's writes, because it begins under the lock.
_NATIVE = ", ".join(
    (
        *(f"{name}=DEFAULT" for name in ("sql_mode", "time_zone", "default_storage_engine", f"{_LEVEL} ")),
        # For these, DEFAULT would be the value compiled into MySQL, not the server's setting.
        *(f"{name}=@@global.{name}" for name in ("foreign_key_checks", "unique_checks")),
    )
)


def access(*, portable: bool) -> str:
    """Return the SET that lets the session's transactions write, at the portable isolation level or the server's own."""
    return f"{ISOLATION}, READ WRITE" if portable else "SET SESSION TRANSACTION READ WRITE"


def session_settings(connection: Connection, *, portable: bool, lock_timeout: float | None) -> str:
    """Return the SET statement that establishes the baseline every file starts from."""
    mode = f"{PORTABLE}, foreign_key_checks=1, unique_checks=1" if portable else _NATIVE
    limit = "DEFAULT" if lock_timeout is None else str(max(1, round(lock_timeout)))
    return (
        f"SET SESSION {mode}, autocommit=1, character_set_client=utf8mb4, "
        f"character_set_results=utf8mb4, {_COLLATION}, {_DEFAULTS}, "
        f"lock_wait_timeout={limit}, innodb_lock_wait_timeout={limit}"
        f"{_timestamps(connection, portable=portable)}"
    )


def _timestamps(connection: Connection, *, portable: bool) -> str:
    """Override MySQL 5's defaults, under which TIMESTAMP columns become NOT NULL, or change with every UPDATE."""
    if connection.in_transaction:
        return ""  # the server refuses it here, so no file can have changed it either
    wanted = f", explicit_defaults_for_timestamp={1 if portable else 'DEFAULT'}"
    # Before 10.8.4, MariaDB had this variable only for the whole server: https://mariadb.com/kb/en/comment-syntax/
    return f"/*M!100804 {wanted} */" if connection.database == "mariadb" else wanted


# These include the values in which a cluster's servers differ.
IDENTITY = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'wsrep_on', 'hostname', 'port', 'server_uuid')"


def identity(rows: Sequence[Row]) -> str:
    """Return the identity of this server among those that one address may lead to."""
    told = {row["Variable_name"]: row["Value"] for row in rows}
    return ":".join(told.get(name, "") for name in ("hostname", "port", "server_uuid"))
