"""A command that a message suggests runs when it is copied, and solves the problem."""

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from whimbrel.cli import main

FILES = {"V1__a.sql": "CREATE TABLE a (id INTEGER);", "V2__b.sql": "CREATE TABLE b (id INTEGER);"}


def suggested(text: str, number: int = 0) -> list[str]:
    """Return the words of a suggested command."""
    found: list[str] = re.findall(r"whimbrel (?=repair|migrate|baseline)([^;\n(]+?)(?:;| \(| finds|, then|, and|\n|$)", text)
    return shlex.split(found[number])


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) != 0
    return capsys.readouterr().err


@pytest.fixture
def where(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return ["--url", url, "--sql", write_set(tmp_path / "my set", FILES)]


def test_an_edited_file(capsys: pytest.CaptureFixture[str], where: list[str], tmp_path: Path) -> None:
    main(["migrate", *where])
    write_set(tmp_path / "my set", {"V2__b.sql": "CREATE TABLE b (id INTEGER); -- a comment"})
    assert main(suggested(refused(capsys, "migrate", *where))) == 0
    assert main(["migrate", *where]) == 0


def test_two_branches(capsys: pytest.CaptureFixture[str], where: list[str], tmp_path: Path) -> None:
    main(["migrate", *where])
    (tmp_path / "my set" / "V2__b.sql").rename(tmp_path / "my set" / "V3__b.sql")
    write_set(tmp_path / "my set", {"V2__c.sql": "CREATE TABLE c (id INTEGER);"})
    main(["info", *where])
    shown = capsys.readouterr().out
    assert re.search(r"2 +b +success +moved", shown)
    assert re.search(r"3 +b +pending +moved", shown)
    told = refused(capsys, "migrate", *where)
    assert main(suggested(told)) == 0
    assert main(suggested(told, 1)) == 0


def test_a_renamed_folder(capsys: pytest.CaptureFixture[str], where: list[str], tmp_path: Path) -> None:
    main(["migrate", *where])
    (tmp_path / "my set").rename(tmp_path / "other")
    where[-1] = str(tmp_path / "other")
    assert main(suggested(refused(capsys, "migrate", *where))) == 0
    assert main(["migrate", *where]) == 0


def test_a_late_file(capsys: pytest.CaptureFixture[str], where: list[str], tmp_path: Path) -> None:
    main(["migrate", *where])
    write_set(tmp_path / "my set", {"V1_5__late.sql": "CREATE TABLE late (id INTEGER);"})
    assert main(suggested(refused(capsys, "migrate", *where))) == 0


def test_existing_tables(capsys: pytest.CaptureFixture[str], where: list[str], url: str) -> None:
    run_sql(url, *FILES.values())
    told = refused(capsys, "migrate", *where)
    command = [word.replace("VERSION", "2") for word in suggested(told)]
    assert main(suggested(told, 1)) == 0
    assert main(command) == 0
    assert main(["migrate", *where]) == 0


def test_two_files_of_one_version_and_the_applied_one_is_named(
    capsys: pytest.CaptureFixture[str], where: list[str], tmp_path: Path
) -> None:
    main(["migrate", *where])
    write_set(tmp_path / "my set", {"V2__c.sql": "CREATE TABLE c (id INTEGER);"})
    for verb in ("migrate", "info", "repair"):
        told = refused(capsys, verb, *where)
        assert "have the same version 2; renumber the one that is not applied: here, V2__b.sql is applied" in told
    assert main(["validate", *where]) == 3
    assert "here, V2__b.sql is applied" in capsys.readouterr().out


def test_repair_says_when_it_cannot_help(capsys: pytest.CaptureFixture[str], where: list[str], tmp_path: Path) -> None:
    main(["migrate", *where])
    assert main(["repair", *where]) == 0
    assert capsys.readouterr().out.endswith("nothing to repair\n")
    (tmp_path / "my set" / "V1__a.sql").unlink()
    assert main(["repair", *where]) == 3
    told = capsys.readouterr().out
    assert "nothing to record in the history\nrepair cannot solve:\nerror: set my set, version 1: applied as V1__a.sql" in told


def test_a_relative_folder_that_is_missing_is_shown_in_full(
    capsys: pytest.CaptureFixture[str], where: list[str], tmp_path: Path
) -> None:
    told = refused(capsys, "migrate", "--url", where[1], "--sql", "sql/none")
    assert f"sql/none: no such folder of migrations; looked for {tmp_path}/sql/none, since a relative path begins at the" in told
