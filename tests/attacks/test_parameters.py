"""Parameters that are not values, and texts that are no statement or several: none of them reaches the server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.attacks.hostile import ATTACK, make_hostile
from tests.cases import each_case
from whimbrel import ConfigurationError, DatabaseError, DatabaseManager, ParameterError

pytestmark = pytest.mark.asyncio(loop_scope="function")
ROWS = 3
OBJECTS = 1000


@pytest_asyncio.fixture
async def manager(url: str) -> AsyncIterator[DatabaseManager]:
    """Yield a manager with one connection, and a table of victims."""
    async with DatabaseManager(url, pool_size=1) as manager:
        made = await manager.execute_script(
            "CREATE TABLE victims (id INTEGER PRIMARY KEY, name VARCHAR(200));"
            "INSERT INTO victims VALUES (1, 'a'); INSERT INTO victims VALUES (2, 'b'); INSERT INTO victims VALUES (3, 'c')"
        )
        assert made.success, made.error_message
        yield manager


class Sent:
    """Counts the statements that reached the server. A transaction holds the connection, so that nothing else is sent."""

    def __init__(self, manager: DatabaseManager, database: str) -> None:
        self._manager = manager
        self._count = {"sqlite": self._trace, "postgresql": self._queries}.get(database, self._questions)
        self._held = manager.transaction()
        self._traced: list[str] = []
        self._asked = 0

    async def __aenter__(self) -> "Sent":
        await self._held.__aenter__()
        async with self._manager.acquire() as lent:
            own: Any = lent.bare
            self._driver: Any = own.driver if self._count == self._queries else own._driver
        if self._count == self._trace:
            await self._driver.set_trace_callback(self._traced.append)
        self._before = await self._count()
        return self

    async def __aexit__(self, *failed: Any) -> None:
        self.statements = await self._count() - self._before
        await self._held.__aexit__(*failed)

    async def _trace(self) -> int:
        return len(self._traced)

    async def _queries(self) -> int:
        return int(self._driver._protocol.queries_count)

    async def _questions(self) -> int:
        # The count itself is one statement.
        self._asked += 1
        row = await self._manager.fetch_one("SHOW SESSION STATUS LIKE 'Questions'")
        assert row is not None
        return int(row["Value"]) - self._asked


Verb = Callable[[DatabaseManager, Any], Awaitable[Any]]
VERBS: dict[str, Verb] = {
    "execute": lambda manager, value: manager.execute("DELETE FROM victims WHERE name = :name", {"name": value}),
    "fetch_all": lambda manager, value: manager.fetch_all("SELECT * FROM victims WHERE name = :name", {"name": value}),
    "fetch_one": lambda manager, value: manager.fetch_one("SELECT * FROM victims WHERE name = :name", {"name": value}),
    "fetch_value": lambda manager, value: manager.fetch_value("SELECT id FROM victims WHERE name = :name", {"name": value}),
}


class Address(Enum):
    HOME = PurePosixPath(ATTACK)


async def test_objects_that_only_print_as_text_are_refused_and_none_is_sent(manager: DatabaseManager, database: str) -> None:
    refused = 0
    async with Sent(manager, database) as sent:
        for number in range(OBJECTS):
            verb = list(VERBS.values())[number % len(VERBS)]
            with pytest.raises(ParameterError, match=r"the parameter :name is of type ") as caught:
                await verb(manager, make_hostile(number))
            assert isinstance(caught.value, TypeError)
            assert f"Hostile{number}" in str(caught.value)
            refused += 1
    assert (refused, sent.statements) == (OBJECTS, 0)
    assert await manager.fetch_value("SELECT COUNT(*) AS n FROM victims") == ROWS


@each_case(
    "value",
    [
        Address.HOME,
        {"path": PurePosixPath(ATTACK)},
        [PurePosixPath(ATTACK)],
        [[make_hostile(0)]],
        {"deep": [{"deeper": (1,)}]},
        {1: "x"},
        2**63,
        10**4000,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("1E+999999"),
        Decimal("1E-999999"),
        "a\0b",
        "\ud83d",
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime(2026, 1, 1),
        timedelta(1),
    ],
)
async def test_values_that_one_database_would_change_are_refused_on_all(
    manager: DatabaseManager, database: str, value: object
) -> None:
    async with Sent(manager, database) as sent:
        for verb in VERBS.values():
            with pytest.raises(ParameterError, match="the parameter :name"):
                await verb(manager, value)
    assert sent.statements == 0
    assert await manager.fetch_value("SELECT COUNT(*) AS n FROM victims") == ROWS


async def test_one_invalid_row_prevents_sending_all_rows(manager: DatabaseManager, database: str) -> None:
    rows = [{"id": 10, "name": "x"}, {"id": 11, "name": PurePosixPath(ATTACK)}]
    insert = "INSERT INTO victims VALUES (:id, :name)"
    with pytest.raises(ParameterError, match=r":name is of type pathlib"):
        await manager.execute_many(insert, rows)
    async with Sent(manager, database) as sent, manager.acquire() as connection:
        with pytest.raises(ParameterError, match=r":name is of type pathlib"):
            await connection.execute_many(insert, rows)
    assert sent.statements == 0
    assert await manager.fetch_value("SELECT COUNT(*) AS n FROM victims") == ROWS


MODES = ("", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT", "TRADITIONAL")
TEXTS = (
    *("", "'", "''", "\\", "\\'", "'\\", "\\\\''", '"', '\\"', "`", "%s %(a)s %", "*/", "/*", "-- ", "\n", "#"),
    *("é\\'", "\u00bf\u005c'", "\u2019", "😀", ":name", ATTACK),
)


@pytest.mark.only("mysql", "mariadb")
@each_case("mode", [*MODES, "EMPTY_STRING_IS_NULL", "ORACLE"])
async def test_texts_mean_the_same_in_every_mode_of_the_session(manager: DatabaseManager, database: str, mode: str) -> None:
    if database == "mysql" and mode not in MODES:
        mode = "ANSI"
    async with manager.transaction():
        await manager.execute(f"SET SESSION sql_mode = '{mode}'")
        for text in TEXTS:
            read = await manager.fetch_one("SELECT :a AS a, 'x' AS b, /*!99999 :a, */ :c AS c", {"a": text, "c": [text]})
            assert read is not None
            assert (read["a"], read["b"], read["c"].count("[")) == (text, "x", 1 + text.count("["))
            await manager.execute("DELETE FROM victims WHERE name = :name", {"name": text})
    assert await manager.fetch_value("SELECT COUNT(*) AS n FROM victims") == ROWS


@pytest.mark.only("mysql", "mariadb")
async def test_the_statement_is_read_as_the_session_reads_it(manager: DatabaseManager) -> None:
    # A setting of the session must not reach the next borrower of its connection.
    async with manager.transaction():
        await manager.execute("SET SESSION sql_mode = ''")
        assert await manager.fetch_one("SELECT 'it\\'s :b' AS a, :b AS b", {"b": 1}) == {"a": "it's :b", "b": 1}
        with pytest.raises(ConfigurationError, match="ANSI_QUOTES"):
            await manager.fetch_one('SELECT "a\\", :b, "c"', {"b": "; DELETE FROM victims"})
        with pytest.raises(ConfigurationError, match="second one"):
            await manager.fetch_one("SELECT 'it\\'s'; DELETE FROM victims")


@pytest.mark.only("mysql", "mariadb")
async def test_a_text_with_a_backslash_has_the_collation_of_the_others(manager: DatabaseManager) -> None:
    assert await manager.fetch_value("SELECT :a = 'x' OR :a LIKE :b ESCAPE :c AS v", {"a": "\\%", "b": "|\\|%", "c": "|"}) == 1


@pytest.mark.only("mysql", "mariadb")
async def test_a_percent_sign_and_adjacent_parameters_stay_unchanged(manager: DatabaseManager) -> None:
    await manager.execute("SET SESSION sql_mode = ''")
    read = await manager.fetch_one("SELECT:a AS a,3-:b AS b,3--:b AS c, 7 % 4 AS d, '%s' AS e", {"a": 5, "b": -5})
    assert {name: str(value) for name, value in (read or {}).items()} == {"a": "5", "b": "8", "c": "-2", "d": "3", "e": "%s"}


# One statement a call

SEVERAL = (
    "SELECT id FROM victims WHERE id = 1; DELETE FROM victims; -- ",
    "DELETE FROM victims WHERE id = 99; DELETE FROM victims",
    "DELETE FROM victims WHERE id = 99;DELETE FROM victims;",
    "/* ; */ SELECT ';' AS a ; /* x */ DELETE FROM victims",
    "SELECT 1; SELECT 2",
)
NONE = ("", " \n", "-- a comment", "/* a comment */", ";", " ; ; ", "/* a */ ; -- b")


@each_case("parameters", [None, {}])
@each_case("verb", ["execute", "fetch_all", "fetch_one", "fetch_value"])
async def test_a_call_runs_one_statement(
    manager: DatabaseManager, database: str, verb: str, parameters: dict[str, object] | None
) -> None:
    async with Sent(manager, database) as sent:
        for sql in SEVERAL:
            with pytest.raises(ConfigurationError, match=r"a second one begins at line 1, column \d+; .* execute_script"):
                await getattr(manager, verb)(sql, parameters)
        for sql in NONE:
            with pytest.raises(ConfigurationError, match="there is no statement"):
                await getattr(manager, verb)(sql, parameters)
    assert sent.statements == 0
    assert await manager.fetch_value("SELECT COUNT(*) AS n FROM victims") == ROWS


async def test_many_rows_run_one_statement_too(manager: DatabaseManager) -> None:
    for sql in ("DELETE FROM victims WHERE id = :id; DELETE FROM victims", "-- :id"):
        with pytest.raises(ConfigurationError):
            await manager.execute_many(sql, [{"id": 99}])
    assert await manager.fetch_value("SELECT COUNT(*) AS n FROM victims") == ROWS


@each_case("sql", ["SELECT 1 AS a;", "SELECT 1 AS a;;", "SELECT 1 AS a ; -- b", "-- b;\nSELECT 1 AS a\n;\n"])
async def test_a_trailing_delimiter_is_not_a_second_statement(manager: DatabaseManager, sql: str) -> None:
    assert await manager.fetch_all(sql) == await manager.fetch_all(sql, {}) == [{"a": 1}]
    assert (await manager.execute_script("SELECT 1; SELECT 2;")).success


@pytest.mark.only("mysql", "mariadb")
async def test_the_server_itself_takes_one_statement_of_the_pool(manager: DatabaseManager) -> None:
    async with manager.acquire() as connection:
        for sql in ("SELECT 1; DELETE FROM victims", "SELECT 1 /*! ; DELETE FROM victims */"):
            with pytest.raises(DatabaseError, match="syntax"):
                await connection.send([sql])
    assert await manager.fetch_value("SELECT COUNT(*) AS n FROM victims") == ROWS


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("sql", ["COPY victims FROM STDIN", "copy victims (id, name) from stdout (format csv)"])
async def test_a_copy_from_the_client_is_refused_without_waiting(manager: DatabaseManager, sql: str) -> None:
    async with asyncio.timeout(20):
        with pytest.raises(ConfigurationError, match="COPY"):
            await manager.execute(sql)
        assert await manager.fetch_value("SELECT COUNT(*) AS n FROM victims") == ROWS


@pytest.mark.only("postgresql")
async def test_a_list_is_an_array_where_the_column_is_one(manager: DatabaseManager) -> None:
    ids = [uuid4(), uuid4()]
    assert await manager.fetch_value("SELECT CAST(:a AS uuid) = ANY(CAST(:ids AS uuid[]))", {"a": ids[0], "ids": ids}) is True
    assert await manager.fetch_all("SELECT id FROM victims WHERE id = ANY(:ids) ORDER BY id", {"ids": [1, 3, 9]}) == [
        {"id": 1},
        {"id": 3},
    ]
    with pytest.raises(ParameterError, match=r"the parameter :ids\[1\] is a str"):
        await manager.fetch_all("SELECT id FROM victims WHERE id = ANY(:ids)", {"ids": [1, "x"]})
    with pytest.raises(ParameterError, match=r"the parameter :a\[0\] is of type UUID"):
        await manager.fetch_all("SELECT CAST(:a AS json)", {"a": ids})


@pytest.mark.only("postgresql")
async def test_a_stored_time_that_python_cannot_represent_raises_a_whimbrel_error(manager: DatabaseManager) -> None:
    for written in ("'20000-01-01'::timestamp", "'20000-01-01'::timestamptz", "'4713-01-01 BC'::date"):
        with pytest.raises(DatabaseError, match="Python cannot represent"):
            await manager.fetch_value(f"SELECT {written}")
    assert await manager.fetch_value("SELECT 1") == 1


async def test_the_counter_notices_sent_statements(manager: DatabaseManager, database: str) -> None:
    async with Sent(manager, database) as sent:
        await manager.fetch_one("SELECT * FROM victims WHERE name = :name", {"name": "x"})
    assert sent.statements > 0


@pytest.mark.only("postgresql")
async def test_the_last_day_is_the_one_that_a_file_of_sql_writes(manager: DatabaseManager) -> None:
    await manager.execute("CREATE TABLE last (d DATE, t TIMESTAMP, z TIMESTAMPTZ, a DATE[])")
    moment = datetime.max.replace(tzinfo=UTC)
    values = {"d": date.max, "t": moment, "z": moment, "a": [date.max, date.min]}
    await manager.execute("INSERT INTO last VALUES (:d, :t, :z, :a)", values)
    written = "d = '9999-12-31' AND t = '9999-12-31 23:59:59.999999' AND z = '9999-12-31 23:59:59.999999Z'"
    assert await manager.fetch_one(f"SELECT * FROM last WHERE {written} AND a = '{{9999-12-31,0001-01-01}}'") == values
    assert await manager.fetch_value("SELECT 'infinity'::timestamp") == await manager.fetch_value(
        "SELECT 'infinity'::timestamptz"
    )
