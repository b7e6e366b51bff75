"""Statements share a message and a transaction if possible, and run one by one if one of them is refused."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseError, DatabaseManager, MigrationFailed, ValidationFailed, migrate
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.asyncio

ROWS = "".join(f"INSERT INTO t (id, name) VALUES ({number}, 'it''s; {number}');\n" for number in range(1, 2501))
TABLE = "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL);\n"


async def rows(url: str, query: str) -> list[tuple[object, ...]]:
    async with DatabaseManager(url) as db_manager:
        return [tuple(row.values()) for row in await db_manager.fetch_all(query)]


async def test_thousands_of_statements_take_effect_once(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "t", {"V1__t.sql": TABLE, "V2__rows.sql": ROWS})
    assert [one.statements for one in (await migrate(url, folder)).applied] == [1, 2500]
    assert await rows(url, "SELECT count(*), min(name), max(id) FROM t") == [(2500, "it's; 1", 2500)]


@pytest.mark.parametrize("number", [1, 2, 1500, 2500])
async def test_of_thousands_the_one_that_is_refused_is_told_with_its_line(url: str, tmp_path: Path, number: int) -> None:
    wrong = (
        ROWS.replace(f"VALUES ({number}, 'it", f"VALUES ({2 if number == 1 else 1}, 'it") + "INSERT INTO t VALUES (3000, 'x');\n"
    )
    folder = write_set(tmp_path / "t", {"V1__t.sql": TABLE, "V2__rows.sql": wrong})
    with pytest.raises(MigrationFailed) as caught:
        await migrate(url, folder)
    at = 2 if number == 1 else number
    assert (caught.value.statement, caught.value.place.line, caught.value.total) == (at, at, 2501)
    assert await rows(url, "SELECT count(*) FROM t") == [(0,)]
    write_set(tmp_path / "t", {"V2__rows.sql": ROWS})
    await migrate(url, folder)
    assert await rows(url, "SELECT count(*) FROM t") == [(2500,)]


@pytest.mark.only("mysql", "mariadb")
async def test_with_a_journal_rows_that_follow_one_another_are_one_transaction_with_one_row(url: str, tmp_path: Path) -> None:
    three = "".join(f"INSERT INTO t (id, name) VALUES ({number}, 'x');\n" for number in (1, 2, 3))
    folder = write_set(tmp_path / "t", {"V1__t.sql": f"{TABLE}{three}CREATE TABLE t (id INTEGER);\n"})
    with pytest.raises(MigrationFailed, match="statement 5 of 5"):
        await migrate(url, folder)
    journal = "SELECT first_statement, last_statement, state FROM whimbrel_journal ORDER BY first_statement"
    assert await rows(url, journal) == [(1, 1, "done"), (2, 4, "done")]
    write_set(tmp_path / "t", {"V1__t.sql": f"{TABLE}{three.replace('(3,', '(4,')}CREATE TABLE u (id INTEGER);\n"})
    with pytest.raises(ValidationFailed, match=r"(?s)V1__t\.sql:2:1: statements 2 to 4 \(INSERT\) are applied.*\+INSERT.*\(4"):
        await migrate(url, folder)
    write_set(tmp_path / "t", {"V1__t.sql": f"{TABLE}{three}CREATE TABLE u (id INTEGER);\n"})
    assert (await migrate(url, folder)).applied[0].statements == 1
    assert await rows(url, "SELECT count(*) FROM t") == [(3,)]


@pytest.mark.only("mysql", "mariadb")
@pytest.mark.parametrize("directive", ["", "-- whimbrel: transaction=off\n"])
async def test_with_a_journal_the_rows_before_the_one_that_is_refused_stay(url: str, tmp_path: Path, directive: str) -> None:
    three = "".join(f"INSERT INTO t (id, name) VALUES ({number}, 'x');\n" for number in (1, 2, 2))
    folder = write_set(tmp_path / "t", {"V1__t.sql": f"{directive}{TABLE}{three}"})
    with pytest.raises(MigrationFailed, match="statement 4 of 4"):
        await migrate(url, folder)
    assert await rows(url, "SELECT id FROM t ORDER BY id") == [(1,), (2,)]


@pytest.mark.only("postgresql")
async def test_the_time_that_one_files_statements_have_is_not_the_next_ones(url: str, tmp_path: Path) -> None:
    files = {
        "V1__short.sql": "-- whimbrel: transaction=off statement_timeout=2s\nSELECT 1;",
        # A statement that sets the session is sent alone, and would be timed.
        "V2__long.sql": "SELECT set_config('a.b', pg_sleep(3)::text, false);\nCREATE TABLE t (id INTEGER);",
    }
    assert len((await migrate(url, write_set(tmp_path / "t", files))).applied) == 2


@pytest.mark.only("postgresql")
async def test_the_first_message_too_is_read_in_the_state_of_its_file(url: str, tmp_path: Path) -> None:
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET standard_conforming_strings TO off")
    each = "INSERT INTO t VALUES ({}, 'C:\\new');"
    files = {"V1__a.sql": TABLE + each.format(1), "V2__b.sql": each.format(2), "V3__c.postgresql.sql": each.format(3)}
    await migrate(url, write_set(tmp_path / "t", files | {"V4__d.sql": each.format(4)}))
    assert await rows(url, "SELECT length(name) FROM t ORDER BY id") == [(6,), (6,), (5,), (6,)]


@pytest.mark.only("mysql", "mariadb")
async def test_a_message_that_the_server_reads_as_other_statements_is_refused(url: str) -> None:
    async with open_session(url) as session:
        assert await session.connection.send(["SELECT 1", "SELECT 2"]) == 1
        with pytest.raises(DatabaseError, match="the server read 3 statements where 2 were sent"):
            await session.connection.send(["SELECT 1; SELECT 2", "SELECT 3"])


@pytest.mark.only("mysql", "mariadb")
async def test_several_statements_between_two_delimiters_are_run_once(url: str, tmp_path: Path) -> None:
    both = "INSERT INTO t VALUES (1, 'a'); CREATE TABLE IF NOT EXISTS z (id INTEGER); INSERT INTO t VALUES (2, 'b')//"
    files = {
        "V1__t.sql": TABLE,
        "V2__rows.sql": f"DELIMITER //\n{both}\nINSERT INTO t VALUES (3, 'c')//\nDELIMITER ;\n",
        "V3__more.sql": f"CREATE TABLE u (id INTEGER);\nDELIMITER //\n{both.replace('(1,', '(11,').replace('(2,', '(12,')}\n"
        "INSERT INTO t VALUES (13, 'c')//\nDELIMITER ;\n",
    }
    assert len((await migrate(url, write_set(tmp_path / "t", files))).applied) == 3
    assert await rows(url, "SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,), (11,), (12,), (13,)]
