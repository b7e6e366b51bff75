"""Make foreign text safe for a terminal: escape all characters that a terminal obeys or does not show.

File names, SQL, server messages and edited rows are foreign text. This module imports nothing else of Whimbrel.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

__all__ = ["PrintableFormatter", "PrintableRecords", "indented", "joined", "printable"]

# Space characters of various widths (category Zs), which French server messages contain. They are visible and harmless.
_BLANKS = frozenset("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")
_SUSPECT = r"[^\x20-\x7e]"
_SUSPECT_IN_LINES = r"[^\x20-\x7e\n\t]"


def printable(text: str, *, lines: bool = False) -> str:
    """Return `text` with its control, format and unassigned characters as escapes, as Python writes them.

    With `lines`, newlines and tabs stay, and CRLF becomes one newline. Escapes are not escaped again.
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
    """Return a message whose lines after the first begin with a blank, so that none of them looks like a separate message."""
    return re.sub(r"\n(?=[^\s])", "\n  ", printable(text, lines=True))


def joined(texts: Iterable[str]) -> str:
    """Return the names as one line, separated by commas."""
    return ", ".join(map(printable, texts))


class PrintableRecords(logging.Filter):
    """A filter for a logger or a handler that keeps every record, and escapes its message and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Escape the record in place. A record without such characters keeps its arguments."""
        text = record.getMessage()
        shown = printable(text, lines=True)
        if shown != text:
            record.msg, record.args = shown, None
            # On a terminal, uvicorn would show this attribute instead of the message.
            vars(record).pop("color_message", None)
        if record.exc_info and not record.exc_text:
            record.exc_text = printable(logging.Formatter().formatException(record.exc_info), lines=True)
        return True


class PrintableFormatter(logging.Formatter):
    """A formatter for handlers that other libraries' loggers write to as well."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, escaped."""
        return printable(super().format(record), lines=True)


# Every module logs through this logger, and every module imports the errors, which import this module.
logging.getLogger("whimbrel").addFilter(PrintableRecords())
