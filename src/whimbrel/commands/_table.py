"""Tables for people: drawn by rich if the extra `cli` is installed, otherwise in plain columns."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from whimbrel.commands._output import takes
from whimbrel.messages.printable import printable

__all__ = ["table"]

_LINE = "\u2500"


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the rows under their headings, as text. Each cell is escaped and in one line."""
    cells = [[printable(cell) for cell in row] for row in rows]
    return _rich(names, cells) if find_spec("rich") and takes(sys.stdout, _LINE) else _plain(names, cells)


def _plain(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [names, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _rich(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    drawn = Table(*names, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        drawn.add_row(*row)
    text = io.StringIO()
    # Write no colors, even if FORCE_COLOR asks for them. Show ":bug:" in a description as it is, not as an emoji.
    console = Console(file=text, width=200, markup=False, emoji=False, highlight=False, color_system=None, force_terminal=False)
    console.print(drawn)
    return "\n".join(line.rstrip() for line in text.getvalue().strip("\n").split("\n"))
