"""Files that share a message on a new database give the same tables, history and report as files sent one by one."""

import re
from asyncio import to_thread
from pathlib import Path

import pytest

from tests.conftest import Fresh
from tests.files import write_set
from whimbrel import DatabaseManager, WhimbrelError, migrate

pytestmark = pytest.mark.asyncio

T = "CREATE TABLE t{0} (id INTEGER PRIMARY KEY, name VARCHAR(40));"
ONE, TWO, THREE, FOUR = (T.format(number) for number in (1, 2, 3, 4))
ROW = "INSERT INTO t1 VALUES (1, 'a');"
SHARED = {
    "a string that is never closed": [ONE, "INSERT INTO t1 VALUES (1, 'x", THREE, ROW],
    "a name that is never closed": [ONE, 'INSERT INTO "t1 VALUES (1, 1);', THREE],
    "a comment at the end": [
        ONE,
        "INSERT INTO t1 VALUES (1, 'a') -- end",
        THREE,
        "INSERT INTO t3 VALUES (1, 'b'); -- x",
    ],
    "nothing, and a byte order mark": [ONE, "", "-- a comment\n", FOUR, f"\ufeff{ROW}", ";;;"],
    "no SQL": [ONE, TWO, "CREATE TABEL x (id INTEGER);", FOUR],
    "a second statement that is refused": [ONE, f"{ROW}\n{ROW}", THREE],
    "a journal in between": [ONE, f"-- whimbrel: transaction=off\n{ROW}", THREE, "INSERT INTO t3 VALUES (1, 'b');"],
    "limits in between": [ONE, f"-- whimbrel: statement_timeout=5s lock_timeout=2s\n{ROW}", THREE],
    "a transaction of its own": [ONE, f"BEGIN;\n{ROW}\nCOMMIT;", THREE],
}
SERVER = {
    "a comment that is never closed": [ONE, f"{ROW} /* oh", THREE],
    "a temporary table": [ONE, "CREATE TEMP TABLE t3 (id INTEGER, name VARCHAR(10));", THREE, "INSERT INTO t3 VALUES (1, 'b');"],
    "another schema": [ONE, "CREATE SCHEMA other; SET search_path TO other; CREATE TABLE here (id INTEGER);", THREE],
    "another role": [ONE, "SET ROLE pg_monitor;", THREE],
    "settings by a function": [ONE, "SELECT set_config('search_path', '', false);\nCREATE TABLE public.q (id INTEGER);", THREE],
    "strings in another form": [
        *(ONE, "SET standard_conforming_strings = off;\nINSERT INTO t1 VALUES (1, 'a\\nb');"),
        "INSERT INTO t1 VALUES (2, 'a\\nb');",
    ],
    "a key that is checked at the end": [
        "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED);",
        *("INSERT INTO c VALUES (5);", THREE),
    ],
    "what no transaction takes": [ONE, "CREATE INDEX CONCURRENTLY i ON t1 (name);", THREE],
    "a prepared statement": [ONE, "PREPARE a AS SELECT 1;", "EXECUTE a;", FOUR],
    "nothing but a transaction, first": ["BEGIN;\nCOMMIT;", TWO, THREE],
    "the time, after what was written before": [
        *("CREATE TABLE x (at TIMESTAMPTZ NOT NULL);", "INSERT INTO x VALUES (clock_timestamp());"),
        *("CREATE TABLE later AS SELECT at < now() AS later FROM x;\nDROP TABLE x;", FOUR),
    ],
    "a zone": [ONE, "SET TIME ZONE 'America/New_York';", "CREATE TABLE z AS SELECT '2020-01-01 00:00'::timestamptz::text AS at;"],
    "rows that follow COPY": [ONE, "COPY t1 FROM stdin;\n1\ta\n2\tb\n\\.\n", THREE],
}
FILE = {
    "a temporary table": SERVER["a temporary table"],
    "INSERT OR ROLLBACK": [ONE, ROW, f"INSERT INTO t1 VALUES (2, 'b'); {ROW.replace('INSERT', 'INSERT OR ROLLBACK')}", FOUR],
    "RAISE(ROLLBACK)": [
        "CREATE TABLE t1 (id INTEGER PRIMARY KEY);\nCREATE TRIGGER g BEFORE INSERT ON t1 BEGIN SELECT RAISE(ROLLBACK, ''); END;",
        *("INSERT INTO t1 VALUES (1);", THREE),
    ],
    "the last row's number": [
        *("CREATE TABLE seen (number INTEGER, changed INTEGER);\n" + ONE, "INSERT INTO t1 VALUES (7, 'a');"),
        *("INSERT INTO seen VALUES (last_insert_rowid(), changes());", FOUR),
    ],
    "foreign keys off": [ONE, f"PRAGMA foreign_keys=OFF;\n{ROW}", THREE],
    "another file": [ONE, "ATTACH ':memory:' AS m;", "CREATE TABLE m.x (id INTEGER);", FOUR],
}
CASES = [
    pytest.param(files, id=name, marks=pytest.mark.only(*names))
    for names, cases in ((("postgresql", "sqlite"), SHARED), (("postgresql",), SERVER), (("sqlite",), FILE))
    for name, files in cases.items()
]
TABLES = {
    "postgresql": "SELECT schemaname || '.' || tablename AS name FROM pg_tables "
    "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
}


async def told(url: str, folder: str) -> str:
    try:
        await migrate(url, folder)
    except WhimbrelError as error:
        return re.sub("applied by this run: .*", "", str(error))
    return "applied"


async def picture(url: str, database: str) -> dict[str, list[str]]:
    async with DatabaseManager(url) as db_manager:
        names = [row["name"] for row in await db_manager.fetch_all(TABLES[database])]
        chosen = {name: "version, installed_rank, success" if name.endswith("whimbrel_history") else "*" for name in names}
        own = ("whimbrel_journal", "whimbrel_model", "whimbrel_identity")
        kept = {name: columns for name, columns in chosen.items() if not name.endswith(own)}
        read = {name: await db_manager.fetch_all(f"SELECT {columns} FROM {name}") for name, columns in kept.items()}
    return {name: sorted(map(repr, rows)) for name, rows in read.items()}


@pytest.mark.parametrize("files", CASES)
async def test_files_do_together_what_they_do_one_by_one(fresh: Fresh, database: str, tmp_path: Path, files: list[str]) -> None:
    folder = write_set(tmp_path / "t", {f"V{number}__f.sql": text for number, text in enumerate(files, start=1)})
    url = await to_thread(fresh)
    together = await told(url, folder), await picture(url, database)
    url = await to_thread(fresh)
    # On a database with a history, each file is sent in its own messages.
    await migrate(url, folder, version="1")
    assert together == (await told(url, folder), await picture(url, database))
