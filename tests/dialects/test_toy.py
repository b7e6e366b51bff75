"""A fifth database needs one package, one line in the registry and one line in `url`, and no other change."""

from pathlib import Path

import pytest

from tests.dialects.toy.dialect import Toy
from tests.files import write_set
from whimbrel import MigrationFailed, ValidationFailed, info, migrate, repair, url, validate
from whimbrel.dialects import registry
from whimbrel.migrations import file_checks
from whimbrel.migrations.state import State

pytestmark = pytest.mark.asyncio
ADDRESS = "toy://localhost/app"
FILES = {
    "V1__notes.sql": "CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR(20));\nINSERT INTO notes VALUES (1, 'a;b');",
    "V2__more.sql": "SELECT never;",
    "V2__more.toy.sql": "ALTER TABLE notes ADD COLUMN more INTEGER;",
}


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in (url, file_checks):
        monkeypatch.setattr(module, "DATABASES", (*url.DATABASES, "toy"))
    monkeypatch.setitem(registry.DIALECTS, "toy", registry.Entry("tests.dialects.toy", ()))
    monkeypatch.setattr(Toy, "folder", str(tmp_path))


async def test_files_are_applied_once_and_their_states_are_known(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", FILES)
    assert [one.state for one in await info(ADDRESS, folder)] == [State.PENDING, State.PENDING]
    assert len((await migrate(ADDRESS, folder)).applied) == 2
    assert not (await migrate(ADDRESS, folder)).applied
    assert [(one.script, one.state) for one in await info(ADDRESS, folder)] == [
        ("V1__notes.sql", State.SUCCESS),
        ("V2__more.toy.sql", State.SUCCESS),
    ]


async def test_a_failure_is_rolled_back_and_told_with_its_place(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"V1__a.sql": "CREATE TABLE a (n INTEGER);\nINSERT INTO b VALUES (1);"})
    with pytest.raises(MigrationFailed, match=r"V1__a\.sql:2:1"):
        await migrate(ADDRESS, folder)
    write_set(tmp_path / "set", {"V1__a.sql": "CREATE TABLE a (n INTEGER);\nINSERT INTO a VALUES (1);"})
    assert len((await migrate(ADDRESS, folder)).applied) == 1


async def test_an_edited_file_is_reported_and_accepted_by_repair(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"V1__a.sql": "CREATE TABLE a (n INTEGER);"})
    await migrate(ADDRESS, folder)
    write_set(tmp_path / "set", {"V1__a.sql": "CREATE TABLE a (n BIGINT);"})
    with pytest.raises(ValidationFailed):
        await migrate(ADDRESS, folder)
    assert await repair(ADDRESS, folder) == ["set/V1__a.sql"]
    assert not [problem for problem in await validate(ADDRESS, folder, databases=("toy",)) if not problem.warning]
