"""The connection is cut, the answer to COMMIT is lost, COMMIT fails, or the client dies: the next run finds out what happened."""

import asyncio
import random
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Fresh
from tests.faults.conftest import Figure
from tests.faults.harm import Harm, share
from tests.faults.proxy import Proxy, behind, proxied
from tests.faults.rich import write_rich
from tests.faults.slow import Watcher, judge_slow, slow_step, write_slow
from tests.faults.victim import Death, child
from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, State, info, migrate
from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import ConnectionLost, DatabaseBusy, WhimbrelError
from whimbrel.url import parse_url

SERVERS = ("postgresql", "mysql", "mariadb")


class Line:
    """A fresh database each time, reached directly and through a proxy."""

    def __init__(self, fresh: Fresh, proxy: Proxy) -> None:
        self._fresh = fresh
        self._proxy = proxy

    def migrate(self, folder: str, *, cut_at: int = 0, swallow: int = 0) -> str:
        """Run through the proxy, which cuts the connection; return the address of the database."""
        url = self._fresh()
        self._proxy.arm(cut_at=cut_at, swallow=swallow)
        try:
            asyncio.run(migrate(behind(self._proxy, url), folder))
        except WhimbrelError as error:
            assert error.exit_code in (1, 7), error
        return url


@pytest.mark.fault("R23")
@pytest.mark.only(*SERVERS)
@pytest.mark.timeout(1800)
def test_a_lost_answer_to_commit_loses_and_doubles_nothing(
    fresh: Fresh, database: str, tmp_path: Path, full: bool, figure: Figure
) -> None:
    harm = Harm(fresh, write_rich(tmp_path / "rich", database))
    with proxied(fresh()) as proxy:
        line = Line(fresh, proxy)
        line.migrate(harm.folder)
        commits, rounds = proxy.commits, 100 if full else 5
        for number in range(rounds):
            swallow = 1 + (number * max(1, commits // rounds)) % commits
            url = line.migrate(harm.folder, swallow=swallow)
            assert proxy.commits == swallow
            harm.finish(url, f"the answer to COMMIT {swallow} of {commits}")
    harm.judge("answers to COMMIT swallowed", figure)


@pytest.mark.fault("R23")
@pytest.mark.only("mysql", "mariadb")
def test_a_commit_that_took_effect_and_is_said_to_have_failed_ends_no_run(
    fresh: Fresh, database: str, tmp_path: Path, full: bool, figure: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    harm = Harm(fresh, write_rich(tmp_path / "rich", database))
    commits = sum(step.endswith("COMMIT") for step in harm.steps)
    work, counted = MysqlConnection._work, count()

    # A cluster's node does this when it ends a transaction in favour of another node's. It was seen once in many thousand runs.
    async def denied(self: MysqlConnection, sql: str, *rest: Any) -> Any:
        answer = await work(self, sql, *rest)
        if sql.endswith("COMMIT") and next(counted) == number:
            raise DatabaseBusy("Deadlock found when trying to get lock", code="1213")
        return answer

    for number in share(range(0, commits, 1 if full else 3), database, full=full):
        counted, url = count(), fresh()
        with monkeypatch.context() as patched:
            patched.setattr(MysqlConnection, "_work", denied)
            try:
                asyncio.run(migrate(url, harm.folder))
            except MigrationFailed as failed:
                # Only the next run can find out whether a file's own COMMIT took effect.
                assert "its own transactions" in failed.left_behind
        harm.finish(url, f"COMMIT {number + 1} of {commits} said to have failed")
    harm.judge("commits said to have failed", figure)


@pytest.mark.fault("R23")
@pytest.mark.only(*SERVERS)
@pytest.mark.timeout(1800)
def test_a_connection_cut_at_any_byte_loses_and_doubles_nothing(
    fresh: Fresh, database: str, tmp_path: Path, full: bool, figure: Figure
) -> None:
    harm = Harm(fresh, write_rich(tmp_path / "rich", database))
    dice = random.Random(database)
    with proxied(fresh()) as proxy:
        line = Line(fresh, proxy)
        line.migrate(harm.folder)
        total = proxy.bytes
        for _ in range(50 if full else 5):
            cut_at = dice.randrange(1, total)
            harm.finish(line.migrate(harm.folder, cut_at=cut_at), f"cut after byte {cut_at} of {total}")
    harm.judge("connections cut at random bytes", figure)


@pytest.mark.fault("R22")
@pytest.mark.only(*SERVERS)
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "in a transaction"])
def test_a_dead_clients_statement_is_waited_for_and_runs_once(url: str, database: str, tmp_path: Path, shared: bool) -> None:
    folder = write_slow(tmp_path / "slow", database, shared=shared)

    async def follow() -> bool:
        watcher = await Watcher.open(url)
        try:
            with child(url, folder, Death("during", text=slow_step(database, shared=shared), moment=0.3)) as victim:
                await watcher.find()
                assert victim.hear().kind == "dying"
                await asyncio.to_thread(victim.wait)
            next_run = asyncio.create_task(migrate(url, folder))
            seen = await watcher.last_seen()
            await next_run
            return await watcher.is_outrun(seen)
        finally:
            await watcher.close()

    assert not asyncio.run(follow())
    asyncio.run(judge_slow(url, database, shared=shared))


@pytest.mark.fault("R25")
@pytest.mark.only("postgresql")
def test_a_farewell_of_the_server_between_two_statements_is_a_lost_connection(url: str) -> None:
    async def farewell() -> None:
        parsed, dialect = parse_url(url), find_dialect(parse_url(url))
        other = await dialect.open(parsed)
        ours = await dialect.open(parse_url(behind(proxy, url)))
        session = await ours.fetch_value("SELECT pg_backend_pid()")
        await other.fetch_value("SELECT pg_terminate_backend(:session, 10000)", {"session": session})
        await other.close()
        # The driver has read the server's message, but not yet noticed the end of the connection.
        await asyncio.sleep(0.1)
        with pytest.raises(ConnectionLost):
            await ours.fetch_value("SELECT :one + 1", {"one": 1})
        with pytest.raises(ConnectionLost):
            await ours.run("SELECT 1")
        await ours.close()

    with proxied(url) as proxy:
        proxy.hold = True
        asyncio.run(farewell())


DEFERRED = """CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
"""


@pytest.mark.fault("R24")
@pytest.mark.only("postgresql", "sqlite")
def test_a_commit_that_fails_records_nothing_and_says_where(url: str, tmp_path: Path) -> None:
    wrong = "INSERT INTO parent VALUES (1);\nINSERT INTO child VALUES (1, 2);\n"
    folder = write_set(tmp_path / "deferred", {"V1__tables.sql": DEFERRED, "V2__rows.sql": wrong})
    with pytest.raises(MigrationFailed, match=r"V2__rows\.sql:2:1: statement 2 of 2 \(COMMIT\) failed") as caught:
        asyncio.run(migrate(url, folder))
    assert "foreign key" in caught.value.server_message.lower()
    assert "nothing, its transaction was rolled back" in str(caught.value)
    assert asyncio.run(rows(url)) == (0, 0)
    assert [one.state for one in asyncio.run(info(url, folder))] == [State.SUCCESS, State.PENDING]
    write_set(tmp_path / "deferred", {"V2__rows.sql": wrong.replace("(1, 2)", "(1, 1)")})
    asyncio.run(migrate(url, folder))
    assert asyncio.run(rows(url)) == (1, 1)


async def rows(url: str) -> tuple[int, int]:
    async with DatabaseManager(url) as db_manager:
        counted = [await db_manager.fetch_value(f"SELECT count(*) FROM {table}") for table in ("parent", "child")]
    return counted[0], counted[1]
