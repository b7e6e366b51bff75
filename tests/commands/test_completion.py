"""completion: bash runs its script and completes; zsh and fish, if installed, parse theirs."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel.cli import main

BASH = shutil.which("bash") or "bash"
# Bash calls the function of a completion with these variables: the words of the line, and the number of the one to complete.
ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_shtab_whimbrel whimbrel "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def script(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Path:
    assert main(["completion", "bash"]) == 0
    file = tmp_path / "whimbrel.bash"
    file.write_bytes(capsysbinary.readouterr().out)
    return file


def test_bash_completes_verbs_options_choices_and_folders(script: Path, tmp_path: Path) -> None:
    write_set(tmp_path / "sql" / "auth", {"V1__a.sql": "SELECT 1;"})
    (tmp_path / "sqlite.txt").touch()

    def complete(*words: str) -> list[str]:
        command = [BASH, "--norc", "-c", ASK, "bash", str(script), "whimbrel", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return sorted(done.stdout.split())

    assert complete("mig") == ["migrate"]
    assert {"info", "migrate", "wait", "tenants"} <= set(complete(""))
    assert complete("migrate", "--lock-") == ["--lock-timeout", "--lock-wait"]
    assert complete("migrate", "--for", "m") == ["mariadb", "mysql"]
    assert complete("split", "--dialect", "p") == ["postgresql"]
    assert complete("migrate", "--sql", "sq") == ["sql"]
    assert complete("migrate", "--sql", "a", "--sql", "sql/") == ["sql/auth"]
    assert complete("tenants", "st") == ["status"]
    assert complete("completion", "") == ["bash", "fish", "zsh"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_read_their_script(shell: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["completion", shell]) == 0
    script = capsysbinary.readouterr().out
    assert b"--wait-for-database" in script
    assert b"mariadb" in script
    if program := shutil.which(shell):
        (tmp_path / "script").write_bytes(script)
        subprocess.run([program, "-n", str(tmp_path / "script")], check=True)
