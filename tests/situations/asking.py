"""Run every question about a situation, compare the database before and after, and follow the recommended steps."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from tests.faults.picture import Picture, draw
from tests.situations.situations import Situation
from tests.situations.steps import Case
from whimbrel import DatabaseManager, WhimbrelError, lifespan

__all__ = ["QUESTIONS", "Answer", "Answers", "ask"]

# The questions run in this order; those that write come last.
QUESTIONS = ("info --check", "validate", "migrate --dry-run", "migrate", "start of an application")


class Answer(NamedTuple):
    """The answer to one question."""

    question: str
    code: int
    changed: str
    line: str


class Answers(NamedTuple):
    """Exit code and first line by question, the questions after which the database differs, and the result of the recommended
    steps.
    """

    codes: tuple[int, ...]
    lines: tuple[str, ...]
    changed: tuple[str, ...]
    ended: str

    def rows(self) -> list[Answer]:
        """Return the answers one by one."""
        each = zip(QUESTIONS, self.codes, self.lines, strict=True)
        return [Answer(one, code, "applied" if one in self.changed else "nothing", line) for one, code, line in each]


def ask(situation: Situation, root: Path, make: Callable[[], str]) -> Answers:
    """Make the situation and ask; each question that writes gets a database of its own."""
    case = _begin(situation, root / "asked", make())
    before = asyncio.run(draw(case.url))
    codes, lines, changed = [], [], []
    for question in QUESTIONS:
        code, text = _lifespan(case) if question == QUESTIONS[-1] else case.run(*question.split())
        codes.append(code)
        lines.append(_first_line(text, case))
        if asyncio.run(draw(case.url)) != before:
            changed.append(question)
            case = _begin(situation, root / f"after {question.partition(' ')[0]}", make())
    return Answers(tuple(codes), tuple(lines), tuple(changed), _take(situation, case, before))


def _begin(situation: Situation, root: Path, url: str) -> Case:
    root.mkdir()
    case = Case(url, root)
    for step in situation.before:
        step.take(case)
    return case


def _lifespan(case: Case) -> tuple[int, str]:
    async def start() -> None:
        async with lifespan(case.url, case.folder)(SimpleNamespace(state=SimpleNamespace())):
            pass

    try:
        asyncio.run(start())
    except WhimbrelError as error:
        return error.exit_code, str(error)
    return 0, "the application starts"


def _first_line(text: str, case: Case) -> str:
    """Return the line that says what is wrong, or else the last one, without what differs from run to run."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wrong = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    if re.match(r"(?:whimbrel: )?[0-9]+ problems?, ", lines[0]):
        wrong = lines[1:]
    line = (wrong or lines[-1:])[0]
    if line.endswith(":"):
        line += f" {lines[lines.index(line if line in lines else f'error: {line}') + 1]}"
    line = line.replace(f"{case.root}/", "")
    return re.sub(r"(?:, in [0-9.]+ s)? on (?:postgresql|mysql|mariadb|sqlite)\b", "", line)


def _take(situation: Situation, case: Case, before: Picture) -> str:
    """Follow the recommended steps and return the result: the database must hold the right rows, with nothing left to do."""
    for step in situation.way:
        step.take(case)
    for words in (("info", "--check"), ("validate",)):
        code, text = case.run(*words)
        assert code == 0, text
    for table, rows in situation.rows.items():
        found = asyncio.run(_rows(case.url, table))
        assert found == sorted(rows, key=repr), f"{table}: {found}"
    kept = {line for line in before if line.startswith("row of product")}
    now = asyncio.run(draw(case.url))
    assert situation.name.endswith("another version") or kept <= set(now), "a row was lost"
    return "right"


async def _rows(url: str, table: str) -> list[tuple[object, ...]]:
    async with DatabaseManager(url) as db_manager:
        rows = [tuple(row.values()) for row in await db_manager.fetch_all(f"SELECT * FROM {table}")]
    return sorted(rows, key=repr)
