"""Two branches took one version: the error says which file was applied, and no record moves to another file."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, ValidationFailed, info, migrate, repair, validate
from whimbrel.cli import main

pytestmark = pytest.mark.asyncio

FIRST = "CREATE TABLE first (id INTEGER);"
FA = "CREATE TABLE fa (id INTEGER);\nINSERT INTO first VALUES (10);"
FB = "CREATE TABLE fb (id INTEGER);\nINSERT INTO first VALUES (20);"
STAGING = {"V1__first.sql": FIRST, "V2__fb.sql": FB}
MAIN = {"V1__first.sql": FIRST, "V2__fa.sql": FA, "V3__fb.sql": FB}


async def contents(url: str) -> tuple[list[int], list[tuple[str, str]]]:
    """Return what the files have written, and what is recorded, by version."""
    async with DatabaseManager(url) as db_manager:
        rows = await db_manager.fetch_all("SELECT id FROM first ORDER BY id")
        history = await db_manager.fetch_all("SELECT version, script FROM whimbrel_history ORDER BY version")
        for table in ("fa", "fb"):
            await db_manager.fetch_all(f"SELECT id FROM {table}")
    return [row["id"] for row in rows], [(row["version"], row["script"]) for row in history]


RIGHT = [("1", "V1__first.sql"), ("2", "V2__fa.sql"), ("3", "V3__fb.sql")]


async def test_no_call_takes_one_file_for_another(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "staging" / "app", STAGING))
    folder = write_set(tmp_path / "main" / "app", MAIN)
    before = await info(url, folder)
    told = r"version 2 was applied as V2__fb\.sql, whose text is now .*V3__fb\.sql(.|\n)*repair --renumber"
    for out_of_order in (False, True):
        for dry_run in (False, True):
            with pytest.raises(ValidationFailed, match=told):
                await migrate(url, folder, dry_run=dry_run, out_of_order=out_of_order)
    with pytest.raises(ValidationFailed, match=told):
        await repair(url, folder)
    assert [problem.kind for problem in await validate(url, folder) if not problem.warning] == ["moved"]
    assert await info(url, folder) == before


async def test_the_record_follows_its_text(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "staging" / "app", STAGING))
    folder = write_set(tmp_path / "main" / "app", MAIN)
    assert await repair(url, folder, renumber=True) == ["app/V3__fb.sql"]
    assert [one.script for one in (await migrate(url, folder, out_of_order=True)).applied] == ["V2__fa.sql"]
    assert await contents(url) == ([10, 20], RIGHT)
    assert (await migrate(url, folder)).already == 3
    assert await repair(url, folder, renumber=True) == []


async def test_of_many_who_renumber_at_once_one_does(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "staging" / "app", STAGING))
    folder = write_set(tmp_path / "main" / "app", MAIN)
    done = await asyncio.gather(*(repair(url, folder, renumber=True) for _ in range(8)))
    assert sorted(done) == [[]] * 7 + [["app/V3__fb.sql"]]
    await migrate(url, folder, out_of_order=True)
    assert await contents(url) == ([10, 20], RIGHT)


async def test_the_files_follow_the_record(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "staging" / "app", STAGING))
    folder = write_set(tmp_path / "main" / "app", {"V1__first.sql": FIRST, "V2__fb.sql": FB, "V4__fa.sql": FA})
    await migrate(url, folder)
    assert await contents(url) == ([10, 20], [("1", "V1__first.sql"), ("2", "V2__fb.sql"), ("4", "V4__fa.sql")])


async def test_records_change_places(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "staging" / "app", STAGING | {"V3__fa.sql": FA}))
    folder = write_set(tmp_path / "main" / "app", MAIN)
    with pytest.raises(ValidationFailed, match="2 problems"):
        await migrate(url, folder)
    assert await repair(url, folder, renumber=True) == ["app/V3__fb.sql", "app/V2__fa.sql"]
    assert (await migrate(url, folder)).already == 3
    assert await contents(url) == ([10, 20], RIGHT)


async def test_records_of_a_longer_branch_move_one_by_one(url: str, tmp_path: Path) -> None:
    more = "INSERT INTO first VALUES (30);"
    await migrate(url, write_set(tmp_path / "staging" / "app", STAGING | {"V3__more.sql": more}))
    folder = write_set(tmp_path / "main" / "app", MAIN | {"V4__more.sql": more})
    assert await repair(url, folder, renumber=True) == ["app/V3__fb.sql", "app/V4__more.sql"]
    await migrate(url, folder, out_of_order=True)
    assert await contents(url) == ([10, 20, 30], [*RIGHT, ("4", "V4__more.sql")])


async def test_a_version_whose_text_is_nowhere_is_no_edit(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "staging" / "app", STAGING))
    folder = write_set(tmp_path / "main" / "app", {"V1__first.sql": FIRST, "V2__fa.sql": FA})
    for call in (migrate(url, folder), repair(url, folder), repair(url, folder, renumber=True)):
        with pytest.raises(ValidationFailed, match=r"UTC as V2__fb\.sql, but this is another file(.|\n)*restore V2__fb\.sql"):
            await call
    # This follows the advice: give the file its old name, repair, and then rename it.
    (tmp_path / "main" / "app" / "V2__fa.sql").unlink()
    write_set(tmp_path / "main" / "app", {"V2__fb.sql": f"{FB}\n-- edited"})
    assert await repair(url, folder) == ["app/V2__fb.sql"]
    (tmp_path / "main" / "app" / "V2__fb.sql").rename(tmp_path / "main" / "app" / "V2__fbb.sql")
    assert await repair(url, folder) == ["app/V2__fbb.sql"]
    assert (await migrate(url, folder)).already == 2


async def test_a_half_applied_file_and_its_journal_move_together(url: str, tmp_path: Path) -> None:
    half = f"-- whimbrel: transaction=off\n{FB}\nINSERT INTO missing VALUES (1);"
    folder = write_set(tmp_path / "staging" / "app", {"V1__first.sql": FIRST, "V2__fb.sql": half})
    with pytest.raises(Exception, match="statement 3 of 3"):
        await migrate(url, folder)
    folder = write_set(tmp_path / "main" / "app", MAIN | {"V3__fb.sql": half})
    with pytest.raises(ValidationFailed, match=r"begun and not finished as V2__fb\.sql, whose text is now"):
        await migrate(url, folder)
    assert await repair(url, folder, renumber=True) == ["app/V3__fb.sql"]
    write_set(tmp_path / "main" / "app", {"V3__fb.sql": half.replace("missing", "first")})
    await migrate(url, folder)
    assert await contents(url) == ([1, 10, 20], RIGHT)


@pytest.mark.parametrize(("verb", "code"), [("migrate", 3), ("migrate --dry-run", 3), ("validate", 3), ("repair", 3)])
async def test_the_commands_exit_with_3(
    url: str, tmp_path: Path, verb: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    await migrate(url, write_set(tmp_path / "staging" / "app", STAGING))
    folder = write_set(tmp_path / "main" / "app", MAIN)
    assert await asyncio.to_thread(main, [*verb.split(), "--url", url, "--sql", folder]) == code
    captured = capsys.readouterr()
    assert "whose text is now" in captured.out + captured.err
    assert await asyncio.to_thread(main, ["info", "--check", "--json", "--url", url, "--sql", folder]) == 3
    assert [one["kind"] for one in json.loads(capsys.readouterr().out)["problems"]] == ["moved"]


async def test_another_services_set_of_the_same_name_is_told_apart(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "a" / "migrations", STAGING))
    files = {"V1__stock.sql": FA, "V2__orders.sql": "CREATE TABLE orders (id INTEGER);"}
    theirs = write_set(tmp_path / "b" / "migrations", files)
    before = await info(url, theirs)
    told = r"set migrations: 2 of 2 migrations(.|\n)*may belong to another service's set(.|\n)*rename this set's folder"
    for call in (migrate(url, theirs), migrate(url, theirs, out_of_order=True), repair(url, theirs)):
        with pytest.raises(ValidationFailed, match=told):
            await call
    assert "other_set" in [problem.kind for problem in await validate(url, theirs)]
    assert await info(url, theirs) == before
    (tmp_path / "b" / "migrations").rename(tmp_path / "b" / "stock")
    # The files of this service write into a table of the other service.
    assert len((await migrate(url, str(tmp_path / "b" / "stock"), accept_existing=True)).applied) == 2
    assert (await migrate(url, str(tmp_path / "a" / "migrations"))).already == 2
