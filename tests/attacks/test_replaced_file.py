"""An SQLite file is replaced, for example by a restored backup: no connection continues with the old one."""

import shutil
from pathlib import Path

import httpx
import pytest

from tests.attacks.application import client_of, started
from tests.patience import until
from whimbrel import DatabaseManager
from whimbrel.errors import DatabaseUnreachable

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
        put_away(file, tmp_path, b"this is no database " * 500)
        with pytest.raises(DatabaseUnreachable):
            await db_manager.fetch_all("SELECT words FROM told")
        (tmp_path / "away.db").replace(file)
        assert await db_manager.fetch_value("SELECT words FROM told") == "before"


async def test_a_pool_cannot_reach_a_file_that_is_no_database(url: str, tmp_path: Path) -> None:
    file = await write(url, "before")
    async with DatabaseManager(url) as db_manager:
        put_away(file, tmp_path, b"this is no database " * 500)
        with pytest.raises(DatabaseUnreachable, match="not an SQLite database"):
            await db_manager.fetch_all("SELECT words FROM told")


async def test_a_pool_creates_no_file_where_its_own_is_missing(url: str, tmp_path: Path) -> None:
    file = await write(url, "before")
    async with DatabaseManager(url) as db_manager:
        # The pool replaces a changed session, which opens the file in another way.
        await db_manager.execute("CREATE TEMP TABLE session (n INTEGER)")
        put_away(file, tmp_path)
        for _ in range(2):
            with pytest.raises(DatabaseUnreachable):
                await db_manager.fetch_all("SELECT words FROM told")
        assert not file.exists()
        (tmp_path / "away.db").replace(file)
        assert await db_manager.fetch_value("SELECT words FROM told") == "before"


@pytest.mark.parametrize("content", [None, b"this is no database " * 500], ids=["missing", "no database"])
async def test_the_application_answers_503_until_its_file_is_back(url: str, tmp_path: Path, content: bytes | None) -> None:
    async with started(url) as application, client_of(application) as client:
        # The probe keeps its connection.
        await until(lambda: answers(client, "/health/ready", 200))
        file = Path(url.removeprefix("sqlite:///"))
        put_away(file, tmp_path, content)
        await until(lambda: answers(client, "/health/ready", 503))
        assert await answers(client, "/auth/me", 503)
        (tmp_path / "away.db").replace(file)
        await until(lambda: answers(client, "/health/ready", 200))
        assert await answers(client, "/auth/me", 200)


def put_away(file: Path, folder: Path, content: bytes | None = None) -> None:
    file.rename(folder / "away.db")
    if content is not None:
        file.write_bytes(content)


async def answers(client: httpx.AsyncClient, path: str, status: int) -> bool:
    return (await client.get(path)).status_code == status
