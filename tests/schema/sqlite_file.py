"""Make files of SQLite, and read their schemas."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import Schema, Table
from whimbrel.session.connect import open_session

__all__ = ["inspect_file", "inspect_statements", "kept_statements", "make", "one_table", "pragma"]


def make(path: Path, statements: Iterable[str]) -> Path:
    """Make a file with these statements."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        # Nothing here must survive a crash of the machine.
        file.execute("PRAGMA synchronous = OFF")
        file.execute("PRAGMA journal_mode = MEMORY")
        for statement in statements:
            file.execute(statement)
    return path


async def inspect_file(path: Path) -> Schema:
    """Return the schema of a file."""
    async with open_session(f"sqlite:///{path}", question=True) as session:
        return await find_inspector("sqlite").read(session.connection, session.schema)


async def inspect_statements(path: Path, *statements: str) -> Schema:
    """Make a file and return its schema."""
    return await inspect_file(make(path, statements))


async def one_table(path: Path, inside: str, options: str = "") -> Table:
    """Return the table `t` with these definitions."""
    (table,) = (await inspect_statements(path, f"CREATE TABLE t ({inside}) {options}")).tables
    return table


def kept_statements(path: Path) -> list[str]:
    """Return what `.schema` of SQLite's shell prints, in the order in which the objects were made."""
    rows = pragma(
        path, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite|_%' ESCAPE '|' ORDER BY rowid"
    )
    return [text for (text,) in rows]


def pragma(path: Path, question: str) -> list[tuple[str, ...]]:
    """Ask SQLite itself."""
    with closing(sqlite3.connect(path)) as file:
        return file.execute(question).fetchall()
