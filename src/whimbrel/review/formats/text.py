"""Findings for people and editors: the first line as compilers write it, the source line, the reason, and the next step. Pure."""

from __future__ import annotations

from whimbrel.messages.printable import printable
from whimbrel.review.formats.remark import Remark, Review, joined

__all__ = ["as_text"]

_BOLD, _GREEN = "1", "32"
_COLOURS = {"error": "31", "warning": "33", "note": "36", "allowed": "2"}


def as_text(review: Review, *, coloured: bool = False) -> str:
    """Return the review as text. With `coloured`, it has the escape sequences of terminals for colours, and no others."""
    lines = [line for one in joined(review.remarks) for line in _lines(one, coloured=coloured)]
    if review.commands:
        lines += ["next, in this order:", *(f"  {printable(one)}" for one in review.commands)]
    return "\n".join([*lines, printable(review.summary)])


def _lines(remark: Remark, *, coloured: bool) -> list[str]:
    place = f"{_position(remark)}:"
    level = "allowed" if remark.is_allowed else remark.level
    words = f"{printable(remark.code)} {level}:"
    told = _joined(remark.allowance if remark.is_allowed else remark.message)
    head = f"{_painted(place, _BOLD, coloured=coloured)} {_painted(words, _COLOURS[level], coloured=coloured)} {told}"
    if remark.is_allowed:
        return [head]
    facts = [("in: ", remark.basis), ("why: ", remark.why), ("next: ", remark.safe)]
    return [head, *_source(remark, coloured=coloured), *(f"  {name}{_joined(fact)}" for name, fact in facts if fact)]


def _position(remark: Remark) -> str:
    place = remark.place
    if not place.line:
        return printable(place.path)
    return str(place) if place.column else f"{printable(place.path)}:{place.line}"


def _source(remark: Remark, *, coloured: bool) -> list[str]:
    """Return the source line and the caret, behind a margin: no log must take a line of a file for a command of its own."""
    if not (remark.place.line and remark.place.source):
        return []
    source, caret = (line[4:] for line in remark.place.caret().split("\n"))
    number = f"{remark.place.line:>5}"
    return [f"{number} | {source}", f"{' ' * len(number)} | {_painted(caret, _GREEN, coloured=coloured)}"]


def _joined(text: str) -> str:
    return printable(text, lines=True).replace("\n", "\n  | ")


def _painted(text: str, code: str, *, coloured: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if coloured else text
