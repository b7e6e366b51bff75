"""The data that errors carry: a place in a file, and a problem of files or history."""

from __future__ import annotations

from typing import NamedTuple

from whimbrel.printable import printable

__all__ = ["Place", "Problem"]


class Problem(NamedTuple):
    """One problem that `validate` found.

    `kind` is stable and meant for programs ("checksum", "missing", "misnamed", ...); `message` is a sentence for people. A
    warning never stops a migration.
    """

    kind: str
    message: str
    script: str = ""
    warning: bool = False


class Place(NamedTuple):
    """A place in a migration file. Lines and columns count from 1, columns in characters."""

    path: str
    line: int
    column: int
    source: str

    def __str__(self) -> str:
        return f"{printable(self.path)}:{self.line}:{self.column}"

    def caret(self) -> str:
        """Return the source line with a caret under the column. Tabs stay tabs, so that the caret is aligned."""
        # An escaped character is wider than the original.
        before = "\t".join(" " * len(printable(part)) for part in self.source[: self.column - 1].split("\t"))
        source = "\t".join(map(printable, self.source.split("\t")))
        return f"    {source}\n    {before}^"
