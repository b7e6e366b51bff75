"""Supported values, in Enums and subclasses, through INSERT and SELECT: equal afterwards, or refused before sending.

The default is a few hundred; HYPOTHESIS_PROFILE=nightly tries 10,000 and more on each database.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whimbrel import DatabaseManager, ParameterError

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
EXAMPLES, ROWS = (600, 40) if FULL else (10, 40)
COLUMNS: dict[str, str | dict[str, str]] = {
    "flag": "BOOLEAN",
    "whole": "BIGINT",
    "number": "NUMERIC(65, 30)",
    "ratio": "DOUBLE PRECISION",
    "words": "TEXT",
    "raw": {"postgresql": "BYTEA", "sqlite": "BLOB"},
    "moment": {"postgresql": "TIMESTAMP", "sqlite": "TIMESTAMP"},
    "day": "DATE",
    "clock": "TIME(6)",
    "name": "VARCHAR(36)",
    "document": {"postgresql": "JSONB"},
}
ELSEWHERE = {"raw": "LONGBLOB", "moment": "DATETIME(6) NULL", "document": "JSON"}
ZONES = [UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12)), timezone(timedelta(minutes=330))]
TEXTS = st.text(st.characters(), max_size=30) | st.text("'\\\"*/-#%:; \n\0é😀", max_size=12)
FLOATS = st.floats() | st.floats(allow_nan=False, width=16) | st.integers(-(2**80), 2**80).map(float)
WHOLE = st.integers(-(2**64), 2**64) | st.integers(-9, 9)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | WHOLE | FLOATS | TEXTS,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXTS, inside, max_size=4),
    max_leaves=12,
).filter(lambda value: isinstance(value, dict | list))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "flag": st.booleans(),
    "whole": WHOLE,
    "number": st.decimals() | st.decimals(-(10**14), 10**14, allow_nan=False, places=2) | st.decimals(places=12),
    "ratio": FLOATS,
    "words": TEXTS,
    "raw": st.binary(max_size=40),
    "moment": st.datetimes(timezones=st.sampled_from(ZONES)),
    "day": st.dates(),
    "clock": st.times(),
    "name": st.uuids(),
    "document": DOCUMENTS,
}


def said(*_: Any, **__: Any) -> Any:
    return "'); DELETE FROM kept; --"


def subclass(value: Any) -> Any:
    """Return the value as an instance of a subclass that misrepresents it."""
    base = type(value)
    names = ("__str__", "__repr__", "__format__", "encode", "isoformat", "hex", "replace", "as_tuple", "items", "__iter__")
    kind = type(f"Own{base.__name__}", (base,), {name: said for name in names if hasattr(base, name) or name == "encode"})
    if base in (datetime, date, time):
        parts = ("year", "month", "day") * (base is not time) + ("hour", "minute", "second", "microsecond") * (base is not date)
        zone = {"tzinfo": value.tzinfo, "fold": value.fold} if base is not date else {}
        return kind(*(getattr(value, part) for part in parts), **zone)
    return kind(int=value.int) if base is UUID else kind(value)


@st.composite
def rows(draw: st.DrawFn) -> tuple[str, Any, Any]:
    """Return a column, the parameter, and the plain value that it stands for."""
    column = draw(st.sampled_from(sorted(COLUMNS)))
    plain = given = draw(st.none() | VALUES[column] if draw(st.integers(0, 30)) == 0 else VALUES[column])
    for _ in range(draw(st.integers(0, 3))):
        if isinstance(given, Enum) or given is None or type(given) is bool or draw(st.booleans()):
            given = Enum("Own", {"MEMBER": given}).MEMBER  # type: ignore[attr-defined]
        elif type(given) in (int, float, Decimal, str, bytes, datetime, date, time, UUID, dict, list):
            given = subclass(given)
    return column, given, plain


def fits(database: str, value: Any) -> bool:
    """Whether the documents promise that this database returns the value unchanged."""
    if isinstance(value, dict):
        return all(fits(database, key) and fits(database, one) for key, one in value.items())
    if isinstance(value, list):
        return all(fits(database, one) for one in value)
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, datetime):
        return within(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return abs(value) < float("inf") if isinstance(value, float) else exact(database, value)


def within(moment: datetime) -> bool:
    try:
        return moment.astimezone(UTC) is not None
    except OverflowError:
        return False


def exact(database: str, number: Decimal) -> bool:
    if not number.is_finite():
        return False
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)).rstrip("0") or "0"
    exponent = 0 if not number else exponent + len(digits) - len(text)
    if exponent < -30 or max(len(text), -exponent) + max(exponent, 0) > 65:
        return False
    return database != "sqlite" or len(text) <= 15 or (exponent >= 0 and abs(number) < 2**63)


class Database:
    """A manager with an event loop of its own, since Hypothesis calls synchronous functions."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._runner = asyncio.Runner()
        self._manager = DatabaseManager(url, pool_size=1)
        types = [kind if isinstance(kind, str) else kind.get(name, ELSEWHERE[column]) for column, kind in COLUMNS.items()]
        listed = ", ".join(f"{column} {kind}" for column, kind in zip(COLUMNS, types, strict=True))
        self._runner.run(self._start(f"CREATE TABLE kept (id INTEGER PRIMARY KEY, {listed})"))

    async def _start(self, sql: str) -> None:
        await self._manager.connect()
        made = await self._manager.execute_script(sql)
        assert made.success, made.error_message

    def close(self) -> None:
        self._runner.run(self._manager.close())
        self._runner.close()

    def write_and_read(self, rows: list[tuple[str, Any, Any]]) -> dict[int, Any]:
        """Insert each value; return the stored values of those that were sent, by the row's number."""
        return self._runner.run(self._write_and_read(rows))

    async def _write_and_read(self, rows: list[tuple[str, Any, Any]]) -> dict[int, Any]:
        sent = []
        async with self._manager.transaction():
            await self._manager.execute("DELETE FROM kept")
            for number, (column, given, _) in enumerate(rows):
                try:
                    parameters = {"id": number, "value": given}
                    await self._manager.execute(f"INSERT INTO kept (id, {column}) VALUES (:id, :value)", parameters)
                    sent.append(number)
                except ParameterError as error:
                    assert error.parameter.startswith("value"), error
            read = await self._manager.fetch_all("SELECT * FROM kept")
        assert sorted(row["id"] for row in read) == sent
        return {row["id"]: row[rows[row["id"]][0]] for row in read}


@pytest.fixture
def kept(url: str, database: str) -> Iterator[Database]:
    """Yield the database with a table that has one column for each type."""
    kept = Database(url, database)
    yield kept
    kept.close()


def test_a_value_comes_back_equal_or_is_refused_before_it_is_sent(kept: Database) -> None:
    tried = refused = 0

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=not FULL, suppress_health_check=list(HealthCheck))
    @given(st.lists(rows(), min_size=ROWS, max_size=ROWS))
    def check(rows: list[tuple[str, Any, Any]]) -> None:
        nonlocal tried, refused
        read = kept.write_and_read(rows)
        for number, (column, _, plain) in enumerate(rows):
            assert (number in read) is fits(kept.name, plain), (column, plain)
            if number in read:
                judge(column, plain, read[number])
        tried, refused = tried + len(rows), refused + len(rows) - len(read)

    check()
    print(f"{kept.name}: {tried} values, {refused} refused before sending, {tried - refused} equal")
    assert refused < tried / 2


def judge(column: str, plain: Any, read: Any) -> None:
    if plain is None:
        assert read is None
    elif column == "document":
        assert json.loads(read) == plain
    elif column == "name":
        assert read == str(plain)
    else:
        assert read == plain, column
        assert isinstance(read, type(plain))
        assert str(read) != "-0.0"
