"""Print the output of a command: escaped, in the encoding of the stream, and without failing if no process reads it.

The verb has done its work before its answer is printed, so no stream changes the exit code.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import TextIO

from whimbrel.commands._progress import aside
from whimbrel.messages.printable import printable

__all__ = ["as_json", "give_up", "open_closed_streams", "settle", "takes", "write", "write_file"]

# JSON escapes only the control characters before the space. This pattern matches the others, and invisible characters.
_LEFT_BY_JSON = r"[^\x20-\x7e\n]"


def write(stream: TextIO | None, text: str) -> None:
    """Print a text and flush it. Escape the characters that the stream cannot encode. A stream that fails raises nothing.

    If the reader has closed the pipe, this is silent. It reports any other failure on standard error.
    """
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    shown = f"{printable(text, lines=True)}\n".encode(encoding, "backslashreplace").decode(encoding)
    try:
        with aside():
            stream.write(shown)
            stream.flush()
    except (OSError, ValueError) as error:
        _report(stream, error)


def _report(stream: TextIO, error: Exception) -> None:
    give_up(stream)
    if stream is not sys.stderr and not _has_gone(error):
        write(sys.stderr, f"whimbrel: the output could not be written, but the exit code is that of the command: {error}")


def write_file(stream: TextIO | None, text: str) -> None:
    """Print a text as it is, in UTF-8 and with its own line ends, for a file or another program.

    A terminal gets it escaped, since names and comments of a database are foreign text.
    """
    raw = getattr(stream, "buffer", None)
    if stream is None or raw is None or stream.isatty():
        write(stream, text.removesuffix("\n"))
        return
    try:
        stream.flush()
        raw.write(text.encode("utf-8", "surrogatepass"))
        raw.flush()
    except (OSError, ValueError) as error:
        _report(stream, error)


def settle() -> None:
    """Flush the standard streams, with the rest of logs and warnings. If Python did it, a failure would change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            give_up(stream)


def as_json(value: object, stream: TextIO | None) -> str:
    """Return a value as JSON that the stream can encode, with every control and format character escaped."""
    import json  # most answers are text

    text = re.sub(_LEFT_BY_JSON, _escaped, json.dumps(value, indent=2, ensure_ascii=False))
    return text if takes(stream, text) else json.dumps(value, indent=2)


def _escaped(found: re.Match[str]) -> str:
    import json

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
    # Windows reports EINVAL for a pipe without a reader. A stream closed within this process raises ValueError.
    return isinstance(error, BrokenPipeError | ValueError) or getattr(error, "errno", 0) == errno.EINVAL


def give_up(stream: TextIO | None) -> None:
    """Redirect the stream to the null device. Otherwise Python would write its buffer again at exit, and fail."""
    # https://docs.python.org/3/library/signal.html#note-on-sigpipe
    if stream is None:
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return  # The stream has no file descriptor, so nothing is written again.


def open_closed_streams() -> None:
    """Open the standard streams that were closed at the start; otherwise the database file could get one of their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
