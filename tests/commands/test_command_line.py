"""The command line: what the verbs print, their JSON, their exit codes."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.files import AUTH, CHAT, ROOT, write_set
from whimbrel import __version__
from whimbrel.cli import main
from whimbrel.session.connect import open_session


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(list(words))
    return code, capsys.readouterr().out


def test_migrate_tells_what_it_applied_and_then_that_nothing_is_to_do(capsys: pytest.CaptureFixture[str], url: str) -> None:
    code, text = run(capsys, "migrate", "--url", url, "--sql", AUTH, "--sql", CHAT)
    assert code == 0
    assert "applied auth/V001__users_and_sessions.sql, 4 statements" in text
    assert "2 applied, 0 before" in text
    code, text = run(capsys, "migrate", "--url", url, "--sql", AUTH, "--sql", CHAT)
    assert code == 0
    assert text.startswith("nothing to do, 2 applied")
    assert text.count("\n") == 1


def test_migrate_answers_in_json(capsys: pytest.CaptureFixture[str], url: str, database: str) -> None:
    code, text = run(capsys, "migrate", "--url", url, "--sql", AUTH, "--json")
    document = json.loads(text)
    assert code == 0
    assert document["database"] == database
    assert [one["script"] for one in document["applied"]] == ["V001__users_and_sessions.sql"]


def test_a_failed_migration_answers_1_and_in_json_with_its_place(
    capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path
) -> None:
    folder = write_set(tmp_path / "bad", {"V1__a.sql": "SELECT 1;\nSELEC 2;"})
    code, text = run(capsys, "migrate", "--url", url, "--sql", folder, "--json")
    error = json.loads(text)["error"]
    assert code == 1
    assert (error["type"], error["statement"], error["total"], error["place"]["line"]) == ("MigrationFailed", 2, 2, 2)


def test_a_target_is_the_last_version_applied(capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "three", {f"V{n}__x.sql": "SELECT 1;" for n in (1, 2, 3)})
    code, text = run(capsys, "migrate", "--url", url, "--sql", folder, "--target", "2")
    assert (code, "2 applied" in text) == (0, True)
    code, text = run(capsys, "info", "--url", url, "--sql", folder, "--check")
    assert (code, "1 pending" in text) == (4, True)


def test_a_late_lower_version_is_refused_unless_asked_for(capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "late", {"V1__a.sql": "SELECT 1;", "V3__c.sql": "SELECT 1;"})
    assert run(capsys, "migrate", "--url", url, "--sql", folder)[0] == 0
    write_set(tmp_path / "late", {"V2__b.sql": "SELECT 1;"})
    assert run(capsys, "migrate", "--url", url, "--sql", folder)[0] == 3
    code, text = run(capsys, "migrate", "--url", url, "--sql", folder, "--out-of-order")
    assert (code, "applied late/V2__b.sql" in text) == (0, True)


def test_info_shows_every_migration_and_its_state(capsys: pytest.CaptureFixture[str], url: str) -> None:
    code, text = run(capsys, "info", "--url", url, "--sql", AUTH, "--sql", CHAT)
    assert (code, "2 pending of 2" in text) == (0, True)
    run(capsys, "migrate", "--url", url, "--sql", AUTH)
    code, text = run(capsys, "info", "--url", url, "--sql", AUTH, "--sql", CHAT, "--json")
    document = json.loads(text)
    assert [one["state"] for one in document["migrations"]] == ["success", "pending"]
    assert document["migrations"][0]["installed_on"].endswith("+00:00")
    assert run(capsys, "info", "--url", url, "--sql", AUTH, "--check")[0] == 0


def test_validate_answers_3_with_every_problem_and_0_without(
    capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path
) -> None:
    assert run(capsys, "validate", "--url", url, "--sql", AUTH)[0] == 0
    folder = write_set(tmp_path / "odd", {"V1__a.mysql.sql": "SELECT 1;", "V2__b.sql": "SELECT 1;\nCOMMIT;"})
    code, text = run(capsys, "validate", "--url", url, "--sql", folder, "--json")
    found = json.loads(text)["problems"]
    assert code == 3
    assert [problem["kind"] for problem in found] == ["coverage", "coverage", "transaction"]
    code, text = run(capsys, "validate", "--url", url, "--sql", folder, "--for", "mysql", "--for", "mariadb")
    assert (code, "coverage" in text, "V2__b.sql:2:1: COMMIT: the runner begins and ends" in text) == (3, False, True)


def test_split_shows_the_statements_of_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.sql").write_text("-- two\nSELECT ';';\n  SELECT 2")
    code, text = run(capsys, "split", str(tmp_path / "x.sql"), "--dialect", "sqlite")
    assert (code, text) == (0, "-- 1 at 2:1\nSELECT ';'\n-- 2 at 3:3\nSELECT 2\n-- 2 statements\n")
    code, text = run(capsys, "split", str(tmp_path / "x.sql"), "--dialect", "sqlite", "--json")
    second = {"text": "SELECT 2", "offset": 21, "line": 3, "column": 3, "copy_data": None, "torn": False}
    assert json.loads(text)["statements"][1] == second
    assert main(["split", str(tmp_path / "none.sql"), "--dialect", "sqlite"]) == 2
    (tmp_path / "x.sql").write_bytes(b"SELECT '\xff'")
    assert main(["split", str(tmp_path / "x.sql"), "--dialect", "sqlite"]) == 3


def test_the_module_and_the_console_script_are_one_program(tmp_path: Path) -> None:
    script = Path(sys.executable).parent / "whimbrel"
    for command in ([sys.executable, "-m", "whimbrel"], [str(script)]):
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, cwd=ROOT, check=True)
        assert done.stdout == f"whimbrel {__version__}\n"


def test_settings_may_stand_in_pyproject_and_the_environment(
    capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(tmp_path / "sql" / "own", {"V1__a.sql": "SELECT 1;"})
    (tmp_path / "pyproject.toml").write_text('[tool.whimbrel]\nsql = ["sql/own"]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    code, text = run(capsys, "migrate")
    assert (code, "applied own/V1__a.sql" in text) == (0, True)
    (tmp_path / "pyproject.toml").write_text('[tool.whimbrel]\nsqll = ["sql/own"]\n')
    assert main(["migrate"]) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_answers_130(url: str, number: signal.Signals) -> None:
    async def hold() -> int:
        async with open_session(url) as holder, holder.locked(1), holder.transaction():
            command = [sys.executable, "-m", "whimbrel", "migrate", "--url", url, "--sql", AUTH]
            with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
                assert process.stderr is not None
                assert "waiting for the migration lock" in await asyncio.to_thread(process.stderr.readline)
                process.send_signal(number)
                return await asyncio.to_thread(process.wait, 30)

    assert asyncio.run(hold()) == 130


def test_what_only_asks_or_mends_the_history_makes_no_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/typo.db"
    for words in (["info"], ["validate"], ["migrate", "--dry-run"], ["repair"]):
        assert run(capsys, *words, "--url", url, "--sql", AUTH)[0] == 0
    for action in ("list", "status", "sync"):
        assert run(capsys, "tenants", action, "--url", url, "--sql", str(ROOT / "sql" / "tenant"))[0] == 0
    assert run(capsys, "resolve", "auth", "1", "2", "--applied", "--url", url)[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_not_reachable(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "readme.db").write_text("This is not a database, whatever its name may say. " * 20)
    assert run(capsys, "migrate", "--url", f"sqlite:///{tmp_path}/readme.db", "--sql", AUTH)[0] == 7


def test_info_tells_of_an_edited_file(capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "edited", {"V1__a.sql": "SELECT 1;"})
    run(capsys, "migrate", "--url", url, "--sql", folder)
    write_set(tmp_path / "edited", {"V1__a.sql": "SELECT 2;"})
    _, text = run(capsys, "info", "--url", url, "--sql", folder, "--json")
    assert json.loads(text)["migrations"][0]["problems"] == "checksum"
    assert run(capsys, "info", "--url", url, "--sql", folder, "--check")[0] == 3
