"""The option --format: colours, paths below the root of the repository, and the summary of a step on GitHub."""

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.commands.pull_requests import FOLDERS, TAGS, PullRequest, build
from whimbrel.cli import main
from whimbrel.commands._formats import is_coloured

CLASH = PullRequest({"V003__folders.sql": FOLDERS}, [], main={"V003__tags.sql": TAGS})
WORDS = ["check", "--against", "main", "--sql", "shop"]
PATH = "sql/shop/V003__folders.sql"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def clash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A branch with one problem; the command runs in a folder below the root of the repository."""
    build(tmp_path / "shop", CLASH)
    monkeypatch.chdir(tmp_path / "shop" / "sql")
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


def test_text_has_the_paths_as_they_were_given_and_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(WORDS) == 3
    assert capsys.readouterr().out == (
        "shop/V003__folders.sql: duplicate error: the base has version 3 too: V003__tags.sql\n"
        "next, in this order:\n  git mv shop/V003__folders.sql shop/V004__folders.sql\nerrors: 1, against main\n"
    )


def test_colours_are_printed_where_the_environment_demands_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(WORDS) == 3
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("\x1b[1mshop/V003__folders.sql:\x1b[0m \x1b[31mduplicate error:\x1b[0m the base")


@pytest.mark.parametrize(
    ("stream", "environment", "coloured"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "0", "FORCE_COLOR": "1"}, False),
        (io.StringIO(), {}, False),
        (io.StringIO(), {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (io.StringIO(), {"FORCE_COLOR": ""}, False),
        (None, {}, False),
    ],
)
def test_a_terminal_gets_colours_unless_the_environment_decides(
    stream: io.StringIO | None, environment: Mapping[str, str], *, coloured: bool
) -> None:
    assert is_coloured(stream, environment) is coloured


def test_github_gets_an_annotation_and_a_summary(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert main([*WORDS, "--format", "github"]) == 3
    first, second, last = capsys.readouterr().out.splitlines()
    assert first == f"::error file={PATH},title=duplicate::the base has version 3 too: V003__tags.sql"
    assert second.startswith("::notice title=next::run, in this order:%0Agit mv shop/")
    assert last == "errors: 1, against main"
    text = summary.read_text()
    assert text.startswith("before\n### whimbrel check\n\nerrors: 1, against main\n")
    assert "\n| error | duplicate | sql/shop/V003&#95;&#95;folders.sql | the base has version 3 too" in text


def test_a_summary_that_cannot_be_written_is_reported_and_changes_no_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert main([*WORDS, "--format", "github"]) == 3
    printed = capsys.readouterr()
    assert "::error file=" in printed.out
    assert "the summary of the step could not be written" in printed.err


def test_sarif_and_gitlab_have_paths_below_the_root_of_the_repository(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tmp_path / "shop" / "sql" / "shop")
    for words in (WORDS, [*WORDS[:-1], folder], [*WORDS[:-1], "../sql/shop/"]):
        assert main([*words, "--format", "sarif"]) == 3
        (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": PATH, "uriBaseId": "%SRCROOT%"}
        assert main([*words, "--format", "gitlab"]) == 3
        (issue,) = json.loads(capsys.readouterr().out)
        assert (issue["check_name"], issue["location"]["path"]) == ("duplicate", PATH)


def test_json_and_a_format_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*WORDS, "--json", "--format", "sarif"])
    assert left.value.code == 2
    assert re.search(r"argument --format: not allowed with argument --json", capsys.readouterr().err)
