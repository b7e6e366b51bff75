"""The messages between the tests and the nursery."""

import struct
from dataclasses import dataclass

__all__ = ["WORD", "Birth"]

# A process id, and then an exit status as os.waitpid returns it.
WORD = struct.Struct("q")


@dataclass(frozen=True, slots=True)
class Birth:
    """A process to fork: the arguments after the interpreter's own, the working directory and the whole environment."""

    arguments: list[str]
    directory: str
    environment: dict[str, str]
