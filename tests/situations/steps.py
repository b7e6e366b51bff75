"""The steps that make a situation, and those that resolve it."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import run_sql
from tests.files import write_set
from whimbrel.cli import main

__all__ = ["Case", "Step", "move", "sql", "whimbrel", "write"]


@dataclass
class Case:
    """One database and one folder of migrations, whose name a step may change."""

    url: str
    root: Path
    name: str = "shop"

    @property
    def folder(self) -> str:
        return str(self.root / self.name)

    def run(self, *words: str) -> tuple[int, str]:
        """Run a command on this database and folder; return its exit code and all that it printed."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            code = main([*words, "--url", self.url, "--sql", self.folder])
        return code, printed.getvalue()


@dataclass(frozen=True)
class Step:
    """A step, and how the document says it."""

    told: str
    take: Callable[[Case], None]


def sql(*statements: str) -> Step:
    """Run statements with the database's own client, so to say: Whimbrel does not see them."""
    return Step(f"`{'; '.join(statements)}`", lambda case: run_sql(case.url, *statements))


def write(told: str, files: Mapping[str, str | None]) -> Step:
    """Write files into the folder; None removes one."""

    def take(case: Case) -> None:
        for name, text in files.items():
            if text is None:
                (Path(case.folder) / name).unlink()
            else:
                write_set(Path(case.folder), {name: text})

    return Step(told, take)


def move(name: str) -> Step:
    """Give the folder another name."""

    def take(case: Case) -> None:
        shutil.move(case.folder, case.root / name)
        case.name = name

    return Step(f"rename the folder to `{name}`", take)


def whimbrel(*words: str) -> Step:
    """Run a command that must succeed."""

    def take(case: Case) -> None:
        code, text = case.run(*words)
        assert code == 0, text

    return Step(f"`{' '.join(words)}`", take)
