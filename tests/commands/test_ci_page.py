"""docs/ci.md and .pre-commit-hooks.yaml: each command that they have is one, and does what the page says."""

import re
import shlex
from pathlib import Path

import pytest

from tests.commands.pull_requests import FOLDERS, TAGS, PullRequest, build, git
from tests.files import ROOT
from whimbrel.cli import main
from whimbrel.commands._formats import FORMATS
from whimbrel.commands._parser import build_parser, find_verbs

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ +(?:- run: |- )whimbrel (.*)$", PAGE, re.MULTILINE)
CLASH = PullRequest({"V003__folders.sql": FOLDERS}, [], main={"V003__tags.sql": TAGS})


def hooks() -> dict[str, list[str]]:
    """Return the words of each hook by its id, as far as this file's own style of YAML goes."""
    found = {}
    for part in re.split(r"^- id: ", HOOKS, flags=re.MULTILINE)[1:]:
        name, entry, words = re.findall(r"\A(\S+)|^  entry: (.*)$|^  args: \[(.*)\]$", part, re.MULTILINE)
        found[name[0]] = [*entry[1].split()[1:], *(words[2].split(", "))]
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_page_is_one(command: str) -> None:
    words = shlex.split(command.partition(" > ")[0])
    assert build_parser(find_verbs(words)).parse_args(words).against


def test_the_page_shows_every_format_and_hook() -> None:
    assert len(COMMANDS) == 3
    assert [form for form in FORMATS if f"| `{form}` |" not in PAGE] == []
    assert [name for name in hooks() if f"id: {name}" not in PAGE] == []


@pytest.mark.parametrize("name", hooks())
def test_a_hook_finds_a_clash_or_a_dropped_table(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "shop", CLASH._replace(branch={**CLASH.branch, "V004__drop.sql": "DROP TABLE users;\n"}))
    git(tmp_path / "shop", "update-ref", "refs/remotes/origin/main", "main")
    # pre-commit installs every driver; these tests also run where only that of SQLite is.
    (tmp_path / "shop" / "pyproject.toml").write_text('[tool.whimbrel]\nsql = ["sql/shop"]\ndatabases = ["sqlite"]\n')
    monkeypatch.chdir(tmp_path / "shop")
    assert main(hooks()[name]) == 3


def test_a_fetched_target_is_a_base_without_a_branch_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As GitLab's runner leaves it: one commit of the request, detached, and what `git fetch` adds."""
    build(tmp_path / "shop", CLASH)
    tip = git(tmp_path / "shop", "rev-parse", "HEAD").strip()
    git(tmp_path, "init", "--quiet", "runner")
    git(tmp_path / "runner", "fetch", "--quiet", f"file://{tmp_path}/shop", tip)
    git(tmp_path / "runner", "checkout", "--quiet", "--detach", tip)
    git(tmp_path / "runner", "fetch", "--quiet", f"file://{tmp_path}/shop", "main")
    monkeypatch.chdir(tmp_path / "runner")
    assert main(["check", "--against", "FETCH_HEAD", "--sql", "sql/shop"]) == 3
