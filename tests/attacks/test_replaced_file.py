"""An SQLite file is replaced, for example by a restored backup: no connection continues with the old one."""

import shutil
from pathlib import Path

import pytest

from whimbrel import DatabaseManager
from whimbrel.errors import DatabaseError, DatabaseUnreachable

pytestmark = [pytest.mark.asyncio, pytest.mark.only("sqlite")]


async def write(url: str, text: str) -> Path:
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("CREATE TABLE IF NOT EXISTS told (words TEXT)")
        await db_manager.execute("INSERT INTO told VALUES (:text)", {"text": text})
    return Path(url.removeprefix("sqlite:///"))


async def test_a_pool_reads_and_writes_a_restored_backup(url: str, tmp_path: Path) -> None:
    file = await write(url, "before")
    backup = Path(shutil.copy(file, tmp_path / "backup.db"))
    async with DatabaseManager(url, pool_size=2) as db_manager:
        await db_manager.execute("INSERT INTO told VALUES ('lost')")
        backup.replace(file)
        await db_manager.execute("INSERT INTO told VALUES ('after')")
        assert [row["words"] for row in await db_manager.fetch_all("SELECT words FROM told")] == ["before", "after"]


async def test_a_pool_recovers_when_the_file_does(url: str, tmp_path: Path) -> None:
    file = await write(url, "before")
    async with DatabaseManager(url, pool_size=2) as db_manager:
        # A changed session is reopened, here while another file is in place.
        await db_manager.execute("CREATE TEMP TABLE session (n INTEGER)")
        file.rename(tmp_path / "away.db")
        file.write_bytes(b"this is no database " * 500)
        with pytest.raises((DatabaseError, DatabaseUnreachable)):
            await db_manager.fetch_all("SELECT words FROM told")
        (tmp_path / "away.db").replace(file)
        assert await db_manager.fetch_value("SELECT words FROM told") == "before"
