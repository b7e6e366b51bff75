"""Turn the driver's errors into Whimbrel's, and find the place of an error in a statement."""

from __future__ import annotations

import re

import asyncpg

from whimbrel.errors import ConnectionLost, ConstraintViolated, DatabaseBusy, DatabaseError

__all__ = ["FAILURES", "find_offset", "translated", "words"]

# A deadlock that the server has resolved, and a serialization failure; lock_timeout.
_CONFLICTS = ("40P01", "40001")
_BUSY = ("55P03", *_CONFLICTS)
# A procedure that commits, a statement that cannot run in a transaction, or an enum value created in the same transaction.
_REFUSED_INSIDE = ("2D000", "25001", "55P04")
# https://www.postgresql.org/docs/current/errcodes-appendix.html, class 23
_CONSTRAINTS = {"23502": "not_null", "23503": "foreign_key", "23001": "foreign_key", "23505": "unique", "23514": "check"}
# The driver raises InternalClientError when a server says goodbye between two statements ("terminating connection"). It raises
# UnicodeDecodeError for a message that is not UTF-8; it then continues with the next message and does not say which one failed.
# AssertionError and BufferError: an answer that breaks the protocol.
_UNREADABLE = (asyncpg.InternalClientError, UnicodeDecodeError, AssertionError, BufferError)
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, *_UNREADABLE)


def words(error: BaseException) -> str:
    """Return the driver's words."""
    # Until the encodings are agreed on, a server uses the encoding of its own messages.
    return error.object.decode("utf-8", "backslashreplace") if isinstance(error, UnicodeDecodeError) else str(error)


def translated(error: BaseException) -> DatabaseError:
    """Return the driver's error as one of Whimbrel's errors."""
    if isinstance(error, UnicodeDecodeError):
        return ConnectionLost(f"the server sent a text that is not UTF-8: {words(error)}; set client_encoding to UTF8")
    code = getattr(error, "sqlstate", None) or ""
    if not isinstance(error, asyncpg.PostgresError) or code.startswith(("08", "57P")):
        known = isinstance(error, asyncpg.DataError | asyncpg.InterfaceError) and "closed" not in str(error)
        return DatabaseError(str(error)) if known else ConnectionLost(str(error) or type(error).__name__, code=code)
    told = [str(getattr(error, "message", None) or error)]
    told += [f"{name}: {text}" for name in ("detail", "hint", "context") if (text := getattr(error, name, None))]
    if code.startswith("23"):
        name = getattr(error, "column_name" if code == "23502" else "constraint_name", None) or ""
        return ConstraintViolated("; ".join(told), code=code, kind=_CONSTRAINTS.get(code, "other"), name=name)
    position = getattr(error, "position", None)
    kind = DatabaseBusy if code in _BUSY else DatabaseError
    refused = kind("; ".join(told), code=code, offset=int(position) - 1 if position else None)
    if isinstance(refused, DatabaseBusy):
        refused.conflict = code in _CONFLICTS
    refused.wants_autocommit = code in _REFUSED_INSIDE and not told[0].startswith("SET TRANSACTION")
    return refused


_QUOTED = r'"([^"]+)"'
_DUPLICATE_COLUMN, _UNDEFINED_COLUMN = "42701", "42703"


def find_offset(error: DatabaseError, sql: str) -> int | None:
    """Find the position of an error: the one that the server reports, or else that of a name in the message."""
    # For an unknown column in a key, the server gives only the position of the key.
    if error.offset is not None and (error.code != _UNDEFINED_COLUMN or "named in key" not in error.message):
        return error.offset
    # Few runs meet an error.
    from whimbrel.parsing.error_position import find_defined, find_listed, find_spots
    from whimbrel.parsing.lexer_rules import POSTGRESQL

    for name in re.findall(_QUOTED, error.message.partition("; ")[0]):
        spots = [spot for spot in find_spots(sql, POSTGRESQL, name) if spot.start >= (error.offset or 0)]
        if spots and error.code == _DUPLICATE_COLUMN:
            return find_defined(spots).start
        if spots:
            return (find_listed(spots) if error.code == _UNDEFINED_COLUMN else spots[0]).start
    return error.offset
