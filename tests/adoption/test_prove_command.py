"""`baseline --prove` on the command line: its answers, its JSON, its exit codes, and acceptances in pyproject.toml."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import baseline
from whimbrel.cli import main
from whimbrel.messages.progress import RunProgress
from whimbrel.session.course import Course

pytestmark = pytest.mark.only("sqlite")
PROJECT = '[tool.whimbrel.proof]\n"index t.t_n: missing" = "made later"\n"table other: extra" = "of another application"\n'


@pytest.fixture
def words(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command for a database that lacks an index, in an empty project."""
    monkeypatch.chdir(tmp_path)
    folder = write_set(tmp_path / "shop", {"V1__a.sql": "CREATE TABLE t (id INTEGER, n INTEGER);\nCREATE INDEX t_n ON t (n);"})
    run_sql(url, "CREATE TABLE t (id INTEGER, n INTEGER)")
    return ["baseline", "1", "--prove", "--url", url, "--sql", folder]


def test_a_difference_answers_3_until_the_project_accepts_it(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 3
    text = capsys.readouterr().err
    assert "V1__a.sql:2: index t.t_n: missing: the database lacks it" in text
    assert "[tool.whimbrel.proof]" in text
    assert main([*words, "--json"]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    (problem,) = error["problems"]
    assert (error["type"], problem["kind"], problem["script"]) == ("ValidationFailed", "proof", f"{words[-1]}/V1__a.sql")
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (difference,) = document["proof"]["differences"]
    assert (document["recorded"], difference["object"], difference["fact"]) == (["shop/V1__a.sql"], "index t.t_n", "missing")
    assert (difference["reason"], document["proof"]["unneeded"]) == ("made later", ["table other: extra"])
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "proven: sqlite has all that the files make, 1 difference accepted" in text
    assert "already recorded, nothing was changed" in text


def test_options_that_say_nothing_without_a_proof_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    plain = [word for word in words if word != "--prove"]
    assert main([*plain, "--on", "sqlite://"]) == 2
    assert main([*plain, "--needs", "sql/auth"]) == 2
    assert main([*(word for word in words if word != "1"), "--detect"]) == 2
    assert "--prove" in capsys.readouterr().err


class _Steps(Course):
    """A course that keeps its steps and its files."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def _move(self, progress: RunProgress) -> None:
        self.seen.append(progress.file or progress.phase)
        super()._move(progress)


def test_a_proof_notes_where_it_is(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "shop", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"})
    run_sql(url, "CREATE TABLE a (id INTEGER)")
    asyncio.run(baseline(url, folder, version="1", prove=True, course=(course := _Steps())))
    wanted = [f"connecting to {url}", f"making a throw-away database on {url}", "shop/V1__a.sql"]
    assert [one for one in dict.fromkeys(course.seen) if one in wanted] == wanted
    assert course.seen[-1].startswith("comparing")
