"""A set that was never applied does not touch existing objects; nothing is lost and nothing is doubled."""

import asyncio
import logging
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import ia_auth_sessions
import pytest
import pytest_asyncio

from database import drop_chat_tables, initialize_chat_schema, initialize_database
from tests.cases import each_case
from tests.conftest import run_sql
from tests.databases import count_rows
from tests.dialects.first_contact import held, refusal
from tests.faults.picture import draw
from tests.files import AUTH, CHAT, write_set
from whimbrel import DatabaseManager, LockTimeout, Problem, ValidationFailed, migrate, validate
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio

STOCK = "stock (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40))"
# Files, and the lines of the message for their statements that touch an object.
REFUSED = {
    "plain CREATE": ({"V1__a.sql": f"CREATE TABLE {STOCK};"}, ["V1__a.sql:1:1: CREATE TABLE: table stock exists already"]),
    "seed rows behind IF NOT EXISTS": (
        {"V1__a.sql": f"CREATE TABLE IF NOT EXISTS {STOCK};\nINSERT INTO stock VALUES (3, 'seed');"},
        ["V1__a.sql:2:1: INSERT: table stock exists already"],
    ),
    "seed rows in a later file": (
        {"V1__a.sql": f"CREATE TABLE IF NOT EXISTS {STOCK};", "V2__b.sql": "INSERT INTO stock\nSELECT 3, 'x';"},
        ["V2__b.sql:1:1: INSERT: table stock exists already"],
    ),
    "a dump of the database itself": (
        {"V1__a.sql": f"DROP VIEW IF EXISTS stock_names;\nDROP TABLE IF EXISTS stock;\nCREATE TABLE {STOCK};\n"},
        [
            "V1__a.sql:1:1: DROP VIEW: view stock_names exists already",
            "V1__a.sql:2:1: DROP TABLE: table stock exists already",
            "V1__a.sql:3:1: CREATE TABLE: table stock exists already",
        ],
    ),
    "another tool's files": (
        {"V1__a.sql": f"-- there\nCREATE TABLE IF NOT EXISTS {STOCK};\n-- and back\nDROP TABLE stock;\n"},
        ["V1__a.sql:4:1: DROP TABLE: table stock exists already"],
    ),
    "columns that the table lacks": (
        {"V1__a.sql": "CREATE TABLE IF NOT EXISTS stock (id INTEGER PRIMARY KEY, name VARCHAR(40), price INTEGER, Lot INTEGER);"},
        ["V1__a.sql:1:1: CREATE TABLE IF NOT EXISTS: table stock exists already, without the columns price, "],
    ),
    "columns that a query declares": (
        {"V1__a.sql": "CREATE TABLE IF NOT EXISTS stock AS SELECT * FROM parent;"},
        ["V1__a.sql:1:1: CREATE TABLE IF NOT EXISTS: table stock exists already"],
    ),
    "a view of that name": (
        {"V1__a.sql": "CREATE TABLE IF NOT EXISTS stock_names (name VARCHAR(40));"},
        ["V1__a.sql:1:1: CREATE TABLE IF NOT EXISTS: view stock_names exists already"],
    ),
    "ALTER": (
        {"V1__a.sql": "CREATE TABLE mine (id INTEGER);\nALTER TABLE stock ADD COLUMN price INTEGER;"},
        ["V1__a.sql:2:1: ALTER TABLE: table stock exists already"],
    ),
    "ALTER behind IF NOT EXISTS": (
        {"V1__a.sql": f"CREATE TABLE IF NOT EXISTS {STOCK};", "V2__b.sql": "ALTER TABLE stock ADD COLUMN price INTEGER;"},
        ["V2__b.sql:1:1: ALTER TABLE: table stock exists already"],
    ),
    "UPDATE and DELETE": (
        {"V1__a.sql": "UPDATE stock SET name = 'x';\nDELETE FROM parent;\n"},
        ["V1__a.sql:1:1: UPDATE: table stock exists", "V1__a.sql:2:1: DELETE: table parent exists"],
    ),
    "an index": ({"V1__a.sql": "CREATE INDEX i ON stock (name);"}, ["V1__a.sql:1:1: CREATE INDEX: table stock exists already"]),
    "renaming over it": (
        {"V1__a.sql": "CREATE TABLE fresh (id INTEGER);\nALTER TABLE fresh RENAME TO parent;"},
        ["V1__a.sql:2:1: ALTER TABLE ... RENAME: table parent exists already"],
    ),
    "thousands of rows": (
        {"V1__a.sql": "".join(f"INSERT INTO stock VALUES ({number}, 'x');\n" for number in range(10, 1500))},
        ["V1__a.sql:1:1: INSERT: table stock exists already"],
    ),
}
UNTOUCHED = {
    "its own tables": {"V1__a.sql": "CREATE TABLE mine (id INTEGER NOT NULL PRIMARY KEY);\nINSERT INTO mine VALUES (1);"},
    "a foreign key": {"V1__a.sql": "CREATE TABLE child (id INTEGER, FOREIGN KEY (id) REFERENCES parent (id));"},
    "a query": {"V1__a.sql": "CREATE TABLE mine AS SELECT id FROM stock;\nCREATE VIEW v AS SELECT name FROM stock;"},
    "a temporary table of that name": {"V1__a.sql": "CREATE TEMPORARY TABLE stock (a INTEGER);\nINSERT INTO stock VALUES (1);"},
    "a table that is there as declared": {
        "V1__a.sql": f"CREATE TABLE IF NOT EXISTS {STOCK};\nCREATE INDEX IF NOT EXISTS i ON stock (name);",
        "V2__b.sql": "CREATE TABLE IF NOT EXISTS stock (NAME VARCHAR(40));",
    },
}


@pytest_asyncio.fixture
async def stocked(url: str) -> str:
    await held(url)
    return url


@each_case("form", REFUSED)
async def test_what_would_touch_it_is_refused_before_anything_is_written(stocked: str, tmp_path: Path, form: str) -> None:
    files, expected = REFUSED[form]
    folder = write_set(tmp_path / str(list(REFUSED).index(form)) / "shop", files)
    told = await refusal(stocked, folder)
    assert [line for line in expected if line not in told] == []
    assert told.count(" exists already") == len(expected)
    assert "set shop was never applied to this database, but its files touch objects that exist already" in told
    assert "table flyway_schema_history is the history of Flyway" in told
    assert re.search(f"whimbrel baseline VERSION .*--sql {folder}", told)
    assert "whimbrel migrate --accept-existing " in told
    assert "(in Python accept_existing=True)" in told


@pytest.mark.parametrize("form", UNTOUCHED)
async def test_what_does_not_touch_it_is_applied(url: str, tmp_path: Path, form: str) -> None:
    await held(url)
    folder = write_set(tmp_path / "shop", UNTOUCHED[form])
    before = await draw(url)
    assert [problem for problem in await validate(url, folder) if not problem.warning] == []
    assert len((await migrate(url, folder)).applied) == len(UNTOUCHED[form])
    lost = {line: count for line, count in (before - await draw(url)).items() if "row of" in line or "stock" in line}
    assert lost == {}


async def test_who_has_looked_may_go_on(url: str, tmp_path: Path) -> None:
    await held(url)
    files = {"V1__a.sql": f"CREATE TABLE IF NOT EXISTS {STOCK};\nINSERT INTO stock VALUES (3, 'seed');"}
    folder = write_set(tmp_path / "shop", files)
    await refusal(url, folder)
    assert len((await migrate(url, folder, accept_existing=True)).applied) == 1
    assert await count_rows(url, "stock") == 3
    assert await validate(url, folder) == []
    assert (await migrate(url, folder)).applied == ()


async def test_a_set_that_has_rows_is_not_judged(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "shop", {"V1__a.sql": f"CREATE TABLE {STOCK};"})
    await migrate(url, folder)
    write_set(tmp_path / "shop", {"V2__b.sql": "INSERT INTO stock VALUES (1, 'x');\nDROP TABLE stock;"})
    assert len((await migrate(url, folder)).applied) == 1


async def test_a_second_set_is_judged_by_itself(url: str, tmp_path: Path) -> None:
    first = write_set(tmp_path / "first", {"V1__a.sql": f"CREATE TABLE {STOCK};\nINSERT INTO stock VALUES (1, 'x');"})
    second = write_set(tmp_path / "second", {"V1__a.sql": f"DROP TABLE IF EXISTS stock;\nCREATE TABLE {STOCK};"})
    await migrate(url, first)
    told = await refusal(url, second)
    assert "set second was never applied" in told
    assert "set first" not in told
    assert await count_rows(url, "stock") == 1


async def test_a_second_set_may_touch_what_the_first_set_of_the_same_run_made(url: str, tmp_path: Path) -> None:
    first = write_set(tmp_path / "first", {"V1__a.sql": f"CREATE TABLE {STOCK};"})
    second = write_set(
        tmp_path / "second", {"V1__a.sql": "INSERT INTO stock VALUES (1, 'x');", "V2__b.sql": "DELETE FROM stock;"}
    )
    await migrate(url, first)
    assert "INSERT: table stock exists already" in await refusal(url, second)
    assert len((await migrate(url, first, second)).applied) == 2


async def test_both_sets_at_once(url: str, tmp_path: Path) -> None:
    first = write_set(tmp_path / "first", {"V1__a.sql": f"CREATE TABLE {STOCK};"})
    second = write_set(tmp_path / "second", {"V1__a.sql": "INSERT INTO stock VALUES (1, 'x');"})
    assert len((await migrate(url, first, second)).applied) == 2


async def test_replicas_that_start_at_once_do_not_refuse_each_other(url: str, tmp_path: Path) -> None:
    tables = {f"V{n}__t.sql": f"CREATE TABLE t{n} (id INTEGER);\nINSERT INTO t{n} VALUES (1);" for n in range(1, 13)}
    first = write_set(tmp_path / "first", tables)
    second = write_set(tmp_path / "second", {"V1__a.sql": "INSERT INTO t1 VALUES (2);\nALTER TABLE t2 ADD COLUMN a INTEGER;"})
    reports = await asyncio.gather(*(migrate(url, first, second) for _ in range(6)))
    assert sum(len(report.applied) for report in reports) == 13
    assert await count_rows(url, "t1") == 2


@pytest.mark.parametrize("ask", ["migrate", "dry run", "validate"])
async def test_what_another_replica_makes_while_the_catalog_is_asked_is_no_conflict(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: str
) -> None:
    folder = write_set(tmp_path / "shop", {"V1__a.sql": f"CREATE TABLE {STOCK};\nINSERT INTO stock VALUES (1, 'x');"})
    await asyncio.to_thread(run_sql, url, "CREATE TABLE another (id INTEGER)")
    kind = type(find_dialect(parse_url(url)).catalog)
    find, others = kind.find, [folder]

    async def meanwhile(*arguments: Any) -> Any:
        if others:
            assert len((await migrate(url, others.pop())).applied) == 1
        return await find(*arguments)

    monkeypatch.setattr(kind, "find", meanwhile)
    if ask == "validate":
        assert [problem for problem in await validate(url, folder) if not problem.warning] == []
    else:
        report = await migrate(url, folder, dry_run=ask == "dry run")
        assert (report.applied, report.already) == ((), 1)
    assert others == []
    assert await count_rows(url, "stock") == 1


async def test_what_another_replica_makes_of_an_earlier_set_meanwhile_is_no_conflict(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write_set(tmp_path / "first", {"V1__a.sql": "CREATE TABLE another (id INTEGER);"})
    second = write_set(tmp_path / "second", {"V1__a.sql": "INSERT INTO stock VALUES (1, 'x');"})
    await migrate(url, first)
    write_set(tmp_path / "first", {"V2__b.sql": f"CREATE TABLE {STOCK};"})
    kind = type(find_dialect(parse_url(url)).catalog)
    find, others, applied = kind.find, [first], list[str]()

    async def meanwhile(*arguments: Any) -> Any:
        if others:
            # A run that arrived with the lock keeps the other replica out.
            with suppress(LockTimeout):
                applied.extend(one.set_name for one in (await migrate(url, others.pop(), lock_wait=0)).applied)
        return await find(*arguments)

    monkeypatch.setattr(kind, "find", meanwhile)
    applied += [one.set_name for one in (await migrate(url, first, second)).applied]
    assert applied == ["first", "second"]


async def test_one_line_is_logged_for_tables_that_are_there_as_declared(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await held(url)
    folder = write_set(tmp_path / "shop", UNTOUCHED["a table that is there as declared"])
    with caplog.at_level(logging.INFO, "whimbrel"):
        await migrate(url, folder)
    told = [record.getMessage() for record in caplog.records if "already present" in record.getMessage()]
    expected = "already present, with every column that the files declare; CREATE ... IF NOT EXISTS leaves them as they are"
    assert told == [f"stock: {expected}"]


@pytest.mark.parametrize("theirs_first", [True, False])
async def test_the_published_auth_package_and_our_set_come_in_either_order(url: str, theirs_first: bool) -> None:
    async with DatabaseManager(url) as db_manager:
        if theirs_first:
            assert await ia_auth_sessions.initialize_database(db_manager) is True
        await initialize_database(db_manager)
        assert await ia_auth_sessions.initialize_database(db_manager) is True
        assert len((await initialize_chat_schema(db_manager)).applied) == 1
        await drop_chat_tables(db_manager)
        assert len((await initialize_chat_schema(db_manager)).applied) == 1
        assert await validate(db_manager, AUTH, CHAT) == []


async def test_the_auth_set_is_refused_on_a_table_of_users_with_other_columns(url: str) -> None:
    await asyncio.to_thread(
        run_sql, url, "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(9))", "INSERT INTO users VALUES (1, 'ada')"
    )
    told = await refusal(url, AUTH)
    lacking = "username, hashed_password, full_name, is_active, is_verified, created_at, last_login"
    assert f"CREATE TABLE IF NOT EXISTS: table users exists already, without the columns {lacking}" in told


async def test_a_problem_can_be_told_by_programs(url: str, tmp_path: Path) -> None:
    await held(url)
    folder = write_set(tmp_path / "shop", {"V1__a.sql": "DELETE FROM stock;"})
    (problem,) = await validate(url, folder)
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.script, problem.warning) == ("first_contact", folder, False)


async def test_the_catalog_is_asked_for_sets_without_rows_alone(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "shop", {"V1__a.sql": f"CREATE TABLE {STOCK};"})
    await migrate(url, folder)

    async def refuse(*_: object) -> None:
        raise AssertionError("the catalog was asked")

    parsed = parse_url(url)
    monkeypatch.setattr(type(find_dialect(parsed).catalog), "find", refuse)
    write_set(tmp_path / "shop", {"V2__b.sql": "INSERT INTO stock VALUES (1, 'x');"})
    assert len((await migrate(url, folder)).applied) == 1
    with pytest.raises(AssertionError, match="the catalog was asked"):
        await migrate(url, folder, write_set(tmp_path / "second", {"V1__a.sql": "CREATE TABLE mine (id INTEGER);"}))


async def test_a_file_that_changes_the_history_of_other_sets_is_refused(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "shop", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"}))
    other = write_set(tmp_path / "other", {"V1__b.sql": "DELETE FROM whimbrel_history;"})
    with pytest.raises(ValidationFailed, match=r"V1__b\.sql:1:1: DELETE: table whimbrel_history exists already"):
        await migrate(url, other)
    assert (await migrate(url, str(tmp_path / "shop"))).already == 1
