"""Find the part of a file between two lines, as tools mark the half that they apply. Nothing in the part is changed.

Pure. These tools look at one line at a time and read no SQL, so a line within a string or a block comment counts too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["BOM", "SourceLine", "between", "lines_of", "offset_of_marker"]

BOM = b"\xef\xbb\xbf"


class SourceLine(NamedTuple):
    """A line of a file: its number from 1, its range with the line end, and its text without."""

    number: int
    start: int
    end: int
    text: str


def lines_of(content: bytes) -> list[SourceLine]:
    """Return the lines of a file. Only LF ends a line, as in the tools; the text does not include a CR before it."""
    found, start = [], 0
    for number, raw in enumerate(content.split(b"\n"), start=1):
        end = min(start + len(raw) + 1, len(content))
        text = raw.removeprefix(BOM) if number == 1 else raw
        found.append(SourceLine(number, start, end, text.decode("utf-8", "replace").removesuffix("\r")))
        start = end
    return found


def offset_of_marker(content: bytes, is_marker: Callable[[str], bool]) -> SourceLine | None:
    """Return the first line that is a marker; None if there is none."""
    return next((line for line in lines_of(content) if is_marker(line.text)), None)


def between(content: bytes, begin: SourceLine | None, end: SourceLine | None) -> bytes:
    """Return the bytes between the lines `begin` and `end`.

    Without `begin` they start at the start of the file, without `end` they reach to its end.
    """
    return content[begin.end if begin else 0 : end.start if end else len(content)]
