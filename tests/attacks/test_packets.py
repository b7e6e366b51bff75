"""The error for a statement that is too large for MySQL or MariaDB names its size, the limit and the setting."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from whimbrel import DatabaseError, DatabaseManager

pytestmark = [pytest.mark.asyncio, pytest.mark.only("mysql", "mariadb")]
LIMIT = 1 << 20


@pytest_asyncio.fixture
async def manager(url: str) -> AsyncIterator[DatabaseManager]:
    """A manager of a server that accepts packets of one megabyte."""
    async with DatabaseManager(url) as admin:
        before = await admin.fetch_value("SELECT @@GLOBAL.max_allowed_packet")
        await admin.execute(f"SET GLOBAL max_allowed_packet = {LIMIT}")
        try:
            async with DatabaseManager(url, pool_size=1) as manager:
                await manager.execute("CREATE TABLE t (raw LONGBLOB, words LONGTEXT)")
                yield manager
        finally:
            await admin.execute(f"SET GLOBAL max_allowed_packet = {before}")


@pytest.mark.parametrize("size", [600_000, 2_000_000, 9_000_000, 20_000_000])
async def test_a_value_that_is_too_large_when_it_is_written_is_told_with_the_limit(manager: DatabaseManager, size: int) -> None:
    for column, value in (("raw", b"\\" * size), ("words", "\\" * size)):
        written = "_binary X''" if column == "raw" else "_utf8mb4 X''"
        sent = len(f"INSERT INTO t ({column}) VALUES ({written})") + 2 * size
        with pytest.raises(DatabaseError, match=f"has {sent:,} bytes, but the server accepts {LIMIT:,}(?s:.*)max_allowed_packet"):
            await manager.execute(f"INSERT INTO t ({column}) VALUES (:value)", {"value": value})
    assert await manager.fetch_value("SELECT COUNT(*) FROM t") == 0


async def test_an_error_of_a_large_statement_that_fits_is_left_as_it_is(manager: DatabaseManager) -> None:
    with pytest.raises(DatabaseError, match="missing") as caught:
        await manager.execute("INSERT INTO missing VALUES (:value)", {"value": b"x" * 10_000})
    assert "max_allowed_packet" not in str(caught.value)
