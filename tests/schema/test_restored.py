"""A database that is dumped and restored by its own tools has not drifted."""

import asyncio
import sqlite3
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from tests.conftest import Fresh, run_sql
from tests.files import write_set
from tests.oracles.mysql_programs import backup, run_client
from tests.oracles.test_dumps_postgresql import run
from whimbrel import compare, drift, inspect, migrate


def restore(database: str, url: str, target: str) -> None:
    if database == "sqlite":
        with _opened(url) as source, _opened(target) as other:
            other.executescript("\n".join(_dumped(source)))
    elif database == "postgresql":
        run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", target, text=run("pg_dump", url))
    else:
        run_client(database, target, backup(database, url))


def _opened(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"))


def _dumped(source: sqlite3.Connection) -> Iterator[str]:
    # The module writes rows into the table of AUTOINCREMENT before the table is there.
    return (line for line in source.iterdump() if "sqlite_sequence" not in line)


def test_a_restored_database_has_not_drifted_and_still_tells_what_does(
    url: str, fresh: Fresh, database: str, tmp_path: Path
) -> None:
    folder = write_set(tmp_path / "base", {"V1__base.sql": import_module(f"tests.schema.drift_{database}").BASE})
    asyncio.run(migrate(url, folder))
    run_sql(url, "INSERT INTO a (id, name) VALUES (1, 'one')", "INSERT INTO b (a_id, kind) VALUES (1, 'a')")
    target = fresh()
    if database in ("mysql", "mariadb"):
        # A dump does not say which default the database had.
        run_sql(target, "ALTER DATABASE CHARACTER SET utf8mb4")
    restore(database, url, target)
    report = asyncio.run(drift(target, folder))
    assert (report.note, "\n".join(map(str, report.found))) == ("", "")
    run_sql(target, "ALTER TABLE a ADD COLUMN by_hand INTEGER")
    assert [one.difference.name for one in asyncio.run(drift(target, folder)).found] == ["a.by_hand"]
    assert asyncio.run(_differences(url, target)) == ["column a.by_hand added"]


async def _differences(url: str, target: str) -> list[str]:
    before, after = await inspect(url), await inspect(target)
    return [str(one) for one in compare(before, after) if one.name == "a.by_hand"]
