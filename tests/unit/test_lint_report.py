"""The report of lint: how it counts its findings, and which drivers it needs."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import ConfigurationError, LintReport, lint
from whimbrel.cli import main
from whimbrel.commands._lint_report import review_of
from whimbrel.errors import Place
from whimbrel.review.lint.judging import LintNote
from whimbrel.review.lint.rule import LintFinding

_ERROR = LintFinding(
    code="D01", level="error", place=Place("V2__a.sql", 1, 1, "DROP TABLE t;"), statement=1, kind="DROP TABLE", database="mysql",
    version="9.7.4", source="recorded", message="DROP TABLE deletes all rows of t", facts={}, why="", safe="",
)  # fmt: skip
_ELSEWHERE = replace(_ERROR, database="sqlite", version="3.40.1")
_WARNING = replace(_ERROR, code="C01", level="warning", message="a query that uses t fails")
_NOTE = LintNote(_ERROR.place, "mysql", "something is not decided")


@pytest.mark.parametrize(
    ("judged", "findings", "notes", "told"),
    [
        (3, (), (), "0 errors, 0 warnings, 0 notes, in 3 files"),
        (1, (_ERROR, _ELSEWHERE, _WARNING), (_NOTE,), "1 error, 1 warning, 1 note, in 1 file"),
        (2, (_ERROR, replace(_ERROR, statement=2)), (), "2 errors, 0 warnings, 0 notes, in 2 files"),
        (1, (replace(_ERROR, reason="t is empty"), _WARNING), (), "0 errors, 1 warning, 0 notes, 1 allowed, in 1 file"),
    ],
)
def test_a_finding_on_several_databases_counts_once(
    judged: int, findings: tuple[LintFinding, ...], notes: tuple[LintNote, ...], told: str
) -> None:
    assert review_of(LintReport(judged, findings, notes)).summary == told


@pytest.mark.asyncio
async def test_lint_names_the_drivers_of_the_databases_that_the_files_are_meant_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "shop", {"V1__a.sql": "CREATE TABLE t (a INTEGER);"})
    monkeypatch.setattr("whimbrel.extras.find_spec", lambda name: None if name != "aiosqlite" else object())
    with pytest.raises(ConfigurationError) as caught:
        await lint(folder)
    assert str(caught.value) == (
        "lint for postgresql, mysql, mariadb and sqlite needs asyncpg and aiomysql and cryptography, which are not installed; "
        "run: pip install asyncpg aiomysql cryptography; or name the databases that the files are meant for: --for sqlite"
    )
    assert (await lint(folder, databases=["sqlite"])).judged == 1


def test_a_text_has_relative_paths_for_the_folders_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_set(tmp_path / "sql" / "shop", {"V1__a.sql": "CREATE TABLE t (a INTEGER);", "V2__b.sql": "DROP TABLE t;"})
    (tmp_path / "pyproject.toml").write_text('[tool.whimbrel]\nsql = ["sql/shop"]\n')
    monkeypatch.chdir(tmp_path)
    assert main(["lint", "--from", "2", "--for", "sqlite"]) == 3
    assert re.findall(r"^(\S+?):", capsys.readouterr().out, re.MULTILINE) == ["sql/shop/V2__b.sql"] * 2
