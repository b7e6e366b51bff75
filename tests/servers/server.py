"""A server as a test sees it: its address, or the reason why there is none."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Server:
    """A server whose databases may be dropped; `process` and `log` are None where it is the user's own."""

    database: str
    url: str
    process: subprocess.Popen[bytes] | None
    log: Path | None


class ServerUnavailable(Exception):
    """No server could be started. The message says what failed, and which variable names another server."""

    def __init__(self, database: str, reason: str) -> None:
        super().__init__(f"{database}: {reason}\nset {variable(database)} to a server whose databases may be dropped")


def variable(database: str) -> str:
    """The environment variable with the URL of a server to use instead of one of our own."""
    return f"TEST_{database.upper()}_URL"
