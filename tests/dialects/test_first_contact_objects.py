"""First contact judges each kind of object, and names as each database compares them."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.dialects.first_contact import refusal
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
@pytest.mark.parametrize(
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
        ("ALTER SEQUENCE counter RESTART;", "ALTER SEQUENCE: sequence counter exists already"),
    ],
)
async def test_postgresql_objects_of_every_kind(url: str, tmp_path: Path, text: str, told: str) -> None:
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
    assert told in await refusal(url, write_set(tmp_path / "shop", {"V1__a.sql": text}))


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
