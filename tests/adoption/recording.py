"""A recording: SQL that makes tables, with their rows, as a tool left them. This module reads it from a database, and loads it
into one.
"""

import socket
from collections.abc import Collection
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from whimbrel import DatabaseManager, inspect
from whimbrel.schema.contract import find_inspector

__all__ = ["HISTORIES", "capture", "read_recording"]

HISTORIES = Path(__file__).parent / "histories"


async def capture(url: str, tables: Collection[str] = ()) -> list[str]:
    """Return the statements that make and fill these tables, or all without names, for the kind of database at the address."""
    found = await inspect(url)
    tables = tables or [one.name for one in found.tables]
    inspector = find_inspector("mysql" if found.database == "mariadb" else found.database)
    wanted = {name.lower() for name in tables}
    statements = [one for one in inspector.render(found) if any(name in one.lower() for name in wanted)]
    async with DatabaseManager(url) as db_manager:
        for table in sorted(one.name for one in found.tables if one.name.lower() in wanted):
            quoted = _quote(table, found.database)
            for row in await db_manager.fetch_all(f"SELECT * FROM {quoted}"):
                columns = ", ".join(_quote(column, found.database) for column in row)
                values = ", ".join(_literal(value, found.database) for value in row.values())
                statements.append(f"INSERT INTO {quoted} ({columns}) VALUES ({values})")
    assert not any(";\n" in statement for statement in statements)
    return statements


def read_recording(tool: str, database: str) -> list[str]:
    """Return the statements of a recording."""
    text = (HISTORIES / tool / f"{database}.sql").read_text(encoding="utf-8")
    return [statement for statement in text.split(";\n") if statement.strip()]


def _quote(name: str, database: str) -> str:
    mark = "`" if database in ("mysql", "mariadb") else '"'
    assert mark not in name
    return f"{mark}{name}{mark}"


def _literal(value: object, database: str) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | Decimal | float):
        return str(value)
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'" if database == "postgresql" else f"X'{value.hex()}'"
    if isinstance(value, datetime) and database in ("mysql", "mariadb"):
        # The TIMESTAMP is read in UTC, and its literal has no time zone.
        value = value.replace(tzinfo=None)
    assert isinstance(value, str | date | datetime | time), type(value)
    # The recording is the same on every machine.
    text = str(value).replace(socket.gethostname(), "localhost").replace("'", "''")
    assert "\\" not in text
    return f"'{text}'"
