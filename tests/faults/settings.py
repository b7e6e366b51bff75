"""Settings of a server, or of one database, that hold for new sessions until a block ends."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.conftest import run_sql
from whimbrel import DatabaseManager


@asynccontextmanager
async def settings(url: str, database: str, wanted: Mapping[str, object]) -> AsyncIterator[None]:
    """Set them. On PostgreSQL they hold for this database, which is dropped after the test; elsewhere for the server, and are
    restored.
    """
    if database == "postgresql":
        name = url.rpartition("/")[2]
        await asyncio.to_thread(run_sql, url, *(f"ALTER DATABASE {name} SET {key} = '{value}'" for key, value in wanted.items()))
        yield
        return
    async with DatabaseManager(url, pool_size=1) as db_manager:
        before = await db_manager.fetch_one("SELECT " + ", ".join(f"@@global.{key} AS {key}" for key in wanted))
        assert before is not None
        # One statement sets everything, and one restores it, since read_only would make the server refuse a second one.
        await db_manager.execute("SET " + ", ".join(f"GLOBAL {key} = {_written(value)}" for key, value in wanted.items()))
        try:
            yield
        finally:
            back = ", ".join(f"GLOBAL {key} = {_written(before[key])}" for key in reversed(list(wanted)))
            await asyncio.to_thread(run_sql, url, f"SET {back}")


def _written(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(int(str(value)))
