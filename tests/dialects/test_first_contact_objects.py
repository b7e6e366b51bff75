"""First contact recognises each kind of object, and compares names like each database."""

import asyncio
from pathlib import Path

import pytest
import pytest_asyncio

from tests.cases import each_case
from tests.conftest import run_sql
from tests.dialects.first_contact import held, refusal
from tests.files import write_set
from whimbrel import migrate

pytestmark = pytest.mark.asyncio


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_routines_are_judged_as_tables_are(url: str, database: str, tmp_path: Path) -> None:
    body = {"postgresql": "RETURNS integer LANGUAGE sql AS 'SELECT 1'"}.get(database, "RETURNS INTEGER DETERMINISTIC RETURN 1")
    await asyncio.to_thread(run_sql, url, f"CREATE FUNCTION tariff() {body}")
    for text, words in ((f"CREATE FUNCTION tariff() {body};", "CREATE"), ("DROP FUNCTION IF EXISTS tariff;", "DROP")):
        told = await refusal(url, write_set(tmp_path / "shop", {"V1__a.sql": text}))
        assert f"V1__a.sql:1:1: {words} FUNCTION: " in told


@pytest.mark.only("postgresql")
@each_case(
    ("text", "told"),
    [
        ("DROP SCHEMA other CASCADE;", "DROP SCHEMA: schema other exists already"),
        ("DROP DATABASE IF EXISTS other; DROP DATABASE postgres;", "DROP DATABASE: database postgres exists already"),
        ("DROP TABLE IF EXISTS other.thing;", "DROP TABLE: table other.thing exists already"),
        ("SET search_path TO other;\nTRUNCATE thing;", "TRUNCATE: table other.thing exists already"),
        ('DROP TABLE "Mixed";', "DROP TABLE: table Mixed exists already"),
        ("DROP TYPE mood;", "DROP TYPE: type mood exists already"),
        ("DROP INDEX by_thing;", "DROP INDEX: index by_thing exists already"),
        ("COPY public.plain FROM stdin;\n1\n\\.\n", "COPY: table public.plain exists already"),
        ("CREATE TABLE a PARTITION OF parted FOR VALUES IN (1);", "PARTITION OF: table parted exists already"),
        ("CREATE OR REPLACE VIEW seen AS SELECT 2 AS a;", "CREATE VIEW: view seen exists already"),
        ("DROP MATERIALIZED VIEW kept;", "DROP VIEW: materialized view kept exists already"),
        ('DROP TABLE U&"pl\\0061in";', "DROP TABLE: table plain exists already"),
        ("SELECT setval('counter', 9);", "SETVAL: sequence counter exists already"),
        (
            "DO $$ DECLARE t record; BEGIN FOR t IN SELECT tablename AS n FROM pg_tables\n"
            "LOOP EXECUTE 'DROP TABLE ' || t.n; END LOOP; END $$;",
            "DROP TABLE of a name that the server puts together: schema public, with objects in it, exists already",
        ),
        ("ALTER SEQUENCE counter RESTART;", "ALTER SEQUENCE: sequence counter exists already"),
    ],
)
async def test_postgresql_objects_of_every_kind(of_every_kind: str, tmp_path: Path, text: str, told: str) -> None:
    assert told in await refusal(of_every_kind, write_set(tmp_path / "shop", {"V1__a.sql": text}))


@pytest_asyncio.fixture
async def of_every_kind(url: str) -> str:
    """The address of a database with an object of every kind."""
    await asyncio.to_thread(
        run_sql,
        url,
        "CREATE SCHEMA other",
        "CREATE TABLE other.thing (a int)",
        'CREATE TABLE "Mixed" (a int)',
        "CREATE TABLE plain (a int)",
        "CREATE TYPE mood AS ENUM ('sad')",
        "CREATE INDEX by_thing ON plain (a)",
        "CREATE TABLE parted (a int) PARTITION BY LIST (a)",
        "CREATE VIEW seen AS SELECT 1 AS a",
        "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS a",
        "CREATE SEQUENCE counter",
    )
    return url


@pytest.mark.only("postgresql")
async def test_postgresql_names_without_quotes_are_folded(url: str, tmp_path: Path) -> None:
    await asyncio.to_thread(run_sql, url, "CREATE TABLE plain (a int)", 'CREATE TABLE "Mixed" (a int)')
    assert "table plain exists" in await refusal(url, write_set(tmp_path / "one", {"V1__a.sql": "DELETE FROM PLAIN;"}))
    report = await migrate(
        url, write_set(tmp_path / "two", {"V1__a.sql": 'CREATE TABLE Mixed (a int); CREATE TABLE "Plain" (a int);'})
    )
    assert len(report.applied) == 1


@pytest.mark.only("sqlite")
async def test_sqlite_compares_names_without_case(url: str, tmp_path: Path) -> None:
    await asyncio.to_thread(
        run_sql, url, "CREATE TABLE Plain (A INTEGER)", "CREATE TRIGGER g AFTER INSERT ON Plain BEGIN SELECT 1; END"
    )
    for number, text in enumerate(
        ('DELETE FROM "PLAIN";', "DELETE FROM main.plain;", "CREATE TABLE [plain] (a);", "DROP TRIGGER G;")
    ):
        assert "exists already" in await refusal(url, write_set(tmp_path / f"s{number}", {"V1__a.sql": text}))
    await migrate(url, write_set(tmp_path / "same", {"V1__a.sql": "CREATE TABLE IF NOT EXISTS PLAIN (a INTEGER);"}))


@pytest.mark.only("mysql", "mariadb")
async def test_objects_of_another_database_are_judged_too(url: str, tmp_path: Path) -> None:
    other = f"{url.rpartition('/')[2]}_other"
    await asyncio.to_thread(run_sql, url, f"CREATE DATABASE {other}", f"CREATE TABLE {other}.thing (a INT)")
    try:
        for number, text in enumerate(
            (f"DELETE FROM {other}.thing;", f"USE {other};\nDROP TABLE thing;", f"DROP DATABASE {other};")
        ):
            told = await refusal(url, write_set(tmp_path / f"s{number}", {"V1__a.sql": text}))
            assert "exists already" in told
        report = await migrate(url, write_set(tmp_path / "own", {"V1__a.sql": "CREATE TABLE thing (a INT);"}))
        assert len(report.applied) == 1
    finally:
        await asyncio.to_thread(run_sql, url, f"DROP DATABASE {other}")


@pytest.mark.only("mysql", "mariadb")
async def test_triggers_and_events_are_judged_too(url: str, tmp_path: Path) -> None:
    await asyncio.to_thread(
        run_sql,
        url,
        "CREATE TABLE plain (a INT)",
        "CREATE TRIGGER g BEFORE INSERT ON plain FOR EACH ROW SET NEW.a = 1",
        "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1",
    )
    for number, (text, told) in enumerate((("DROP TRIGGER g;", "trigger g"), ("DROP EVENT nightly;", "event nightly"))):
        assert f"{told} exists already" in await refusal(url, write_set(tmp_path / f"s{number}", {"V1__a.sql": text}))


VIEW = "CREATE VIEW own AS SELECT id, name FROM stock;"
TRIGGER = (
    "CREATE TRIGGER own_delete INSTEAD OF DELETE ON own BEGIN DELETE FROM stock WHERE id = OLD.id; END;",
    "CREATE TRIGGER own_update INSTEAD OF UPDATE ON own BEGIN UPDATE stock SET name = NEW.name WHERE id = OLD.id; END;",
    "CREATE TRIGGER own_insert INSTEAD OF INSERT ON own BEGIN INSERT INTO stock VALUES (NEW.id, NEW.name); END;",
)


@pytest.mark.parametrize(
    "write", ["DELETE FROM own;", "UPDATE own SET name = 'lost' WHERE id = 1;", "INSERT INTO own VALUES (3, 'doubled');"]
)
async def test_a_write_through_an_own_view_touches_the_table_behind_it(
    url: str, database: str, tmp_path: Path, write: str
) -> None:
    await held(url)
    view = "\n".join((VIEW, *(TRIGGER if database == "sqlite" else ())))
    verb = write.split()[0]
    told = await refusal(url, write_set(tmp_path / "one", {"V1__a.sql": f"{view}\n{write}"}))
    assert f"{verb} through own: table stock exists already" in told
    told = await refusal(url, write_set(tmp_path / "two", {"V1__a.sql": view, "V2__b.sql": write}))
    assert f"two/V2__b.sql:1:1: {verb} through own: table stock exists already" in told
    # A view alone only reads, so its set is applied. The view of an applied set leads to the same table.
    views, writes = write_set(tmp_path / "views", {"V1__a.sql": view}), write_set(tmp_path / "writes", {"V1__b.sql": write})
    await migrate(url, views)
    assert f"{verb} through own: table stock exists already" in await refusal(url, views, writes)


async def test_a_view_over_a_table_of_the_same_files_may_be_written_to(url: str, database: str, tmp_path: Path) -> None:
    view = "\n".join((VIEW, *(TRIGGER if database == "sqlite" else ())))
    made = "CREATE TABLE stock (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40));"
    folders = (
        write_set(tmp_path / "one", {"V1__a.sql": made, "V2__b.sql": f"{view}\nINSERT INTO own VALUES (1, 'a');"}),
        write_set(tmp_path / "two", {"V1__c.sql": "UPDATE own SET name = 'b';"}),
    )
    await migrate(url, folders[0])
    assert len((await migrate(url, *folders)).applied) == 1


@pytest.mark.only("postgresql")
async def test_a_postgresql_function_with_other_arguments_is_another_one(url: str, tmp_path: Path) -> None:
    body = "RETURNS integer LANGUAGE sql AS 'SELECT 1'"
    await asyncio.to_thread(
        run_sql,
        url,
        f"CREATE FUNCTION tariff(a integer, b varchar) {body}",
        f"CREATE FUNCTION tariff() {body}",
        f"CREATE FUNCTION tariff(a timestamptz[]) {body}",
        "CREATE DOMAIN price AS integer",
    )
    for number, same in enumerate(
        (
            "()",
            "(int, b character varying(10) DEFAULT ',')",
            "(IN x int4, OUT y integer, z varchar = f(1, 2))",
            '("A b" timestamp with time zone[])',
            # The signature is uncertain with an array's length, another spelling of the mode, or a user's own type.
            "(a timestamptz[3])",
            "(a IN integer)",
            "(price)",
        )
    ):
        folder = write_set(tmp_path / f"s{number}", {"V1__a.sql": f"CREATE OR REPLACE FUNCTION tariff{same} {body};"})
        assert "routine tariff exists already" in await refusal(url, folder), same
    others = ("(integer)", "(b varchar, a integer)", "(a text DEFAULT 'x')", "(VARIADIC a integer[])", "(double precision)")
    texts = [f"CREATE FUNCTION tariff{other} {body};" for other in others]
    assert len((await migrate(url, write_set(tmp_path / "others", {"V1__a.sql": "\n".join(texts)}))).applied) == 1


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_call_touches_what_the_procedure_of_an_earlier_file_changes(url: str, database: str, tmp_path: Path) -> None:
    await held(url)
    body = {"postgresql": "LANGUAGE sql AS $$ DELETE FROM stock $$"}.get(database, "DELETE FROM stock")
    folder = write_set(tmp_path / "shop", {"V1__a.sql": f"CREATE PROCEDURE clean() {body};", "V2__b.sql": "CALL clean();"})
    assert "V2__b.sql:1:1: DELETE in clean(): table stock exists already" in await refusal(url, folder)


@pytest.mark.only("postgresql")
async def test_a_block_touches_what_it_changes(url: str, tmp_path: Path) -> None:
    await held(url)
    text = "DO $$ BEGIN EXECUTE 'TRUNCATE stock'; END $$;"
    assert "V1__a.sql:1:1: TRUNCATE: table stock exists already" in await refusal(
        url, write_set(tmp_path / "a", {"V1__a.sql": text})
    )
