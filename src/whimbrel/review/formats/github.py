"""Findings for GitHub Actions: a workflow command for each annotation, and a table for the summary of the step. Pure.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. The runner takes each line that begins with
`::` for a command, also after blanks, so the text of a finding never begins a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whimbrel.messages.printable import printable
from whimbrel.review.formats.remark import Remark, Review, joined

__all__ = ["as_github", "as_summary"]

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
# GitHub refuses a summary of more than 1 MiB.
_MOST_BYTES = 1_000_000
# All signs but those that never mean anything, and the beginnings of addresses, which would become links.
_MARK_UP = r"[^\w \-.,:;()/=+?']|_|:(?=//)|(?i:www(?=\.))"


def as_github(review: Review) -> str:
    """Return a line for each finding that is not allowed, one with the commands that fix them, and the count."""
    lines = [_annotation(one) for one in joined(review.remarks) if not one.is_allowed]
    if review.commands:
        lines.append(_command("notice", {"title": "next"}, "\n".join(["run, in this order:", *map(printable, review.commands)])))
    # The older form of commands, ##[NAME], may stand anywhere in a line.
    return "\n".join([*lines, printable(review.summary).replace("##[", "## [")])


def _annotation(remark: Remark) -> str:
    place, properties = remark.place, {"file": printable(remark.place.path)}
    if place.line:
        properties |= {"line": str(place.line), "endLine": str(place.line)}
    if place.line and place.column:
        properties |= {"col": str(place.column), "endColumn": str(max(len(place.source), place.column) + 1)}
    properties["title"] = printable(f"{remark.code} {remark.title}".strip())
    facts = [remark.message, remark.basis, remark.why, f"next: {remark.safe}" if remark.safe else ""]
    return _command(_COMMANDS[remark.level], properties, "\n".join(printable(fact, lines=True) for fact in facts if fact))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name} {shown}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_summary(review: Review, title: str) -> str:
    """Return the review as Markdown, short enough for GitHub."""
    lines = [f"### {_prose(title)}", "", _prose(review.summary), ""]
    if review.remarks:
        lines += ["| level | code | place | finding | next |", "| --- | --- | --- | --- | --- |", *_rows(review)]
    if review.commands:
        fence = "`" * max(3, 1 + max(len(run) for run in ["", *re.findall("`+", "\n".join(review.commands))]))
        lines += ["", "Run, in this order:", "", f"{fence}sh", *map(printable, review.commands), fence]
    return "\n".join([*lines, "", ""])


def _rows(review: Review) -> Iterator[str]:
    free = _MOST_BYTES - sum(len(printable(one).encode("utf-8", "replace")) for one in review.commands)
    remarks = joined(review.remarks)
    for number, remark in enumerate(remarks):
        row = _row(remark)
        free -= len(row.encode("utf-8", "replace"))
        if free < 0:
            yield f"| | | | and {len(remarks) - number} more, in the log of the step | |"
            return
        yield row


def _row(remark: Remark) -> str:
    place = remark.place
    position = f"{place.path}:{place.line}" if place.line else place.path
    finding = remark.allowance if remark.is_allowed else " ".join(filter(None, (remark.message, remark.why)))
    level = "allowed" if remark.is_allowed else remark.level
    return "| " + " | ".join(map(_prose, (level, remark.code, position, finding, remark.safe))) + " |"


def _prose(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line: a character reference never begins a mark-up."""
    plain = " ".join(printable(text, lines=True).split())
    return re.sub(_MARK_UP, lambda found: "".join(f"&#{ord(one)};" for one in found[0]), plain)
