"""SQLite's foreign keys in a migration: turning checks on and off, rows that DROP TABLE would delete, broken references."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from whimbrel.dialects.base import Connection
from whimbrel.errors import DatabaseError
from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.lexer_rules import SQLITE

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["broken_keys", "guard_drop", "switches_keys"]

logger = logging.getLogger("whimbrel")

_REFERENCES = """
    SELECT m.name AS child, f."from" AS column, f.on_delete AS action
    FROM sqlite_master m, pragma_foreign_key_list(m.name) f
    WHERE m.type = 'table' AND lower(f."table") = lower(:parent) AND lower(m.name) <> lower(:parent)
      AND f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT')
"""
_BROKEN = 'SELECT "table" AS child, parent, count(*) AS found FROM pragma_foreign_key_check GROUP BY 1, 2'


def switches_keys(statement: Statement) -> bool | None:
    """Whether a statement is PRAGMA foreign_keys=ON (True) or OFF (False); None for every other statement."""
    head = TokenCursor(statement.text, SQLITE, limit=8)
    if not (head.take("PRAGMA", "FOREIGN_KEYS", "=") or head.take("PRAGMA", "FOREIGN_KEYS", "(")):
        return None
    value = head.token()
    told = "" if value is None else value.text.strip("'\"").upper()
    return {"1": True, "ON": True, "TRUE": True, "YES": True, "0": False, "OFF": False, "FALSE": False, "NO": False}.get(told)


async def guard_drop(connection: Connection, statement: Statement) -> None:
    """Raise DatabaseError where DROP TABLE would change rows of other tables; the other databases then refuse it themselves.

    SQLite first deletes all rows, and with them the rows that depend on them:
    https://sqlite.org/foreignkeys.html#fk_schemacommands
    """
    head = TokenCursor(statement.text, SQLITE)
    if not head.take("DROP", "TABLE") or not await connection.fetch_value("PRAGMA foreign_keys"):
        return
    _ = head.condition(wanted=False)
    name = head.qualified()
    for row in await connection.fetch_all(_REFERENCES, {"parent": name[1] if name else ""}):
        child, column = (connection.dialect.quote(row[key]) for key in ("child", "column"))
        if await connection.fetch_value(f"SELECT 1 FROM {child} WHERE {column} IS NOT NULL LIMIT 1"):
            raise DatabaseError(
                f"rows of {row['child']} refer to this table ON DELETE {row['action']}; they would be lost or changed too; to "
                "recreate the table, begin the file with PRAGMA foreign_keys=OFF; otherwise drop the references first"
            )


async def broken_keys(connection: Connection) -> dict[str, int]:
    """Count the rows whose foreign key refers to a missing row."""
    try:
        rows = await connection.fetch_all(_BROKEN)
    except DatabaseError as error:
        # A key refers to columns that are not unique. Such a schema cannot be checked, and could not be checked before the
        # migration.
        if "foreign key mismatch" not in error.message:
            raise
        logger.warning("foreign keys cannot be checked: %s", error.message)
        return {}
    return {f"{row['child']} to {row['parent']}": row["found"] for row in rows}
