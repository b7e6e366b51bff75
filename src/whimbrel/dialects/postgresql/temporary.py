"""Decide which of PostgreSQL's errors, at a login or a first query, go away by themselves. Pure."""

from __future__ import annotations

import asyncpg

from whimbrel.dialects.temporary import is_of_time

__all__ = ["is_temporary", "may_pass"]

# https://www.postgresql.org/docs/current/errcodes-appendix.html: connections, resources, a server that starts or stops, and the
# system; last, an unknown database, which an operator or the entry point of an image may create after the server has started.
_CLASSES = ("08", "53", "57P", "58", "3D000")


def is_temporary(code: str) -> bool:
    """Return whether the server's error of this SQLSTATE may go away by itself."""
    return code.startswith(_CLASSES)


def may_pass(error: BaseException) -> bool:
    """Return whether a failure to connect may go away by itself."""
    if code := getattr(error, "sqlstate", None):
        return is_temporary(code)
    # The text of a server with another encoding cannot be read, so its code is unknown. The driver raises InternalClientError
    # for a message that it does not expect, such as the farewell of a server that stops.
    return isinstance(error, UnicodeDecodeError | asyncpg.InternalClientError) or is_of_time(error)
