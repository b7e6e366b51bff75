"""Read a file too large for memory, in pieces, and check that each reading gives the same text."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from pathlib import Path

from whimbrel.errors import Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import printable

__all__ = ["LARGE", "LargeText", "Unreadable", "read_large"]

# A file with more bytes than this is not kept in memory.
LARGE = 8 * 1024 * 1024
_PIECE = 1024 * 1024


class Unreadable(Exception):
    """The file cannot be a migration. `line` is the line at fault, if there is one."""

    def __init__(self, kind: ProblemKind, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.line = line


class LargeText:
    """Yields the text in pieces. Raises ValidationFailed at the end if the text differs from the first reading."""

    def __init__(self, path: Path, checksum: str) -> None:
        self.path = path
        self.checksum = checksum

    def __iter__(self) -> Iterator[str]:
        reading = _Reading()
        yield from reading.pieces(self.path)
        if reading.checksum() != self.checksum:
            message = f"{printable(str(self.path))}: changed while it was read; run again"
            raise ValidationFailed([Problem(ProblemKind.CHANGED, message, str(self.path))])


def read_large(path: Path) -> tuple[LargeText, str]:
    """Read a whole file once; return its text and its first piece. Raises Unreadable, or OSError."""
    reading, head = _Reading(), ""
    for piece in reading.pieces(path):
        head = head or piece
    return LargeText(path, reading.checksum()), head


class _Reading:
    """One reading of a file. It computes the checksum that `migration.checksum` returns for the whole text."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def pieces(self, path: Path) -> Iterator[str]:
        decode = codecs.getincrementaldecoder("utf-8")().decode
        normalise = IncrementalNewlineDecoder(None, translate=True).decode
        lines, offset, first = 1, 0, True
        with path.open("rb") as file:
            while content := file.read(_PIECE):
                last = file.peek(1) == b""
                try:
                    piece = decode(content, last)
                except UnicodeDecodeError as error:
                    raise Unreadable(
                        ProblemKind.ENCODING, "not UTF-8; save the file as UTF-8", lines + _newlines(content, error)
                    ) from None
                if (nul := content.find(b"\0")) >= 0:
                    line = lines + content.count(b"\n", 0, nul)
                    raise Unreadable(ProblemKind.ENCODING, f"a NUL byte at offset {offset + nul}", line)
                lines, offset = lines + content.count(b"\n"), offset + len(content)
                piece = piece.removeprefix("\ufeff") if first else piece
                first = False
                self._hash.update(normalise(piece, last).encode())
                yield piece

    def checksum(self) -> str:
        return f"v1:sha256:{self._hash.hexdigest()}"


def _newlines(content: bytes, error: UnicodeDecodeError) -> int:
    return content.count(b"\n", 0, min(error.start, len(content)))
