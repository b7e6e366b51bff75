"""A statement with `:name` is called without parameters: the error says what is missing."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.cases import each_case
from whimbrel import DatabaseError, DatabaseManager, ParameterError

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def manager(url: str) -> AsyncIterator[DatabaseManager]:
    """A manager of an empty database."""
    async with DatabaseManager(url, pool_size=2) as manager:
        yield manager


ADVICE = "the statement has :n, and the call gives no parameters"


@each_case("verb", ["execute", "fetch_all", "fetch_one", "fetch_value"])
async def test_the_error_of_a_call_without_parameters_names_what_has_no_value(manager: DatabaseManager, verb: str) -> None:
    async with manager.acquire() as connection:
        for target in (manager, connection):
            with pytest.raises(DatabaseError, match=ADVICE) as caught:
                await getattr(target, verb)("SELECT ':text' AS a, :n AS b -- :comment")
            assert ":text" not in str(caught.value).partition(ADVICE)[2]
            assert caught.value.__cause__ is not None
            with pytest.raises(ParameterError, match="no value for :n"):
                await getattr(target, verb)("SELECT :n AS b", {})


async def test_an_error_that_has_another_reason_is_left_as_it_is(manager: DatabaseManager) -> None:
    for sql in ("SELECT ':n' AS a FROM", "SELECT 1 AS a FROM missing -- :n"):
        with pytest.raises(DatabaseError) as caught:
            await manager.fetch_all(sql)
        assert "no parameters" not in str(caught.value)


@pytest.mark.only("postgresql")
async def test_what_only_looks_like_a_parameter_goes_on_as_it_did(manager: DatabaseManager) -> None:
    columns = "a[1:n] AS a, '2'::int AS b, '{\"c\": 3}'::jsonb #>> '{c}' AS c, ':n' AS d"
    sql = f"SELECT {columns} FROM (SELECT ARRAY[1, 2, 3] AS a, 2 AS n) t"
    assert await manager.fetch_one(sql) == {"a": [1, 2], "b": 2, "c": "3", "d": ":n"}
    with pytest.raises(DatabaseError, match="does not exist") as caught:
        await manager.fetch_one("SELECT a[1:n] FROM missing")
    assert "no parameters" not in str(caught.value)


@pytest.mark.only("mysql", "mariadb")
async def test_a_label_of_a_routine_goes_on_as_it_did(manager: DatabaseManager) -> None:
    await manager.execute("CREATE PROCEDURE p () BEGIN one:LOOP LEAVE one; END LOOP; END")
    await manager.execute("CALL p()")
