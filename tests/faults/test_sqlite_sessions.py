"""SQLite: foreign keys, rebuilt tables, and the transactions that Python would begin by itself."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, State, info, migrate

pytestmark = pytest.mark.only("sqlite")

FAMILY = """
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
CREATE TABLE toy (id INTEGER PRIMARY KEY, child INTEGER REFERENCES child (id) ON DELETE SET NULL);
INSERT INTO parent VALUES (1, 'a'), (2, 'b');
INSERT INTO child VALUES (1, 1), (2, 2), (3, 2);
INSERT INTO toy VALUES (1, 3);
"""
REBUILD = """CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO parent_new SELECT id, name FROM parent;
DROP TABLE parent;
ALTER TABLE parent_new RENAME TO parent;
"""
OFF, ON = "PRAGMA foreign_keys=OFF;\n", "PRAGMA foreign_keys = on;\n"
SHAPES = {
    "around": OFF + REBUILD + ON,
    "with a transaction, as the manual has it": OFF + "BEGIN TRANSACTION;\n" + REBUILD + "COMMIT;\n" + ON,
    "not switched on again": "PRAGMA foreign_keys(0);\n" + REBUILD,
    "in the midst": "SELECT 1;\n" + OFF + REBUILD + ON,
    "one by one": "-- whimbrel: transaction=off\n" + OFF + REBUILD + ON,
}


async def family(url: str) -> tuple[int, int, int]:
    async with DatabaseManager(url) as db_manager:
        counts = [await db_manager.fetch_value(f"SELECT count(*) FROM {table}") for table in ("parent", "child")]
        return counts[0], counts[1], await db_manager.fetch_value("SELECT count(*) FROM toy WHERE child IS NOT NULL")


@pytest.mark.fault("R57")
@pytest.mark.parametrize("name", ["V2__rebuild.sql", "V2__rebuild.sqlite.sql"])
@pytest.mark.parametrize("shape", SHAPES)
def test_children_outlive_a_parent_that_is_made_anew(url: str, database: str, tmp_path: Path, shape: str, name: str) -> None:
    folder = write_set(tmp_path / "family", {"V1__family.sql": FAMILY, "V2__rebuild.sql": "SELECT 1;", name: SHAPES[shape]})
    assert len(asyncio.run(migrate(url, folder)).applied) == 2
    assert asyncio.run(family(url)) == (2, 3, 1)
    write_set(tmp_path / "family", {"V3__after.sql": "DELETE FROM parent WHERE id = 2;"})
    asyncio.run(migrate(url, folder))
    assert asyncio.run(family(url)) == (1, 1, 0), "keys are checked again in the next file"


@pytest.mark.fault("R57")
def test_a_parent_is_not_dropped_with_its_children_by_the_way(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "family", {"V1__family.sql": FAMILY, "V2__rebuild.sql": REBUILD})
    with pytest.raises(MigrationFailed, match=r"V2__rebuild\.sql:3:1: .*\n.*rows of child refer to this table ON DELETE CASCADE"):
        asyncio.run(migrate(url, folder))
    assert asyncio.run(family(url)) == (2, 3, 1)
    write_set(tmp_path / "family", {"V2__rebuild.sql": "DROP TABLE toy;\nDROP TABLE child;\nDROP TABLE IF EXISTS parent;"})
    assert len(asyncio.run(migrate(url, folder)).applied) == 1


@pytest.mark.fault("R57")
@pytest.mark.parametrize("name", ["V2__rebuild.sql", "V2__rebuild.sqlite.sql"])
@pytest.mark.parametrize("shape", SHAPES)
def test_keys_that_lead_nowhere_are_not_recorded(url: str, database: str, tmp_path: Path, shape: str, name: str) -> None:
    lossy = SHAPES[shape].replace("FROM parent;", "FROM parent WHERE id = 1;")
    folder = write_set(tmp_path / "family", {"V1__family.sql": FAMILY, "V2__rebuild.sql": "SELECT 1;", name: lossy})
    with pytest.raises(MigrationFailed, match="2 of child to parent") as caught:
        asyncio.run(migrate(url, folder))
    in_transaction = shape not in ("in the midst", "one by one")
    assert asyncio.run(family(url)) == ((2, 3, 1) if in_transaction else (1, 3, 1))
    assert ("rolled back" if in_transaction else "all its statements are applied") in caught.value.left_behind
    assert [one.state for one in asyncio.run(info(url, folder))] == [
        State.SUCCESS,
        State.PENDING if in_transaction else State.PARTIAL,
    ]


@pytest.mark.fault("R57")
def test_keys_that_led_nowhere_before_are_no_hindrance(url: str, database: str, tmp_path: Path) -> None:
    run_sql(url, *FAMILY.strip().split(";\n")[:2], "INSERT INTO child VALUES (1, 99)")
    texts = {"V1__more.sqlite.sql": OFF + "CREATE TABLE more (id INTEGER);\n" + ON, "V1__more.sql": "SELECT 1;"}
    assert len(asyncio.run(migrate(url, write_set(tmp_path / "more", texts))).applied) == 1


@pytest.mark.fault("R57")
def test_what_the_shell_dumps_is_a_file_as_it_is(url: str, database: str, tmp_path: Path) -> None:
    dump = OFF + "BEGIN TRANSACTION;\n" + FAMILY.replace("CREATE TABLE parent", "CREATE TABLE later") + "COMMIT;\n"
    folder = write_set(
        tmp_path / "dump", {"V1__dump.sql": dump.replace("INTO parent", "INTO later").replace("parent (", "later (")}
    )
    assert asyncio.run(migrate(url, folder, databases=["sqlite"])).applied[0].statements == 6


# Python's sqlite3 by itself would commit here: before DDL, and with executescript().
COMMITTERS = (
    "CREATE TABLE later (id INTEGER)",
    "ALTER TABLE t ADD COLUMN c",
    "DROP TABLE t",
    "REINDEX",
    "ANALYZE",
    "PRAGMA user_version=7",
)


@pytest.mark.fault("R58")
@pytest.mark.parametrize("statement", COMMITTERS)
def test_nothing_is_committed_before_the_file_is(url: str, database: str, tmp_path: Path, statement: str) -> None:
    first = "CREATE TABLE t (id INTEGER PRIMARY KEY);\nINSERT INTO t VALUES (1);\n"
    second = (
        f"INSERT INTO t VALUES (2);\nCREATE INDEX i ON t (id);\n{statement};\nCREATE TABLE u (id INTEGER);\nSELECT nothing;\n"
    )
    folder = write_set(tmp_path / "magic", {"V1__t.sql": first, "V2__u.sql": second})
    with pytest.raises(MigrationFailed, match="statement 5 of 5"):
        asyncio.run(migrate(url, folder))

    async def look() -> tuple[object, ...]:
        async with DatabaseManager(url) as db_manager:
            names = await db_manager.fetch_value(
                "SELECT count(*) FROM sqlite_master WHERE name IN ('i', 'u', 'later', 'sqlite_stat1')"
            )
            columns = await db_manager.fetch_value("SELECT count(*) FROM pragma_table_info('t')")
            version = await db_manager.fetch_value("PRAGMA user_version")
            history = await db_manager.fetch_value("SELECT count(*) FROM whimbrel_history")
            return names, columns, version, history, await db_manager.fetch_value("SELECT group_concat(id) FROM t")

    assert asyncio.run(look()) == (0, 1, 0, 1, "1")


@pytest.mark.fault("R57")
@pytest.mark.parametrize("end", ["", ON])
def test_a_file_with_keys_off_around_it_and_a_vacuum_goes_on_where_it_failed(
    url: str, database: str, tmp_path: Path, end: str
) -> None:
    text = OFF + "CREATE TABLE a (x INTEGER);\nVACUUM;\nINSERT INTO nowhere VALUES (1);\n" + end
    folder = write_set(tmp_path / "vacuum", {"V1__v.sqlite.sql": text})
    with pytest.raises(MigrationFailed, match="statement 4 of"):
        asyncio.run(migrate(url, folder, databases=["sqlite"]))
    write_set(tmp_path / "vacuum", {"V1__v.sqlite.sql": text.replace("nowhere", "a")})
    assert asyncio.run(migrate(url, folder, databases=["sqlite"])).applied[0].statements == 1 + bool(end)
