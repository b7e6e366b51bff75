"""Ask SQLite's own parser about a statement: the library is here without a server. Nothing runs, and no file is opened."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

__all__ = ["find_syntax_error"]

# The parser says these before it looks at a table. Its other errors are about the tables, and these here are empty.
_OF_SYNTAX = re.compile(r'near ".*": syntax error$|unrecognized token|incomplete input$', re.DOTALL)
# A CREATE TABLE without a query needs no other object, but for these.
_OF_OTHERS = ("no such table", "no such collation", "no such module", "unknown database")
_NO_TABLE = "no such table: "
_TABLE = (("CREATE", "TABLE"), ("CREATE", "TEMP"), ("CREATE", "TEMPORARY"))


def find_syntax_error(words: tuple[str, ...], text: str) -> str:
    """Return the error with which SQLite refuses a statement whatever the schema is; empty if it may accept it.

    EXPLAIN compiles a statement and does not run it: https://sqlite.org/lang_explain.html
    """
    # SQLite runs a PRAGMA while it compiles it, and EXPLAIN PRAGMA too; some change the whole process.
    if words[:1] in (("ATTACH",), ("EXPLAIN",), ("PRAGMA",), ()):
        return ""
    with closing(sqlite3.connect(":memory:")) as connection:
        message = _compile(connection, text)
        if words[:2] == ("ALTER", "TABLE") and message.startswith(_NO_TABLE):
            # It reads the rest of ALTER TABLE only if there is such a table.
            name = message.removeprefix(_NO_TABLE).removeprefix("main.").replace('"', '""')
            message = _compile(connection, f'CREATE TABLE "{name}" ("")', run=True) or _compile(connection, text)
    return message if _OF_SYNTAX.match(message) or _is_of_table(words, message) else ""


def _compile(connection: sqlite3.Connection, text: str, *, run: bool = False) -> str:
    """Return SQLite's message about a statement; empty if there is none, or if it is about values that a caller binds."""
    try:
        connection.execute(text if run else f"EXPLAIN {text}")
    except sqlite3.OperationalError as error:
        return str(error)
    except (sqlite3.Error, sqlite3.Warning):
        return ""
    return ""


def _is_of_table(words: tuple[str, ...], message: str) -> bool:
    # The table may be there already, so that IF NOT EXISTS makes the statement do nothing.
    is_table = words[:2] in _TABLE and ("VIEW" not in words[:4]) and "EXISTS" not in words[:6]
    return bool(message) and is_table and not message.startswith(_OF_OTHERS)
