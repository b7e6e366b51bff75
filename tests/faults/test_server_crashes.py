"""The server is killed during a run, or the holder of the lock while another process waits: the next run finishes the work."""

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.faults.conftest import Figure
from tests.faults.harm import Harm
from tests.faults.rich import write_rich
from tests.faults.slow import Watcher, judge_slow, slow_step, write_slow
from tests.faults.victim import Death, Told, child
from tests.files import write_set
from tests.servers import Server, crash, running, stop
from whimbrel import DatabaseManager, migrate

# The latest moment at which the server dies, as a share of the run's time.
_LATEST = 1.1
PARTS = (
    "CREATE TABLE `my-parts` (id INTEGER) PARTITION BY RANGE (id) "
    "(PARTITION low VALUES LESS THAN (10), PARTITION high VALUES LESS THAN (20))"
)


class Mortal:
    """A durable server that may be killed and started again on the same data."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def fresh(self) -> str:
        """Recreate the database and return its address."""
        drop = "DROP DATABASE IF EXISTS fresh" + (" WITH (FORCE)" if self.server.database == "postgresql" else "")
        run_sql(self.server.url, drop, "CREATE DATABASE fresh")
        return f"{self.server.url.rpartition('/')[0]}/fresh"

    def crash(self) -> None:
        """Kill it, and return when it answers again."""
        self.server = crash(self.server, durable=True)


@pytest.fixture
def mortal(database: str) -> Iterator[Mortal]:
    with running(database, durable=True) as server:
        mortal = Mortal(server)
        try:
            yield mortal
        finally:
            stop(mortal.server)


@pytest.mark.fault("R25")
@pytest.mark.only("postgresql", "mysql", "mariadb")
@pytest.mark.timeout(1800)
def test_a_server_that_is_killed_in_a_run_loses_and_doubles_nothing(
    mortal: Mortal, database: str, tmp_path: Path, full: bool, figure: Figure
) -> None:
    harm = Harm(mortal.fresh, write_rich(tmp_path / "rich", database))
    url = mortal.fresh()
    # Measure again, because the first child had to wait for its fork server, and most kills would come too late.
    started = time.monotonic()
    with child(url, harm.folder) as victim:
        assert victim.hear().kind == "ended"
    lasts = time.monotonic() - started
    dice = random.Random(database)
    for _ in range(25 if full else 3):
        moment = dice.uniform(0, lasts * _LATEST)
        url = mortal.fresh()
        with child(url, harm.folder) as victim:
            time.sleep(moment)
            mortal.crash()
            told = victim.hear()
        harm.finish(url, f"killed after {moment:.3f} s, when the run {told.kind}: {told.steps[-1][:300]}")
    harm.judge("kills of the server", figure)


@pytest.mark.fault("R25")
@pytest.mark.only("mariadb")
def test_partitions_that_a_killed_server_left_without_their_table_are_cleared_away(mortal: Mortal, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "parts", {"V1__parts.sql": f"CREATE TABLE kept (id INTEGER);\n{PARTS};\n"})
    url = mortal.fresh()
    with child(url, folder, Death("after", text="CREATE TABLE `my-parts` (")) as victim:
        assert victim.hear().kind == "dying"
        victim.wait()
    # One kill in about thirty leaves this state: the partitions exist, but the table's definition does not.
    run_sql(url, "FLUSH TABLES")
    for suffix in ("frm", "par"):
        (asyncio.run(_directory(url)) / "fresh" / f"my@002dparts.{suffix}").unlink()
    report = asyncio.run(migrate(url, folder))
    assert report.applied[0].statements == 1
    run_sql(url, "INSERT INTO `my-parts` VALUES (1), (15)")


@pytest.mark.fault("R05")
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "in a transaction"])
def test_who_waits_for_a_dead_holder_begins_when_its_statement_has_ended(
    url: str, database: str, tmp_path: Path, shared: bool
) -> None:
    folder = write_slow(tmp_path / "slow", database, shared=shared)
    death = Death("during", text=slow_step(database, shared=shared), moment=0.5)
    with child(url, folder, death) as holder:
        assert holder.hear().kind == "dying"
        # On SQLite a statement ends together with its process.
        told = _hear(url, folder) if database == "sqlite" else asyncio.run(_watch(url, folder))
    assert told.kind == "ended", told
    asyncio.run(judge_slow(url, database, shared=shared))


async def _directory(url: str) -> Path:
    async with DatabaseManager(url) as db_manager:
        return Path(str(await db_manager.fetch_value("SELECT @@datadir")))


def _hear(url: str, folder: str) -> Told:
    with child(url, folder) as waiting:
        return waiting.hear()


async def _watch(url: str, folder: str) -> Told:
    """Wait for the end of a waiting process, and check that it did nothing while the other's statement ran."""
    watcher = await Watcher.open(url)
    try:
        # This comes before another process can run it.
        await watcher.find()
        waiting = asyncio.create_task(asyncio.to_thread(_hear, url, folder))
        seen = await watcher.last_seen()
        told = await waiting
        assert not await watcher.is_outrun(seen)
    finally:
        await watcher.close()
    return told
