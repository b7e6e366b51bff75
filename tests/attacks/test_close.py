"""The manager is closed while a statement runs: the server stops the statement."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from whimbrel import DatabaseManager, WhimbrelError
from whimbrel.pool import pool

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql", "mysql", "mariadb")]

SLEEP = {"postgresql": "SELECT pg_sleep(600) AS slept", "mysql": "SELECT SLEEP(600) AS slept"}
LOOK = {
    "postgresql": "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600) AS slept%' "
    "AND datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "SELECT count(*) AS n FROM information_schema.processlist WHERE info = 'SELECT SLEEP(600) AS slept' "
    "AND db = DATABASE()",
}


async def close(db_manager: DatabaseManager) -> None:
    await db_manager.close()


async def close_without_patience(db_manager: DatabaseManager) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await db_manager.close()


async def inside(db_manager: DatabaseManager, sleep: str) -> None:
    async with db_manager.transaction():
        await db_manager.fetch_value(sleep)


async def alone(db_manager: DatabaseManager, sleep: str) -> None:
    await db_manager.fetch_value(sleep)


@pytest.mark.parametrize("work", [alone, inside])
@pytest.mark.parametrize("closing", [close, close_without_patience])
async def test_no_statement_outlives_the_manager(
    url: str,
    database: str,
    work: Callable[[DatabaseManager, str], Coroutine[Any, Any, None]],
    closing: Callable[[DatabaseManager], Coroutine[Any, Any, None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "_CLOSE_SECONDS", 0.2)
    kind = "mysql" if database == "mariadb" else database
    async with DatabaseManager(url) as other:
        db_manager = DatabaseManager(url, statement_timeout=0)
        await db_manager.connect()
        task = asyncio.create_task(work(db_manager, SLEEP[kind]))
        async with asyncio.timeout(10):
            while await other.fetch_value(LOOK[kind]) != 1:
                await asyncio.sleep(0.02)
        await closing(db_manager)
        assert await other.fetch_value(LOOK[kind]) == 0
        with pytest.raises(WhimbrelError, match="was closed"):
            await task
