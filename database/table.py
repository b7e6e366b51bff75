"""Tables for people: by rich where the extra `cli` is installed, in plain columns elsewhere."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec

__all__ = ["table"]


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the rows under their headings, as text."""
    return _rich(names, rows) if find_spec("rich") else _plain(names, rows)


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
    Console(file=text, width=200, markup=False).print(drawn)
    return "\n".join(line.rstrip() for line in text.getvalue().strip("\n").split("\n"))
