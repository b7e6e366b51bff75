"""Decide which of SQLite's errors, when a file is opened or read, go away by themselves. Pure."""

from __future__ import annotations

__all__ = ["is_temporary"]

# The folder does not exist yet, or another process has locked the file: https://sqlite.org/rescode.html
_CODES = ("SQLITE_CANTOPEN", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL", "SQLITE_IOERR")


def is_temporary(code: str) -> bool:
    """Return whether the error of this name may go away by itself."""
    return code.startswith(_CODES)
