"""What a session of MySQL or MariaDB is set to, whatever the server's defaults, and which server it is."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.base import Connection, Row

__all__ = ["IDENTITY", "ISOLATED", "ISOLATION", "PORTABLE", "access", "identity", "session_settings"]

# Strict, and read as the standard has it: "name" is a name, || joins texts, and a backslash is one.
_PORTABLE_MODE = (
    "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
# What a file may change and the next one, or our own questions to the history, must not feel.
_DEFAULTS = ", ".join(
    f"{name}=DEFAULT"
    for name in (
        *("sql_select_limit", "sql_safe_updates", "sql_big_selects", "sql_auto_is_null", "group_concat_max_len", "timestamp"),
        *("lc_time_names", "default_week_format", "div_precision_increment", "max_sort_length", "auto_increment_increment"),
    )
)
# A text with an introducer and one without have then one collation; the driver asks for another one than the server's default.
_COLLATION = "character_set_connection=utf8mb4"
PORTABLE = f"sql_mode='{_PORTABLE_MODE}', time_zone='+00:00', default_storage_engine='InnoDB', {_COLLATION}"
# Under the lock we must see what the last holder wrote. The variable's name differs between MySQL and MariaDB, this does not.
ISOLATION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
# The same as part of another SET, for a pool's one opening statement: code on MySQL, and code on MariaDB, in their comments.
_LEVEL = "/*!80000 transaction_isolation */ /*M! tx_isolation */"
ISOLATED = f"{_LEVEL} = 'READ-COMMITTED'"
# Whatever the level, a transaction sees what the last holder of the lock wrote: it begins under the lock.
_NATIVE = ", ".join(
    (
        *(f"{name}=DEFAULT" for name in ("sql_mode", "time_zone", "default_storage_engine", f"{_LEVEL} ")),
        # DEFAULT is here what MySQL was built with, and not what its server is set to.
        *(f"{name}=@@global.{name}" for name in ("foreign_key_checks", "unique_checks")),
    )
)


def access(*, portable: bool) -> str:
    """Return what lets the session's transactions write, in the isolation level of shared files or the server's own."""
    return f"{ISOLATION}, READ WRITE" if portable else "SET SESSION TRANSACTION READ WRITE"


def session_settings(connection: Connection, *, portable: bool, lock_timeout: float | None) -> str:
    """Return the SET from which every file starts."""
    mode = f"{PORTABLE}, foreign_key_checks=1, unique_checks=1" if portable else _NATIVE
    limit = "DEFAULT" if lock_timeout is None else str(max(1, round(lock_timeout)))
    return (
        f"SET SESSION {mode}, autocommit=1, character_set_client=utf8mb4, "
        f"character_set_results=utf8mb4, {_COLLATION}, {_DEFAULTS}, "
        f"lock_wait_timeout={limit}, innodb_lock_wait_timeout={limit}"
        f"{_timestamps(connection, portable=portable)}"
    )


def _timestamps(connection: Connection, *, portable: bool) -> str:
    """Let no column be NOT NULL, or change with every UPDATE, because the server has the defaults of MySQL 5."""
    if connection.in_transaction:
        return ""  # The server refuses it here, so that no file has changed it since either.
    wanted = f", explicit_defaults_for_timestamp={1 if portable else 'DEFAULT'}"
    # Until 10.8.4 MariaDB had it for the whole server alone: https://mariadb.com/kb/en/comment-syntax/
    return f"/*M!100804 {wanted} */" if connection.database == "mariadb" else wanted


# What a cluster's servers do not have in common is among these.
IDENTITY = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'wsrep_on', 'hostname', 'port', 'server_uuid')"


def identity(rows: Sequence[Row]) -> str:
    """Return which server it is, of those that one address may lead to."""
    told = {row["Variable_name"]: row["Value"] for row in rows}
    return ":".join(told.get(name, "") for name in ("hostname", "port", "server_uuid"))
