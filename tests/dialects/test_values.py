"""The table of docs/python.md: the values that go into and come out of each type of column, on every database."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from tests.files import ROOT
from whimbrel import DatabaseManager, ParameterError

pytestmark = pytest.mark.asyncio(loop_scope="function")
NUMBER = UUID("12345678-1234-5678-1234-567812345678")
MOMENT = datetime(2026, 11, 30, 1, 2, 3, 456789, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 30, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {"a": [1, 2.5, None, True, "ü'\\"], "b": {}}
BYTES = {"postgresql": "BYTEA", "mysql": "LONGBLOB", "mariadb": "LONGBLOB", "sqlite": "BLOB"}


class Level(Enum):
    HIGH = "high"


class Size(IntEnum):
    BIG = 9


# The type as the document names it, a value, the column's type, and what is read.
TABLE: list[tuple[str, Any, str, Any]] = [
    ("None", None, "INTEGER", None),
    ("bool", True, "BOOLEAN", True),
    ("bool", False, "INTEGER", 0),
    ("int", 2**63 - 1, "BIGINT", 2**63 - 1),
    ("int", -7, "NUMERIC(20, 4)", Decimal(-7)),
    ("int", 3, "DOUBLE PRECISION", 3.0),
    ("int", 1, "BOOLEAN", True),
    ("float", 0.1, "DOUBLE PRECISION", 0.1),
    ("float", 4.0, "BIGINT", 4),
    ("float", 0.1, "NUMERIC(20, 4)", Decimal("0.1")),
    ("Decimal", Decimal("12345.6789"), "NUMERIC(20, 4)", Decimal("12345.6789")),
    ("Decimal", Decimal(5), "BIGINT", 5),
    ("Decimal", Decimal("0.5"), "DOUBLE PRECISION", 0.5),
    ("str", "größer 😀 100% 'x' \\ :name */", "VARCHAR(100)", "größer 😀 100% 'x' \\ :name */"),
    ("str", "", "TEXT", ""),
    ("str", '{"a":1}', "JSON", {"a": 1}),
    ("bytes, bytearray, memoryview", b"\0\xff'\\", "", b"\0\xff'\\"),
    ("bytes, bytearray, memoryview", bytearray(b"x"), "", b"x"),
    ("bytes, bytearray, memoryview", memoryview(b""), "", b""),
    ("datetime, aware", MOMENT, "TIMESTAMP(6) NULL", MOMENT),
    ("datetime, aware", MOMENT, "DATE", MOMENT.date()),
    ("date", date(2026, 11, 30), "DATE", date(2026, 11, 30)),
    ("date", date(2026, 11, 30), "TIMESTAMP(6) NULL", MIDNIGHT),
    ("time", time(1, 2, 3, 456789), "TIME(6)", time(1, 2, 3, 456789)),
    ("UUID", NUMBER, "VARCHAR(36)", str(NUMBER)),
    ("UUID", NUMBER, "CHAR(36)", str(NUMBER)),
    ("Enum", Level.HIGH, "VARCHAR(20)", "high"),
    ("Enum", Size.BIG, "INTEGER", 9),
    ("dict, list", DOCUMENT, "JSON", DOCUMENT),
    ("dict, list", [1, "x"], "TEXT", [1, "x"]),
]


@pytest_asyncio.fixture
async def db_manager(url: str) -> AsyncIterator[DatabaseManager]:
    async with DatabaseManager(url, pool_size=1) as db_manager:
        yield db_manager


async def test_values_go_in_and_come_out_as_the_document_says(db_manager: DatabaseManager, database: str) -> None:
    columns = [f"x{number} {column or BYTES[database]}" for number, (_, _, column, _) in enumerate(TABLE)]
    made = await db_manager.execute_script(f"CREATE TABLE t (id INTEGER, {', '.join(columns)})")
    assert made.success, made.error_message
    for number, (kind, value, column, expected) in enumerate(TABLE):
        await db_manager.execute(f"INSERT INTO t (id, x{number}) VALUES (:id, :x)", {"id": number, "x": value})
        read = await db_manager.fetch_value(f"SELECT x{number} FROM t WHERE id = :id", {"id": number})
        if isinstance(expected, dict | list):
            assert isinstance(read, str)
            read = json.loads(read)
        assert read == expected, (kind, column)
        assert isinstance(read, type(expected)), (kind, column)


async def test_a_value_is_found_by_what_went_in(db_manager: DatabaseManager, database: str) -> None:
    columns = [f"x{number} {column or BYTES[database]}" for number, (_, _, column, _) in enumerate(TABLE)]
    assert (await db_manager.execute_script(f"CREATE TABLE t (id INTEGER, {', '.join(columns)})")).success
    for number, (kind, value, column, _) in enumerate(TABLE):
        # JSON values, a day with a moment, and a float with a decimal number are each compared by their own rules.
        if value is None or column in ("JSON", "DATE") or (isinstance(value, float) and column.startswith("NUMERIC")):
            continue
        await db_manager.execute(f"INSERT INTO t (id, x{number}) VALUES (:id, :x)", {"id": number, "x": value})
        found = await db_manager.fetch_value(f"SELECT id FROM t WHERE x{number} = :x", {"x": value})
        assert found == number, (kind, column)


async def test_the_document_names_every_type_of_the_table() -> None:
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip().replace("`", "") for line in text.splitlines() if line.startswith("| ")]
    missing = {kind for kind, *_ in TABLE} - set(rows)
    assert not missing


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_decimal_keeps_all_of_its_digits(db_manager: DatabaseManager) -> None:
    number = Decimal("12345678901234567890123456789.123456789012345678901234567891")
    await db_manager.execute("CREATE TABLE t (x NUMERIC(65, 30))")
    await db_manager.execute("INSERT INTO t (x) VALUES (:x)", {"x": number})
    assert await db_manager.fetch_value("SELECT x FROM t WHERE x = :x", {"x": number}) == number


@pytest.mark.only("sqlite")
async def test_sqlite_refuses_a_decimal_that_it_would_round(db_manager: DatabaseManager) -> None:
    await db_manager.execute("CREATE TABLE t (x NUMERIC(65, 30))")
    for number in (Decimal("1234567890.1234567"), Decimal(2**63)):
        with pytest.raises(ParameterError, match=r"more than 15 digits.*or pass a str for a TEXT column"):
            await db_manager.execute("INSERT INTO t (x) VALUES (:x)", {"x": number})
    await db_manager.execute("INSERT INTO t (x) VALUES (:x)", {"x": Decimal(2**62)})
    assert await db_manager.fetch_value("SELECT x FROM t") == Decimal(2**62)


STORED = [
    ("DATE", "2026-11-30 01:02:03.000004", date(2026, 11, 30)),
    ("DATE", "soon", "soon"),
    ("DATE", 20261130, 20261130),
    ("DATE", 0.5, 0.5),
    ("TIMESTAMP", "2026-11-30", MIDNIGHT),
    ("TIMESTAMP", "2026-11-30T05:00:00+05:00", MIDNIGHT),
    ("TIMESTAMP", "yesterday", "yesterday"),
    ("TIMESTAMP", 1764460800, 1764460800),
    ("TIMESTAMP", "0001-01-01 00:00:00+14:00", "0001-01-01 00:00:00+14:00"),
    ("DATETIME", "2026-11-30 00:00:00", MIDNIGHT),
    ("TIME", "25:00", "25:00"),
    ("TIME", 12, 12),
    ("BOOLEAN", "yes", "yes"),
    ("BOOLEAN", 1, True),
    ("NUMERIC(10, 2)", "much", "much"),
    ("DECIMAL(10, 2)", 1.5, Decimal("1.5")),
    ("JSON", 5, "5"),
    ("JSON", "{", "{"),
    ("DATE", b"\xff\xfe", "\\xff\\xfe"),
]


@pytest.mark.only("sqlite")
async def test_no_stored_value_makes_a_row_of_sqlite_unreadable(db_manager: DatabaseManager, database: str) -> None:
    for number, (column, stored, expected) in enumerate(STORED):
        await db_manager.execute(f"CREATE TABLE t{number} (id INTEGER, x {column})")
        await db_manager.execute(f"INSERT INTO t{number} VALUES (1, :x)", {"x": stored})
        read = await db_manager.fetch_one(f"SELECT * FROM t{number}")
        assert read == {"id": 1, "x": expected}
        assert type(read["x"]) is type(expected)


@pytest.mark.only("mysql", "mariadb")
async def test_a_time_beyond_a_day_comes_out_as_the_difference_that_it_is(db_manager: DatabaseManager) -> None:
    read = await db_manager.fetch_one("SELECT TIME'-01:00:00' AS a, TIME'100:00:00' AS b, TIME'23:59:59' AS c")
    assert read is not None
    assert [str(value) for value in read.values()] == ["-1 day, 23:00:00", "4 days, 4:00:00", "23:59:59"]


NATIVE: list[tuple[Any, str, Any]] = [
    (NUMBER, "UUID", NUMBER),
    (str(NUMBER), "UUID", NUMBER),
    (DOCUMENT, "JSONB", DOCUMENT),
    (MOMENT, "TIMESTAMPTZ", MOMENT),
    ([NUMBER], "UUID[]", [NUMBER]),
    ([[1, 2], [3, None]], "BIGINT[]", [[1, 2], [3, None]]),
    ([MOMENT], "TIMESTAMPTZ[]", [MOMENT]),
    ("10.0.0.1/32", "CIDR", "10.0.0.1/32"),
    (0.1, "NUMERIC", Decimal("0.1")),
]
WRONG: list[tuple[Any, str]] = [
    (5, "TEXT"),
    (True, "VARCHAR(10)"),
    ("5", "BIGINT"),
    (1.5, "BIGINT"),
    (2**40, "INTEGER"),
    (2, "BOOLEAN"),
    ("2026-11-30", "DATE"),
    (MOMENT, "TIME"),
    ("x", "BYTEA"),
    (b"x", "TEXT"),
    ("x", "UUID"),
    (5, "JSON"),
    ({"a": 1}, "BIGINT"),
    ({"a": 1}, "BIGINT[]"),
    (5, "BIGINT[]"),
    (["x"], "BIGINT[]"),
    (5, "INTERVAL"),
    (5, "INET"),
    ("nowhere", "INET"),
    (1e300, "REAL"),
]


@pytest.mark.only("postgresql")
async def test_postgresql_takes_values_for_types_of_its_own(db_manager: DatabaseManager, database: str) -> None:
    for number, (value, column, expected) in enumerate(NATIVE):
        await db_manager.execute(f"CREATE TABLE t{number} (x {column})")
        await db_manager.execute(f"INSERT INTO t{number} VALUES (:x)", {"x": value})
        read = await db_manager.fetch_value(f"SELECT x FROM t{number}")
        read = json.loads(read) if column == "JSONB" else str(read) if column == "CIDR" else read
        assert read == expected


@pytest.mark.only("postgresql")
async def test_what_a_type_of_postgresql_cannot_take_is_refused_with_the_name(db_manager: DatabaseManager, database: str) -> None:
    for number, (value, column) in enumerate(WRONG):
        await db_manager.execute(f"CREATE TABLE t{number} (x {column})")
        insert = f"INSERT INTO t{number} VALUES (:wrong)"
        with pytest.raises(ParameterError, match="the parameter :wrong"):
            await db_manager.execute(insert, {"wrong": value})
        with pytest.raises(ParameterError, match="the parameter :wrong"):
            await db_manager.execute_many(insert, [{"wrong": None}, {"wrong": value}])
        assert await db_manager.fetch_value(f"SELECT COUNT(*) FROM t{number}") == 0


@pytest.mark.only("sqlite", "mysql", "mariadb")
async def test_a_number_in_a_boolean_column_that_is_no_boolean_comes_out_as_it_is_stored(db_manager: DatabaseManager) -> None:
    await db_manager.execute("CREATE TABLE t (id INTEGER, b BOOLEAN)")
    stored = [0, 1, 2, -1, None]
    await db_manager.execute_many("INSERT INTO t VALUES (:id, :b)", [{"id": number, "b": b} for number, b in enumerate(stored)])
    read = [row["b"] for row in await db_manager.fetch_all("SELECT b FROM t ORDER BY id")]
    assert [(type(value), value) for value in read] == [(bool, False), (bool, True), (int, 2), (int, -1), (type(None), None)]


@pytest.mark.only("sqlite")
async def test_a_number_that_sqlite_would_round_is_kept_as_the_error_advises(db_manager: DatabaseManager) -> None:
    await db_manager.execute("CREATE TABLE t (x TEXT)")
    for number in (2**63, Decimal(2**63), Decimal("1234567890.1234567")):
        with pytest.raises(ParameterError, match="a str for a TEXT column"):
            await db_manager.execute("INSERT INTO t (x) VALUES (:x)", {"x": number})
        await db_manager.execute("DELETE FROM t")
        await db_manager.execute("INSERT INTO t (x) VALUES (:x)", {"x": str(number)})
        assert Decimal(await db_manager.fetch_value("SELECT x FROM t")) == number
