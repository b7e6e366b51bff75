"""new: the files it makes, what it takes into account, and what it refuses."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.files import write_set
from whimbrel import ConfigurationError, ValidationFailed, new
from whimbrel.cli import main
from whimbrel.migrations.filename import version_of
from whimbrel.migrations.reader import read_directories


def test_the_new_file_is_a_draft_that_no_run_applies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_set(tmp_path / "chat", {"V001__a.sql": "SELECT 1;"})
    assert main(["new", "Add", "folders", "--sql", folder]) == 0
    file = tmp_path / "chat" / "V002__add_folders.sql"
    assert capsys.readouterr().out == f"{file}\n"
    with pytest.raises(ValidationFailed, match=r"V002__add_folders.sql:1: the file is a draft; write its statements"):
        read_directories([folder])
    file.write_text(file.read_text().partition("\n")[2] + "CREATE TABLE folders (id INTEGER PRIMARY KEY);\n")
    (read,) = read_directories([folder])
    assert [one.description for one in read.variants] == ["a", "add folders"]


def test_variants_are_files_of_one_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_set(tmp_path / "chat", {"V1__a.mysql.sql": "SELECT 1;"})
    assert main(["new", "search", "--sql", folder, "--variants", "postgresql, sqlite", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [Path(path).name for path in made["paths"]] == ["V2__search.postgresql.sql", "V2__search.sqlite.sql"]
    with pytest.raises(ConfigurationError, match="unknown database oracle; known are postgresql"):
        new("x", folder, variants=["oracle"])


def test_a_folder_that_is_missing_or_holds_sets_or_files_of_other_tools_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere: no such folder; for a new set, make it first: mkdir -p "):
        new("x", str(tmp_path / "nowhere"))
    write_set(tmp_path / "sql" / "auth", {"V1__a.sql": "SELECT 1;"})
    with pytest.raises(ConfigurationError, match=r"are sets of their own; name one of them: --sql \S+auth$"):
        new("x", str(tmp_path / "sql"))
    folder = write_set(tmp_path / "goose", {"00001_a.sql": "SELECT 1;"})
    with pytest.raises(ValidationFailed, match=r"name it V00001__a\.sql"):
        new("x", folder)
    with pytest.raises(ConfigurationError, match="the name is too long"):
        new("x" * 201, write_set(tmp_path / "empty", {}))
    assert list((tmp_path / "empty").iterdir()) == []


def test_one_of_several_folders_must_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "x", "--sql", str(tmp_path / "a"), "--sql", str(tmp_path / "b")]) == 2
    assert f"name its folder: --sql {tmp_path / 'a'} or --sql {tmp_path / 'b'}" in capsys.readouterr().err


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


def test_versions_of_the_default_branch_are_taken_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(write_set(tmp_path / "sql" / "chat", {"V001__a.sql": "SELECT 1;"}))
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "checkout", "-qb", "feature")
    assert Path(new("b", str(folder)).paths[0]).name == "V002__b.sql"
    (folder / "V002__b.sql").unlink()
    git(tmp_path, "checkout", "-q", "main")
    write_set(folder, {"V007__b.sql": "SELECT 1;", "notes.txt": "", "V9__c.txt": ""})
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "two")
    git(tmp_path, "checkout", "-q", "feature")
    assert not (folder / "V007__b.sql").exists()
    # In a hook of a linked working tree, git sets this.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    assert Path(new("c", str(folder)).paths[0]).name == "V008__c.sql"


def test_a_repository_that_git_does_not_read_is_reported(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "chat", {})
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / ".git" / "refs" / "heads" / "main").write_text(f"{'1' * 40}\n")
    made = new("a", folder)
    assert Path(made.paths[0]).name == "V001__a.sql"
    assert made.notes[0].startswith("git cannot tell which versions the default branch has")


def test_several_at_once_get_a_version_each(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "chat", {"V1__a.sql": "SELECT 1;"})
    together = Barrier(8)

    def make(name: int) -> None:
        together.wait()
        new(f"file {name}", folder)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(make, range(8)))
    names = [path.name for path in Path(folder).iterdir()]
    assert len(names) == len({version_of(name) for name in names}) == 9
