"""A set whose folder was renamed is known by its files: nothing is applied again, and a command gives it its new name."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import (
    ConfigurationError,
    DatabaseManager,
    MigrationFailed,
    ValidationFailed,
    info,
    migrate,
    repair,
    validate,
)
from whimbrel.cli import main
from whimbrel.startup.modes import Wanted, prepare
from whimbrel.startup.readiness import Startup

pytestmark = pytest.mark.asyncio

FILES = {
    "V1__a.sql": "CREATE TABLE IF NOT EXISTS a (id INTEGER);\nINSERT INTO a VALUES (1);",
    "V2__b.sql": "INSERT INTO a VALUES (2);",
}
TOLD = r"set db_migrations .* has no row in the history(.|\n)*set migrations(.|\n)*repair --rename-set migrations"


async def numbers(url: str) -> list[int]:
    async with DatabaseManager(url) as db_manager:
        return [row["id"] for row in await db_manager.fetch_all("SELECT id FROM a ORDER BY id")]


async def names(url: str) -> set[str]:
    async with DatabaseManager(url) as db_manager:
        return {row["set_name"] for row in await db_manager.fetch_all("SELECT set_name FROM whimbrel_history")}


async def test_nothing_is_applied_again_and_every_call_says_so(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "migrations", FILES))
    folder = write_set(tmp_path / "db_migrations", FILES | {"V3__c.sql": "INSERT INTO a VALUES (3);"})
    for call in (
        migrate(url, folder),
        migrate(url, folder, dry_run=True),
        migrate(url, folder, out_of_order=True),
        repair(url, folder),
        prepare(url, Startup(), wanted=Wanted([folder], "migrate", 1)),
        prepare(url, Startup(), wanted=Wanted([folder], "check", 1)),
        prepare(url, Startup(), wanted=Wanted([folder], "wait", 1)),
    ):
        with pytest.raises(ValidationFailed, match=TOLD):
            await call
    assert "renamed_set" in [problem.kind for problem in await validate(url, folder)]
    assert [note.kind for one in await info(url, folder) for note in one.notes] == ["renamed_set"]
    assert (await numbers(url), await names(url)) == ([1, 2], {"migrations"})
    assert await repair(url, folder, rename_set="migrations") == ["db_migrations"]
    assert [one.script for one in (await migrate(url, folder)).applied] == ["V3__c.sql"]
    assert (await numbers(url), await names(url)) == ([1, 2, 3], {"db_migrations"})
    # A replica of the old release finds its set renamed too.
    with pytest.raises(ValidationFailed, match="--rename-set db_migrations"):
        await migrate(url, write_set(tmp_path / "migrations", {"V3__c.sql": "INSERT INTO a VALUES (3);"}))


@pytest.mark.parametrize("way", ["link", "point"])
async def test_a_folder_that_is_reached_by_another_path_is_known(
    url: str, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "migrations", FILES)
    await migrate(url, folder)
    if way == "link":
        other = tmp_path / "current"
        other.symlink_to(folder, target_is_directory=True)
    else:
        other = tmp_path / "app"
        (tmp_path / "migrations").rename(other)
        monkeypatch.chdir(other)
    with pytest.raises(ValidationFailed, match="--rename-set migrations"):
        await migrate(url, "." if way == "point" else str(other))
    assert await numbers(url) == [1, 2]


async def test_a_half_applied_set_goes_on_under_its_new_name(url: str, tmp_path: Path) -> None:
    half = "-- whimbrel: transaction=off\nINSERT INTO a VALUES (3);\nINSERT INTO missing VALUES (4);"
    folder = write_set(tmp_path / "migrations", FILES | {"V3__c.sql": half})
    with pytest.raises(MigrationFailed):
        await migrate(url, folder)
    folder = write_set(tmp_path / "db_migrations", FILES | {"V3__c.sql": half.replace("missing", "a")})
    with pytest.raises(ValidationFailed, match=TOLD):
        await migrate(url, folder)
    await repair(url, folder, rename_set="migrations")
    await migrate(url, folder)
    assert await numbers(url) == [1, 2, 3, 4]


async def test_what_is_not_that_set_is_not_renamed(url: str, tmp_path: Path) -> None:
    old = write_set(tmp_path / "migrations", FILES)
    await migrate(url, old)
    new = write_set(tmp_path / "db_migrations", FILES)
    other = write_set(tmp_path / "other", {"V1__x.sql": "CREATE TABLE x (id INTEGER);"})
    for folders, name, told in (
        ([new], "nothing", "the history has no row of this set"),
        ([other], "migrations", "it is another set"),
        ([old, new], "migrations", "a set of this run already has this name"),
        ([new, write_set(tmp_path / "third", FILES)], "migrations", "have the same files"),
    ):
        with pytest.raises(ConfigurationError, match=told):
            await repair(url, *folders, rename_set=name)
    assert await names(url) == {"migrations"}
    # A set with other files is not an old name of this set.
    assert len((await migrate(url, other)).applied) == 1
    with pytest.raises(ConfigurationError, match="already has rows of other, so none"):
        await repair(url, other, rename_set="migrations")


async def test_of_many_who_rename_at_once_one_does(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "migrations", FILES))
    folder = write_set(tmp_path / "db_migrations", FILES)
    calls = [repair(url, folder, rename_set="migrations") for _ in range(8)]
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert [one for one in done if isinstance(one, list)] == [["db_migrations"]]
    assert {type(one) for one in done} == {list, ConfigurationError}
    assert (await migrate(url, folder)).already == 2


async def test_two_sets_of_the_same_files_are_told_apart_by_a_comment(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "migrations", FILES))
    folder = write_set(tmp_path / "db_migrations", {name: f"{text}\n-- of another service\n" for name, text in FILES.items()})
    assert len((await migrate(url, folder, accept_existing=True)).applied) == 2
    assert await names(url) == {"migrations", "db_migrations"}


async def test_another_sets_row_that_somebody_edited_is_nobodys_problem(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "migrations", FILES))
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("UPDATE whimbrel_history SET version = 'two' WHERE version = '2'")
    assert len((await migrate(url, write_set(tmp_path / "x", {"V1__x.sql": "CREATE TABLE x (id INTEGER);"}))).applied) == 1


async def test_the_commands_say_so_and_one_renames(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await migrate(url, write_set(tmp_path / "migrations", FILES))
    options = ["--url", url, "--sql", write_set(tmp_path / "db_migrations", FILES)]

    async def run(*words: str) -> tuple[int, str]:
        code = await asyncio.to_thread(main, [*words, *options])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    for words in (["migrate"], ["migrate", "--dry-run"], ["validate"], ["info", "--check"]):
        code, said = await run(*words)
        assert code == 3 and "repair --rename-set migrations" in said
    code, said = await run("info")
    assert code == 0 and "repair --rename-set migrations" in said
    code, said = await run("info", "--json")
    assert [one["kind"] for one in json.loads(said)["problems"]] == ["renamed_set"]
    assert await run("repair", "--rename-set", "migrations") == (
        0,
        "the history has set migrations as db_migrations now\n",
    )
    assert (await run("migrate"))[0] == 0
    assert await numbers(url) == [1, 2]


async def test_two_sets_of_one_run_do_not_apply_the_same_files(url: str, tmp_path: Path) -> None:
    old, new = write_set(tmp_path / "migrations", FILES), write_set(tmp_path / "db_migrations", FILES)
    longer = write_set(tmp_path / "longer", FILES | {"V3__c.sql": "INSERT INTO a VALUES (3);"})
    twin = "set {} .*set migrations of this run has the same files(.|\n)*add a comment"
    # On a new database too: a run that stopped between the two sets would stop the next one.
    with pytest.raises(ValidationFailed, match=twin.format("db_migrations")):
        await migrate(url, old, new)
    await migrate(url, old)
    for folders, name in (([old, new], "db_migrations"), ([new, old], "db_migrations"), ([longer, old], "longer")):
        for call in (migrate(url, *folders), migrate(url, *folders, dry_run=True)):
            with pytest.raises(ValidationFailed, match=twin.format(name)):
                await call
        assert [problem.kind for problem in await validate(url, *folders)] == ["renamed_set"]
    assert (await numbers(url), await names(url)) == ([1, 2], {"migrations"})
    own = FILES | {"V1__a.sql": f"{FILES['V1__a.sql']}\n-- of another service\n"}
    assert len((await migrate(url, old, write_set(tmp_path / "own", own))).applied) == 2
