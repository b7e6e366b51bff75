"""Sets for one database alone run under that server's own defaults, all of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, migrate
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio
MYSQLS = pytest.mark.only("mysql", "mariadb")
ISOLATION = "/*!80000 transaction_isolation */ /*M! tx_isolation */"
# A setting, a server's default for it that differs from ours, and the query that shows it in a session.
DEFAULTS = {
    "foreign_key_checks": ("0", "0"),
    "unique_checks": ("0", "0"),
    "sql_mode": ("'ALLOW_INVALID_DATES,STRICT_TRANS_TABLES'", "STRICT_TRANS_TABLES,ALLOW_INVALID_DATES"),
    "time_zone": ("'+03:00'", "+03:00"),
    "default_storage_engine": ("MyISAM", "MyISAM"),
    ISOLATION: ("'SERIALIZABLE'", "SERIALIZABLE"),
    "group_concat_max_len": ("2048", "2048"),
    "explicit_defaults_for_timestamp": ("0", "0"),
    "sql_auto_is_null": ("1", "1"),
}


async def ask(url: str, query: str) -> object:
    async with DatabaseManager(url) as db_manager:
        return await db_manager.fetch_value(query)


@asynccontextmanager
async def server_default(url: str, name: str, value: str) -> AsyncIterator[None]:
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    try:
        before = await connection.fetch_value(f"SELECT @@global.{name} AS value")
        await connection.run(f"SET GLOBAL {name} = {value}")
        try:
            yield
        finally:
            shown = str(before) if isinstance(before, int) else f"'{before}'"
            await connection.run(f"SET GLOBAL {name} = {shown}")
    finally:
        await connection.close()


@MYSQLS
@pytest.mark.parametrize("head", ["", "-- whimbrel: transaction=off\n"], ids=["", "off"])
@pytest.mark.parametrize("name", DEFAULTS)
async def test_a_set_for_one_database_has_the_servers_default(
    url: str, database: str, tmp_path: Path, name: str, head: str
) -> None:
    value, expected = DEFAULTS[name]
    table = "CREATE TABLE seen (value VARCHAR(200) NULL) ENGINE=InnoDB;\n"
    folder = write_set(tmp_path / "own", {"V1__t.sql": table, "V2__s.sql": f"{head}INSERT INTO seen SELECT @@session.{name};"})
    async with server_default(url, name, value):
        await migrate(url, folder, databases=[database])
    assert await ask(url, "SELECT value FROM seen") == expected


@MYSQLS
async def test_a_database_in_latin1_stays_so_where_the_set_is_for_it_alone(url: str, database: str, tmp_path: Path) -> None:
    name = parse_url(url).database
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    await connection.run(f"ALTER DATABASE {name} CHARACTER SET latin1 COLLATE latin1_german1_ci")
    await connection.close()
    text = "CREATE TABLE wide (a VARCHAR(64000));\nCREATE TABLE t (a VARCHAR(10), b VARCHAR(10) CHARACTER SET utf8mb4);\n"
    rows = "INSERT INTO t VALUES ('käse', '🦆');"
    await migrate(url, write_set(tmp_path / "own", {"V1__t.sql": text, "V2__r.sql": rows}), databases=[database])
    collation = f"SELECT default_collation_name AS c FROM information_schema.schemata WHERE schema_name = '{name}'"
    assert await ask(url, collation) == "latin1_german1_ci"
    column = (
        "SELECT collation_name AS c FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 't' "
        "AND column_name = 'a'"
    )
    assert await ask(url, column) == "latin1_german1_ci"
    assert await ask(url, "SELECT CONCAT(a, b) AS c FROM t") == "käse🦆"


@MYSQLS
async def test_a_child_may_come_before_its_parent_where_the_server_checks_no_keys(
    url: str, database: str, tmp_path: Path
) -> None:
    text = (
        "CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id));\n"
        "INSERT INTO child VALUES (1, 7);\nCREATE TABLE parent (id INT PRIMARY KEY);\n"
    )
    async with server_default(url, "foreign_key_checks", "0"):
        await migrate(url, write_set(tmp_path / "own", {"V1__t.sql": text}), databases=[database])
    assert await ask(url, "SELECT COUNT(*) AS n FROM child") == 1


@MYSQLS
async def test_a_set_for_several_databases_is_portable_as_before(url: str, database: str, tmp_path: Path) -> None:
    text = "CREATE TABLE seen (a INT, b VARCHAR(40));\n"
    seen = f"INSERT INTO seen SELECT @@session.foreign_key_checks, @@session.{ISOLATION};"
    async with server_default(url, "foreign_key_checks", "0"), server_default(url, ISOLATION, "'SERIALIZABLE'"):
        await migrate(url, write_set(tmp_path / "own", {"V1__t.sql": text, "V2__s.sql": seen}))
    assert await ask(url, "SELECT CONCAT(a, b) AS c FROM seen") == "1READ-COMMITTED"


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("head", ["", "-- whimbrel: transaction=off\n"], ids=["", "off"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TimeZone", "Asia/Tokyo"),
        ("default_transaction_isolation", "repeatable read"),
        ("DateStyle", "German, DMY"),
        ("standard_conforming_strings", "off"),
        ("check_function_bodies", "off"),
    ],
)
async def test_a_set_for_postgresql_alone_has_the_databases_default(
    url: str, database: str, tmp_path: Path, name: str, value: str, head: str
) -> None:
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    await connection.run(f"ALTER DATABASE {parsed.database} SET {name} TO '{value}'".replace("'German, DMY'", "German, DMY"))
    await connection.close()
    shown = "transaction_isolation" if name == "default_transaction_isolation" else name
    text = f"{head}CREATE TABLE seen (value TEXT);\nINSERT INTO seen SELECT current_setting('{shown}');"
    await migrate(url, write_set(tmp_path / "own", {"V1__s.sql": text}), databases=["postgresql"])
    assert await ask(url, "SELECT value FROM seen") == value


PARENTS = {
    "V1__t.sql": "CREATE TABLE parent (id INTEGER PRIMARY KEY);\nINSERT INTO parent VALUES (1);\n"
    "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id));\n"
    "INSERT INTO child VALUES (1, 1);",
    "V2__new.sql": "CREATE TABLE _parent (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO _parent (id) SELECT id FROM parent;\n"
    "DROP TABLE parent;",
    "V3__named.sql": "ALTER TABLE _parent RENAME TO parent;",
}


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("begun", [False, True])
async def test_a_parent_is_rebuilt_over_two_files_as_the_shell_does_it(
    url: str, database: str, tmp_path: Path, begun: bool
) -> None:
    folder = write_set(tmp_path / "own", PARENTS)
    if begun:
        told = await migrate(url, folder, version="2", databases=["sqlite"])
        assert [one.message for one in told.warnings] == [
            "rows refer to missing rows, since foreign keys were off: 1 of child to parent"
        ]
        assert str(told).startswith("warning: rows refer")
    report = await migrate(url, folder, databases=["sqlite"])
    assert (len(report.applied), report.warnings) == (1 if begun else 3, ())
    assert await ask(url, "SELECT count(*) FROM child c JOIN parent p ON p.id = c.parent_id") == 1
    assert await ask(url, "SELECT count(*) FROM pragma_foreign_key_check") == 0


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("head", ["", "-- whimbrel: transaction=off\n", "PRAGMA foreign_keys=OFF;\n"])
async def test_a_row_without_its_parent_is_a_warning_in_a_set_for_sqlite_alone(
    url: str, database: str, tmp_path: Path, head: str
) -> None:
    folder = write_set(
        tmp_path / "own", {**PARENTS, "V2__new.sql": f"{head}INSERT INTO child VALUES (2, 9);", "V3__named.sql": "SELECT 1;"}
    )
    report = await migrate(url, folder, databases=["sqlite"])
    assert [one.kind for one in report.warnings] == ["foreign_keys"]
    assert await ask(url, "SELECT count(*) FROM child") == 2


@pytest.mark.only("sqlite")
async def test_a_row_without_its_parent_stops_a_set_for_several_databases(url: str, database: str, tmp_path: Path) -> None:
    text = "PRAGMA foreign_keys=OFF;\nINSERT INTO child VALUES (2, 9);"
    folder = write_set(tmp_path / "own", {**PARENTS, "V2__new.sql": text, "V3__named.sql": "SELECT 1;"})
    with pytest.raises(MigrationFailed, match="rows refer to missing rows"):
        await migrate(url, folder)
    assert await ask(url, "SELECT count(*) FROM child") == 1
