"""The directories of the tests' own servers: only those of killed runs are removed."""

import fcntl
import os
from pathlib import Path

from tests.servers.place import sweep


def made(place: Path, name: str, age: float) -> Path:
    """Make a server's directory, begun that many seconds ago, and return its lock."""
    lock = place / name / "in-use"
    lock.parent.mkdir()
    lock.touch()
    begun = lock.stat().st_mtime - age
    os.utime(lock, (begun, begun))
    return lock


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    left, used = made(tmp_path, "whimbrel-left", 4000), made(tmp_path, "whimbrel-used", 4000)
    new, foreign = made(tmp_path, "whimbrel-new", 10), made(tmp_path, "another", 4000)
    (tmp_path / "whimbrel-unlocked").mkdir()
    with used.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sweep(tmp_path)
    assert not left.parent.exists()
    assert all(one.exists() for one in (used, new, foreign, tmp_path / "whimbrel-unlocked"))
