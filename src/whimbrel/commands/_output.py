"""What a command prints: escaped, in whatever encoding the stream has, and without an end of its own where nobody reads.

By the time an answer is printed the verb has done its work, so that no stream changes the exit code.
"""

from __future__ import annotations

import errno
import json
import os
import re
import sys
from typing import TextIO

from whimbrel.printable import printable

__all__ = ["as_json", "give_up", "open_closed_streams", "settle", "takes", "write"]

# JSON escapes what is below the blank itself; the other controls, and what shows as nothing, it would print.
_LEFT_BY_JSON = r"[^\x20-\x7e\n]"


def write(stream: TextIO | None, text: str) -> None:
    """Print a text and flush it. What the stream cannot encode is shown as an escape; that it cannot be written ends nothing.

    A reader that has gone has had what it wanted; of any other failure standard error is told.
    """
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    shown = f"{printable(text, lines=True)}\n".encode(encoding, "backslashreplace").decode(encoding)
    try:
        stream.write(shown)
        stream.flush()
    except (OSError, ValueError) as error:
        give_up(stream)
        if stream is not sys.stderr and not _has_gone(error):
            write(sys.stderr, f"whimbrel: the output could not be written, the exit code is that of the work itself: {error}")


def settle() -> None:
    """Flush what logs and warnings left in the standard streams, as `write` does; Python would change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            give_up(stream)


def as_json(value: object, stream: TextIO | None) -> str:
    """Return a value as JSON that the stream can encode, with every control and format character escaped."""
    text = re.sub(_LEFT_BY_JSON, _escaped, json.dumps(value, indent=2, ensure_ascii=False))
    return text if takes(stream, text) else json.dumps(value, indent=2)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return character if printable(character) == character else json.dumps(character)[1:-1]


def takes(stream: TextIO | None, text: str) -> bool:
    """Whether the stream can encode the text."""
    try:
        text.encode((stream and stream.encoding) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _has_gone(error: Exception) -> bool:
    # Windows says EINVAL of a pipe that nobody reads; a stream that was closed within this process is a ValueError.
    return isinstance(error, BrokenPipeError | ValueError) or getattr(error, "errno", 0) == errno.EINVAL


def give_up(stream: TextIO | None) -> None:
    """Lead the stream nowhere: what is left in its buffer would be tried again, and fail the process, when it ends."""
    # https://docs.python.org/3/library/signal.html#note-on-sigpipe
    if stream is None:
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return  # No file of the process: nothing is tried again.


def open_closed_streams() -> None:
    """Open the standard streams that the process was started without, or the database's file would be given their number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
