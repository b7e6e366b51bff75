"""A Galera cluster of three nodes: all of them grant GET_LOCK at once, so only the lease keeps runs apart."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import run_sql
from tests.faults.conftest import Figure
from tests.faults.ledger import judge, write_ledger
from tests.faults.processes import begin, finish, let_go
from tests.files import write_set
from tests.patience import PATIENCE
from tests.servers import Server
from tests.servers.galera import cluster
from whimbrel import DatabaseBusy, DatabaseManager, MigrationFailed, doctor, migrate
from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.session.connect import open_session

pytestmark = [pytest.mark.only("mariadb"), pytest.mark.fault("R10")]

LEASE_SECONDS = 30
_number = count(1)


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Server]]:
    with cluster(3) as servers:
        yield servers


@pytest.fixture
def urls(nodes: list[Server]) -> list[str]:
    """The addresses, one for each node, of an empty database."""
    name = f"test_{next(_number)}"
    run_sql(nodes[0].url, f"CREATE DATABASE {name}")
    return [f"{node.url.rpartition('/')[0]}/{name}" for node in nodes]


def ask(url: str, sql: str) -> object:
    async def fetch() -> object:
        async with DatabaseManager(url, pool_size=1) as db_manager:
            return await db_manager.fetch_value(sql)

    return asyncio.run(fetch())


def wait_until(url: str, sql: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ask(url, sql):
        assert time.monotonic() < deadline, f"never true: {sql}"
        time.sleep(0.05)


def slow_ledger(folder: Path, statement: str) -> str:
    """The set of three migrations, of which the second one takes some seconds in the middle."""
    path = write_ledger(folder, 3)
    second = folder / "V002__count.sql"
    second.write_text(second.read_text().replace("CREATE TABLE made_2", f"{statement};\nCREATE TABLE made_2"))
    return path


RUNNING = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(8)%' AND info NOT LIKE '%processlist%'"


def outlive_lease(url: str, *, wait: bool) -> None:
    """Let the lease of a holder that does not renew it run out; without `wait` by setting its time back."""
    if wait:
        time.sleep(LEASE_SECONDS + 1)
    else:
        run_sql(url, f"UPDATE whimbrel_lease SET until = until - INTERVAL {LEASE_SECONDS + 1} SECOND WHERE name = 'heart'")


def test_processes_on_all_nodes_apply_each_migration_once(
    urls: list[str], nodes: list[Server], tmp_path: Path, full: bool, figure: Figure, database: str
) -> None:
    processes, migrations = (32, 20) if full else (6, 5)
    folder = write_ledger(tmp_path, migrations)
    started = [begin(urls[number % len(urls)], folder) for number in range(processes)]
    let_go(*started)
    said = finish(started)
    assert [process.returncode for process in started] == [0] * processes, "\n".join(said)
    for url in urls:
        asyncio.run(judge(url, migrations))
    figure("processes x migrations on 3 nodes", f"{processes} x {migrations}")
    found = {one.name: one for one in asyncio.run(doctor(urls[1])).checks}
    assert (found["cluster"].level, found["lock"].told.partition(",")[0]) == ("ok", "not tried")


def test_many_first_runs_make_the_lease_at_once(
    urls: list[str], nodes: list[Server], tmp_path: Path, full: bool, figure: Figure, database: str
) -> None:
    rounds, processes = (20, 8) if full else (1, 6)
    folder = write_ledger(tmp_path, 1)
    for round_ in range(rounds):
        fresh = [f"{url}_{round_}" for url in urls]
        run_sql(urls[0], f"CREATE DATABASE {fresh[0].rpartition('/')[2]}")
        started = [begin(fresh[number % len(fresh)], folder) for number in range(processes)]
        let_go(*started)
        said = finish(started)
        assert [process.returncode for process in started] == [0] * processes, "\n".join(said)
        for url in fresh:
            asyncio.run(judge(url, 1))
    figure("rounds of first runs", rounds)


def test_who_waits_for_the_lease_writes_nothing_to_the_cluster(urls: list[str], tmp_path: Path, database: str) -> None:
    folder = slow_ledger(tmp_path, "DO SLEEP(8)")
    holder, *waiting = [begin(url, folder) for url in urls]
    let_go(holder)
    wait_until(urls[0], RUNNING)
    let_go(*waiting)
    wait_until(urls[1], "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()")
    written = "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'wsrep_last_committed'"
    before, still_running = ask(urls[0], written), ask(urls[0], RUNNING)
    time.sleep(0.7)
    assert (ask(urls[0], written), ask(urls[0], RUNNING)) == (before, still_running) == (before, 1)
    said = finish([holder, *waiting])
    assert [process.returncode for process in (holder, *waiting)] == [0, 0, 0], "\n".join(said)
    asyncio.run(judge(urls[0], 3))


def test_ddl_of_another_node_that_ends_the_runs_transactions_fails_no_run(
    urls: list[str], tmp_path: Path, full: bool, figure: Figure, database: str
) -> None:
    migrations = 20 if full else 5
    folder = write_ledger(tmp_path, migrations)
    started = [begin(url, folder) for url in urls]
    asyncio.run(migrate(urls[1], write_set(tmp_path / "first", {"V1__x.sql": "SELECT 1;"})))
    run_sql(urls[1], "DELETE FROM whimbrel_history")
    let_go(*started)
    # This must end: a run that conflicts with every one of them retries at growing intervals.
    altered, most = 0, 3000 if full else 300
    while altered < most and any(process.poll() is None for process in started):
        tables = ["history", "journal", "lease"] * 5
        run_sql(urls[1], *(f"ALTER TABLE whimbrel_{table} COMMENT '{altered + n}'" for n, table in enumerate(tables)))
        altered += len(tables)
    said = finish(started)
    assert [process.returncode for process in started] == [0] * len(started), "\n".join(said)
    for url in urls:
        asyncio.run(judge(url, migrations))
    figure("DDL statements on the tables of the runs meanwhile", altered)


def test_a_query_that_the_cluster_ends_fails_instead_of_answering_twice(urls: list[str], database: str) -> None:
    """The server would run it again. Of a SHOW it has already sent a part of the answer by then, which breaks the protocol."""

    async def retries() -> object:
        async with open_session(urls[0]) as session:
            await session.renew()
            return await session.connection.fetch_value("SELECT @@SESSION.wsrep_retry_autocommit")

    assert asyncio.run(retries()) == 0


def ending(monkeypatch: pytest.MonkeyPatch, chosen: Callable[[str], bool]) -> None:
    """Let the cluster end some of our messages, as it does for another node's DDL on their tables."""
    work = MysqlConnection._work

    async def ended(self: MysqlConnection, sql: str, *rest: Any) -> Any:
        if chosen(sql):
            if self.in_transaction:
                await work(self, "ROLLBACK", 0, [])
            raise DatabaseBusy("Deadlock found when trying to get lock; try restarting transaction", code="1213")
        return await work(self, sql, *rest)

    monkeypatch.setattr(MysqlConnection, "_work", ended)


@pytest.mark.parametrize("in_a_row", [1, 2])
def test_a_message_that_the_cluster_ends_is_sent_again(
    urls: list[str], tmp_path: Path, full: bool, figure: Figure, monkeypatch: pytest.MonkeyPatch, database: str, in_a_row: int
) -> None:
    folder, number, messages = write_ledger(tmp_path, 3), 0, count()
    third = tmp_path / "V003__count.sql"
    whole = third.read_text()

    def chosen(sql: str) -> bool:
        return "whimbrel_" in sql and number <= next(messages) < number + in_a_row

    while number == 0 or next(messages) > number:
        number, messages = number + (1 if full else 7), count()
        fresh = f"{urls[0]}_{number}_{in_a_row}"
        run_sql(urls[0], f"CREATE DATABASE {fresh.rpartition('/')[2]}")
        with monkeypatch.context() as patched:
            ending(patched, chosen)
            # One of the files was begun by an earlier run.
            third.write_text(f"{whole}nothing;")
            with pytest.raises(MigrationFailed, match="statement 5 of 5"):
                asyncio.run(migrate(fresh, folder))
            third.write_text(whole)
            asyncio.run(migrate(fresh, folder))
        asyncio.run(judge(fresh, 3))
    figure(f"messages that the cluster ended, {in_a_row} in a row", number)


def test_who_waits_need_not_see_who_has_the_lease(
    urls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    folder, asked, often = write_ledger(tmp_path, 2), count(1), asyncio.Event()

    def chosen(sql: str) -> bool:
        ours = sql.startswith("SELECT holder")
        if ours and next(asked) == 3:
            often.set()
        return ours

    async def wait() -> None:
        async with open_session(urls[1]) as holder:
            async with holder.locked(0):
                waiting = asyncio.create_task(migrate(urls[0], folder))
                await asyncio.wait([waiting, asyncio.create_task(often.wait())], return_when=asyncio.FIRST_COMPLETED)
            await waiting

    ending(monkeypatch, chosen)
    asyncio.run(wait())
    asyncio.run(judge(urls[2], 2))


def test_a_killed_holder_is_followed_when_its_lease_has_run_out(
    urls: list[str], tmp_path: Path, full: bool, figure: Figure, database: str
) -> None:
    folder = slow_ledger(tmp_path, "DO SLEEP(8)")
    holder, *waiting = [begin(url, folder) for url in urls]
    let_go(holder)
    wait_until(urls[0], RUNNING)
    let_go(*waiting)
    holder.kill()
    killed = time.monotonic()
    outlive_lease(urls[1], wait=full)
    said = finish([holder, *waiting])
    assert [process.returncode for process in (holder, *waiting)] == [-signal.SIGKILL, 0, 0], "\n".join(said)
    for url in urls:
        asyncio.run(judge(url, 3))
    figure("seconds from the holder's death to the end of the others", f"{time.monotonic() - killed:.0f}")


@pytest.mark.parametrize("statement", ["DO SLEEP(8)", "CREATE TABLE slow AS SELECT SLEEP(8) AS n"])
def test_a_holder_that_was_stopped_for_longer_than_its_lease_records_nothing(
    urls: list[str], tmp_path: Path, full: bool, statement: str, database: str
) -> None:
    folder = slow_ledger(tmp_path, statement)
    holder, follower = begin(urls[0], folder), begin(urls[1], folder)
    let_go(holder)
    wait_until(urls[0], RUNNING)
    holder.send_signal(signal.SIGSTOP)
    wait_until(urls[0], RUNNING.replace("COUNT(*)", "COUNT(*) = 0"))
    outlive_lease(urls[1], wait=full)
    let_go(follower)
    said = finish([follower])
    assert follower.returncode == 0, said
    before = everything(urls[0])
    holder.send_signal(signal.SIGCONT)
    said = finish([holder])
    assert holder.returncode == 1, said
    assert everything(urls[0]) == everything(urls[2]) == before
    for url in urls:
        asyncio.run(judge(url, 3))


def everything(url: str) -> list[object]:
    tables = ("whimbrel_history", "whimbrel_journal", "counter", "ledger")
    return [ask(url, f"SELECT GROUP_CONCAT(JSON_ARRAY({columns(url, table)})) FROM {table}") for table in tables]


def columns(url: str, table: str) -> object:
    return ask(
        url,
        "SELECT GROUP_CONCAT(column_name) FROM information_schema.columns "
        f"WHERE table_schema = DATABASE() AND table_name = '{table}'",
    )


# This test is the last one, since it leaves only two nodes.
def test_when_the_holders_node_is_killed_the_others_finish(
    urls: list[str], nodes: list[Server], tmp_path: Path, full: bool, figure: Figure, database: str
) -> None:
    folder = slow_ledger(tmp_path, "DO SLEEP(8)")
    processes = 10 if full else 2
    holder, waiting = begin(urls[2], folder), [begin(urls[number % 2], folder) for number in range(processes)]
    let_go(holder)
    wait_until(urls[2], RUNNING)
    let_go(*waiting)
    node = nodes[2].process
    assert node is not None
    node.kill()
    killed = time.monotonic()
    said = finish([holder])
    assert holder.returncode == 1, said
    outlive_lease(urls[0], wait=full)
    said = finish(waiting)
    assert [process.returncode for process in waiting] == [0] * processes, "\n".join(said)
    for url in urls[:2]:
        asyncio.run(judge(url, 3))
    figure("seconds from the node's death to the end of the others", f"{time.monotonic() - killed:.0f}")
