"""Read the errors of MySQL and MariaDB: their kind, and the position in the statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pymysql
from pymysql.constants import ER

from whimbrel.errors import ConnectionLost, ConstraintViolated, DatabaseBusy, DatabaseError

if TYPE_CHECKING:
    from whimbrel.parsing.error_position import Probe
    from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["connect_message", "find_offset", "translated"]

_GONE = (2006, 2013, 2014, 2055, ER.SERVER_SHUTDOWN, 1927)
# A deadlock, and MariaDB's "record has changed": https://mariadb.com/kb/en/innodb-system-variables/#innodb_snapshot_isolation
_CONFLICTS = (ER.LOCK_DEADLOCK, ER.CHECKREAD)
_BUSY = (ER.LOCK_WAIT_TIMEOUT, 3572, *_CONFLICTS)
# The server quotes the text after the position where it stopped, and counts lines within the statement. The pattern is compiled
# at the first error, not at every start.
_NEAR = r"(?s)near '(?P<near>.*)' at line (?P<line>[0-9]+)"
_QUOTED = r"(?<!\w)[`'\"](?P<name>[^`'\"]+)[`'\"]|(?:FUNCTION|PROCEDURE) (?P<routine>\S+) does not exist"
# The statement may contain several of these names, and only the server knows which one it means.
_RESOLVED = (ER.BAD_FIELD_ERROR, ER.NO_SUCH_TABLE, ER.NON_UNIQ_ERROR, ER.SP_DOES_NOT_EXIST, ER.NONUNIQ_TABLE, 1582)
_MISSING_COLUMN = (ER.BAD_FIELD_ERROR, ER.KEY_COLUMN_DOES_NOT_EXITS, ER.CANT_DROP_FIELD_OR_KEY)
# CHECK has one number on MySQL and another on MariaDB; neither has SQLSTATE 23000 on both.
_CONSTRAINTS = {
    ER.DUP_ENTRY: "unique",
    1586: "unique",
    ER.NO_REFERENCED_ROW: "foreign_key",
    ER.NO_REFERENCED_ROW_2: "foreign_key",
    ER.ROW_IS_REFERENCED: "foreign_key",
    ER.ROW_IS_REFERENCED_2: "foreign_key",
    ER.BAD_NULL_ERROR: "not_null",
    ER.NO_DEFAULT_FOR_FIELD: "not_null",
    3819: "check",
    ER.CONSTRAINT_FAILED: "check",
}
_CONSTRAINT = (
    r"Check constraint '(?P<a>[^']+)'|CONSTRAINT [`\"](?P<b>[^`\"]+)[`\"]|(?:Column|Field) '(?P<c>[^']+)'"
    r"|for key '(?:[^'.]+\.)?(?P<d>[^'.]+)'"
)
_BAD_VALUE = (ER.TRUNCATED_WRONG_VALUE, ER.TRUNCATED_WRONG_VALUE_FOR_FIELD)


def translated(error: BaseException) -> DatabaseError:
    """Return the driver's error as one of Whimbrel's errors."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[-1]) if error.args else type(error).__name__
    if isinstance(error, TypeError | ValueError):
        return DatabaseError(f"a value cannot be read or written: {error}")
    if number in _GONE or not isinstance(error, pymysql.Error) or isinstance(error, pymysql.InterfaceError):
        return ConnectionLost(text, code=str(number or ""))
    if number in _CONSTRAINTS:
        # In the message about a duplicate, the value comes first and may contain anything.
        named = list(re.finditer(_CONSTRAINT, text))[-1:]
        name = next((one[group] for one in named if (group := one.lastgroup)), "")
        return ConstraintViolated(text, code=str(number), kind=_CONSTRAINTS[number], name=name)
    if number not in _BUSY:
        return DatabaseError(text, code=str(number))
    busy = DatabaseBusy(text, code=str(number))
    busy.conflict = number in _CONFLICTS
    return busy


def connect_message(error: BaseException, limit: float | None) -> str:
    """Return the message for a connection that did not succeed within `limit` seconds."""
    if isinstance(error, UnicodeError):
        return "this driver accepts only Latin-1 characters in a password"
    if isinstance(error, TimeoutError):
        return f"no answer within {limit:g} s"
    text = str(error.args[-1]) if error.args else type(error).__name__
    cause = f" ({error.__cause__})" if error.__cause__ and str(error.__cause__) not in text else ""
    return text + cause


async def find_offset(error: DatabaseError, sql: str, rules: LexerRules, probe: Probe) -> int | None:
    """Find the position that the message means: the text quoted after "near", or else a name that it quotes."""
    # Few runs meet an error.
    from whimbrel.parsing.error_position import find_defined, find_listed, find_near, find_spots, find_string, probe_name

    message, number = error.message, int(error.code or 0)
    if near := re.search(_NEAR, message):
        return find_near(sql, rules, near["near"], int(near["line"]))
    quoted = list(re.finditer(_QUOTED, message))
    if number in _BAD_VALUE and quoted and (found := find_string(sql, rules, quoted[0]["name"])) is not None:
        return found
    # In this message the first quoted text is a value.
    for name in quoted[-1:] if number == ER.DUP_ENTRY else quoted:
        group = name.lastgroup or ""
        spots = find_spots(sql, rules, name[group])
        if len(spots) > 1 and number in _RESOLVED and (spot := await probe_name(sql, spots, probe, message, name.end(group))):
            return spot.start
        if spots and number == ER.DUP_FIELDNAME:
            return find_defined(spots).start
        if spots:
            return (find_listed(spots) if number in _MISSING_COLUMN else spots[0]).start
    return None
