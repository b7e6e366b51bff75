"""The width of text in a picture, and its escaped form. Pure."""

from __future__ import annotations

from html import escape
from unicodedata import combining, east_asian_width

__all__ = ["PADDING", "SIZE", "cut", "escaped", "measure"]

SIZE = 12
PADDING = 8
# A monospaced font is 0.6 of its size wide; bold text is wider.
_NARROW, _WIDE, _BOLD = 7.6, 14.0, 1.08
_LONGEST = 40


def cut(text: str) -> str:
    """Return a text of at most 40 characters on one line."""
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def measure(text: str, *, bold: bool = False) -> int:
    """Return the width of a text in pixels, with the space around it; 0 for an empty text."""
    if not text:
        return 0
    wide = sum(_WIDE if east_asian_width(one) in "WF" else _NARROW for one in cut(text) if not combining(one))
    return int(wide * (_BOLD if bold else 1)) + 1 + 2 * PADDING


def escaped(text: str) -> str:
    """Return a text for an element of an SVG."""
    return escape(cut(text))
