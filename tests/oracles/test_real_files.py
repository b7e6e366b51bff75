"""Difficult files in the style of public projects: Whimbrel and the database's own client make the same database from them.

Each name in `real` is a set: its files, numbered if there are several, for one database.
"""

import asyncio
import os
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.files import write_set
from tests.oracles import mysql_programs, test_dumps_postgresql
from tests.servers import Server
from whimbrel import migrate

REAL = Path(__file__).parent / "real"
FAMILY = {"mariadb": "mysql"}
UNDER_TEST = os.environ.get("DATABASES", "sqlite").split(",")
CASES = [
    (kind, name)
    for kind in UNDER_TEST
    for name in sorted({path.name.split(".")[0].partition("_")[0] for path in REAL.glob(f"*.{FAMILY.get(kind, kind)}.sql")})
]
# The tables of rows that ANALYZE makes are part of the comparison; Whimbrel's own are not.
OURS = re.compile(r"whimbrel_(?:history|journal|model|identity)")


def texts(name: str, database: str) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(REAL.glob(f"{name}*.{FAMILY.get(database, database)}.sql"))]


def applied(url: str, folder: Path, files: Sequence[str], database: str) -> None:
    """Apply the files with Whimbrel, as they are."""
    written = {f"V{number}__real.sql": text for number, text in enumerate(files, start=1)}
    asyncio.run(migrate(url, write_set(folder / "real", written), databases=(database,)))


def on_postgresql(admin: str, folder: Path, files: Sequence[str]) -> tuple[str, str]:
    with test_dumps_postgresql.empty(admin) as by_client, test_dumps_postgresql.empty(admin) as by_us:
        for text in files:
            test_dumps_postgresql.run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", by_client, text=text)
        applied(by_us, folder, files, "postgresql")
        first, second = (test_dumps_postgresql.dump(url, "--inserts") for url in (by_client, by_us))
    return re.sub(r"restrict \w+", "", first), re.sub(r"restrict \w+", "", second)


def on_mysql(admin: str, folder: Path, files: Sequence[str], database: str) -> tuple[str, str]:
    with mysql_programs.empty(admin) as by_client, mysql_programs.empty(admin) as by_us:
        for text in files:
            mysql_programs.run_client(database, by_client, text)
        applied(by_us, folder, files, database)
        first, second = (mysql_programs.dump(database, url) for url in (by_client, by_us))
    return re.sub(r"oracle_[0-9]+_[0-9]+", "", first), re.sub(r"oracle_[0-9]+_[0-9]+", "", second)


def on_sqlite(folder: Path, files: Sequence[str]) -> tuple[str, str]:
    found = []
    for name in ("client", "us"):
        path = folder / f"{name}.db"
        if name == "us":
            applied(f"sqlite:///{path}", folder, files, "sqlite")
        connection = sqlite3.connect(path, isolation_level=None)
        for text in files if name == "client" else ():
            connection.executescript(text)
        lines = [line for line in connection.iterdump() if not OURS.search(line)]
        version = connection.execute("PRAGMA user_version").fetchone()
        connection.close()
        found.append("\n".join([*lines, str(version)]))
    return found[0], found[1]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_the_database_is_the_one_that_its_own_client_makes(
    kind: str, name: str, servers: dict[str, Server], tmp_path: Path
) -> None:
    files = texts(name, kind)
    if kind == "sqlite":
        first, second = on_sqlite(tmp_path, files)
    elif kind == "postgresql":
        first, second = on_postgresql(servers[kind].url, tmp_path, files)
    else:
        first, second = on_mysql(servers[kind].url, tmp_path, files, kind)
    assert len(first) > 400
    assert second == first


def test_there_are_enough_files() -> None:
    assert len({path.name.partition("_")[0] for path in REAL.glob("*.sql")}) >= 6
