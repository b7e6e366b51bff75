"""Statements that begin or end transactions, that cannot run in a transaction, or that switch to another schema."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseError, DatabaseManager, MigrationFailed, State, ValidationFailed, info, migrate
from whimbrel.dialects.registry import find_dialect
from whimbrel.parsing.cursor import leading_words
from whimbrel.session.connect import open_session
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio(loop_scope="function")
MYSQL = ("mysql", "mariadb")
EVERYWHERE = (
    "BEGIN",
    "begin  work",
    "COMMIT",
    "/* x */ Commit",
    "END",
    "ROLLBACK",
    "SAVEPOINT a",
    "RELEASE SAVEPOINT a",
    "RELEASE a",
)
CONTROLS = {
    "postgresql": (
        *("START TRANSACTION ISOLATION LEVEL SERIALIZABLE", "BEGIN TRANSACTION READ WRITE", "ABORT", "END TRANSACTION"),
        *(
            "COMMIT AND CHAIN",
            "PREPARE TRANSACTION 'a'",
            "COMMIT PREPARED 'a'",
            "ROLLBACK PREPARED 'a'",
            "ROLLBACK TO SAVEPOINT a",
        ),
    ),
    "mysql": (
        *("START TRANSACTION WITH CONSISTENT SNAPSHOT", "SET autocommit=0", "SET @@session.autocommit = OFF", "XA START 'a'"),
        *(
            "SET sql_notes=1, autocommit=0",
            "SET LOCAL autocommit=1",
            "SET @a=1, @b=2, @c=3, sql_notes=1, autocommit=0",
            "XA END 'a'",
            "XA COMMIT 'a'",
            "ROLLBACK TO a",
        ),
        *("COMMIT AND CHAIN", "/*!40101 SET AUTOCOMMIT=0 */", "/*!50003 COMMIT */"),
    ),
    "sqlite": ("BEGIN IMMEDIATE", "BEGIN EXCLUSIVE TRANSACTION", "END TRANSACTION", "COMMIT TRANSACTION", "ROLLBACK TO a"),
}


@pytest.mark.fault("R53")
async def test_every_form_of_transaction_control_is_refused_with_its_line(url: str, database: str, tmp_path: Path) -> None:
    table = "CREATE TABLE t (id INTEGER);"
    for number, statement in enumerate((*EVERYWHERE, *CONTROLS.get(database, CONTROLS["mysql"]))):
        text = f"{table}\nINSERT INTO t VALUES (1);\n  {statement};\nDROP TABLE t;\n"
        folder = write_set(tmp_path / f"own{number}", {f"V1__own.{database}.sql": text, "V1__own.sql": table})
        with pytest.raises(
            ValidationFailed, match=rf"V1__own\.{database}\.sql:3:[0-9]+: .* the runner begins and ends transactions"
        ) as caught:
            await migrate(url, folder)
        assert len(caught.value.problems) == 1
    assert [one.state for one in await info(url, folder)] == [State.PENDING]


BODIES = {
    "postgresql": """
CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 'ROLLBACK;'; END; $$;
CREATE FUNCTION g() RETURNS integer BEGIN ATOMIC SELECT 1; END;
CREATE PROCEDURE p() LANGUAGE plpgsql AS $body$ BEGIN INSERT INTO t VALUES (8); COMMIT; END; $body$;
DO $$ BEGIN INSERT INTO t VALUES (7); END $$;
PREPARE transaction_of_mine AS SELECT 1;
""",
    "sqlite": "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 'COMMIT;'; DELETE FROM t WHERE id = 0; END;\n",
    "mysql": """
CREATE PROCEDURE p() BEGIN START TRANSACTION; INSERT INTO t VALUES (8); SAVEPOINT a; ROLLBACK; END;
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN SET @a = 'COMMIT;'; END;
SET @autocommit = 1;
""",
}


@pytest.mark.fault("R53")
async def test_the_same_words_in_bodies_strings_and_comments_are_none(url: str, database: str, tmp_path: Path) -> None:
    text = (
        'CREATE TABLE t (id INTEGER);\n-- COMMIT;\n/* ROLLBACK; */\nCREATE TABLE u ("begin" VARCHAR(20), "commit" INTEGER);\n'
        "INSERT INTO u VALUES ('\nBEGIN;\nCOMMIT;', 1);\n"
    ).replace('"', "`" if database in MYSQL else '"')
    body = BODIES.get(database, BODIES["mysql"])
    folder = write_set(tmp_path / "body", {f"V1__b.{database}.sql": text + body, "V1__b.sql": ""})
    assert len((await migrate(url, folder)).applied) == 1
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT count(*) FROM u") == 1


@pytest.mark.fault("R53")
@pytest.mark.parametrize(("begin", "end"), [("BEGIN", "COMMIT"), ("begin transaction", "END"), ("START TRANSACTION", "COMMIT")])
async def test_a_file_that_is_one_transaction_is_taken_as_such(
    url: str, database: str, tmp_path: Path, begin: str, end: str
) -> None:
    if database in MYSQL:
        begin, end = begin.replace("begin transaction", "begin work"), end.replace("END", "COMMIT")
    if database == "sqlite":
        begin = begin.replace("START", "BEGIN")
    work = f"{begin};\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (1);\n{end};\n"
    folder = write_set(tmp_path / "one", {"V1__t.sql": "CREATE TABLE t (id INTEGER PRIMARY KEY);", "V2__d.sql": work})
    with pytest.raises(MigrationFailed, match="statement 2 of 2"):
        await migrate(url, folder)
    assert await ids(url) == []
    write_set(tmp_path / "one", {"V2__d.sql": work.replace("(1)", "(2)", 1)})
    assert (await migrate(url, folder)).applied[0].statements == 2
    assert await ids(url) == [1, 2]


# Each with the statements that prepare it; {other} is the name of an object that is dropped afterwards.
ALONE = {
    "postgresql": (
        *("CREATE INDEX CONCURRENTLY i2 ON t (id)", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i3 ON t (id)"),
        *("REINDEX INDEX CONCURRENTLY i", "REINDEX (VERBOSE, CONCURRENTLY) TABLE t", "REINDEX TABLE CONCURRENTLY t"),
        *("REINDEX SCHEMA public", "REINDEX DATABASE", "REINDEX SYSTEM", "REINDEX TABLE whole", "REINDEX INDEX whole_i"),
        *("DROP INDEX CONCURRENTLY IF EXISTS i", "VACUUM", "VACUUM (ANALYZE) t", "CREATE DATABASE {other}", "CLUSTER"),
        *("ALTER DATABASE {other} SET TABLESPACE pg_default", "DROP DATABASE {other}"),
        *("ALTER SYSTEM SET log_min_duration_statement = 100000", "ALTER SYSTEM RESET ALL"),
        *("ALTER TABLE whole DETACH PARTITION part CONCURRENTLY", "CREATE SUBSCRIPTION {other} CONNECTION '{dsn}' PUBLICATION p"),
        *("ALTER SUBSCRIPTION {other} REFRESH PUBLICATION", "DROP SUBSCRIPTION {other}"),
    ),
    "sqlite": (
        *("VACUUM", "ATTACH ':memory:' AS aside", "DETACH aside", "PRAGMA journal_mode=WAL", "PRAGMA wal_checkpoint(TRUNCATE)"),
        *("PRAGMA synchronous=OFF", "PRAGMA temp_store=MEMORY"),
    ),
}
# Statements that the server accepts here, because of the names in them or of the file's mode.
HARMLESS = ("ATTACH", "DETACH", "PRAGMA journal", "PRAGMA wal", "PRAGMA temp", "CREATE SUB", "ALTER SUB", "DROP SUB")
BEFORE = (
    "CREATE TABLE whole (id INTEGER) PARTITION BY RANGE (id)",
    "CREATE TABLE part PARTITION OF whole FOR VALUES FROM (1) TO (9)",
    "CREATE INDEX whole_i ON whole (id)",
)


@pytest.mark.fault("R56")
@pytest.mark.only("postgresql", "sqlite")
async def test_what_the_server_refuses_in_a_transaction_runs_as_a_migration(url: str, database: str, tmp_path: Path) -> None:
    setup = ["CREATE TABLE t (id INTEGER)", "CREATE INDEX i ON t (id)", *(BEFORE if database == "postgresql" else ())]
    parsed = parse_url(url)
    other, dsn = (
        f"other_{parsed.database.rpartition('/')[2].partition('.')[0]}",
        f"host={parsed.host} port={parsed.port} dbname=none",
    )
    statements = [one.format(other=other, dsn=dsn) for one in ALONE[database]]
    statements = [one + " WITH (connect=false)" if one.startswith("CREATE SUB") else one for one in statements]
    dialect = find_dialect(parsed)
    async with open_session(url) as session:
        for one in setup:
            await session.connection.run(one)
        for number, one in enumerate(statements, start=1):
            assert dialect.needs_autocommit(leading_words(one, dialect.lexer_rules(portable=True, database=database))), one
            assert one.startswith(HARMLESS) or await refuses(session.connection.run, one), one
            if one.startswith(("CREATE SUB", "ALTER SUB", "DROP SUB")):
                continue
            folder = write_set(tmp_path / "alone", {f"V{number}__a.{database}.sql": one, f"V{number}__a.sql": ""})
            if database == "sqlite" and one.startswith("DETACH"):
                write_set(tmp_path / "alone", {f"V{number}__a.{database}.sql": f"ATTACH ':memory:' AS aside;\n{one};"})
            assert len((await migrate(url, folder, accept_existing=True)).applied) == 1, one


async def refuses(run: object, statement: str) -> bool:
    """Whether the server refuses a statement in a transaction, or ignores it."""
    assert callable(run)
    await run("BEGIN")
    try:
        await run(statement)
    except DatabaseError as error:
        return error.code == "25001" or not error.code[:1].isdigit()
    finally:
        await run("ROLLBACK")
    return False


@pytest.mark.fault("R56")
@pytest.mark.only("postgresql")
async def test_a_new_value_of_an_enum_is_used_after_its_transaction(url: str, database: str, tmp_path: Path) -> None:
    add = "ALTER TYPE mood ADD VALUE 'new';\n"
    files = {
        "V1__e.sql": "CREATE TYPE mood AS ENUM ('old');\nCREATE TABLE t (m mood);",
        "V2__add.sql": f"-- whimbrel: transaction=on\n{add}INSERT INTO t VALUES ('new');",
    }
    folder = write_set(tmp_path / "enum", files)
    with pytest.raises(MigrationFailed, match=r"statement 2 of 2(.|\n)*must be committed before they can be used"):
        await migrate(url, folder)
    write_set(tmp_path / "enum", {"V2__add.sql": add + "INSERT INTO t VALUES ('new');", "V3__use.sql": "UPDATE t SET m = 'new';"})
    assert len((await migrate(url, folder)).applied) == 2


@pytest.mark.fault("R55")
@pytest.mark.only("postgresql")
@pytest.mark.parametrize("directive", ["", "-- whimbrel: transaction=off\n"], ids=["transaction", "journal"])
async def test_a_dump_that_empties_search_path_does_not_hide_the_history(url: str, tmp_path: Path, directive: str) -> None:
    dump = f"{directive}SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.t (id integer);\n"
    folder = write_set(tmp_path / "dump", {"V1__dump.sql": dump, "V2__more.sql": "INSERT INTO t VALUES (1);"})
    assert len((await migrate(url, folder)).applied) == 2
    assert (await migrate(url, folder)).applied == ()
    assert await ids(url) == [1]


@pytest.mark.fault("R55")
@pytest.mark.only("postgresql")
async def test_a_tenant_without_a_history_does_not_find_that_of_public(url: str, tmp_path: Path) -> None:
    files = {"V1__t.sql": "CREATE TABLE IF NOT EXISTS t (id INTEGER);", "V2__i.sql": "INSERT INTO t VALUES (1);"}
    folder = write_set(tmp_path / "set", files)
    await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("CREATE SCHEMA tenant")
        name = await db_manager.fetch_value("SELECT current_database()")
        await db_manager.execute(f"ALTER DATABASE {name} SET search_path TO tenant, public")
        assert [one.state for one in await info(url, folder, schema="tenant")] == [State.PENDING, State.PENDING]
        assert len((await migrate(url, folder, schema="tenant")).applied) == 2
    assert (await migrate(url, folder)).applied == (), "which is the tenant's now, by its search_path"
    assert await ids(url, "tenant.t") == await ids(url, "public.t") == [1]


async def ids(url: str, table: str = "t") -> list[int]:
    async with DatabaseManager(url) as db_manager:
        return [row["id"] for row in await db_manager.fetch_all(f"SELECT id FROM {table} ORDER BY id")]


@pytest.mark.fault("R53")
async def test_a_file_may_have_its_own_transactions_where_it_says_so(url: str, tmp_path: Path) -> None:
    text = (
        "-- whimbrel: transaction=off\nCREATE TABLE t (id INTEGER PRIMARY KEY);\nBEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;\n"
        "BEGIN;\nINSERT INTO t VALUES (2);\nINSERT INTO t VALUES (2);\nCOMMIT;\nBEGIN;\nINSERT INTO t VALUES (3);\nROLLBACK;\n"
    )
    folder = write_set(tmp_path / "own", {"V1__own.sql": text})
    with pytest.raises(MigrationFailed) as caught:
        await migrate(url, folder)
    assert (caught.value.statement, caught.value.total) == (7, 11)
    assert await ids(url) == [1]
    write_set(tmp_path / "own", {"V1__own.sql": text.replace("(2);\nCOMMIT", "(4);\nCOMMIT")})
    await migrate(url, folder)
    assert await ids(url) == [1, 2, 4]
    assert [one.state for one in await info(url, folder)] == [State.SUCCESS]
