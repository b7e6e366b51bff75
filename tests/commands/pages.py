"""Run the commands of a document as a reader would: word for word, and compare what they print."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.files import ROOT
from whimbrel.cli import main

__all__ = ["Command", "commands_of", "run_page"]

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# The one command that the tests do not run: their environment has it installed.
INSTALL = 'pip install ".[postgresql]"'


class Command(NamedTuple):
    """A command, and the text that a page prints below it."""

    text: str
    printed: str


def commands_of(page: Path) -> list[Command]:
    """Return the commands of a page's console blocks, in order."""
    found: list[Command] = []
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            found.append(Command(command, printed))
    return found


def run_page(page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Run each command in the current folder. Raises AssertionError if one fails or prints something else."""
    status = 0
    for command, following in _pairs(commands_of(page)):
        if command.text == INSTALL:
            assert f"$ {INSTALL}\n" in (ROOT / "README.md").read_text(encoding="utf-8")
            continue
        if command.text == "echo $?":
            assert command.printed == f"{status}\n"
            continue
        status, printed = _run(command.text, monkeypatch, capsys)
        assert (status == 0) is (following != "echo $?"), printed
        if command.printed:
            assert re.fullmatch(_pattern(command.printed), _without_times(printed)), f"$ {command.text}\n{printed}"


def _pairs(commands: list[Command]) -> Iterator[tuple[Command, str]]:
    """Yield each command with the text of the next one."""
    return zip(commands, [*(one.text for one in commands[1:]), ""], strict=True)


def _run(text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    if variable := re.fullmatch(r"export (\w+)=(\S+)", text):
        monkeypatch.setenv(variable[1], variable[2])
        return 0, ""
    words, _, target = text.partition(" > ")
    if not words.startswith("whimbrel "):
        # The old tool is not installed: a program of its name prints what the real one printed.
        environment = {**os.environ, "PATH": f"{Path.cwd() / 'bin'}:{os.environ['PATH']}"}
        done = subprocess.run(["sh", "-c", text], env=environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.returncode, done.stdout
    capsys.readouterr()
    status = main(shlex.split(words)[1:])
    told = capsys.readouterr()
    if target:
        Path(target).write_text(told.out, encoding="utf-8")
        return status, ""
    return status, told.out + told.err


def _pattern(printed: str) -> str:
    """Return the pattern of a text in which a line of three points matches any lines."""
    return re.escape(_without_times(printed)).replace(re.escape("...\n"), r"(?s:.*?)")


def _without_times(text: str) -> str:
    return re.sub(r"[0-9.]+ (m?s)\b", r"TIME \1", text)
