"""Tables of MySQL and MariaDB whose engine has no transactions are noticed before their rows are written, however they were
created.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import Fresh
from tests.databases import count_rows
from tests.files import write_set
from whimbrel import ConnectionLost, DatabaseManager, MigrationFailed, migrate
from whimbrel.parsing.splitter import split
from whimbrel.session.connect import open_session
from whimbrel.url import parse_url

MYSQL = ("mysql", "mariadb")


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_rows_of_a_table_without_transactions_are_never_doubled(url: str, tmp_path: Path) -> None:
    made = write_set(tmp_path / "made", {"V1__m.mysql.sql": "CREATE TABLE my (id INTEGER) ENGINE=MyISAM;"})
    await migrate(url, made)
    text = "INSERT INTO my VALUES (1);\nINSERT INTO nowhere VALUES (1);\n"
    folder = write_set(tmp_path / "rows", {"V1__r.sql": text})
    with pytest.raises(MigrationFailed, match="table my uses an engine without transactions"):
        await migrate(url, folder, accept_existing=True)
    assert await count_rows(url, "my") == 0
    write_set(tmp_path / "rows", {"V1__r.sql": "-- whimbrel: transaction=off\n" + text})
    for _ in range(2):
        with pytest.raises(MigrationFailed, match="statement 2 of 2"):
            await migrate(url, folder, accept_existing=True)
    assert await count_rows(url, "my") == 1


# The last statement of each makes the first table of the database whose engine has no transactions.
MADE = {
    "engine": "CREATE TABLE my (id INTEGER) ENGINE=MyISAM;",
    "like": "CREATE TABLE my LIKE {other}.my;",
    "renamed": "RENAME TABLE {other}.my TO my;",
    "moved": "ALTER TABLE {other}.my RENAME TO my;",
    "changed": "CREATE TABLE my (id INTEGER);\nALTER TABLE my ENGINE=MyISAM;",
    "default": "SET SESSION default_storage_engine=MyISAM;\nCREATE TABLE my (id INTEGER);",
    "routine": "CREATE PROCEDURE p() CREATE TABLE my (id INTEGER) ENGINE=MyISAM;\nCALL p();",
    "select": "CREATE TABLE my ENGINE=MyISAM AS SELECT id FROM plain;",
    "delimiter": "DELIMITER //\nCREATE TABLE b (id INTEGER); CREATE TABLE my (id INTEGER) ENGINE=MyISAM//",
    "many": "".join(f"CREATE TABLE {name} (id INTEGER);\n" for name in "bcdef") + "CREATE TABLE my (id INTEGER) ENGINE=MyISAM;",
    "texts": "CREATE TABLE my (id INTEGER COMMENT ') ENGINE=InnoDB') ENGINE=MyISAM COMMENT='ENGINE=InnoDB';",
    "elsewhere": "USE {other};\nALTER TABLE my ENGINE=InnoDB;\nINSERT INTO {own}.plain VALUES (1);\n"
    "CREATE TABLE {own}.my (id INTEGER) ENGINE=MyISAM;\nINSERT INTO {own}.plain VALUES (2);",
    "away": "CREATE TABLE a (id INTEGER) ENGINE=MyISAM;\nALTER TABLE a RENAME TO my;\nCREATE TABLE a (id INTEGER);",
    # Until the session is reset, the name means the temporary table.
    "hidden": "CREATE TEMPORARY TABLE my (id INTEGER);\nINSERT INTO plain VALUES (1);\n"
    "CREATE TABLE my (id INTEGER) ENGINE=MyISAM;\nINSERT INTO plain VALUES (2);",
}
MADE_ON_MARIADB = {
    "versioned": "CREATE TABLE my (id INTEGER) ENGINE=Aria WITH SYSTEM VERSIONING;",
    # The server shows quoted text with backslashes in every sql_mode.
    "check": "CREATE TABLE my (id INTEGER, a VARCHAR(99), CHECK (a <> 'it''s ENGINE=InnoDB')) ENGINE=MyISAM;",
    "parted": "CREATE TABLE a (id INTEGER) ENGINE=MyISAM PARTITION BY LIST (id) "
    "(PARTITION p VALUES IN (1), PARTITION q DEFAULT);\n"
    "ALTER TABLE a CONVERT PARTITION p TO TABLE my;\nALTER TABLE a ENGINE=InnoDB;",
    "comment": "CREATE TABLE /*M! my */ /*!80000 plain */ (id INTEGER) ENGINE=MyISAM;",
}


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
@pytest.mark.parametrize("way", MADE)
async def test_a_table_without_transactions_is_noticed_however_a_run_comes_by_it(
    url: str, tmp_path: Path, fresh: Fresh, way: str
) -> None:
    other = await asyncio.to_thread(fresh)
    async with DatabaseManager(other) as db_manager:
        await db_manager.execute("CREATE TABLE my (id INTEGER) ENGINE=MyISAM")
    await assert_noticed(url, tmp_path, MADE[way].format(other=parse_url(other).database, own=parse_url(url).database))


@pytest.mark.only("mariadb")
@pytest.mark.asyncio
@pytest.mark.parametrize("way", MADE_ON_MARIADB)
async def test_it_is_noticed_where_mariadb_alone_has_such_a_way(url: str, tmp_path: Path, way: str) -> None:
    await assert_noticed(url, tmp_path, MADE_ON_MARIADB[way])


async def assert_noticed(url: str, tmp_path: Path, made: str) -> None:
    made = "CREATE TABLE plain (id INTEGER);\n" + made
    rows = "INSERT INTO my (id) VALUES (1);\nINSERT INTO nowhere VALUES (1);\n"
    files = {"V1__plain.sql": "INSERT INTO first VALUES (1);", "V2__made.sql": made, "V3__rows.sql": rows}
    folder = write_set(tmp_path / "made", {"V0__first.sql": "CREATE TABLE first (id INTEGER);", **files})
    with pytest.raises(MigrationFailed, match="table my uses an engine without transactions"):
        await migrate(url, folder, accept_existing=True)
    assert await count_rows(url, "my") == 0


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_a_table_that_was_given_transactions_takes_rows_again(url: str, tmp_path: Path) -> None:
    made = "CREATE TABLE other (id INTEGER);\nCREATE TABLE my (id INTEGER) ENGINE=MyISAM;\nINSERT INTO other VALUES (1);\n"
    files = {"V1__made.sql": f"{made}ALTER TABLE my ENGINE=InnoDB;", "V2__rows.sql": "INSERT INTO my VALUES (1), (2);"}
    await migrate(url, write_set(tmp_path / "made", files))
    assert await count_rows(url, "my") == 2


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_a_default_that_is_no_text_is_nothing_to_stumble_over(url: str, tmp_path: Path) -> None:
    made = "CREATE TABLE b (id INTEGER, b VARBINARY(9) DEFAULT X'FFFE');\nINSERT INTO b (id) VALUES (1);\n"
    changed = "ALTER TABLE b ADD COLUMN c INTEGER;\nINSERT INTO b (id) VALUES (2);"
    await migrate(url, write_set(tmp_path / "made", {"V1__made.sql": made, "V2__changed.sql": changed}))
    assert await count_rows(url, "b") == 2


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_the_catalog_tells_of_a_table_with_such_a_default_too(url: str, database: str) -> None:
    (statement,) = split("ALTER TABLE b ADD COLUMN c INTEGER", database)
    async with open_session(url) as session:
        await session.connection.run("CREATE TABLE b (b VARBINARY(9) DEFAULT X'FFFE')")
        before = await session.dialect.snapshot_objects(session.connection, statement)
        assert await session.dialect.settle(session.connection, statement, before) is False
        await session.run(statement)
        assert await session.dialect.settle(session.connection, statement, before) is True


@pytest.mark.only("mariadb")
@pytest.mark.asyncio
async def test_after_an_answer_that_cannot_be_read_no_other_is_taken_for_it(url: str) -> None:
    async with open_session(url) as session:
        await session.connection.run("CREATE TABLE b (b VARBINARY(9) DEFAULT X'FFFE')")
        with pytest.raises(ConnectionLost, match="not UTF-8"):
            await session.connection.fetch_all("SHOW CREATE TABLE b")
        with pytest.raises(ConnectionLost):
            await session.connection.fetch_value("SELECT 1")


@pytest.mark.only(*MYSQL)
@pytest.mark.asyncio
async def test_what_a_quicker_process_made_is_noticed(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from whimbrel.dialects.mysql.connection import MysqlConnection  # the tests of SQLite have no driver of MySQL

    files = {
        "V1__first.sql": "CREATE TABLE first (id INTEGER);",
        "V2__rows.sql": "INSERT INTO first VALUES (2);",
        "V3__made.mysql.sql": "CREATE TABLE my (id INTEGER) ENGINE=MyISAM;",
        "V4__rows.sql": "INSERT INTO my VALUES (1);\nINSERT INTO nowhere VALUES (1);\n",
    }
    folder, reset, made = write_set(tmp_path / "made", files), MysqlConnection.reset, list[int]()

    async def reset_and_be_overtaken(connection: MysqlConnection, setup: Sequence[str]) -> None:
        # The reset of the session releases the lock.
        await reset(connection, setup)
        if not made:
            made.append(len((await migrate(url, folder, version="3")).applied))

    monkeypatch.setattr(MysqlConnection, "reset", reset_and_be_overtaken)
    with pytest.raises(MigrationFailed, match="table my uses an engine without transactions"):
        await migrate(url, folder)
    assert made == [1]
    assert await count_rows(url, "my") == 0
