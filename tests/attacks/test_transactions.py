"""Once a transaction has ended, every task that used it gets an error; awaited work belongs to the transaction."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, suppress
from typing import Any

import pytest
import pytest_asyncio

from tests.cases import each_case
from whimbrel import ConfigurationError, DatabaseError, DatabaseManager, TransactionEnded

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def db_manager(url: str) -> AsyncIterator[DatabaseManager]:
    async with DatabaseManager(url, pool_size=3) as db_manager:
        await db_manager.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        yield db_manager


async def add(db_manager: DatabaseManager, number: int) -> None:
    assert await db_manager.execute("INSERT INTO t (id) VALUES (:id)", {"id": number}) == 1


async def ids(db_manager: DatabaseManager) -> list[int]:
    """Return the rows that another task, outside of every transaction, sees."""

    async def ask() -> list[int]:
        return [row["id"] for row in await db_manager.fetch_all("SELECT id FROM t ORDER BY id")]

    return await asyncio.create_task(ask())


async def rows(db_manager: DatabaseManager) -> AsyncGenerator[int, None]:
    async with db_manager.transaction():
        await add(db_manager, 1)
        yield 1
        yield 2


async def test_a_write_after_an_abandoned_generator_is_kept_or_refused(db_manager: DatabaseManager) -> None:
    kept = []
    async for _ in rows(db_manager):
        break
    for number in range(2, 8):
        try:
            await add(db_manager, number)
            kept.append(number)
        except TransactionEnded as error:
            assert "aclosing" in str(error)
    assert len(kept) >= 4
    assert await ids(db_manager) == kept


async def test_a_generator_that_is_closed_where_it_is_used_leaves_nothing_behind(db_manager: DatabaseManager) -> None:
    async with aclosing(rows(db_manager)) as numbers:
        async for _ in numbers:
            break
    await add(db_manager, 2)
    assert await ids(db_manager) == [2]


async def test_a_transaction_that_another_task_ends_stays_ended(db_manager: DatabaseManager) -> None:
    stack = AsyncExitStack()
    await stack.enter_async_context(db_manager.transaction())
    await add(db_manager, 1)
    await asyncio.create_task(stack.aclose())
    for number in (2, 3):
        with pytest.raises(TransactionEnded):
            await add(db_manager, number)
    assert not db_manager.in_transaction
    assert await ids(db_manager) == [1]


async def test_a_task_goes_on_after_the_function_whose_transaction_another_task_ended(db_manager: DatabaseManager) -> None:
    async def work() -> None:
        stack = AsyncExitStack()
        await stack.enter_async_context(db_manager.transaction())
        await add(db_manager, 1)
        await asyncio.create_task(stack.aclose())
        for number in (2, 3):
            with suppress(TransactionEnded):
                await add(db_manager, number)
        await add(db_manager, 4)

    with pytest.raises(TransactionEnded):
        await work()
    await add(db_manager, 5)
    async with db_manager.transaction():
        await add(db_manager, 6)
    assert await ids(db_manager) == [1, 5, 6]


async def test_a_task_that_was_told_nothing_is_told_after_the_function_too(db_manager: DatabaseManager) -> None:
    async def begin(stack: AsyncExitStack) -> None:
        await stack.enter_async_context(db_manager.transaction())

    for number in (1, 3):
        stack = AsyncExitStack()
        await begin(stack)
        await asyncio.create_task(stack.aclose())
        with pytest.raises(TransactionEnded):
            await add(db_manager, number)
        await add(db_manager, number + 1)
    assert await ids(db_manager) == [2, 4]


@pytest.mark.parametrize("error", [None, LookupError, TransactionEnded])
async def test_a_task_goes_on_after_its_block_that_another_task_left(
    db_manager: DatabaseManager, error: type[Exception] | None
) -> None:
    for number in (1, 3):
        block = db_manager.transaction()
        with suppress(LookupError, TransactionEnded):
            async with block:
                await add(db_manager, number)
                await asyncio.create_task(block.__aexit__(None, None, None))
                with pytest.raises(TransactionEnded):
                    await add(db_manager, 9)
                if error is not None:
                    raise error("told")
        await add(db_manager, number + 1)
    assert await ids(db_manager) == [1, 2, 3, 4]


async def test_the_exception_of_a_block_that_another_task_left_is_never_replaced(db_manager: DatabaseManager) -> None:
    block = db_manager.transaction()
    with pytest.raises(LookupError):
        async with block:
            await asyncio.create_task(block.__aexit__(None, None, None))
            raise LookupError


async def test_a_function_is_decorated_with_a_transaction_for_each_call(db_manager: DatabaseManager) -> None:
    async def add_or_fail(number: int) -> None:
        await add(db_manager, number)
        if number == 2:
            raise LookupError

    decorate: Any = db_manager.transaction()
    add_and_fail = decorate(add_or_fail)
    await add_and_fail(1)
    with pytest.raises(LookupError):
        await add_and_fail(2)
    await add_and_fail(3)
    assert await ids(db_manager) == [1, 3]


async def test_abandoning_a_nested_generator_ends_the_whole_transaction(db_manager: DatabaseManager) -> None:
    with pytest.raises(TransactionEnded):
        async with db_manager.transaction():
            await add(db_manager, 9)
            async for _ in rows(db_manager):
                break
            for number in range(2, 8):
                await add(db_manager, number)
    assert await ids(db_manager) == []
    await add(db_manager, 10)


@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK"])
async def test_after_an_explicit_commit_or_rollback_nothing_more_is_sent(db_manager: DatabaseManager, ending: str) -> None:
    with pytest.raises(TransactionEnded, match="was not sent"):
        async with db_manager.transaction():
            await add(db_manager, 1)
            await db_manager.execute(ending)
            await add(db_manager, 2)
    assert await ids(db_manager) == ([1] if ending == "COMMIT" else [])


@pytest.mark.only("mysql", "mariadb")
@pytest.mark.parametrize("ddl", ["CREATE TABLE u (id INTEGER)", "CREATE TABLE t (id INTEGER)", "TRUNCATE TABLE t"])
async def test_after_ddl_that_commits_nothing_more_is_sent(db_manager: DatabaseManager, ddl: str) -> None:
    with pytest.raises(TransactionEnded):
        async with db_manager.transaction():
            await add(db_manager, 1)
            # A DDL statement commits before it fails.
            with suppress(DatabaseError):
                await db_manager.execute(ddl)
            await add(db_manager, 2)
    assert 2 not in await ids(db_manager)


@pytest.mark.only("mysql", "mariadb")
async def test_work_that_a_deadlock_rolled_back_is_not_reported_as_committed(db_manager: DatabaseManager) -> None:
    await add(db_manager, 1)
    await add(db_manager, 2)

    async def cross(first: int, second: int, number: int, ready: asyncio.Barrier) -> int | None:
        try:
            async with db_manager.transaction():
                await add(db_manager, number)
                await db_manager.execute("UPDATE t SET id = id WHERE id = :id", {"id": first})
                await ready.wait()
                try:
                    await db_manager.execute("UPDATE t SET id = id WHERE id = :id", {"id": second})
                except DatabaseError:
                    with pytest.raises(TransactionEnded):
                        await add(db_manager, number + 100)
        except TransactionEnded:
            return None
        return number

    ready = asyncio.Barrier(2)
    done = await asyncio.gather(cross(1, 2, 10, ready), cross(2, 1, 20, ready))
    assert done.count(None) == 1
    assert await ids(db_manager) == [1, 2, *(number for number in done if number)]


async def test_work_awaited_by_wait_for_is_inside_the_transaction_on_every_python(db_manager: DatabaseManager) -> None:
    async def twice() -> None:
        await add(db_manager, 2)
        await asyncio.wait_for(add(db_manager, 3), 30)

    with pytest.raises(LookupError):
        async with db_manager.transaction():
            await asyncio.wait_for(add(db_manager, 1), 30)
            await asyncio.wait_for(twice(), 30)
            raise LookupError
    assert await ids(db_manager) == []


async def test_a_transaction_begun_through_wait_for_belongs_to_the_caller(db_manager: DatabaseManager) -> None:
    async with AsyncExitStack() as stack:
        await asyncio.wait_for(stack.enter_async_context(db_manager.transaction()), 30)
        await add(db_manager, 1)
        assert await ids(db_manager) == []
    assert await ids(db_manager) == [1]


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_tasks_started_inside_a_transaction_take_no_part_in_it(db_manager: DatabaseManager) -> None:
    with pytest.raises(LookupError):
        async with db_manager.transaction():
            await asyncio.gather(add(db_manager, 1), asyncio.wait_for(asyncio.gather(add(db_manager, 2)), 30))
            await asyncio.create_task(add(db_manager, 3))
            raise LookupError
    assert await ids(db_manager) == [1, 2, 3]


async def test_the_exception_of_the_application_is_never_replaced(db_manager: DatabaseManager) -> None:
    with pytest.raises(LookupError):
        async with db_manager.transaction():
            async with db_manager.acquire() as connection:
                await connection.close()
            raise LookupError
    await add(db_manager, 1)
    assert await ids(db_manager) == [1]


async def test_a_statement_that_is_cancelled_inside_leaves_no_half_transaction(
    db_manager: DatabaseManager, database: str
) -> None:
    """SQLite rolls back the whole transaction when it interrupts a write. Later statements must not be committed separately."""
    number = "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000)"
    slow = {
        "sqlite": f"INSERT INTO t (id) {number} SELECT i FROM n",
        "postgresql": "INSERT INTO t (id) SELECT 100 FROM pg_sleep(60)",
    }.get(database, "INSERT INTO t (id) SELECT 100 + SLEEP(60)")
    told = None
    try:
        async with db_manager.transaction():
            await add(db_manager, 1)
            try:
                async with asyncio.timeout(0.3):
                    await db_manager.execute(slow)
            except TimeoutError:
                pass
            await add(db_manager, 2)
    except DatabaseError as error:
        told = error
    # MySQL interrupts SLEEP without an error, so that its row may exist too.
    assert set(await ids(db_manager)) - {101} == (set() if told else {1, 2})


async def test_a_transaction_of_an_acquired_connection_is_a_savepoint_of_the_one_around_it(db_manager: DatabaseManager) -> None:
    with suppress(KeyError):
        async with db_manager.transaction():
            await add(db_manager, 1)
            async with db_manager.acquire() as connection, connection.transaction():
                await add(db_manager, 2)
                async with connection.transaction():
                    await add(db_manager, 3)
            raise KeyError
    assert await ids(db_manager) == []


@each_case("sql", ["BEGIN", "START TRANSACTION", "COMMIT AND CHAIN", "/* a */ rollback and chain"])
async def test_a_statement_that_begins_another_transaction_is_refused_in_one(db_manager: DatabaseManager, sql: str) -> None:
    with suppress(KeyError):
        async with db_manager.transaction():
            await add(db_manager, 1)
            with pytest.raises(ConfigurationError, match="a transaction is open"):
                await db_manager.execute(sql)
            await add(db_manager, 2)
            raise KeyError
    assert await ids(db_manager) == []
