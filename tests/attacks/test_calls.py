"""Calls with arguments that are no statements or parameters: each is refused with a message before anything is sent, or works
as documented.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.cases import each_case
from whimbrel import ConfigurationError, DatabaseError, DatabaseManager, ParameterError
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio
INSERT = "INSERT INTO t (id) VALUES (:id)"


@pytest_asyncio.fixture
async def manager(url: str) -> AsyncIterator[DatabaseManager]:
    """A manager with an empty table."""
    async with DatabaseManager(url, pool_size=2) as manager:
        await manager.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        yield manager


class Printed:
    """An object that prints as a statement but is not a text."""

    def __str__(self) -> str:
        return "DELETE FROM t"


class Query(str):
    """A text whose methods return another one."""

    def __str__(self) -> str:
        return "DELETE FROM t"

    def __getitem__(self, _: Any) -> str:
        return "DELETE FROM t"

    def isascii(self) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        raise RuntimeError


NO_STATEMENTS = (b"DELETE FROM t", None, 5, Printed(), ["DELETE FROM t"], bytearray(b"DELETE FROM t"))
VERBS = ("execute", "fetch_all", "fetch_one", "fetch_value")


async def ids(manager: DatabaseManager) -> list[int]:
    return [row["id"] for row in await manager.fetch_all("SELECT id FROM t ORDER BY id")]


async def attempt(target: Any, sql: Any) -> None:
    """Check that each call of a manager or a connection refuses a statement that is no text."""
    told = rf"the statement is of type [\w.]*{type(sql).__name__}; pass a str"
    for verb in VERBS:
        for given in ((), ({},), ({"id": 1},)):
            with pytest.raises(ConfigurationError, match=told):
                await getattr(target, verb)(sql, *given)
    for rows in ([], [{"id": 1}]):
        with pytest.raises(ConfigurationError, match=told):
            await target.execute_many(sql, rows)


@each_case("sql", NO_STATEMENTS)
async def test_a_statement_that_is_no_text_is_refused_by_every_call(manager: DatabaseManager, sql: Any) -> None:
    await manager.execute("DELETE FROM t")
    await manager.execute_many(INSERT, [{"id": 1}])
    await attempt(manager, sql)
    async with manager.acquire() as connection:
        await attempt(connection, sql)
        with pytest.raises(ConfigurationError, match="the statement is of type"):
            await connection.run(sql)
        with pytest.raises(ConfigurationError, match="the statement is of type"):
            await connection.send([sql])
    async with manager.transaction():
        await attempt(manager, sql)
    with pytest.raises(ConfigurationError, match="the statement is of type"):
        await manager.execute_script(sql)
    assert await ids(manager) == [1]


@each_case("sql", ["SELECT 1\0", "SELECT '\ud800'", "SELECT 'é\udfff'"])
async def test_a_statement_that_no_server_reads_is_refused_by_every_call(manager: DatabaseManager, sql: str) -> None:
    async with manager.acquire() as connection:
        calls = [getattr(target, verb) for target in (manager, connection) for verb in VERBS]
        for call in (*calls, connection.run, lambda sql: connection.send([sql]), manager.execute_script):
            with pytest.raises(ConfigurationError, match="contains a NUL or half of a surrogate pair"):
                await call(sql)


async def test_a_subclass_of_str_is_the_text_that_it_holds(manager: DatabaseManager) -> None:
    await manager.execute(Query("INSERT INTO t (id) VALUES (1)"))
    await manager.execute(Query(INSERT), {"id": 2})
    await manager.execute_many(Query(INSERT), [{"id": 3}])
    assert (await manager.execute_script(Query("INSERT INTO t (id) VALUES (4)"))).success
    assert [row["id"] for row in await manager.fetch_all(Query("SELECT id FROM t ORDER BY id"))] == [1, 2, 3, 4]


class Broken(dict[str, object]):
    """Parameters that raise an exception of their own when they are read."""

    def __contains__(self, _: object) -> bool:
        raise RuntimeError

    def __getitem__(self, _: object) -> object:
        raise RuntimeError


@each_case("parameters", [5, ["a"], ("a",), "id", {"id"}, b"id", object()])
async def test_parameters_that_are_no_mapping_are_refused_by_every_call(manager: DatabaseManager, parameters: Any) -> None:
    told = rf"the parameters are of type {type(parameters).__name__}; pass a mapping"
    async with manager.acquire() as connection:
        for target in (manager, connection):
            for verb in VERBS:
                for sql in (INSERT, "SELECT 1"):
                    with pytest.raises(ParameterError, match=told):
                        await getattr(target, verb)(sql, parameters)
            with pytest.raises(ParameterError, match=told):
                await target.execute_many(INSERT, [{"id": 1}, parameters])
    assert await ids(manager) == []


async def test_parameters_that_raise_when_they_are_read_cost_no_connection(manager: DatabaseManager) -> None:
    async with manager.transaction():
        await manager.execute(INSERT, {"id": 1})
        await manager.execute(INSERT, Broken(id=2))
    assert await ids(manager) == [1, 2]


async def test_names_that_are_no_text_are_told(manager: DatabaseManager) -> None:
    for name in (5, None, b"id", Printed()):
        with pytest.raises(ParameterError, match=rf"a name of type [\w.]*{type(name).__name__}; pass names of str"):
            await manager.execute(INSERT, {"id": 1, name: 2})  # type: ignore[dict-item]
    assert await ids(manager) == []


async def test_many_rows_are_taken_from_any_iterable(manager: DatabaseManager) -> None:
    await manager.execute_many(INSERT, ({"id": number} for number in range(250)))
    await manager.execute_many(INSERT, iter([{"id": 250}]))
    await manager.execute_many(INSERT, {251: {"id": 251}}.values())
    await manager.execute_many(INSERT, iter(()))
    async with manager.acquire() as connection:
        await connection.execute_many(INSERT, ({"id": number} for number in range(252, 400)))
    assert await ids(manager) == list(range(400))


async def test_rows_that_an_iterable_fails_to_make_leave_nothing(manager: DatabaseManager) -> None:
    def fail() -> Iterator[dict[str, int]]:
        yield from ({"id": number} for number in range(250))
        raise LookupError

    with pytest.raises(LookupError):
        await manager.execute_many(INSERT, fail())
    assert await ids(manager) == []


async def _made() -> AsyncIterator[dict[str, object]]:
    yield {"id": 1}


@each_case("rows", [5, None, object(), "id", b"id", {"id": 1}, _made])
async def test_rows_that_are_no_rows_are_refused(manager: DatabaseManager, rows: Any) -> None:
    rows = rows() if rows is _made else rows
    told = rf"the rows of parameters are of type {type(rows).__name__}; pass an iterable of mappings"
    async with manager.acquire() as connection:
        for target in (manager, connection):
            with pytest.raises(ParameterError, match=told):
                await target.execute_many(INSERT, rows)
    assert await ids(manager) == []


COPIES = {
    "COPY t FROM STDIN": "has no data in a call",
    "/* x */ copy t (id) from stdin csv": "has no data in a call",
    "COPY t FROM STDOUT": "has no data in a call",
    "COPY t TO STDOUT": "no reader for its data",
    "copy (SELECT id FROM t) to stdin (FORMAT csv)": "no reader for its data",
}


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("sql", COPIES)
async def test_a_copy_from_or_to_the_client_is_refused_by_every_call(url: str, sql: str) -> None:
    async with asyncio.timeout(30), DatabaseManager(url, statement_timeout=0) as manager:
        await manager.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        async with manager.acquire() as connection:
            calls = [getattr(target, verb) for target in (manager, connection) for verb in VERBS]
            for call in (*calls, connection.run, lambda sql: connection.send([INSERT.replace(":id", "1"), sql])):
                with pytest.raises(ConfigurationError, match=COPIES[sql]):
                    await call(sql)
            with pytest.raises(ConfigurationError, match=COPIES[sql]):
                await connection.run(f"INSERT INTO t VALUES (1); {sql}")
            with pytest.raises(ConfigurationError, match=COPIES[sql]):
                await connection.execute_many(sql, [{}])
            await connection.run("INSERT INTO t SELECT 5 AS copy; COMMENT ON TABLE t IS 'copy t from stdin'")
        assert await ids(manager) == [5]


@pytest.mark.only("mysql", "mariadb")
@pytest.mark.parametrize("sql", ["LOAD DATA LOCAL INFILE '{path}' INTO TABLE t", "LOAD XML LOCAL INFILE '{path}' INTO TABLE t"])
async def test_a_file_of_the_client_is_never_sent(manager: DatabaseManager, tmp_path: Path, sql: str) -> None:
    path = tmp_path / "rows"
    path.write_text("5\n")
    async with manager.acquire() as connection:
        for call in (connection.run, manager.execute, manager.fetch_all):
            with pytest.raises(DatabaseError, match="local"):
                await call(sql.format(path=path))
    assert await ids(manager) == []


@pytest.mark.parametrize("address", [5, None, b"sqlite://", ["sqlite://"]], ids=lambda one: type(one).__name__)
async def test_an_address_that_is_no_text_is_refused(address: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"the database address is of type {type(address).__name__}; pass a str"):
        DatabaseManager(address)


@pytest.mark.parametrize(
    "options", [{"pool_size": "5"}, {"pool_size": 2.5}, {"pool_size": 0}, {"schema": 5}, {"schema": b"x"}], ids=str
)
async def test_options_of_another_type_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        DatabaseManager("sqlite://", **options)


@pytest.mark.parametrize("busy", [False, True])
async def test_a_connection_that_is_aborted_says_so_and_the_manager_goes_on(
    manager: DatabaseManager, database: str, busy: bool
) -> None:
    counted = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT COUNT(*) FROM n"
    slow = {"sqlite": counted, "postgresql": "SELECT pg_sleep(60)"}.get(database, "SELECT SLEEP(60)")
    for _ in range(3):
        async with manager.acquire() as connection:
            work = asyncio.create_task(connection.fetch_value(slow)) if busy else None
            await asyncio.sleep(0.05)
            connection.abort()
            for _ in range(2):
                with pytest.raises(DatabaseError):
                    await connection.fetch_value("SELECT 1")
            if work is not None:
                with pytest.raises(DatabaseError):
                    await work
        assert await manager.fetch_value("SELECT 1") == 1


async def test_a_private_connection_that_is_aborted_says_so(url: str) -> None:
    connection = await find_dialect(parse_url(url)).open(parse_url(url))
    connection.abort()
    with pytest.raises(DatabaseError):
        await connection.run("SELECT 1")
    await connection.close()


async def test_a_refused_call_leaves_the_transaction_as_it_was(manager: DatabaseManager) -> None:
    async with manager.transaction():
        await manager.execute(INSERT, {"id": 1})
        for sql, parameters in ((b"x", None), (INSERT, 5), (INSERT, {}), (INSERT, {"id": object()})):
            with pytest.raises(ConfigurationError):
                await manager.execute(sql, parameters)  # type: ignore[arg-type]
        await manager.execute(INSERT, {"id": 2})
    assert await ids(manager) == [1, 2]
    await asyncio.gather(*(manager.fetch_value("SELECT 1") for _ in range(4)))
