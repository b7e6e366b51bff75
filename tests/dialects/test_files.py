"""A file runs as it says on each database: variants, directives, sessions, schemas."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.cases import each_case
from tests.conftest import run_sql
from tests.databases import count_tables
from tests.dialects.test_migrate import FIVE, JOURNALED, fetch
from tests.files import AUTH, CHAT, write_set
from whimbrel import ConfigurationError, DatabaseManager, MigrationFailed, State, ValidationFailed, info, migrate, validate
from whimbrel.dialects.registry import find_dialect
from whimbrel.startup.modes import Mode, Wanted, prepare
from whimbrel.startup.readiness import Startup
from whimbrel.url import parse_url


@pytest.mark.asyncio
async def test_a_variant_takes_the_place_of_the_shared_file(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(
        tmp_path / "variants",
        {"V1__t.sql": "CREATE TABLE shared (id INTEGER);", f"V1__t.{database}.sql": "CREATE TABLE special (id INTEGER);"},
    )
    report = await migrate(url, folder)
    assert report.applied[0].script == f"V1__t.{database}.sql"
    assert await fetch(url, "SELECT * FROM special") == []


@pytest.mark.asyncio
async def test_a_version_that_this_database_cannot_run_is_refused(url: str, database: str, tmp_path: Path) -> None:
    other = "sqlite" if database == "postgresql" else "postgresql"
    folder = write_set(tmp_path / "gap", {"V1__a.sql": "SELECT 1;", f"V2__b.{other}.sql": "SELECT 1;"})
    with pytest.raises(ValidationFailed, match=f"version 2 of set gap has no file for {database}"):
        await migrate(url, folder)


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["migrate", "check", "wait"])
async def test_sets_that_are_said_to_be_for_other_databases_are_not_applied(url: str, database: str, mode: Mode) -> None:
    others = {"sqlite": ["mysql", "mariadb"], "mysql": ["mariadb"]}.get(database, ["sqlite"])
    told = f"the sets are for {', '.join(others)} .* but the database is {database}"
    with pytest.raises(ConfigurationError, match=told):
        await prepare(url, Startup(), wanted=Wanted([AUTH], mode, 5, databases=others))
    assert await count_tables(url) == 0
    (warned,) = [problem for problem in await validate(url, AUTH, databases=others) if problem.kind == "database"]
    assert (warned.warning, others[0] in warned.message) == (True, True)
    meant = "mysql" if database == "mariadb" else database
    assert await validate(url, AUTH, databases=["sqlite", meant]) == []
    assert (await migrate(url, AUTH, databases=["sqlite", meant])).applied


@pytest.mark.asyncio
async def test_a_file_without_a_transaction_has_a_journal_everywhere(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "off", {"V1__off.sql": "-- whimbrel: transaction=off\n" + FIVE})
    with pytest.raises(MigrationFailed, match="of this file: statements 1 to 2 are applied and recorded"):
        await migrate(url, folder)
    assert [one.state for one in await info(url, folder)] == [State.PARTIAL]
    write_set(tmp_path / "off", {"V1__off.sql": "-- whimbrel: transaction=off\n" + FIVE.replace("'käse' 'ø' nonsense", "3")})
    assert (await migrate(url, folder)).applied[0].statements == 3


@pytest.mark.asyncio
async def test_the_address_may_have_a_driver_and_a_manager_serves_as_well(url: str, database: str) -> None:
    driver = {"postgresql": "asyncpg", "sqlite": "aiosqlite"}.get(database, "aiomysql")
    assert len((await migrate(url.replace("://", f"+{driver}://", 1), AUTH)).applied) == 1
    async with DatabaseManager(parse_url(url)) as db_manager:
        assert len((await migrate(db_manager, AUTH, CHAT)).applied) == 1


def test_two_sets_that_know_nothing_of_each_other_share_a_database(url: str, tmp_path: Path) -> None:
    import asyncio

    run_sql(url, "CREATE TABLE unrelated (id INTEGER)")
    one = write_set(tmp_path / "one", {"V1__a.sql": "CREATE TABLE a (id INTEGER);", "V3__b.sql": "SELECT 1;"})
    two = write_set(tmp_path / "two", {"V1__a.sql": "CREATE TABLE b (id INTEGER);", "V2__b.sql": "SELECT 1;"})
    assert len(asyncio.run(migrate(url, one)).applied) == 2
    assert len(asyncio.run(migrate(url, two)).applied) == 2


@pytest.mark.asyncio
async def test_a_schema_may_be_named_and_has_a_history_of_its_own(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "named", {"V1__t.sql": "CREATE TABLE t (id INTEGER PRIMARY KEY);\nINSERT INTO t VALUES (7);"})
    with pytest.raises(ConfigurationError, match=r"there is no (schema|database) elsewhere"):
        await migrate(url, folder, schema="elsewhere")
    if database == "sqlite":
        return
    name = f'odd "name" {uuid4().hex[:8]}'
    async with DatabaseManager(url) as db_manager:
        quoted = find_dialect(parse_url(url)).quote(name)
        await db_manager.execute(f"CREATE SCHEMA {quoted}")
        assert len((await migrate(url, folder, schema=name)).applied) == 1
        assert (await migrate(url, folder, schema=name)).applied == ()
        assert await db_manager.fetch_value(f"SELECT id FROM {quoted}.t") == 7
        # A migration that this role applied already is not applied again if the schema is not named: PostgreSQL finds it.
        assert len((await migrate(url, folder)).applied) == (0 if database == "postgresql" else 1)
        own = "public" if database == "postgresql" else url.rpartition("/")[2]
        assert len((await migrate(url, folder, schema=own)).applied) == (1 if database == "postgresql" else 0)
        assert (await migrate(url, folder)).already == 1
        await db_manager.execute(f"DROP SCHEMA {quoted}" + (" CASCADE" if database == "postgresql" else ""))


@pytest.mark.asyncio
async def test_words_in_a_body_are_no_statements(url: str, database: str, tmp_path: Path) -> None:
    bodies = {
        "postgresql": "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'a'; /* VACUUM; */ SELECT 'COMMIT;' $$;",
        "sqlite": "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 'VACUUM'; DELETE FROM t WHERE id = 0; END;",
    }
    body = bodies.get(database, "CREATE PROCEDURE p() BEGIN START TRANSACTION; DELETE FROM t; COMMIT; END;")
    text = "CREATE TABLE t (id INTEGER);\n" + body + "\nSELECT 1 FROM nowhere;"
    folder = write_set(tmp_path / "body", {f"V1__b.{database}.sql": text, "V1__b.sql": "SELECT 1;"})
    with pytest.raises(MigrationFailed) as caught:
        await migrate(url, folder)
    assert (caught.value.statement, caught.value.total) == (3, 3)
    in_transaction = "nothing, its transaction was rolled back"
    assert caught.value.left_behind == ("statements 1 to 2 are applied and recorded" if database in JOURNALED else in_transaction)


@pytest.mark.asyncio
@each_case(
    ("text", "line"),
    [
        ("SELECT 1;\n-- whimbrel: transaction=off\nSELECT 2;", 2),
        ("SELECT 1; -- whimbrel: transaction=off\nSELECT 2;", 1),
        ("SELECT 1; -- one\n/* two */ /*\n * whimbrel: transaction=off */ SELECT 2;", 2),
        ("SELECT 1;\n\n-- whimbrel: transaction=off\n", 3),
        ("SELECT 1\n-- whimbrel: transaction=off", 2),
        ("SELECT 1;\nSELECT 2; /* whimbrel: lock_timeout=5s */", 2),
    ],
)
async def test_a_directive_after_the_first_statement_is_not_passed_over(url: str, tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(ValidationFailed, match=rf"V1__a\.sql:{line}: a directive must stand before the first statement"):
        await migrate(url, write_set(tmp_path / "late", {"V1__a.sql": text}))


@pytest.mark.asyncio
async def test_what_only_looks_like_a_directive_is_none(url: str, database: str, tmp_path: Path) -> None:
    text = "SELECT 1; -- not -- whimbrel: transaction=off\n/* nor\n-- whimbrel: transaction=off */ SELECT '-- whimbrel: x';"
    if database == "postgresql":
        data = "/*\n-- whimbrel: transaction=off\n"
        text = f"CREATE TABLE t (x TEXT);\nCOPY t FROM stdin;\n{data}\\.\nSELECT 1; /* why */\nSELECT 2;"
    (one,) = (await migrate(url, write_set(tmp_path / "none", {"V1__a.sql": text}))).applied
    assert one.statements == (4 if database == "postgresql" else 2)


@pytest.mark.asyncio
async def test_a_comment_that_is_never_closed_swallows_nothing_in_silence(url: str, database: str, tmp_path: Path) -> None:
    text = "CREATE TABLE u1 (id INTEGER);\n-- a /* that is none\n/* closed */ /* oops\nCREATE TABLE u2 (id INTEGER);"
    told = "V1__u.sql:3: a comment begins here" if database == "sqlite" else "statement 2 of 2"
    with pytest.raises((ValidationFailed, MigrationFailed), match=told):
        await migrate(url, write_set(tmp_path / "u", {"V1__u.sql": text}))
    assert await info(url, write_set(tmp_path / "w", {"V1__w.sql": "SELECT 1; /* closed */ -- /* and none"}))
    assert (await migrate(url, str(tmp_path / "w"))).applied
