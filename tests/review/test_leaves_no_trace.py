"""The verbs that only ask leave a database and its server as they were, whatever files, conditions and queries say."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.faults.picture import draw
from tests.files import write_set
from tests.servers import Server
from whimbrel import ConfigurationError, DatabaseManager, check, info, lint, migrate, plan, validate
from whimbrel.review.lint import measured_file

_BASE = "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50));\n"
_LIVE = {
    "postgresql": (
        "CREATE SEQUENCE numbers",
        "CREATE FUNCTION writes(i INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_advisory_lock(1); PERFORM nextval('numbers'); RETURN 1; END $$",
    ),
    "mysql": ("CREATE FUNCTION writes(i INTEGER) RETURNS INTEGER DETERMINISTIC RETURN SLEEP(i * 1000)",),
    "mariadb": ("CREATE FUNCTION writes(i INTEGER) RETURNS INTEGER DETERMINISTIC RETURN SLEEP(i * 1000)",),
    "sqlite": (),
}
_PENDING = """ALTER TABLE a ADD CONSTRAINT plain CHECK (id > 0);
ALTER TABLE a ADD CONSTRAINT hostile CHECK (writes(id) = 1);
"""
_QUERIES = """SELECT id FROM a;
DELETE FROM a WHERE id = :id;
DROP TABLE a;
PRAGMA user_version = 7;
PRAGMA journal_mode = WAL;
PRAGMA hard_heap_limit = 1;
"""
_LISTED = {
    "postgresql": "SELECT datname AS name FROM pg_database UNION ALL SELECT rolname FROM pg_roles",
    "mysql": "SELECT schema_name AS name FROM information_schema.schemata UNION ALL SELECT user FROM mysql.user",
    "mariadb": "SELECT schema_name AS name FROM information_schema.schemata UNION ALL SELECT user FROM mysql.user",
}


def address_of(database: str, servers: dict[str, Server]) -> str:
    return "sqlite://" if database == "sqlite" else servers[database].url


async def listed(url: str, database: str) -> list[str]:
    """Return the databases and users of the server that a run of these tests could have left."""
    if database == "sqlite":
        return []
    async with DatabaseManager(url, pool_size=1) as manager:
        names = sorted(str(row["name"]) for row in await manager.fetch_all(_LISTED[database]))
    # Other tests share the server.
    return [name for name in names if name.startswith(("lintattack", "somebody"))]


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def folder(url: str, database: str, tmp_path: Path) -> str:
    folder = write_set(tmp_path / "shop", {"V1__a.sql": _BASE})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "shop")
    git(tmp_path, "commit", "-qm", "base")
    return folder


@pytest.fixture
def reader(url: str, database: str) -> Iterator[str]:
    """The address of a user who may read `a` and Whimbrel's tables, and nothing else."""
    if database == "sqlite":
        yield f"{url}?mode=ro"
        return
    name, host = f"reader_{os.getpid()}", "" if database == "postgresql" else "@localhost"
    granted = "ALL TABLES IN SCHEMA public" if database == "postgresql" else f"{url.rpartition('/')[2]}.*"
    scheme, _, rest = url.partition("://")
    created = f"CREATE ROLE {name} LOGIN" if database == "postgresql" else f"CREATE USER {name}{host}"
    run_sql(url, created)
    if database == "postgresql":
        run_sql(url, f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {name}")
    else:
        run_sql(url, f"GRANT SELECT ON {granted} TO {name}{host}")
    yield f"{scheme}://{name}@{rest.rpartition('@')[2]}"
    run_sql(url, *([f"DROP OWNED BY {name}", f"DROP ROLE {name}"] if database == "postgresql" else [f"DROP USER {name}{host}"]))


@pytest.mark.asyncio
async def test_what_only_asks_changes_nothing(
    url: str, reader: str, folder: str, database: str, servers: dict[str, Server], tmp_path: Path
) -> None:
    await migrate(url, folder)
    await asyncio.to_thread(run_sql, url, "INSERT INTO a (id, name) VALUES (1, 'x'), (2, 'x')", *_LIVE[database])
    pending = "CREATE UNIQUE INDEX by_name ON a (name);" if database == "sqlite" else _PENDING
    write_set(Path(folder), {f"V2__b.{database}.sql": pending})
    queries = Path(write_set(tmp_path / "queries", {"q.sql": _QUERIES}))
    on, before = [address_of(database, servers)], await draw(url)
    for address in (url, reader):
        await info(address, folder)
        await validate(address, folder)
        await plan(address, folder)
        await check(folder, against="HEAD")
        report = await lint(folder, url=address, live=address, databases=[database])
        told = [one.message for one in report.findings if one.code == "P01"] + [one.message for one in report.notes]
        if database == "sqlite":
            assert "2 of 2 rows of a on the live database break the unique, so the run stops here" in told
        else:
            assert "0 of 2 rows of a on the live database break the check" in told
            assert [one for one in told if "its condition calls writes(), which may do more than read" in one]
    await lint(folder, url=url, on=on, queries=queries, databases=[database])
    await plan(url, folder, on=on[0])
    assert await draw(url) == before


_BEYOND = {
    "postgresql": ("CREATE ROLE somebody", "COPY pg_class TO PROGRAM 'false'"),
    "mysql": ("CREATE USER somebody", "SELECT 1 INTO OUTFILE '/tmp/somebody'"),
    "mariadb": ("CREATE USER somebody", "SELECT 1 INTO OUTFILE '/tmp/somebody'"),
    "sqlite": ("ATTACH '{other}' AS somebody", "VACUUM INTO '{other}'", "PRAGMA main.soft_heap_limit = 1"),
}


@pytest.mark.asyncio
async def test_no_file_reaches_beyond_the_throw_away_database(database: str, servers: dict[str, Server], tmp_path: Path) -> None:
    other, on = tmp_path / "other.db", [address_of(database, servers)]
    queries = write_set(tmp_path / "queries", {"q.sql": "SELECT 1 FROM a"})
    for number, text in enumerate(_BEYOND[database]):
        beyond = f"-- whimbrel: transaction=off\n{text.format(other=other)};"
        files = {"V1__a.sql": _BASE, "V2__b.sql": beyond, "V3__c.sql": "SELECT 1;"}
        folder = write_set(tmp_path / f"set{number}" / "shop", files)
        with pytest.raises(ConfigurationError, match="would change more than the database of the replay"):
            await lint(folder, on=on, databases=[database])
        # A squash stands for the file, and without the squash a run chooses the file again.
        write_set(Path(folder), {"V4__d.sql": "-- whimbrel: replaces=1-3\nCREATE TABLE a (id INTEGER);"})
        with pytest.raises(ConfigurationError, match="would change more than the database of the replay"):
            await lint(folder, on=on, first="4", queries=queries, databases=[database])
    assert not other.exists()
    assert database == "sqlite" or await listed(on[0], database) == []


_ENDLESS = {
    "postgresql": "SELECT pg_sleep(100000);",
    "mysql": "DO SLEEP(100000);",
    "mariadb": "DO SLEEP(100000);",
    "sqlite": "CREATE TABLE b AS WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n FROM c) SELECT count(*) FROM c;",
}


@pytest.mark.asyncio
async def test_a_statement_that_never_ends_is_named(
    database: str, servers: dict[str, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured_file, "_MOST_SECONDS", 3.0)
    folder = write_set(tmp_path / "shop", {"V1__a.sql": _ENDLESS[database]})
    with pytest.raises(ConfigurationError, match=r"V1__a\.sql:1:1: the statement took longer than 3 s"):
        await lint(folder, on=[address_of(database, servers)], databases=[database])
