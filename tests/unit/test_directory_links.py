"""Links and other files that are not plain: within the folder they are read, elsewhere they are refused."""

import os
import unicodedata
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel.errors import ValidationFailed
from whimbrel.migrations.reader import read_directories


def fault(folder: Path) -> str:
    with pytest.raises(ValidationFailed) as caught:
        read_directories([str(folder)])
    (problem,) = caught.value.problems
    assert problem.script == f"{folder}/V1__a.sql"
    assert problem.kind == "unreadable"
    return problem.message.removeprefix(f"{problem.script}: ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(write_set(tmp_path / "chat", {"V7__good.sql": "SELECT 7;"}))


def test_a_kubernetes_config_map_is_read_once(tmp_path: Path) -> None:
    folder = tmp_path / "chat"
    write_set(folder / "..2026_01_02_03_04_05.678", {"V1__a.sql": "SELECT 1;", "V2__b.sql": "SELECT 2;"})
    (folder / "..data").symlink_to("..2026_01_02_03_04_05.678")
    for name in ("V1__a.sql", "V2__b.sql"):
        (folder / name).symlink_to(f"..data/{name}")
    (one,) = read_directories([str(folder)])
    assert [(file.script, file.text, file.path) for file in one.variants] == [
        ("V1__a.sql", "SELECT 1;", f"{folder}/V1__a.sql"),
        ("V2__b.sql", "SELECT 2;", f"{folder}/V2__b.sql"),
    ]


def test_the_folder_itself_may_be_a_link(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    (one,) = read_directories([str(tmp_path / "link")])
    # The set has the name of the link, so that another release behind the link is the same set.
    assert (one.name, len(one.variants)) == ("link", 1)


def test_a_sets_name_is_one_however_its_accents_are_written(tmp_path: Path) -> None:
    composed, apart = (
        write_set(tmp_path / form / unicodedata.normalize(form, "café"), {"V1__a.sql": ""}) for form in ("NFC", "NFD")
    )
    assert [read_directories([folder])[0].name for folder in (composed, apart)] == ["caf\u00e9"] * 2


def test_a_link_that_leaves_its_folder_is_refused_with_where_it_leads(tmp_path: Path, folder: Path) -> None:
    target = tmp_path / "secret"
    target.write_text("SELECT 1;")
    (folder / "V1__a.sql").symlink_to(target)
    assert fault(folder) == f"a link out of its folder, to {target.resolve()}"


def test_a_link_into_a_folder_whose_name_begins_alike_leaves_its_folder(tmp_path: Path, folder: Path) -> None:
    target = Path(write_set(tmp_path / "chat_too", {"V1__a.sql": ""})) / "V1__a.sql"
    (folder / "V1__a.sql").symlink_to("../chat_too/V1__a.sql")
    assert fault(folder) == f"a link out of its folder, to {target.resolve()}"


def test_a_link_to_nowhere_and_a_link_to_itself_are_refused(folder: Path) -> None:
    link = folder / "V1__a.sql"
    for target in ("gone.sql", link.name):
        link.symlink_to(target)
        assert fault(folder) == "a link without a target"
        link.unlink()


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "V1__a.sql")
    assert fault(folder) == "not a regular file"


def test_a_file_that_cannot_be_read_is_a_problem_like_the_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "V1__a.sql").write_text("SELECT 1;")
    opened = os.open

    def refuse(path: str, flags: int) -> int:
        if path.endswith("V1__a.sql"):
            raise PermissionError(13, "Permission denied", path)
        return opened(path, flags)

    monkeypatch.setattr(os, "open", refuse)
    assert "Permission denied" in fault(folder)
