"""Show the progress of a run: one line at the bottom of a terminal, or an occasional line in a log."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, TextIO

from whimbrel.commands import STARTED
from whimbrel.messages.printable import PrintableFormatter

if TYPE_CHECKING:
    import argparse

    from whimbrel.session.teller import Followed

__all__ = ["LogHandler", "add_quiet", "aside", "shown"]

# A command that takes less than the first of these shows no line. On a busy machine most of that time passes while the modules
# load; the second is then enough to reach the first step that may take long.
_FIRST_SECONDS, _STEP_SECONDS, _LINE_SECONDS = 0.5, 0.1, 1.0
# Another thread keeps this lock for longer only if the terminal accepts no output.
_LOCK_SECONDS = 2.0
_CLEAR = b"\r\x1b[K"
_COLUMNS = 80


class _LiveLine:
    """The line. The cursor stays at the start of the line, so that other output overwrites the line from its first column."""

    def __init__(self, stream: TextIO) -> None:
        self._descriptor = stream.fileno()
        self._encoding = stream.encoding or "utf-8"
        self._shown = False
        self.lock = Lock()

    def draw(self, followed: Followed) -> None:
        """Replace the line, unless the process is in the background: the terminal then belongs to another process."""
        if not self._in_foreground():
            return
        # The last column stays free: some terminals begin a new line after it.
        text = followed.line(self._columns() - 1)
        with self.lock:
            self._write(b"\r" + text.encode(self._encoding, "replace") + b"\x1b[K\r")
            self._shown = True

    def clear(self) -> None:
        """Remove the line. Call it with the lock held."""
        if self._shown:
            self._shown = False
            self._write(_CLEAR)

    def _write(self, text: bytes) -> None:
        try:
            # The line bypasses the stream's buffer, whose lock could still be held when the process ends.
            os.write(self._descriptor, text)
        except OSError:
            # The terminal is gone. The run goes on.
            self._shown = False

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._descriptor).columns or _COLUMNS
        except OSError:
            return _COLUMNS

    def _in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            # The stream is a terminal, but not the one that controls this process.
            return True


# The line of this process, while one is shown.
_shown: _LiveLine | None = None


@contextmanager
def aside() -> Iterator[None]:
    """Remove the line before other output, and keep it away until that output ends."""
    line = _shown
    if line is None:
        yield
        return
    taken = line.lock.acquire(timeout=_LOCK_SECONDS)
    try:
        line.clear()
        yield
    finally:
        if taken:
            line.lock.release()


@asynccontextmanager
async def shown(followed: Followed, *, quiet: bool) -> AsyncIterator[None]:
    """Show the progress during the block: one line on a terminal, or a line on standard error every 30 seconds."""
    global _shown
    stream = sys.stderr
    if quiet or stream is None:
        yield
        return
    from whimbrel.session.teller import LOG_SECONDS, Teller  # few verbs need it

    if not _takes_a_line(stream):
        from whimbrel.commands._output import write

        async with Teller(followed, lambda one: write(stream, f"whimbrel: {one.line()}"), LOG_SECONDS):
            yield
        return
    _shown = line = _LiveLine(stream)
    first = max(_STEP_SECONDS, _FIRST_SECONDS - (monotonic() - STARTED))
    try:
        async with Teller(followed, line.draw, _LINE_SECONDS, first=first):
            yield
    finally:
        with aside():
            _shown = None


def _takes_a_line(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "")


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """Add the option that switches the line off."""
    parser.add_argument("--quiet", action="store_true", help="print only warnings while the command runs")


class LogHandler(logging.StreamHandler[TextIO]):
    """A handler for standard error that removes the line before each record of the log."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(PrintableFormatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        with aside():
            super().emit(record)
