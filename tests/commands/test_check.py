"""check: real repositories of git, and the verdict about each pull request."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.pull_requests import PULL_REQUESTS, START, TAGS, PullRequest, build, git
from whimbrel.cli import main


def judged(capsys: pytest.CaptureFixture[str], *words: str, folder: str = "sql/shop") -> tuple[int, dict[str, list[str]]]:
    code = main(["check", "--against", "main", "--sql", folder, *words, "--json"])
    document = json.loads(capsys.readouterr().out)
    problems = sorted(f"{one['kind']} {_name(one['script'])}".strip() for one in document["problems"])
    return code, {"problems": problems, "commands": document["commands"]}


def _name(path: str) -> str:
    return path.removeprefix("sql/shop").removeprefix("/")


@pytest.mark.parametrize("name", PULL_REQUESTS)
def test_a_pull_request_is_judged_and_mended(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request = PULL_REQUESTS[name]
    build(tmp_path / "shop", request)
    monkeypatch.chdir(tmp_path / "shop")
    before = git(tmp_path / "shop", "status", "--porcelain")
    code, found = judged(capsys, *request.words)
    # The pull requests name the kind alone.
    kinds = [one.split(" ")[0] if one.startswith(("misnamed", "coverage", "replaces")) else one for one in found["problems"]]
    assert (kinds, found["commands"]) == (request.problems, list(request.mended))
    assert code == (3 if request.problems else 0)
    assert git(tmp_path / "shop", "status", "--porcelain") == before
    if request.mended:
        for line in found["commands"]:
            subprocess.run(line, shell=True, check=True, timeout=60)  # as a person copies it
        folder = "sql/store" if "renamed_set" in request.problems else "sql/shop"
        assert judged(capsys, *request.words, folder=folder)[1]["problems"] == []


@pytest.mark.parametrize(
    ("against", "told"),
    [
        ("nowhere", "git knows no commit nowhere"),
        ("--output=x", "git knows no commit --output=x"),
        ("HEAD:sql", "git knows no commit HEAD:sql"),
    ],
)
def test_an_unknown_commit_is_refused_with_the_next_step(
    against: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(tmp_path / "shop", PullRequest({}, []))
    monkeypatch.chdir(tmp_path / "shop")
    assert main(["check", f"--against={against}", "--sql", "sql/shop"]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "git fetch" in error


def test_a_hook_of_another_working_tree_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a hook of a linked working tree, git sets these."""
    build(tmp_path / "shop", PullRequest({"V003__tags.sql": TAGS}, []))
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "shop" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "elsewhere")
    assert judged(capsys) == (0, {"problems": [], "commands": []})


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_a_pipe_and_a_link_without_a_target_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(tmp_path / "shop", PullRequest({}, []))
    monkeypatch.chdir(tmp_path / "shop")
    Path("sql/shop/V003__link.sql").symlink_to("nowhere")
    os.mkfifo("sql/shop/V004__pipe.sql")
    assert main(["check", "--against", "main", "--sql", "sql/shop"]) == 3
    told = capsys.readouterr().out
    assert "sql/shop/V003__link.sql: unreadable error: a link without a target\n" in told
    assert "sql/shop/V004__pipe.sql: unreadable error: not a regular file\n" in told


def test_a_folder_outside_of_git_and_a_shallow_clone_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(tmp_path / "shop", PullRequest({"V003__tags.sql": TAGS}, [], main={"V003__x.sql": TAGS}))
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{tmp_path}/shop", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert main(["check", "--against=origin/main", "--sql", "sql/shop"]) == 2
    assert "git fetch --unshallow" in capsys.readouterr().err
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "plain").mkdir()
    assert main(["check", "--against=main", f"--sql={tmp_path / 'plain'}"]) == 2
    assert "not a git repository" in capsys.readouterr().err


def test_links_large_sets_and_strange_names_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    many = {f'V{number:04d}__été "x".sql': TAGS for number in range(3, 303)}
    build(tmp_path / "shop", PullRequest({"V1003__tags.sql": TAGS}, [], start={**START, **many}))
    monkeypatch.chdir(tmp_path / "shop")
    Path("sql/shop/V1004__link.sql").symlink_to("V1003__tags.sql")
    git(tmp_path / "shop", "add", ".")
    git(tmp_path / "shop", "commit", "--quiet", "--message=link")
    assert judged(capsys)[0] == 0
    git(tmp_path / "shop", "branch", "--force", "main")
    assert judged(capsys) == (0, {"problems": [], "commands": []})


def test_check_needs_no_driver_and_no_loop_of_a_database(tmp_path: Path) -> None:
    build(tmp_path / "shop", PullRequest({"V003__tags.sql": TAGS}, []))
    code = (
        "import sys; from whimbrel.cli import main; assert main(['check', '--against=main', '--sql=sql/shop']) == 0; "
        "print(*sorted(sys.modules.keys() & {'asyncpg', 'aiomysql', 'sqlite3', 'aiosqlite'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "shop", capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == ""
