"""Files with transactions of their own: their isolation levels, several of them in a file, procedures that commit."""

from pathlib import Path

import pytest

from tests.cases import each_case
from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, ValidationFailed, migrate

pytestmark = pytest.mark.asyncio
OFF = "-- whimbrel: transaction=off\n"
TABLE = "CREATE TABLE t (a INTEGER, level VARCHAR(40));\n"
LEVEL = "INSERT INTO t SELECT 1, current_setting('transaction_isolation');\n"
PAIRS = """CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER);
BEGIN;
INSERT INTO t VALUES (1, 1);
ALTER TABLE t ADD COLUMN c INTEGER;
COMMIT;
INSERT INTO t (a, b) VALUES (2, 2);
START TRANSACTION;
INSERT INTO t (a, b) VALUES (3, 3);
{third}
COMMIT;
INSERT INTO t (a, b) VALUES (5, 5);
"""


async def values(url: str, query: str) -> list[object]:
    async with DatabaseManager(url) as db_manager:
        return [next(iter(row.values())) for row in await db_manager.fetch_all(query)]


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("head", ["", OFF])
@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        ("BEGIN ISOLATION LEVEL REPEATABLE READ;", "repeatable read"),
        ("begin transaction isolation level serializable, read write, not deferrable;", "serializable"),
        ("START TRANSACTION ISOLATION LEVEL /* ; */ REPEATABLE READ READ WRITE;", "repeatable read"),
        ("BEGIN; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;", "repeatable read"),
        ("BEGIN; SET TRANSACTION READ WRITE; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;", "serializable"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;", "repeatable read"),
        ("BEGIN; SET LOCAL transaction_isolation TO 'repeatable read';", "repeatable read"),
        ("BEGIN;", "read committed"),
    ],
)
async def test_a_transaction_has_the_isolation_level_that_the_file_asks_for(
    url: str, database: str, tmp_path: Path, head: str, begin: str, expected: str
) -> None:
    folder = write_set(tmp_path / "level", {"V1__a.sql": TABLE, "V2__b.sql": f"{head}{begin}\n{LEVEL}COMMIT;\n"})
    await migrate(url, folder, databases=["postgresql"])
    assert await values(url, "SELECT level FROM t") == [expected]


@pytest.mark.only("postgresql")
async def test_a_level_without_begin_holds_for_the_files_transaction(url: str, database: str, tmp_path: Path) -> None:
    text = f"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n{LEVEL}"
    await migrate(url, write_set(tmp_path / "level", {"V1__a.sql": TABLE, "V2__b.sql": text}), databases=["postgresql"])
    assert await values(url, "SELECT level FROM t") == ["serializable"]


@pytest.mark.only("postgresql")
async def test_every_pair_of_a_file_has_its_own_level(url: str, database: str, tmp_path: Path) -> None:
    text = f"{TABLE}BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n{LEVEL}COMMIT;\nBEGIN;{LEVEL}END;"
    await migrate(url, write_set(tmp_path / "level", {"V1__a.sql": text}), databases=["postgresql"])
    assert await values(url, "SELECT level FROM t ORDER BY level") == ["read committed", "serializable"]


@pytest.mark.only("postgresql")
@each_case(
    "begin",
    [
        "BEGIN READ ONLY;",
        "START TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;",
        "BEGIN; SET TRANSACTION READ ONLY;",
    ],
)
@each_case("head", ["\n", OFF])
async def test_a_transaction_that_is_read_only_is_refused_with_its_line(
    url: str, database: str, tmp_path: Path, head: str, begin: str
) -> None:
    folder = write_set(tmp_path / "level", {"V1__a.sql": f"{head}{begin}\nSELECT 1;\nCOMMIT;"})
    with pytest.raises(ValidationFailed, match=r"V1__a\.sql:2:[0-9]+: .*READ ONLY"):
        await migrate(url, folder, databases=["postgresql"])


@pytest.mark.only("postgresql")
async def test_a_level_that_no_transaction_would_have_is_refused_with_its_line(url: str, database: str, tmp_path: Path) -> None:
    text = "BEGIN ISOLATION LEVEL SERIALIZABLE;\nVACUUM;\nCOMMIT;"
    with pytest.raises(ValidationFailed, match=r"V1__a\.sql:1:1: .*ISOLATION LEVEL SERIALIZABLE"):
        await migrate(url, write_set(tmp_path / "level", {"V1__a.sql": text}), databases=["postgresql"])


@pytest.mark.only("mysql", "mariadb")
async def test_a_level_for_the_next_transaction_alone_is_refused_with_its_line(url: str, database: str, tmp_path: Path) -> None:
    text = "SELECT 1;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSELECT 2;"
    with pytest.raises(ValidationFailed, match=r"V1__a\.sql:2:1: .*SET SESSION TRANSACTION"):
        await migrate(url, write_set(tmp_path / "level", {"V1__a.sql": text}), databases=[database])


async def test_a_file_with_several_transactions_runs_as_the_client_runs_it(url: str, database: str, tmp_path: Path) -> None:
    text = PAIRS.format(third="INSERT INTO t (a, b) VALUES (4, 4);")
    if database == "sqlite":
        text = text.replace("START TRANSACTION", "BEGIN IMMEDIATE")
    report = await migrate(url, write_set(tmp_path / "pairs", {"V1__a.sql": text}))
    assert report.applied[0].statements == 11
    assert await values(url, "SELECT a FROM t ORDER BY a") == [1, 2, 3, 4, 5]
    assert (await migrate(url, str(tmp_path / "pairs"))).already == 1


async def test_what_a_transaction_committed_stays_and_the_file_goes_on_behind_it(url: str, database: str, tmp_path: Path) -> None:
    text = PAIRS if database != "sqlite" else PAIRS.replace("START TRANSACTION", "BEGIN")
    folder = write_set(tmp_path / "pairs", {"V1__a.sql": text.format(third="INSERT INTO t (a, b) VALUES (2, 9);")})
    for _ in range(2):
        with pytest.raises(MigrationFailed, match=r"V1__a\.sql:9:[0-9]+: statement 9 of 11"):
            await migrate(url, folder)
        assert await values(url, "SELECT a FROM t ORDER BY a") == [1, 2]
    write_set(tmp_path / "pairs", {"V1__a.sql": text.format(third="INSERT INTO t (a, b) VALUES (4, 4);")})
    await migrate(url, folder)
    assert await values(url, "SELECT a FROM t ORDER BY a") == [1, 2, 3, 4, 5]


@pytest.mark.only("mysql", "mariadb")
async def test_commits_without_autocommit_are_the_clients(url: str, database: str, tmp_path: Path) -> None:
    text = (
        "CREATE TABLE t (a INT PRIMARY KEY);\nSET autocommit = 0;\nINSERT INTO t VALUES (1);\nCOMMIT;\n"
        "INSERT INTO t VALUES (2);\nINSERT INTO t VALUES ({});\nCOMMIT;\nSET autocommit = 1;\nINSERT INTO t VALUES (4);"
    )
    folder = write_set(tmp_path / "pairs", {"V1__a.sql": text.format(1)})
    with pytest.raises(MigrationFailed, match=r"V1__a\.sql:6:[0-9]+: statement 6 of 9"):
        await migrate(url, folder)
    assert await values(url, "SELECT a FROM t") == [1]
    write_set(tmp_path / "pairs", {"V1__a.sql": text.format(3)})
    await migrate(url, folder)
    assert await values(url, "SELECT a FROM t ORDER BY a") == [1, 2, 3, 4]


async def test_a_savepoint_in_a_transaction_of_the_file_is_the_clients(url: str, database: str, tmp_path: Path) -> None:
    text = (
        "CREATE TABLE t (a INTEGER);\nBEGIN;\nINSERT INTO t VALUES (1);\nSAVEPOINT s;\nINSERT INTO t VALUES (2);\n"
        "ROLLBACK TO SAVEPOINT s;\nINSERT INTO t VALUES (3);\nCOMMIT;\nINSERT INTO t VALUES (4);"
    )
    await migrate(url, write_set(tmp_path / "pairs", {"V1__a.sql": text}))
    assert await values(url, "SELECT a FROM t ORDER BY a") == [1, 3, 4]


@pytest.mark.only("postgresql")
async def test_a_statement_that_no_transaction_takes_may_follow_a_pair(url: str, database: str, tmp_path: Path) -> None:
    text = f"BEGIN;\n{TABLE}COMMIT;\nCREATE INDEX CONCURRENTLY i ON t (a);\nBEGIN;\n{LEVEL}COMMIT;"
    await migrate(url, write_set(tmp_path / "pairs", {"V1__a.sql": text}), databases=["postgresql"])
    assert await values(url, "SELECT indexname FROM pg_indexes WHERE tablename = 't'") == ["i"]


COMMITTING = {
    "a block": "DO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); END $$;",
    "a loop": "DO LANGUAGE plpgsql $do$ BEGIN FOR i IN 1..2 LOOP INSERT INTO t VALUES (i); COMMIT; END LOOP; END $do$;",
    "a rollback": "DO 'BEGIN INSERT INTO t VALUES (9); ROLLBACK; INSERT INTO t VALUES (1), (2); END';",
    "a condition": "DO $$ BEGIN INSERT INTO t VALUES (1), (2); IF true THEN COMMIT AND CHAIN; END IF; END $$;",
}


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("head", ["", OFF])
@pytest.mark.parametrize("text", COMMITTING.values(), ids=COMMITTING)
async def test_a_do_block_may_commit(url: str, database: str, tmp_path: Path, text: str, head: str) -> None:
    folder = write_set(tmp_path / "do", {"V1__t.sql": "CREATE TABLE t (a INTEGER);", "V2__do.sql": head + text + "\nSELECT 1;"})
    await migrate(url, folder, databases=["postgresql"])
    assert await values(url, "SELECT a FROM t ORDER BY a") == [1, 2]


@pytest.mark.only("postgresql")
async def test_what_a_file_of_the_same_run_makes_may_commit(url: str, database: str, tmp_path: Path) -> None:
    made = "CREATE TABLE t (a INTEGER); CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN INSERT INTO t VALUES (1); COMMIT; END';"
    files = {"V1__t.sql": f"{made} CALL p();", "V2__do.sql": "DO $$ BEGIN CALL p(); END $$;"}
    await migrate(url, write_set(tmp_path / "do", files), databases=["postgresql"])
    assert await values(url, "SELECT a FROM t ORDER BY a") == [1, 1]


@pytest.mark.only("postgresql")
async def test_a_do_block_that_calls_what_commits_is_told_of_transaction_off(url: str, database: str, tmp_path: Path) -> None:
    made = "CREATE TABLE t (a INTEGER); CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN INSERT INTO t VALUES (1); COMMIT; END';"
    folder = write_set(tmp_path / "do", {"V1__t.sql": made})
    await migrate(url, folder, databases=["postgresql"])
    write_set(tmp_path / "do", {"V2__do.sql": "DO $$ BEGIN CALL p(); END $$;"})
    with pytest.raises(MigrationFailed, match=r"next: .*transaction=off"):
        await migrate(url, folder, databases=["postgresql"])
    write_set(tmp_path / "do", {"V2__do.sql": f"{OFF}DO $$ BEGIN CALL p(); END $$;\nCALL p();"})
    await migrate(url, folder, databases=["postgresql"])
    assert await values(url, "SELECT a FROM t ORDER BY a") == [1, 1]
