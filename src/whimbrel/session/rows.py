"""Check the rows of our own tables before the run uses them, since a person may have edited them.

A value that no run can have written becomes a problem that names the table, the row and the column. It never becomes an exception
in the code that reads the value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from whimbrel.dialects.base import Connection, Row
from whimbrel.errors import ConfigurationError, ConnectionLost, Problem, ProblemKind, ValidationFailed
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import command
from whimbrel.migrations.migration import Version

__all__ = ["HISTORY", "JOURNAL", "MODEL", "TENANTS", "Columns", "checked", "name_unreadable", "with_times"]

_MOST_SHOWN = 60


class _Kind(NamedTuple):
    """The values that a column may hold: their description, and the test for a value."""

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
    """The columns that are read from one of our tables, and the `key` columns that identify a row."""

    kinds: Mapping[str, _Kind]
    key: tuple[str, ...]
    # The advice for a row that cannot be restored, and the verb to run afterwards, if any.
    advice: str
    verb: str = ""


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
    "restore it from a backup or from another database that has these migrations, and run again",
)
JOURNAL = Columns(
    {
        **dict.fromkeys(("first_statement", "last_statement"), _COUNTED),
        "state": _STATE,
        **dict.fromkeys(("kind", "digest", "catalog_before", "shown"), _TEXT),
        "started_on": _TIME,
    },
    ("set_name", "version", "first_statement"),
    "restore it; if that is impossible, delete the row, correct the effects of its statements by hand, and run again",
)
MODEL = Columns(
    {"installed_rank": _NUMBER, "fingerprint": _TEXT, "model": _TEXT},
    ("installed_rank",),
    "delete the row; the next run that applies a migration keeps the model again",
)
TENANTS = Columns(
    {
        **dict.fromkeys(("name", "digest", "last_error"), _TEXT),
        "versions": _VERSIONS,
        "created_on": _TIME,
        "synced_on": _TIME_OR_NULL,
    },
    ("name",),
    "write '', '{}' and '' for digest, versions and last_error; then have them recorded again",
    "tenants sync",
)


def checked(table: str, columns: Columns, rows: Sequence[Row], key: Mapping[str, object] | None = None) -> Sequence[Row]:
    """Return the rows. Raises ValidationFailed with every value that no run can have written.

    `table` is the name as SQL has it. `key` holds the values that all rows share, if the rows do not contain them.
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


def with_times(rows: Sequence[Row], column: str) -> list[Row]:
    """Return the rows with the times in a column that came as texts. A text that is no time stays, and `checked` reports it."""
    return [{**row, column: _time(row[column])} for row in rows]


def _time(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return value


async def name_unreadable(connection: Connection, table: str, columns: Columns, error: BaseException) -> NoReturn:
    """Raise ValidationFailed with the values that the driver cannot read from a table, or `error` if there are none."""
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
        # A driver may raise any exception for a value that was written by hand.
        return printable(str(error)) or type(error).__name__
    return ""


def _problem(table: str, columns: Columns, row: Mapping[str, object], name: str, fault: str) -> Problem:
    which = ", ".join(f"{one} {_shown(row.get(one))}" for one in columns.key)
    advice = f"{columns.advice}: {command(columns.verb)}" if columns.verb else columns.advice
    message = f"table {table}, row of {which}: {name} {fault}; it was changed by hand\n    next: {advice}"
    return Problem(ProblemKind.EDITED, message)


def _shown(value: object) -> str:
    text = "NULL" if value is None else repr(value)
    return printable(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")
