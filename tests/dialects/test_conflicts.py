"""A migration whose transaction conflicts with another one runs again as a whole; at the end of its time the message says so."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.databases import count_rows
from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, migrate

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql", "mysql", "mariadb")]

# For the first three attempts, a trigger raises the error that the server gives to the loser of two transactions. The counter
# survives the rollback, because it is a sequence or a table without transactions.
REFUSE = {
    "postgresql": (
        "CREATE SEQUENCE tries",
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('tries') < 4 THEN "
        "RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER g BEFORE INSERT ON own FOR EACH ROW WHEN (NEW.id = 2) EXECUTE FUNCTION refuse()",
    ),
    "mysql": (
        "CREATE TABLE tries (n INTEGER NOT NULL) ENGINE=MyISAM",
        "INSERT INTO tries VALUES (0)",
        "CREATE TRIGGER g BEFORE INSERT ON own FOR EACH ROW IF NEW.id = 2 THEN UPDATE tries SET n = n + 1; "
        "IF (SELECT n FROM tries) < 4 THEN SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = {code}, MESSAGE_TEXT = 'try again'; "
        "END IF; END IF",
    ),
}
CODES = {"postgresql": ("40001", "40P01"), "mysql": ("1213",), "mariadb": ("1213", "1020")}
ROWS = "INSERT INTO own VALUES (1);\nINSERT INTO own VALUES (2);"
OFF = "-- whimbrel: transaction=off\n"


async def prepare(url: str, database: str, code: str, folder: Path, text: str) -> str:
    await migrate(url, write_set(folder, {"V1__a.sql": "CREATE TABLE own (id INTEGER NOT NULL PRIMARY KEY);"}))
    kind = "postgresql" if database == "postgresql" else "mysql"
    await asyncio.to_thread(run_sql, url, *(one.replace("{code}", code) for one in REFUSE[kind]))
    return write_set(folder, {"V2__b.sql": text})


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("head", ["", OFF])
async def test_a_conflict_is_tried_again(url: str, database: str, tmp_path: Path, number: int, head: str) -> None:
    codes = CODES[database]
    folder = await prepare(url, database, codes[number % len(codes)], tmp_path / "shop", head + ROWS)
    assert len((await migrate(url, folder, lock_wait=30)).applied) == 1
    assert await count_rows(url, "own") == 2


@pytest.mark.parametrize("number", [0, 1])
async def test_the_message_says_that_the_server_rolled_the_transaction_back(
    url: str, database: str, tmp_path: Path, number: int
) -> None:
    codes = CODES[database]
    code = codes[number % len(codes)]
    folder = await prepare(url, database, code, tmp_path / "shop", ROWS)
    told = rf"\[{code}\](.|\n)*its transaction was rolled back(.|\n)*run again, or allow more time for retries"
    with pytest.raises(MigrationFailed, match=told):
        await migrate(url, folder, lock_wait=0)
    assert await count_rows(url, "own") == 0


async def test_a_transaction_of_the_files_own_is_not_repeated_in_part(url: str, database: str, tmp_path: Path) -> None:
    text = f"{OFF}BEGIN;\n{ROWS}\nCOMMIT;"
    folder = await prepare(url, database, CODES[database][0], tmp_path / "shop", text)
    with pytest.raises(MigrationFailed, match=r"V2__b\.sql:4:1: (.|\n)*run again"):
        await migrate(url, folder)
    # The first INSERT was rolled back with the second one.
    assert await count_rows(url, "own") == 0


@pytest.mark.only("postgresql")
async def test_two_transactions_that_cannot_be_put_in_order(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "shop", {"V1__a.sql": "CREATE TABLE own (id int); INSERT INTO own VALUES (1);"}))
    text = "BEGIN ISOLATION LEVEL REPEATABLE READ;\nUPDATE own SET id = id + 1;\nCOMMIT;"
    folder = write_set(tmp_path / "shop", {"V2__b.sql": text})
    async with DatabaseManager(url) as db_manager:
        async with db_manager.transaction():
            await db_manager.execute("UPDATE own SET id = id + 10")
            run = asyncio.create_task(migrate(url, folder))
            while not await db_manager.fetch_value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.wait([run], timeout=0.05)
        assert len((await run).applied) == 1
        assert await db_manager.fetch_value("SELECT id FROM own") == 12
