"""The faults of SQLite that correspond to those of connections: its file is locked, missing, or replaced."""

import shutil
import sqlite3
from pathlib import Path

__all__ = ["FAULTS", "FileFault"]

# A file has no host, no login and no server; test_environment.py has files that cannot be written.
FAULTS = ("file locked", "directory missing", "file replaced")


class FileFault:
    """One fault of the file that `url` names. A process that has the file open may continue to use it, unless the file is
    locked.
    """

    def __init__(self, fault: str, folder: Path) -> None:
        self._fault = fault
        self._home, self._away = folder / "home", folder / "away"
        self._home.mkdir()
        self._file = self._home / "test.db"
        self.url = f"sqlite:///{self._file}"

    def begin(self) -> None:
        """Apply the fault to the file."""
        if self._fault == "file locked":
            self._holder = sqlite3.connect(self._file, isolation_level=None)
            self._holder.execute("BEGIN EXCLUSIVE")
            return
        self._home.rename(self._away)
        if self._fault == "file replaced":
            self._home.mkdir()
            self._file.write_bytes(b"this is no database " * 500)

    def recover(self) -> None:
        """End it."""
        if self._fault == "file locked":
            self._holder.close()
            return
        if self._home.exists():
            shutil.rmtree(self._home)
        self._away.rename(self._home)
