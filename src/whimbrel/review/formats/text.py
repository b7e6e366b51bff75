"""Findings for people and editors: the first line as compilers write it, the source line, the reason, and the next step. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.messages.printable import printable
from whimbrel.review.formats.remark import Remark, Review, joined

__all__ = ["as_text"]

_BOLD, _GREEN = "1", "32"
_COLOURS = {"error": "31", "warning": "33", "note": "36", "allowed": "2"}


def as_text(review: Review, *, coloured: bool = False) -> str:
    """Return the review as text. With `coloured`, it has the escape sequences of terminals for colours, and no others."""
    lines: list[str] = []
    place, told = None, set[tuple[str, str]]()
    for one in joined(review.remarks):
        head, *source = _head(one, coloured=coloured)
        # Several findings of one place share its line, and those of one code the reason and the next step.
        lines += [head, *([] if one.place == place else source), *_facts(one, told)]
        place = one.place if source else place
    if review.commands:
        lines += ["next, in this order:", *(f"  {printable(one)}" for one in review.commands)]
    return "\n".join([*lines, printable(review.summary)])


def _head(remark: Remark, *, coloured: bool) -> list[str]:
    """Return the first line, and those with the line of the file; an allowed finding has none."""
    place = f"{_position(remark)}:"
    level = "allowed" if remark.is_allowed else remark.level
    words = f"{printable(remark.code)} {level}:"
    told = _joined(remark.allowance if remark.is_allowed else remark.message)
    head = f"{_painted(place, _BOLD, coloured=coloured)} {_painted(words, _COLOURS[level], coloured=coloured)} {told}"
    return [head] if remark.is_allowed else [head, *_source(remark, coloured=coloured)]


def _facts(remark: Remark, told: set[tuple[str, str]]) -> Iterator[str]:
    """Yield the servers, and the reason and the next step unless they are in `told` for the code; add them to it."""
    if remark.is_allowed:
        return
    if remark.on:
        yield f"  on: {_joined(remark.on)}"
    for name, fact in (("why", remark.why), ("next", remark.safe)):
        if fact and (remark.code, fact) not in told:
            told.add((remark.code, fact))
            yield f"  {name}: {_joined(fact)}"


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
