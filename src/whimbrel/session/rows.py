"""Rows of our own tables, checked before anything is made of them: somebody may have edited them by hand.

A value that its column cannot have written is a problem that names the table, the row and the column, never an exception of the
code that reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

from whimbrel.dialects.base import Connection, Row
from whimbrel.errors import ConfigurationError, ConnectionLost, Problem, ValidationFailed
from whimbrel.migrations.migration import Version
from whimbrel.printable import printable

__all__ = ["HISTORY", "JOURNAL", "TENANTS", "Columns", "checked", "name_unreadable"]

_MOST_SHOWN = 60


class _Kind(NamedTuple):
    """What a column holds, in words, and whether a value is that."""

    words: str
    holds: Callable[[Any], bool]


def _is_version(value: object) -> bool:
    try:
        Version.parse(value if isinstance(value, str) else "")
    except ConfigurationError:
        return False
    return True


def _is_versions(value: object) -> bool:
    try:
        read = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict) and all(map(_is_version, read.values()))


_TEXT = _Kind("a text", lambda value: isinstance(value, str))
_NUMBER = _Kind("a number", lambda value: isinstance(value, int) and not isinstance(value, bool))
_COUNTED = _Kind("a statement's number", lambda value: _NUMBER.holds(value) and value > 0)
_TRUTH = _Kind("true or false", lambda value: isinstance(value, bool))
_TIME = _Kind("a time", lambda value: isinstance(value, datetime))
_TIME_OR_NULL = _Kind("a time or NULL", lambda value: value is None or isinstance(value, datetime))
_VERSION = _Kind("a version", _is_version)
_VERSION_OR_NOTHING = _Kind("a version or an empty text", lambda value: value == "" or _is_version(value))
_VERSIONS = _Kind("a JSON object of sets and versions", _is_versions)
_STATE = _Kind("intent or done", lambda value: value in ("intent", "done"))


class Columns(NamedTuple):
    """The columns of one of our tables that are read, and those of them that tell a row from the others."""

    kinds: Mapping[str, _Kind]
    key: tuple[str, ...]
    # What mends a row that nobody can put back as it was.
    advice: str


HISTORY = Columns(
    {
        **dict.fromkeys(("set_name", "description", "script", "checksum", "statement_hashes"), _TEXT),
        "version": _VERSION,
        **dict.fromkeys(("installed_rank", "execution_time"), _NUMBER),
        "installed_on": _TIME,
        "min_app": _VERSION_OR_NOTHING,
        "success": _TRUTH,
    },
    ("set_name", "version"),
    "put it back as it was, from a backup or from another database that has these migrations, and run again",
)
JOURNAL = Columns(
    {
        **dict.fromkeys(("first_statement", "last_statement"), _COUNTED),
        "state": _STATE,
        **dict.fromkeys(("kind", "digest", "catalog_before", "shown"), _TEXT),
        "started_on": _TIME,
    },
    ("set_name", "version", "first_statement"),
    "put it back as it was; if nobody can, delete the row, put right by hand what its statements have done, and run again",
)
TENANTS = Columns(
    {
        **dict.fromkeys(("name", "digest", "last_error"), _TEXT),
        "versions": _VERSIONS,
        "created_on": _TIME,
        "synced_on": _TIME_OR_NULL,
    },
    ("name",),
    "for digest, versions and last_error write '', '{}' and '', and whimbrel tenants sync says anew what is true",
)


def checked(table: str, columns: Columns, rows: Sequence[Row], key: Mapping[str, object] | None = None) -> Sequence[Row]:
    """Return the rows. Raises ValidationFailed with every value that no run can have written.

    `table` is the name as SQL has it; `key` is what all rows have in common, if that is not in them.
    """
    wrong = [
        _problem(table, columns, {**(key or {}), **row}, name, f"is {_shown(row.get(name))}, not {kind.words}")
        for row in rows
        for name, kind in columns.kinds.items()
        if not kind.holds(row.get(name))
    ]
    if wrong:
        raise ValidationFailed(wrong)
    return rows


async def name_unreadable(connection: Connection, table: str, columns: Columns, error: BaseException) -> NoReturn:
    """Raise ValidationFailed with the values for which the driver refused to read a table, or `error` if there are none."""
    if isinstance(error, ConnectionLost):
        raise error
    bad = [name for name in columns.kinds if await _refused(connection, f"SELECT {name} FROM {table}")]
    wrong: list[Problem] = []
    for key in await connection.fetch_all(f"SELECT {', '.join(columns.key)} FROM {table}") if bad else []:
        where = " AND ".join(f"{name} {connection.dialect.operator('=')} :{name}" for name in columns.key)
        for name in bad:
            if said := await _refused(connection, f"SELECT {name} FROM {table} WHERE {where}", key):
                wrong.append(_problem(table, columns, key, name, f"cannot be read ({said})"))
    raise ValidationFailed(wrong) if wrong else error


async def _refused(connection: Connection, sql: str, parameters: Mapping[str, object] | None = None) -> str:
    try:
        await connection.fetch_all(sql, parameters)
    except ConnectionLost:
        raise
    except Exception as error:
        # Whatever the driver makes of what somebody wrote.
        return printable(str(error)) or type(error).__name__
    return ""


def _problem(table: str, columns: Columns, row: Mapping[str, object], name: str, fault: str) -> Problem:
    which = ", ".join(f"{one} {_shown(row.get(one))}" for one in columns.key)
    message = f"table {table}, row of {which}: {name} {fault}; somebody has changed it by hand\n    next: {columns.advice}"
    return Problem("edited", message)


def _shown(value: object) -> str:
    text = "NULL" if value is None else repr(value)
    return printable(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")
