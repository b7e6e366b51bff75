"""Turn SQLite's errors into Whimbrel's, and find the place of an error in a statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whimbrel.errors import ConstraintViolated, DatabaseBusy, DatabaseError

if TYPE_CHECKING:
    from whimbrel.parsing.error_position import Probe

__all__ = ["find_offset", "translated"]

# Compiled at the first error, not at every start.
_STOPPED = r"(?s)near \"(.*)\": syntax error|unrecognized token: \"(.*)\""
_NAMED = (
    r"(?s)"
    r"(?:no such [a-z ]+|duplicate column name|ambiguous column name|aggregate): \"?(?P<a>.+?)\"?(?:\(\)| - should this be .*)?"
    r"|.* has no column named (?P<b>.+)|(?:table|index|view|trigger) (?P<c>.+) already exists|there is already .* named (?P<d>.+)"
    r"|unknown column \"(?P<e>.+)\" in .*|.* function (?P<f>.+)\(\)|table \"(?P<g>.+)\" has more than one primary key"
)
_VIOLATED = r"(?:UNIQUE|NOT NULL) constraint failed: ([^,]+)"


# https://sqlite.org/rescode.html#constraint and what follows it
_CONSTRAINTS = {
    "SQLITE_CONSTRAINT_CHECK": "check",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "foreign_key",
    "SQLITE_CONSTRAINT_NOTNULL": "not_null",
    "SQLITE_CONSTRAINT_PRIMARYKEY": "unique",
    "SQLITE_CONSTRAINT_ROWID": "unique",
    "SQLITE_CONSTRAINT_UNIQUE": "unique",
}
_CONSTRAINT = r"(?:CHECK constraint failed: |NOT NULL constraint failed: .+\.)(\w+)"


def translated(error: BaseException) -> DatabaseError:
    """Return the driver's error as one of Whimbrel's errors."""
    code = getattr(error, "sqlite_errorname", "") or ""
    if code.startswith("SQLITE_CONSTRAINT"):
        named = re.fullmatch(_CONSTRAINT, str(error))
        return ConstraintViolated(str(error), code=code, kind=_CONSTRAINTS.get(code, "other"), name=named[1] if named else "")
    kind = DatabaseBusy if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) else DatabaseError
    return kind(str(error), code=code)


async def find_offset(message: str, sql: str, probe: Probe) -> int | None:
    """Find the position of an error. SQLite names one word at most, so `probe` finds out which occurrence it means."""
    # Few runs meet an error.
    from whimbrel.parsing.error_position import find_spots, probe_name, probe_syntax
    from whimbrel.parsing.lexer import tokens
    from whimbrel.parsing.lexer_rules import SQLITE

    if message == "incomplete input":
        return len(sql)
    if violated := re.fullmatch(_VIOLATED, message):
        spots = find_spots(sql, SQLITE, violated[1])
        return spots[0].start if spots else None
    first = next(tokens(sql, SQLITE), None)
    if first is None or first.upper in ("EXPLAIN", "PRAGMA"):
        return None  # pragmas take effect even when they are explained
    if stopped := re.fullmatch(_STOPPED, message):
        return await probe_syntax(sql, SQLITE, probe, message, stopped[1] or stopped[2] or "")
    named = re.fullmatch(_NAMED, message)
    group = named.lastgroup if named else None
    if named is None or group is None or not (spots := find_spots(sql, SQLITE, named[group])):
        return None
    spot = await probe_name(sql, spots, probe, message, named.end(group)) if len(spots) > 1 else None
    return (spot or spots[0]).start
