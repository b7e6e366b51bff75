"""A full disk: the error has the database's own message, the history records nothing that did not happen, and a run succeeds
once there is space.
"""

import asyncio
import os
import pwd
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, State, info, migrate

FULL = {"postgresql": "53100", "mysql": "1114", "mariadb": "1114", "sqlite": "SQLITE_FULL"}
LONG = {"sqlite": "hex(zeroblob(500))"}
BIG = (
    "INSERT INTO big WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 900) "
    "SELECT a.n * 1000 + b.n, {long} FROM r a JOIN r b ON b.n <= 40;"
)


@asynccontextmanager
async def small_disk(url: str, database: str, tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """A database on a file system of 14 MB, which needs root; yields its address and the mount."""
    name = url.rpartition("/")[2]
    place = tmp_path / "disk"
    if database in ("mysql", "mariadb"):
        async with DatabaseManager(url) as db_manager:
            place = Path(await db_manager.fetch_value("SELECT @@datadir AS folder")) / name
    elif database == "postgresql":
        place = Path(f"/tmp/whimbrel-{uuid4().hex}")
    place.mkdir(exist_ok=True)
    kept = {path.name: path.read_bytes() for path in place.iterdir()}
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=14m,mode=700", "tmpfs", str(place)], check=True)
    try:
        for file, content in kept.items():
            (place / file).write_bytes(content)
        if database == "sqlite":
            yield f"sqlite:///{place}/test.db", place
        else:
            nobody = pwd.getpwnam("nobody")
            for path in (place, *place.iterdir()):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
            if database == "postgresql":
                space, admin = f"small_{uuid4().hex[:8]}", url.rpartition("/")[0] + "/postgres"
                made = f"CREATE DATABASE {space} TABLESPACE {space}"
                await asyncio.to_thread(run_sql, admin, f"CREATE TABLESPACE {space} LOCATION '{place}'", made)
                yield f"{url.rpartition('/')[0]}/{space}", place
                gone = (f"DROP DATABASE {space} WITH (FORCE)", f"DROP TABLESPACE {space}")
                await asyncio.to_thread(run_sql, admin, *gone)
            else:
                yield url, place
                tables = ("big", "counter", "whimbrel_history", "whimbrel_journal", "whimbrel_model", "whimbrel_identity")
                await asyncio.to_thread(run_sql, url, *(f"DROP TABLE IF EXISTS {table}" for table in tables))
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
        if database == "postgresql":
            shutil.rmtree(place)


@pytest.mark.asyncio
@pytest.mark.fault("R26")
async def test_a_full_disk_is_told_as_such_and_with_room_again_the_next_run_finishes(
    url: str, database: str, tmp_path: Path
) -> None:
    long = LONG.get(database, "repeat('x', 1000)")
    tables = "CREATE TABLE counter (n INTEGER);\nCREATE TABLE big (id INTEGER PRIMARY KEY, content TEXT);\n"
    counted = f"INSERT INTO counter VALUES (1);\n{BIG.format(long=long)}\nINSERT INTO counter VALUES (2);\n"
    folder = write_set(tmp_path / "full", {"V1__t.sql": tables, "V2__big.sql": counted})
    async with small_disk(url, database, tmp_path) as (small, place):
        for _ in range(2):
            with pytest.raises(MigrationFailed, match=r"V2__big\.sql:2:[0-9]+: statement 2 of 3") as caught:
                await migrate(small, folder)
            assert caught.value.code == FULL[database], caught.value
        assert [one.state for one in await info(small, folder)] == [State.SUCCESS, State.PENDING]
        async with DatabaseManager(small) as db_manager:
            assert await db_manager.fetch_all("SELECT n FROM counter") == []
        subprocess.run(["mount", "-o", "remount,size=200m", str(place)], check=True)
        assert len((await migrate(small, folder)).applied) == 1
        async with DatabaseManager(small) as db_manager:
            assert [row["n"] for row in await db_manager.fetch_all("SELECT n FROM counter ORDER BY n")] == [1, 2]
            assert await db_manager.fetch_value("SELECT count(*) AS n FROM big") == 36_000
