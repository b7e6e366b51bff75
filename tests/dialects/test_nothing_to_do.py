"""A start with nothing to do needs one query, and only if the answer is certain."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, ValidationFailed, migrate

pytestmark = pytest.mark.asyncio

FILES = {"V1__a.sql": "CREATE TABLE a (id INTEGER);", "V2__b.sql": "CREATE TABLE b (id INTEGER);"}


async def test_the_one_question_tells_and_nothing_else_is_asked(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "done", FILES)
    await migrate(url, folder)

    async def refuse(*_: object) -> None:
        raise AssertionError("the session was begun")

    monkeypatch.setattr("whimbrel.commands.migrate.begin_session", refuse)
    assert (await migrate(url, folder)).already == 2
    write_set(tmp_path / "done", {"V3__c.sql": "CREATE TABLE c (id INTEGER);"})
    with pytest.raises(AssertionError, match="the session was begun"):
        await migrate(url, folder)


async def test_modules_that_only_a_run_with_something_to_do_needs_are_not_loaded(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "done", FILES)
    needed = "{'whimbrel.planning.plan', 'whimbrel.runner.migrator', 'whimbrel.runner.journaled', 'whimbrel.parsing.splitter'}"
    code = (
        f"import asyncio, sys; from whimbrel import migrate; asyncio.run(migrate({url!r}, {folder!r})); "
        f"print(len({needed} & set(sys.modules)))"
    )
    loaded = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert [int(count) for count in loaded] == [4, 0]


@pytest.mark.only("postgresql")
async def test_the_history_stays_where_it_is_when_another_schema_comes_first(url: str, tmp_path: Path) -> None:
    folder, name = write_set(tmp_path / "done", FILES), url.rpartition("/")[2]
    await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("CREATE SCHEMA own")
        await db_manager.execute(f"ALTER DATABASE {name} SET search_path TO own, public")
    report = await migrate(url, folder)
    assert (report.applied, report.already) == ((), 2)
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT to_regclass('own.a') IS NULL AND to_regclass('public.a') IS NOT NULL")
    assert len((await migrate(url, folder, schema="own")).applied) == 2
    assert (await migrate(url, folder)).already == 2


async def test_a_renamed_file_is_told_of(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "done", FILES)
    await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("UPDATE whimbrel_history SET description = 'other' WHERE version = '2'")
    report = await migrate(url, folder)
    assert (report.applied, report.already, [problem.kind for problem in report.warnings]) == ((), 2, ["renamed"])


async def test_an_edited_file_is_refused(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "done", FILES)
    await migrate(url, folder)
    write_set(tmp_path / "done", {"V2__b.sql": "CREATE TABLE b (id BIGINT);"})
    with pytest.raises(ValidationFailed, match="was edited after it was applied"):
        await migrate(url, folder)


async def test_a_file_that_is_begun_is_not_taken_for_applied(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "done", FILES | {"V3__c.sql": "-- whimbrel: transaction=off\nINSERT INTO a VALUES (1);"})
    await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("UPDATE whimbrel_history SET success = FALSE WHERE version = '3'")
    assert [one.version for one in (await migrate(url, folder)).applied] == ["3"]
