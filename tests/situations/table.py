"""Write the answers as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.situations.asking import QUESTIONS, Answer, Answers
from tests.situations.situations import ALL, SITUATIONS, Situation

__all__ = ["as_markdown", "read_section", "said", "section"]

HEAD = "| asked | exit code | changed | answer |"


def as_markdown(found: Mapping[tuple[str, str], Answers], databases: Sequence[str]) -> str:
    """Return a section for each situation; `found` has the answers by situation and database."""
    return "\n".join(
        section(one, {name: found[one.name, name] for name in one.databases if name in databases}) for one in SITUATIONS
    )


def section(situation: Situation, found: Mapping[str, Answers]) -> str:
    """Return the section of a situation. Databases that answer alike share their lines."""
    by_answer: dict[Answer, list[str]] = {}
    for database, answers in found.items():
        for answer in answers.rows():
            by_answer.setdefault(answer, []).append(database)
    rows: dict[tuple[str, str], list[str]] = {}
    for (question, *rest), databases in sorted(by_answer.items(), key=lambda item: QUESTIONS.index(item[0][0])):
        where = "" if tuple(databases) == tuple(found) else f" ({', '.join(databases)})"
        rows.setdefault((where, _cells(rest)), []).append(f"`{question}`")
    lines = [f"### {situation.name[0].upper()}{situation.name[1:]}", "", HEAD, "| --- | --- | --- | --- |"]
    lines += [f"| {', '.join(questions)}{where} | {cells} |" for (where, cells), questions in rows.items()]
    way = ", then ".join(step.told for step in situation.way)
    only = "" if situation.databases == ALL else f" This concerns {', '.join(situation.databases)} alone."
    ends = " and ".join(sorted({answers.ended for answers in found.values()}))
    return "\n".join([*lines, "", f"Next: {way}. The database is then {ends}.{only}", ""])


def _cells(values: Sequence[object]) -> str:
    return " | ".join(str(value).replace("<", "&lt;") for value in values)


def read_section(document: str, situation: Situation, database: str) -> set[tuple[str, str]]:
    """Return the part of a document about a situation on one database: each question, with the other cells of its line."""
    text = section(situation, {}).partition("\n")[0]
    rows = document.partition(f"{text}\n")[2].partition("\n### ")[0]
    found: set[tuple[str, str]] = set()
    for row in re.findall(r"^\| (`.*) \|$", rows, re.MULTILINE):
        asked, _, cells = row.partition(" | ")
        questions, _, where = asked.partition(" (")
        if not where or database in where.removesuffix(")").split(", "):
            found |= {(question.strip("`"), cells) for question in questions.split(", ")}
    return found


def said(answers: Answers) -> set[tuple[str, str]]:
    """Return the answers in the form of `read_section`."""
    return {(question, _cells(rest)) for question, *rest in answers.rows()}
