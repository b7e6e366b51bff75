"""SQLite's own client, of Debian's package, as its users run it."""

import subprocess
from pathlib import Path

from tests.servers import debian

__all__ = ["client"]


def client(path: Path, *commands: str) -> str:
    """Return the output of the client for a file and these commands, such as ".schema". An error fails the test."""
    program = debian.command(debian.install("sqlite-sid", ["sid"], ["sqlite3"]), "usr/bin/sqlite3")
    arguments = [*program, "-batch", "-init", "/dev/null", str(path), *commands]
    done = subprocess.run(arguments, capture_output=True, check=False, timeout=120)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return done.stdout.decode()
