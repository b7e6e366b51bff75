"""A proof names exactly the differences between a database and its files. The database stays as it was."""

import asyncio
from pathlib import Path

import pytest

from tests.adoption.differing_tables import lies_of
from tests.baseline import objects
from tests.conftest import run_sql
from tests.databases import count_rows, count_tables
from tests.files import write_set
from whimbrel import ConfigurationError, DatabaseManager, ValidationFailed, baseline, inspect, migrate, split
from whimbrel.adoption.proof import prove
from whimbrel.migrations.migration import MigrationSet
from whimbrel.migrations.reader import read_directories

ROOT = Path(__file__).parents[2]
SETS = [str(ROOT / "sql" / name) for name in ("auth", "chat", "conversations", "agent", "tenancy", "chatkit", "application")]
_OF_MYSQL = "SELECT count(*) AS n FROM information_schema.schemata WHERE LEFT(schema_name, 9) = 'whimbrel_'"
_SCRATCH = {
    "postgresql": "SELECT count(*) AS n FROM pg_database WHERE starts_with(datname, 'whimbrel_')",
    "mysql": _OF_MYSQL,
    "mariadb": _OF_MYSQL,
}
_PAUSE = {"postgresql": "SELECT pg_sleep(60);", "mysql": "SELECT sleep(60);", "mariadb": "SELECT sleep(60);"}


def read(folder: str) -> list[MigrationSet]:
    return read_directories([folder])


async def by_hand(url: str, text: str, database: str) -> None:
    """Run statements without a history, as a person or another tool would."""
    await asyncio.to_thread(run_sql, url, *[one.text for one in split(text, database)])


async def left_behind(url: str, database: str) -> int:
    """Return how many throw-away databases still exist."""
    if database == "sqlite":
        return 0
    async with DatabaseManager(url) as db_manager:
        return int(await db_manager.fetch_value(_SCRATCH[database]))


@pytest.mark.asyncio
async def test_every_lie_is_named_and_nothing_recorded_until_all_are_accepted(url: str, database: str, tmp_path: Path) -> None:
    lies = lies_of(database)
    folder = write_set(tmp_path / "shop", {"V1__a.sql": "".join(f"{one.right};\n" for one in lies if one.right)})
    await by_hand(url, "".join(f"{one.wrong};\n" for one in lies if one.wrong) + "INSERT INTO t1 VALUES (7);", database)
    before, schema, known = await objects(url, database), await inspect(url), await left_behind(url, database)
    with pytest.raises(ValidationFailed) as failed:
        await baseline(url, folder, version="1", prove=True)
    told = [one.message for one in failed.value.problems]
    wanted = {name for one in lies for name in one.names}
    assert [name for name in wanted if not any(f"{name}" in one for one in told)] == []
    assert len(told) == len(wanted), told
    assert any(f"{folder}/V1__a.sql:3: column t1.gone: missing" in one for one in told)
    # No file makes this column, so the report shows the place of its table.
    assert any(f"{folder}/V1__a.sql:4: column t2.more: extra" in one for one in told)
    assert (await objects(url, database), await inspect(url), await count_rows(url, "t1")) == (before, schema, 1)
    assert (await count_tables(url, "whimbrel_history"), await left_behind(url, database)) == (0, known)
    accepted = dict.fromkeys(wanted, "seen") | {"table old: extra": "another server has it"}
    report = await baseline(url, folder, version="1", prove=True, accepted=accepted)
    assert report.proof is not None
    assert (report.recorded, report.proof.is_proven, report.proof.unneeded) == (("shop/V1__a.sql",), True, ("table old: extra",))


@pytest.mark.only("postgresql", "mysql")
@pytest.mark.asyncio
async def test_the_sets_of_this_repository_are_proven(url: str) -> None:
    await migrate(url, *SETS)
    report = await prove(url, read_directories(SETS))
    assert (report.differences, report.notes, report.failed) == ((), (), "")


@pytest.mark.only("sqlite", "postgresql")
@pytest.mark.asyncio
async def test_a_set_that_needs_another_is_proven_with_it(url: str, database: str, tmp_path: Path) -> None:
    users = write_set(tmp_path / "users", {"V1__a.sql": "CREATE TABLE users (id INTEGER PRIMARY KEY, n INTEGER);"})
    later = write_set(tmp_path / "users", {"V2__b.sql": "ALTER TABLE users ADD COLUMN later INTEGER;"})
    await migrate(url, users, version="1")
    link = "ALTER TABLE users ADD COLUMN shop INTEGER;"
    table = "CREATE TABLE shop (id INTEGER PRIMARY KEY);"
    shop = write_set(tmp_path / "shop", {"V1__a.sql": f"{table}\n{link}", "V2__b.sql": "DROP TABLE shop;"})
    await by_hand(url, f"{table} {link} CREATE TABLE schema_migrations (version VARCHAR(20));", database)
    with pytest.raises(ValidationFailed) as failed:
        await baseline(url, shop, version="1", prove=True)
    problem = failed.value.problems[-1].message
    assert f"the files cannot be replayed: {shop}/V1__a.sql:2:" in problem
    assert "give the folders of all sets" in problem
    # Without the folder of the set `users`, the proof cannot know which set made further tables.
    alone = await prove(url, read(write_set(tmp_path / "shop2", {"V1__a.sql": table})))
    assert ([one.name for one in alone.differences], alone.is_proven) == ([], True)
    assert any(one.startswith("not judged") and one.endswith("table users") for one in alone.notes)
    report = await baseline(url, shop, version="1", prove=True, needs=[later])
    assert report.proof is not None
    assert report.proof.notes == ("left out: table schema_migrations, the history of dbmate, golang-migrate or Rails",)


@pytest.mark.only("postgresql", "mysql")
@pytest.mark.asyncio
async def test_a_cancelled_proof_leaves_nothing_behind(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "shop", {"V1__a.sql": _PAUSE[database]})
    # Other tests kill adoptions on this server.
    known = await left_behind(url, database)
    task = asyncio.create_task(prove(url, read(folder)))
    while await left_behind(url, database) == known:
        assert not task.done(), task.result()
        await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await left_behind(url, database) == known


@pytest.mark.only("mysql", "mariadb")
@pytest.mark.asyncio
async def test_a_replay_never_writes_to_a_database_that_a_file_names(url: str, tmp_path: Path) -> None:
    name = url.rpartition("/")[2]
    await asyncio.to_thread(run_sql, url, "CREATE TABLE shop (id INTEGER PRIMARY KEY)", "INSERT INTO shop VALUES (1)")
    for text in (f"DELETE FROM {name}.shop;", f"USE {name};\nDROP TABLE shop;"):
        folder = write_set(tmp_path / "shop", {"V1__a.sql": text})
        with pytest.raises(ConfigurationError, match="the files cannot be replayed"):
            await prove(url, read(folder), databases=[url.partition(":")[0]])
        assert await count_rows(url, "shop") == 1


@pytest.mark.only("postgresql", "mysql")
@pytest.mark.asyncio
async def test_a_user_who_only_reads_proves_with_another_server(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "shop", {"V1__a.sql": "CREATE TABLE shop (id INTEGER PRIMARY KEY, n INTEGER);"})
    await migrate(url, folder)
    name = url.rpartition("/")[2]
    if database == "postgresql":
        rights = [f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_{name}"]
        make, drop = [f"CREATE ROLE reader_{name} LOGIN"], [f"DROP OWNED BY reader_{name}", f"DROP ROLE reader_{name}"]
    else:
        rights = [f"GRANT SELECT, SHOW VIEW ON {name}.* TO reader_{name}@'%'"]
        make, drop = [f"CREATE USER reader_{name}@'%'"], [f"DROP USER reader_{name}@'%'"]
    await asyncio.to_thread(run_sql, url, *make, *rights)
    reader = url.replace("://postgres@", f"://reader_{name}@").replace("://root@", f"://reader_{name}@")
    try:
        with pytest.raises(ConfigurationError, match="--on"):
            await prove(reader, read(folder))
        report = await prove(reader, read(folder), on=url)
        assert report.is_proven, str(report)
    finally:
        await asyncio.to_thread(run_sql, url, *drop)
    other = "sqlite://" if database == "postgresql" else "postgresql://localhost/x"
    with pytest.raises(ConfigurationError, match="of the same kind"):
        await prove(url, read(folder), on=other)


@pytest.mark.only("postgresql", "mysql")
@pytest.mark.asyncio
async def test_a_schema_of_another_name_is_proven_with_its_extensions(url: str, database: str, tmp_path: Path) -> None:
    schema = f"{url.rpartition('/')[2]}_x"
    kind = "CITEXT" if database == "postgresql" else "VARCHAR(20)"
    extend = ["CREATE EXTENSION citext"] if database == "postgresql" else []
    named = f'"{schema}".' if database == "postgresql" else ""
    text = f"CREATE TABLE {named}t (id INTEGER PRIMARY KEY, n {kind} DEFAULT 'a');\nCREATE VIEW v AS SELECT n FROM t;"
    folder = write_set(tmp_path / "shop", {"V1__a.sql": text})
    await asyncio.to_thread(run_sql, url, f"CREATE SCHEMA {schema}", *extend)
    try:
        await migrate(url, folder, schema=schema)
        report = await prove(url, read(folder), schema=schema)
        assert (report.differences, report.failed, report.notes) == ((), "", ())
        await asyncio.to_thread(run_sql, url, f"DROP VIEW {schema}.v")
        report = await prove(url, read(folder), schema=schema)
        assert [one.name for one in report.differences] == ["view v: missing"]
    finally:
        await asyncio.to_thread(run_sql, url, f"DROP SCHEMA {schema}" + (" CASCADE" if database == "postgresql" else ""))
