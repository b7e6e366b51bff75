"""Render the document of a plan for people: as text, and as Markdown for a pull request. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from whimbrel.messages.printable import printable
from whimbrel.review.plans.measured import facts_text

__all__ = ["markdown", "text"]

# A comment on GitHub has room for 65,536 characters.
_MOST_MARKDOWN = 60_000
_MOST_STATEMENTS = 100
_MOST_CHARACTERS = 4_000
_RUNS = {
    "transaction": "in one transaction",
    "journal": "statement by statement, with the journal",
    "recorded": "recorded without running it: the versions that it replaces are applied",
}


def text(document: Mapping[str, Any]) -> str:
    """Return a plan as text for a terminal."""
    lines = [_head(document), *(f"  {one}" for one in _facts(document))]
    for number, file in enumerate(document["pending"], start=1):
        lines += ["", f"{number}. {printable(file['file'])}: {_RUNS[file['runs']]}", *(f"   {one}" for one in _file_facts(file))]
        for one in _all_statements(file):
            lines.append(f"   {one['line']}:{one['column']} {_note(one)}".rstrip())
            lines += [f"      {line}" for line in _lines(one["text"])]
            lines += [f"      {facts_text(one['facts'])}"] if "facts" in one else []
        lines += [f"   {one}" for one in _unlisted(file)]
    return "\n".join(lines)


def markdown(document: Mapping[str, Any]) -> str:
    """Return a plan as Markdown, for a comment in a pull request. Files for which a comment has no room are only counted."""
    head = [f"## {_escaped(_head(document))}", "", *(f"- {_escaped(one)}" for one in _facts(document))]
    found, files = "\n".join(head), document["pending"]
    for number, file in enumerate(files, start=1):
        block = _markdown_of(file, number)
        if len(found) + len(block) > _MOST_MARKDOWN:
            left = len(files) - number + 1
            return f"{found}\n\nand {left} more {'migration' if left == 1 else 'migrations'}, which the plan's file lists"
        found += f"\n{block}"
    return found


def _markdown_of(file: Mapping[str, Any], number: int) -> str:
    lines = ["", f"### {number}. {_code(file['file'])}: {_RUNS[file['runs']]}", ""]
    lines += [f"- {_escaped(one)}" for one in _file_facts(file)]
    for one in _all_statements(file):
        fence = _fence(one["text"])
        lines += ["", f"Line {one['line']}{_escaped(_dashed(_note(one)))}", "", f"{fence}sql", *_lines(one["text"]), fence]
        lines += ["", _escaped(facts_text(one["facts"]))] if "facts" in one else []
    return "\n".join([*lines, *(f"\n{one}" for one in _unlisted(file))])


def _head(document: Mapping[str, Any]) -> str:
    count, database = len(document["pending"]), document["database"]
    pending = "nothing is pending" if not count else "1 migration" if count == 1 else f"{count} migrations"
    return f"Plan: {pending} on {database['kind']} {printable(database['version'])}"


def _facts(document: Mapping[str, Any]) -> Iterator[str]:
    database, history = document["database"], document["history"]
    named = f"database {printable(database['name'])}, " if database["name"] else ""
    yield f"{named}schema {printable(database['schema'])}, identity {database['identity'] or 'none yet'}"
    yield f"{len(history['rows'])} of these migrations are in the history, whose highest rank is {history['highest_rank']}"
    options = {name: value for name, value in document["options"].items() if value not in (None, False, [])}
    if options:
        yield "options: " + ", ".join(f"{name} {_value(value)}" for name, value in options.items())
    for one in document["preparation"]:
        yield f"before the first file: {printable(one)}"


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "on" if value is True else printable(str(value))


def _file_facts(file: Mapping[str, Any]) -> Iterator[str]:
    for name in ("lock_timeout", "statement_timeout"):
        if file[name] is not None:
            yield f"{name.replace('_', ' ')} {file[name]:g} s"
    if file["directives"]:
        yield "directives: " + ", ".join(f"{name}={printable(value)}" for name, value in file["directives"].items())
    if file["begin"]:
        yield f"begins with {printable(file['begin'])}"
    if file["session"] == "native":
        yield "runs under the database's own settings"
    if file["foreign_keys"] == "unchecked":
        yield "runs without checks of foreign keys"
    if file["unsettled"]:
        began = f"statement {file['unsettled']} began, and its end was never recorded"
        yield f"{began}: the run first asks the catalog whether it took effect"
    if file["resumes_at"]:
        yield f"an earlier run began this file; this one resumes at statement {file['resumes_at']} of {file['total']}"
    for one in file["left_out"]:
        yield f"left out, line {one['line']}: {printable(one['text'])}: {one['reason']}"


def _note(one: Mapping[str, Any]) -> str:
    notes = [f"{one['rows']} rows"] if "rows" in one else []
    return "; ".join([*notes, *([one["form"]] if "form" in one else [])])


def _dashed(note: str) -> str:
    return f": {note}" if note else ""


def _all_statements(file: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (file["statements"] or [])[:_MOST_STATEMENTS]


def _unlisted(file: Mapping[str, Any]) -> Iterator[str]:
    if file["statements"] is None:
        yield f"{file['total']} statements, not listed; the plan has the hash of the file"
    elif len(file["statements"]) > _MOST_STATEMENTS:
        yield f"and {len(file['statements']) - _MOST_STATEMENTS} more statements of this file"


def _lines(statement: str) -> list[str]:
    left = len(statement) - _MOST_CHARACTERS
    lines = printable(statement[:_MOST_CHARACTERS], lines=True).split("\n")
    return [*lines, f"... ({left} more characters)"] if left > 0 else lines


def _fence(statement: str) -> str:
    """Return a fence that no line of the statement ends."""
    return "`" * max(3, 1 + max(map(len, re.findall("`+", statement)), default=0))


def _code(name: str) -> str:
    fence = "`" * (1 + max(map(len, re.findall("`+", name)), default=0))
    return f"{fence}{printable(name)}{fence}"


def _escaped(line: str) -> str:
    """Return a line of text in which Markdown and HTML mean nothing, and which names nobody."""
    return re.sub(r"([\\`*_\[\]<>|#@])", r"\\\1", line)
