"""Text that a terminal can be trusted with: whatever it would obey, or show as nothing, is written as an escape.

File names, SQL, server messages and rows edited by hand are other people's text. Imports nothing of ours.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

__all__ = ["PrintableFormatter", "PrintableRecords", "indented", "joined", "printable"]

# Blanks of their own width (category Zs), which French server messages have: they show, and do nothing.
_BLANKS = frozenset("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")
_SUSPECT = r"[^\x20-\x7e]"
_SUSPECT_IN_LINES = r"[^\x20-\x7e\n\t]"


def printable(text: str, *, lines: bool = False) -> str:
    """Return `text` with its control, format and unassigned characters as escapes, as Python writes them.

    With `lines` newlines and tabs stay, and a newline of Windows is one as well. What has been escaped is not escaped again.
    """
    if text.isprintable():
        return text
    if lines:
        return re.sub(_SUSPECT_IN_LINES, _escaped, text.replace("\r\n", "\n"))
    return re.sub(_SUSPECT, _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable() or character in _BLANKS:
        return character
    return character.encode("unicode_escape").decode("ascii")


def indented(text: str) -> str:
    """Return a message whose lines after the first begin with a blank, so that none of them passes for a message of its own."""
    return re.sub(r"\n(?=[^\s])", "\n  ", printable(text, lines=True))


def joined(texts: Iterable[str]) -> str:
    """Return names, each in one line, with commas between them."""
    return ", ".join(map(printable, texts))


class PrintableRecords(logging.Filter):
    """A filter of a logger or a handler that keeps every record, and escapes what it says, with its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Escape the record in place; one that needs it not keeps its arguments."""
        text = record.getMessage()
        shown = printable(text, lines=True)
        if shown != text:
            record.msg, record.args = shown, None
            # What uvicorn would show in its place on a terminal.
            vars(record).pop("color_message", None)
        if record.exc_info and not record.exc_text:
            record.exc_text = printable(logging.Formatter().formatException(record.exc_info), lines=True)
        return True


class PrintableFormatter(logging.Formatter):
    """A formatter for a handler that other loggers than ours write to as well."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, escaped."""
        return printable(super().format(record), lines=True)


# Every module logs through this logger, and every module imports the errors, which import this one.
logging.getLogger("whimbrel").addFilter(PrintableRecords())
