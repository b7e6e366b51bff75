"""Other clients use the database too: older and newer builds, other applications, wrong clocks, pools that stay open during a
migration.
"""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.faults.ledger import judge, write_ledger
from tests.files import ROOT, write_set
from tests.patience import PATIENCE
from tests.warm import WarmProcess
from whimbrel import DatabaseError, DatabaseManager, ValidationFailed, info, migrate
from whimbrel.cli import main

ASYNC = pytest.mark.asyncio


def start(url: str, *folders: str, path: str = "") -> subprocess.Popen[str]:
    """Start a process that migrates; it finds modules in `path` first."""
    sets = [word for folder in folders for word in ("--sql", folder)]
    command = [sys.executable, "-m", "whimbrel", "migrate", "--url", url, *sets]
    environment = {**os.environ, "PYTHONPATH": f"{path}:{ROOT}"}
    # A warm process has imported Whimbrel already.
    kind = subprocess.Popen if path else WarmProcess
    return kind(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@ASYNC
@pytest.mark.fault("R62")
async def test_an_older_build_starts_unless_a_migration_needs_a_newer_one(url: str, tmp_path: Path) -> None:
    old = write_set(tmp_path / "old" / "app", {"V1__a.sql": "SELECT 1;"})
    new = write_set(tmp_path / "new" / "app", {"V1__a.sql": "SELECT 1;", "V2__b.sql": "SELECT 2;"})
    await migrate(url, new)
    assert [problem.kind for problem in (await migrate(url, old)).warnings] == ["future"]
    write_set(tmp_path / "new" / "app", {"V3__c.sql": "-- whimbrel: min_app=2.1\nSELECT 3;"})
    await migrate(url, new, app_version="1.0")
    with pytest.raises(ValidationFailed, match=r"needs the application's version 2\.1 or newer; this build is 1\.10"):
        await migrate(url, old, app_version="1.10")
    with pytest.raises(ValidationFailed, match="this build does not give its version"):
        await migrate(url, old)
    assert (await migrate(url, old, app_version="2.1")).applied == ()


@pytest.mark.fault("R62")
def test_the_command_of_an_older_build_warns_and_answers_0_or_stops_with_3(
    capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path
) -> None:
    files = {f"V{version}__x.sql": "SELECT 1;" for version in range(1, 6)}
    old = write_set(tmp_path / "old" / "app", dict(list(files.items())[:3]))
    new = write_set(tmp_path / "new" / "app", files)
    assert main(["migrate", "--url", url, "--sql", new]) == 0
    capsys.readouterr()
    assert main(["migrate", "--url", url, "--sql", old]) == 0
    assert "warning: " in capsys.readouterr().out
    write_set(tmp_path / "new" / "app", {"V6__c.sql": "-- whimbrel: min_app=2\nSELECT 3;"})
    assert main(["migrate", "--url", url, "--sql", new]) == 0
    assert main(["migrate", "--url", url, "--sql", old, "--app-version", "1.9"]) == 3
    # A version that an older build lacks between its own is not a newer version.
    (tmp_path / "old" / "app" / "V2__x.sql").unlink()
    assert main(["migrate", "--url", url, "--sql", old, "--app-version", "3"]) == 3


@ASYNC
@pytest.mark.fault("R63")
async def test_two_applications_in_one_database_do_not_see_each_other(url: str, tmp_path: Path, full: bool) -> None:
    count = 20 if full else 5
    folders = []
    for name in ("orders", "billing"):
        files = {
            f"V{v}__t.sql": f"CREATE TABLE {name}_{v} (id INTEGER PRIMARY KEY);\nINSERT INTO {name}_{v} VALUES ({v});"
            for v in range(1, count + 1)
        }
        folders.append(write_set(tmp_path / name, files))
    processes = [start(url, folder) for folder in folders * 2]
    for process in processes:
        text, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
        assert (process.returncode, "warning" in text) == (0, False), text
    for folder in folders:
        assert [str(one.state) for one in await info(url, folder)] == ["success"] * count
        assert (await migrate(url, folder)).warnings == ()
    async with DatabaseManager(url) as db_manager:
        rows = await db_manager.fetch_all("SELECT set_name, version FROM whimbrel_history")
        assert len(rows) == len({(row["set_name"], row["version"]) for row in rows}) == 2 * count
        ranks = await db_manager.fetch_all("SELECT installed_rank AS n FROM whimbrel_history ORDER BY installed_rank")
        assert [row["n"] for row in ranks] == list(range(1, 2 * count + 1))
        for name in ("orders", "billing"):
            for version in range(1, count + 1):
                assert await db_manager.fetch_value(f"SELECT id FROM {name}_{version}") == version


# Python loads this module first. The clock of datetime is in C, so the module replaces the whole class.
CLOCK = """
import datetime, time
SECONDS = {seconds}
now, now_ns = time.time, time.time_ns
time.time = lambda: now() + SECONDS
time.time_ns = lambda: now_ns() + SECONDS * 10**9
class Wrong(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)
    @classmethod
    def utcnow(cls):
        return cls.now(datetime.UTC).replace(tzinfo=None)
datetime.datetime = Wrong
"""


@ASYNC
@pytest.mark.fault("R64")
async def test_processes_with_wrong_clocks_do_what_the_others_do(url: str, tmp_path: Path) -> None:
    folder = write_ledger(tmp_path / "set", 4)
    paths = []
    for name, days in (("early", -1), ("late", 1), ("right", 0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sitecustomize.py").write_text(CLOCK.format(seconds=days * 86_400))
        paths.append(str(tmp_path / name))
    before = datetime.now(UTC) - timedelta(seconds=2)
    processes = [start(url, folder, path=path) for path in paths]
    for process in processes:
        text, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
        assert process.returncode == 0, text
    write_ledger(tmp_path / "set", 6)
    for path in paths:
        process = start(url, folder, path=path)
        text, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
        assert process.returncode == 0, text
    await judge(url, 6)
    for one in await info(url, folder):
        assert one.applied is not None
        assert before < one.applied.installed_on < datetime.now(UTC) + timedelta(seconds=2)


@ASYNC
@pytest.mark.fault("R67")
async def test_a_pool_that_lives_while_another_process_migrates_goes_on(url: str, database: str, tmp_path: Path) -> None:
    change = "ALTER TABLE t ALTER COLUMN n TYPE BIGINT;" if database == "postgresql" else "SELECT 1;"
    folder = write_set(tmp_path / "set", {"V1__t.sql": "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);"})
    await migrate(url, folder)
    async with DatabaseManager(url, pool_size=3) as db_manager:
        await asyncio.gather(*(ask(db_manager) for _ in range(6)))
        files = {"V2__c.sql": f"ALTER TABLE t ADD COLUMN c INTEGER;\n{change}", "V3__d.sql": "ALTER TABLE t DROP COLUMN c;"}
        for name, text in files.items():
            write_set(tmp_path / "set", {name: text})
            process = start(url, folder)
            text, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
            assert process.returncode == 0, text
            # Each connection has planned the statement for the table as it was.
            await asyncio.gather(*(ask(db_manager) for _ in range(6)))
            async with db_manager.transaction():
                await ask(db_manager)


async def ask(db_manager: DatabaseManager) -> None:
    await db_manager.fetch_all("SELECT * FROM t WHERE id = :id", {"id": 1})
    await db_manager.fetch_value("SELECT sum(n) AS n FROM t")
    await db_manager.execute("UPDATE t SET n = n + :more", {"more": 1})


@ASYNC
@pytest.mark.fault("R67")
async def test_at_most_one_transaction_meets_a_plan_of_before_and_all_others_work(url: str, database: str) -> None:
    run = asyncio.to_thread
    await run(run_sql, url, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)", "INSERT INTO t VALUES (1, 1)")
    async with DatabaseManager(url, pool_size=2) as db_manager:

        async def transact() -> None:
            async with db_manager.transaction():
                assert len(await db_manager.fetch_all("SELECT * FROM t WHERE id = :id", {"id": 1})) == 1

        for _ in range(2):
            await asyncio.gather(*(transact() for _ in range(6)))
        await run(run_sql, url, "ALTER TABLE t ADD COLUMN c INTEGER")
        if database == "postgresql":
            # Only outside of a transaction does asyncpg retry by itself; inside, the server has ended the transaction.
            with pytest.raises(DatabaseError, match="cached plan must not change result type"):
                await transact()
        await asyncio.gather(*(transact() for _ in range(6)))
