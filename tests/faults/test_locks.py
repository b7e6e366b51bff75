"""The migration lock: which processes wait, which need not, and what happens to a run that has lost it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.faults.conftest import Figure
from tests.faults.ledger import judge, write_ledger
from tests.faults.storm import rounds, storming
from tests.faults.watch import until_at_work
from tests.files import write_set
from tests.patience import PATIENCE
from whimbrel import DatabaseError, DatabaseManager, LockTimeout, MigrationFailed, State, info, migrate
from whimbrel.dialects.mysql import dialect as mysql
from whimbrel.dialects.mysql.rules import lock_name
from whimbrel.dialects.postgresql import lock as postgresql
from whimbrel.dialects.postgresql.dialect import HOLDERS
from whimbrel.session.connect import open_session
from whimbrel.url import parse_url

SERVERS = ("postgresql", "mysql", "mariadb")
MYSQL = ("mysql", "mariadb")
COUNTED = (
    "SELECT count(*) FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 12000000) SELECT n FROM c)"
)
SLOW = {"postgresql": "SELECT pg_sleep(3)", "mysql": "SELECT SLEEP(3)", "mariadb": "SELECT SLEEP(3)", "sqlite": COUNTED}
ME = {"postgresql": "pg_backend_pid()", "mysql": "CONNECTION_ID()", "mariadb": "CONNECTION_ID()"}
TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY);\nINSERT INTO t VALUES (1);\n"


async def fetch(url: str, sql: str) -> list[dict[str, object]]:
    async with DatabaseManager(url) as db_manager:
        return await db_manager.fetch_all(sql)


@pytest.mark.fault("R03")
@pytest.mark.asyncio
async def test_who_waited_does_nothing_where_the_other_did_it(url: str, database: str, tmp_path: Path) -> None:
    folder = Path(write_ledger(tmp_path / "ledger", 3))
    with (folder / "V001__count.sql").open("a") as first:
        first.write(f"{SLOW[database]};\n")
    one = asyncio.create_task(migrate(url, str(folder)))
    await until_at_work(url, "SLEEP" if database in MYSQL else "pg_sleep")
    assert len((await migrate(url, str(folder), dry_run=True)).pending) == 3
    two = await migrate(url, str(folder))
    slow = (await one).applied
    # On MySQL a reset of the session releases the lock, and a waiting process may apply the next file first.
    assert sorted(each.version for each in (*slow, *two.applied)) == ["1", "2", "3"]
    assert slow[0].version == "1"
    await judge(url, 3)


@contextmanager
def defaults(url: str, database: str, isolation: str) -> Iterator[None]:
    """Let new sessions begin with a snapshot that stays, and on MySQL without autocommit."""
    name = url.rpartition("/")[2]
    if database == "sqlite":
        run_sql(url, "PRAGMA journal_mode=WAL")
        yield
    elif database == "postgresql":
        run_sql(url, f"ALTER DATABASE {name} SET default_transaction_isolation TO '{isolation}'")
        yield
    else:
        # The first query, before the lock, then begins a transaction and takes its snapshot.
        run_sql(url, "SET GLOBAL autocommit=0", f"SET GLOBAL TRANSACTION ISOLATION LEVEL {isolation.upper()}")
        try:
            yield
        finally:
            run_sql(url, "SET GLOBAL autocommit=1", "SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ")


@pytest.mark.fault("R04")
@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_a_snapshot_older_than_the_lock_is_not_believed(url: str, database: str, tmp_path: Path, isolation: str) -> None:
    ledger = write_ledger(tmp_path / "ledger", 4)
    with defaults(url, database, isolation), storming(8) as all_of_them:
        assert sum(answer.applied for answer in all_of_them.migrate(url, ledger)) == 4
        asyncio.run(judge(url, 4))


async def cut(url: str, database: str) -> None:
    """End the connection that holds the migration lock, as soon as it works on the slow statement."""
    asleep = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE query LIKE '%SELECT pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()"
    )
    if database in MYSQL:
        asleep = "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'"
    async with DatabaseManager(url) as db_manager:
        async with asyncio.timeout(PATIENCE):
            while not await db_manager.fetch_value(asleep):
                await asyncio.sleep(0.02)
        if database == "postgresql":
            await db_manager.fetch_all(f"SELECT pg_terminate_backend(pid) FROM ({HOLDERS + postgresql.is_lock('public')}) h")
        else:
            name = lock_name(url.rpartition("/")[2])
            await db_manager.execute(f"KILL {await db_manager.fetch_value('SELECT IS_USED_LOCK(:name) AS id', {'name': name})}")


@pytest.mark.fault("R06")
@pytest.mark.only(*SERVERS)
@pytest.mark.parametrize("directive", ["", "-- whimbrel: transaction=off\n"], ids=["transaction", "journal"])
@pytest.mark.asyncio
async def test_who_lost_the_lock_with_its_session_records_nothing(
    url: str, database: str, tmp_path: Path, directive: str
) -> None:
    step = f"INSERT INTO overlap SELECT count(*), '{{what}}', {ME[database]} FROM overlap;\n"
    work = "".join([step.format(what="begin"), f"{SLOW[database]};\n", step.format(what="end")])
    files = {
        "V1__t.sql": "CREATE TABLE overlap (id INTEGER PRIMARY KEY, what VARCHAR(5), who INTEGER);",
        "V2__w.sql": directive + work,
    }
    folder = write_set(tmp_path / "work", files)
    await migrate(url, folder, version="1")
    one, two = asyncio.create_task(migrate(url, folder)), asyncio.create_task(migrate(url, folder))
    await cut(url, database)
    done = await asyncio.gather(one, two, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in done) == ["MigrationFailed", "Report"], done
    rows = await fetch(url, "SELECT what, who FROM overlap ORDER BY id")
    assert [row["what"] for row in rows] == ["begin", "end"]
    # A statement committed before the cut stays, and does not run again.
    assert len({row["who"] for row in rows}) == (2 if directive else 1)
    assert [one.state for one in await info(url, folder)] == [State.SUCCESS, State.SUCCESS]


@pytest.mark.fault("R06")
@pytest.mark.only(*SERVERS)
@pytest.mark.parametrize("directive", ["", "-- whimbrel: transaction=off\n"], ids=["transaction", "journal"])
@pytest.mark.asyncio
async def test_who_gave_the_lock_away_records_nothing(url: str, database: str, tmp_path: Path, directive: str) -> None:
    away = "SELECT pg_advisory_unlock_all()" if database == "postgresql" else "SELECT RELEASE_ALL_LOCKS()"
    text = f"{directive}INSERT INTO t VALUES (2);\n{away};\nINSERT INTO t VALUES (3);\n"
    folder = write_set(tmp_path / "away", {"V1__t.sql": TABLE, "V2__a.sql": text})
    for _ in range(2):
        with pytest.raises(MigrationFailed, match="this session has lost the migration lock, so nothing was recorded"):
            await migrate(url, folder)
        assert [row["id"] for row in await fetch(url, "SELECT id FROM t ORDER BY id")] == ([1, 2] if directive else [1])
        assert [one.state for one in await info(url, folder)][1] == (State.PARTIAL if directive else State.PENDING)


@pytest.mark.fault("R08")
@pytest.mark.only("postgresql")
@pytest.mark.timeout(1200)
def test_an_index_is_built_concurrently_while_others_wait(
    url: str, database: str, tmp_path: Path, full: bool, figure: Figure
) -> None:
    replicas, repeats = 8, 50 if full else 3
    rows = "INSERT INTO t SELECT n FROM generate_series(2, 5000) n;\n"
    files = {"V1__t.postgresql.sql": TABLE + rows, "V1__t.sql": "", "V2__i.sql": "CREATE INDEX CONCURRENTLY i ON t (id);"}
    folder = write_set(tmp_path / "index", files)
    with storming(replicas) as all_of_them:
        for one in rounds(url, repeats):
            run_sql(one, f"ALTER DATABASE {one.rpartition('/')[2]} SET statement_timeout TO '120s'")
            assert sum(answer.applied for answer in all_of_them.migrate(one, folder)) == 2
            valid = asyncio.run(fetch(one, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"))
            assert valid == [{"indisvalid": True}]
    figure("rounds of CREATE INDEX CONCURRENTLY", f"{repeats} with {replicas} replicas, no deadlock")


@pytest.mark.fault("R09")
@pytest.mark.only("mysql", "mariadb")
@pytest.mark.parametrize("case", [str.upper, str.lower], ids=["upper", "lower"])
@pytest.mark.asyncio
async def test_two_databases_of_a_server_do_not_wait_for_one_another(url: str, tmp_path: Path, case: object) -> None:
    folder = write_set(tmp_path / "t", {"V1__t.sql": TABLE})
    other = url.rpartition("/")[2] + ("_B" if case is str.upper else "_b")
    async with DatabaseManager(url) as db_manager:
        for name in (other, other.swapcase()):
            await db_manager.execute(f"CREATE DATABASE {name}")
        try:
            async with open_session(url, other) as holder, holder.locked(1):
                assert len((await migrate(url, folder, schema=other.swapcase(), lock_wait=0)).applied) == 1
                assert len((await migrate(url, folder, lock_wait=0)).applied) == 1
                # 0 is no lock.
                with pytest.raises(LockTimeout, match="held by connection"):
                    await migrate(url, folder, schema=other, lock_wait=0)
            assert len((await migrate(url, folder, schema=other)).applied) == 1
        finally:
            for name in (other, other.swapcase()):
                await db_manager.execute(f"DROP DATABASE {name}")


@pytest.mark.fault("R09")
@pytest.mark.only("mysql", "mariadb")
@pytest.mark.asyncio
async def test_an_answer_that_is_neither_0_nor_1_is_no_lock(
    url: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "t", {"V1__t.sql": TABLE})
    # Both servers refuse this lock name, MariaDB with NULL.
    monkeypatch.setattr(mysql, "lock_name", lambda schema: "")
    with pytest.raises(LockTimeout if database == "mariadb" else DatabaseError):
        await migrate(url, folder, lock_wait=0)
    assert [one.state for one in await info(url, folder)] == [State.PENDING]


@pytest.mark.fault("R15")
@pytest.mark.asyncio
async def test_nothing_to_do_needs_no_lock(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "t", {"V1__t.sql": TABLE})
    await migrate(url, folder)
    async with open_session(url) as holder, holder.locked(1), holder.transaction():
        report = await migrate(url, folder, lock_wait=0)
    assert (report.applied, report.already, report.waited) == ((), 1, 0.0)


GRANTS = {
    "postgresql": ("CREATE ROLE {user} LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}"),
    "mysql": ("CREATE USER {user}@'%'", "GRANT SELECT ON {name}.* TO {user}@'%'"),
}


@pytest.mark.fault("R15")
def test_nothing_to_do_needs_no_right_but_to_read(url: str, database: str, tmp_path: Path) -> None:
    folder, name = write_set(tmp_path / "t", {"V1__t.sql": TABLE}), url.rpartition("/")[2]
    asyncio.run(migrate(url, folder))
    if database == "sqlite":
        reader = f"{url}?mode=ro"
    else:
        user = f"reader_{name}"
        for statement in GRANTS.get(database, GRANTS["mysql"]):
            run_sql(url, statement.format(user=user, name=name))
        reader = url.replace(f"{parse_url(url).user}@", f"{user}@", 1)

    async def read() -> None:
        async with open_session(url) as holder, holder.locked(1), holder.transaction():
            assert (await migrate(reader, folder, lock_wait=0)).applied == ()

    try:
        asyncio.run(read())
    finally:
        if database == "postgresql":
            run_sql(url, f"DROP OWNED BY {user}", f"DROP ROLE {user}")
        elif database in MYSQL:
            run_sql(url, f"DROP USER {user}@'%'")


@pytest.mark.fault("R16")
@pytest.mark.only(*SERVERS)
@pytest.mark.asyncio
async def test_two_schemas_with_one_key_wait_for_one_another_and_no_more(
    url: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "lock_key", lambda schema: -7)
    monkeypatch.setattr(mysql, "lock_name", lambda schema: "whimbrel:7")
    ledger, schemas = write_ledger(tmp_path / "ledger", 3), [f"{url.rpartition('/')[2]}_{one}" for one in range(4)]
    async with DatabaseManager(url) as db_manager:
        for schema in schemas:
            await db_manager.execute(f"CREATE SCHEMA {schema}")
        async with open_session(url, schemas[0]) as holder, holder.locked(1):
            with pytest.raises(LockTimeout, match=r"held by (process|connection) \d+"):
                await migrate(url, ledger, schema=schemas[1], lock_wait=0.2)
        reports = await asyncio.gather(*(migrate(url, ledger, schema=schema, lock_wait=30) for schema in schemas * 2))
        assert sum(len(report.applied) for report in reports) == 3 * len(schemas)
        for schema in schemas:
            assert await db_manager.fetch_value(f"SELECT sum(n) FROM {schema}.counter") == 3
            await db_manager.execute(f"DROP SCHEMA {schema}" + (" CASCADE" if database == "postgresql" else ""))
