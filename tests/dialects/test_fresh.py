"""A database that has no history yet: several files share one message, and each is still a separate migration."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, migrate
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.asyncio

COUNT = 40
# The statements of a file, by its number: new tables, rows, an index, and a changed table.
SHAPES = (
    "CREATE TABLE t{0} (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20));\n",
    "INSERT INTO t{0} VALUES (1, 'one;');\nINSERT INTO t{0} VALUES (2, 'two');\n",
    "CREATE INDEX i{0} ON t{0} (name);\n",
    "ALTER TABLE t{0} ADD COLUMN more INTEGER;\n",
)
FILES = {f"V{number}__step.sql": SHAPES[(number - 1) % 4].format((number - 1) // 4) for number in range(1, COUNT + 1)}
RECORDED = "SELECT version, installed_rank FROM whimbrel_history WHERE success ORDER BY installed_rank"


async def recorded(url: str) -> list[tuple[str, int]]:
    async with DatabaseManager(url) as db_manager:
        return [(row["version"], row["installed_rank"]) for row in await db_manager.fetch_all(RECORDED)]


def first(count: int) -> list[tuple[str, int]]:
    return [(str(number), number) for number in range(1, count + 1)]


async def test_every_file_is_applied_and_recorded_once(url: str, tmp_path: Path) -> None:
    report = await migrate(url, write_set(tmp_path / "t", FILES))
    assert [(one.version, one.statements) for one in report.applied] == [
        (str(number), 1 + (number % 4 == 2)) for number in range(1, COUNT + 1)
    ]
    assert await recorded(url) == first(COUNT)
    async with DatabaseManager(url) as db_manager:
        assert [row["name"] for row in await db_manager.fetch_all("SELECT name FROM t9 ORDER BY id")] == ["one;", "two"]


@pytest.mark.parametrize("bad", [1, 2, 5, 17, COUNT])
async def test_a_file_that_is_refused_is_told_and_those_before_it_stay(url: str, tmp_path: Path, bad: int) -> None:
    folder = write_set(
        tmp_path / "t", FILES | {f"V{bad}__step.sql": "-- two lines\n-- before it\nINSERT INTO nowhere VALUES (1);\n"}
    )
    with pytest.raises(MigrationFailed, match=f"V{bad}__step.sql:3:13: statement 1 of 1") as caught:
        await migrate(url, folder)
    assert list(caught.value.applied) == [f"t/V{number}__step.sql" for number in range(1, bad)]
    assert await recorded(url) == first(bad - 1)
    write_set(tmp_path / "t", FILES)
    assert [one.version for one in (await migrate(url, folder)).applied] == [version for version, _ in first(COUNT)[bad - 1 :]]
    assert await recorded(url) == first(COUNT)


@pytest.mark.only("postgresql", "sqlite")
async def test_what_is_sent_together_is_told_together(url: str, tmp_path: Path) -> None:
    told = list[str]()
    files = {f"V{number}__step.sql": f"CREATE TABLE t{number} (id INTEGER);" for number in (1, 2, 3)}
    await migrate(url, write_set(tmp_path / "t", files), progress=told.append)
    assert [line.partition(",")[0] for line in told] == [
        "applying t/V1__step.sql to t/V3__step.sql",
        *(f"applied t/V{number}__step.sql" for number in (1, 2, 3)),
    ]


@pytest.mark.only("postgresql")
async def test_a_connection_that_is_lost_is_told_with_all_that_was_sent(url: str, tmp_path: Path) -> None:
    files = {f"V{number}__step.sql": f"CREATE TABLE t{number} (id INTEGER);" for number in (1, 2, 4)}
    folder = write_set(tmp_path / "t", files | {"V3__end.sql": "SELECT pg_terminate_backend(pg_backend_pid());"})
    with pytest.raises(MigrationFailed, match=r"t/V3__end\.sql to t/V4__step\.sql were sent together") as caught:
        await migrate(url, folder)
    assert caught.value.left_behind == "unknown, the connection was lost"
    assert await recorded(url) == first(2)


@pytest.mark.only("postgresql", "sqlite")
async def test_each_file_has_the_time_that_it_took_itself(url: str, database: str, tmp_path: Path) -> None:
    slow = {
        "postgresql": "CREATE TABLE slow AS SELECT pg_sleep(0.3)::text AS n;",
        "sqlite": "CREATE TABLE slow (n INTEGER); INSERT INTO slow WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 "
        "FROM n WHERE n < 1500000) SELECT count(*) AS n FROM n;",
    }
    quick = {f"V{number}__quick.sql": f"CREATE TABLE t{number} (id INTEGER);" for number in (1, 3, 4)}
    report = await migrate(url, write_set(tmp_path / "t", quick | {"V2__slow.sql": slow[database]}))
    one, two, three, four = [one.seconds for one in report.applied]
    assert two > max(one, three, four)
    async with DatabaseManager(url) as db_manager:
        rows = await db_manager.fetch_all("SELECT execution_time FROM whimbrel_history ORDER BY installed_rank")
    # The report and the history give the same seconds for a slow message.
    assert [row["execution_time"] for row in rows][1:] == [round(1000 * seconds) for seconds in (two, three, four)]


@pytest.mark.only("postgresql")
async def test_a_session_that_is_made_new_never_lets_go_of_the_lock(url: str) -> None:
    async with open_session(url) as session, open_session(url) as other:
        connection, schema = session.connection, session.schema
        assert await session.dialect.try_lock(connection, schema)
        async with connection.transaction():
            for statement in session.dialect.session_reset_sql(schema, "anything"):
                await connection.run(statement)
                assert not await other.dialect.try_lock(other.connection, schema), statement
        assert await session.dialect.owns_lock(connection, schema)
        await session.dialect.unlock(connection, schema)
        assert await other.dialect.try_lock(other.connection, schema)


@pytest.mark.only("postgresql")
async def test_a_file_that_lets_go_of_the_lock_is_refused_and_those_before_it_stay(url: str, tmp_path: Path) -> None:
    files = {f"V{number}__step.sql": f"CREATE TABLE t{number} (id INTEGER);" for number in (1, 2, 4)}
    folder = write_set(tmp_path / "t", files | {"V3__unlock.sql": "SELECT pg_advisory_unlock_all();"})
    with pytest.raises(MigrationFailed, match="this session has lost the migration lock") as caught:
        await migrate(url, folder)
    assert caught.value.script == "V3__unlock.sql"
    assert await recorded(url) == first(2)


@pytest.mark.only("sqlite")
async def test_the_number_of_the_last_row_does_not_reach_the_next_file(url: str, tmp_path: Path) -> None:
    files = {
        "V1__t.sql": "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);\nCREATE TABLE seen (number INTEGER, changed INTEGER);",
        "V2__row.sql": "INSERT INTO t VALUES (7, 'x');",
        "V3__seen.sql": "INSERT INTO seen VALUES (last_insert_rowid(), changes());",
        "V4__index.sql": "CREATE INDEX i ON t (name);",
        "V5__seen.sql": "INSERT INTO seen VALUES (last_insert_rowid(), changes());",
    }
    await migrate(url, write_set(tmp_path / "t", files))
    async with DatabaseManager(url) as db_manager:
        rows = [(row["number"], row["changed"]) for row in await db_manager.fetch_all("SELECT number, changed FROM seen")]
    # The record of the fourth file is the last change before the fifth file.
    assert rows == [(0, 0), (0, 1)]


@pytest.mark.only("sqlite")
async def test_a_question_that_is_refused_at_its_second_row_fails_its_file(url: str, tmp_path: Path) -> None:
    made = "CREATE TABLE t (v TEXT);\nINSERT INTO t VALUES ('1');\nINSERT INTO t VALUES ('no');"
    with pytest.raises(MigrationFailed, match=r"V2__check\.sql:1:1: statement 1 of 1"):
        await migrate(url, write_set(tmp_path / "t", {"V1__t.sql": made, "V2__check.sql": "SELECT json(v) FROM t;"}))
