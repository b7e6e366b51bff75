"""MariaDB statements that contain another statement, which writes: they run once, even when a begun file resumes."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, migrate

pytestmark = [pytest.mark.asyncio, pytest.mark.only("mariadb")]


@pytest.mark.parametrize("around", ["SET STATEMENT max_statement_time = 99 FOR", "ANALYZE", "ANALYZE FORMAT=JSON"])
async def test_a_statement_within_another_is_not_repeated_when_the_file_goes_on(url: str, tmp_path: Path, around: str) -> None:
    start = f"CREATE TABLE account (n INTEGER);\nINSERT INTO account VALUES (0);\n{around} UPDATE account SET n = n + 1;\n"
    with pytest.raises(MigrationFailed):
        await migrate(url, write_set(tmp_path / "shop", {"V1__a.sql": f"{start}CREATE TABLE broken (;"}))
    await migrate(url, write_set(tmp_path / "shop", {"V1__a.sql": f"{start}CREATE TABLE whole (n INTEGER);"}))
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_all("SELECT n FROM account") == [{"n": 1}]
