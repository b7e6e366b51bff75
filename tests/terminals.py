"""A command on a terminal: a process whose output goes to a pseudo-terminal, read as it comes."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.files import ROOT
from tests.patience import PATIENCE, wait_until

__all__ = ["Screen", "on_a_terminal"]

_COLUMNS = 400


class Screen:
    """The output of a command so far, with all control characters."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self.text = ""
        # When each part of the output came: monotonic seconds, and the part.
        self.parts: list[tuple[float, str]] = [(time.monotonic(), "")]
        self._descriptor = descriptor
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                read = os.read(self._descriptor, 65536)
            except OSError:  # the other end is closed
                return
            if not read:
                return
            part = read.decode(errors="replace")
            self.parts.append((time.monotonic(), part))
            self.text += part

    @property
    def lines(self) -> list[str]:
        """Every state of the live line."""
        return [one.partition("\x1b[K")[0] for one in self.text.split("\r") if "\x1b[K" in one[1:]]

    def wait_for(self, *words: str) -> str:
        """Return the first live line that has all these words, once it is there."""

        def found() -> list[str]:
            return [line for line in self.lines if all(word in line for word in words)]

        wait_until(lambda: bool(found()) or self.process.poll() is not None, lambda: self.text)
        assert found(), self.text
        return found()[0]

    def finish(self) -> int:
        """Wait for the end of the process, and return its exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code


@contextmanager
def on_a_terminal(words: Sequence[str]) -> Iterator[Screen]:
    """Run a command of Whimbrel on a wide terminal; kill it if the block fails."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, _COLUMNS, 0, 0))
    command = [sys.executable, "-m", "whimbrel", *words]
    environment = {**os.environ, "TERM": "xterm"}
    process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    try:
        yield Screen(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
