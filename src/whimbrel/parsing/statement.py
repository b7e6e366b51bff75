"""One statement of a script: its text and its position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Statement"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its text, byte for byte as in the script but without the delimiter, and its position.

    `offset` counts characters from 0; `line` and `column` count from 1. `copy_data` is the data after a COPY ... FROM stdin.
    `torn` marks the first half of a statement that begins on the line of a COPY and continues after the data.
    """

    text: str
    offset: int
    line: int
    column: int
    copy_data: str | None = None
    torn: bool = False
    count: ClassVar[int] = 1

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, in the script, of the character `offset` of the text."""
        newlines = self.text.count("\n", 0, offset)
        if newlines == 0:
            return self.line, self.column + offset
        return self.line + newlines, offset - self.text.rindex("\n", 0, offset)
