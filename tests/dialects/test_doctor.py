"""doctor on each database: it writes nothing, and its advice resolves its own errors."""

import asyncio
import json
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import run_sql
from tests.databases import count_tables
from tests.files import AUTH, write_set
from whimbrel import Check, Diagnosis, doctor, migrate
from whimbrel.cli import main
from whimbrel.review.scratch import throw_away
from whimbrel.session.connect import open_session
from whimbrel.url import DatabaseUrl, parse_url


def faults(found: Diagnosis) -> list[Check]:
    return [one for one in found.checks if one.level == "error"]


def told(found: Diagnosis, name: str) -> list[str]:
    return [one.told for one in found.checks if one.name == name]


@pytest.mark.asyncio
async def test_a_healthy_database_has_no_errors_and_stays_as_it_is(url: str) -> None:
    found = await doctor(url, AUTH)
    assert faults(found) == []
    assert await count_tables(url) == 0
    assert told(found, "history")[0].startswith("none yet")
    await migrate(url, AUTH)
    found = await doctor(url)
    assert faults(found) == []
    assert told(found, "history")[0].endswith(": auth 1")
    assert told(found, "lock")[0].startswith("taken and released")
    names = {"address", "connection", "server", "writes", "settings", "history", "lock"}
    assert names <= {one.name for one in found.checks}


@pytest.mark.asyncio
async def test_a_held_lock_is_an_error_with_its_exit_code(url: str) -> None:
    await migrate(url, AUTH)
    async with open_session(url) as holder, holder.locked(1), holder.transaction():
        found = await doctor(url)
    assert [(one.name, one.exit_code) for one in faults(found)] == [("lock", 5)]


def test_the_command_answers_in_json(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--url", url, "--sql", AUTH, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["exit_code"] == 0
    assert document["checks"][0]["name"] == "address"
    assert {one["level"] for one in document["checks"]} <= {"ok", "warning"}


@pytest.mark.only("sqlite")
def test_the_command_needs_no_folder(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["doctor", "--url", url]) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out


@pytest.mark.only("postgresql", "mysql", "mariadb")
def test_the_statements_that_it_names_are_enough_to_migrate(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "ours", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"})
    parts, name = urlsplit(url), urlsplit(url).path[1:]
    if database == "postgresql":
        user = '"Some-User"'
        make = [f"CREATE ROLE {user} LOGIN"]
        drop = [f"DROP OWNED BY {user} CASCADE", f"DROP ROLE {user}"]
    else:
        user = "'Some-User'@'%'"
        make = [f"CREATE USER {user}", f"GRANT SELECT ON `{name}`.* TO {user}"]
        drop = [f"DROP USER {user}"]
    own = url.replace(f"//{parts.netloc.rpartition('@')[0]}@", "//Some-User@")
    run_sql(url, *make)
    try:
        found = asyncio.run(doctor(own, folder))
        assert [one.exit_code for one in faults(found)] == [2]
        statements = [one.advice.partition("run ")[2] for one in found.checks if one.name == "privileges"]
        assert statements
        assert all(re.match("GRANT ", statement) for statement in statements)
        run_sql(url, *statements)
        found = asyncio.run(doctor(own, folder))
        assert [one.level for one in found.checks if one.name == "privileges"] == ["ok"]
        assert asyncio.run(migrate(own, folder)).applied
    finally:
        run_sql(url, *drop)


@pytest.mark.only("sqlite")
@pytest.mark.asyncio
async def test_a_file_that_is_no_database_and_a_missing_one(url: str, tmp_path: Path) -> None:
    assert faults(await doctor(url)) == []
    assert not list(tmp_path.iterdir())
    (tmp_path / "test.db").write_bytes(b"no database" * 100)
    assert (await doctor(url)).exit_code == 7


@pytest.mark.only("sqlite")
@pytest.mark.asyncio
async def test_a_begun_migration_is_a_warning(url: str) -> None:
    await migrate(url, AUTH)
    await asyncio.to_thread(run_sql, url, "UPDATE whimbrel_history SET success = FALSE")
    found = await doctor(url)
    assert [one.level for one in found.checks if one.name == "history"] == ["ok", "warning"]
    assert "is begun and not finished" in told(found, "history")[1]


@pytest.mark.only("postgresql", "mysql", "mariadb")
@pytest.mark.asyncio
async def test_a_throw_away_database_that_nobody_uses_is_named(url: str, tmp_path: Path) -> None:
    async def nothing(_: DatabaseUrl) -> None: ...

    async with throw_away(parse_url(url), tmp_path, nothing) as used:
        left = f"whimbrel_{os.getpid():08x}_template"
        await asyncio.to_thread(run_sql, url, f"CREATE DATABASE {left}")
        try:
            found = await doctor(url)
            (check,) = [one for one in found.checks if one.name == "leftovers" and left in one.told]
            assert (check.level, check.advice) == ("warning", f"if nobody needs it, run DROP DATABASE {left}")
            assert not any(used.database in one for one in told(found, "leftovers"))
        finally:
            await asyncio.to_thread(run_sql, url, f"DROP DATABASE {left}")
