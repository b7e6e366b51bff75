"""Choose the directory for a server's data: in memory if there is enough of it. On a disk, each new database takes several
times as long.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

# Bytes that must be free for each process of the tests. The three servers of a process fill less than half of this.
PLENTY = 2_000_000_000
_MEMORY, _DISK = Path("/dev/shm"), Path("/tmp")
_PREFIX, _LOCK = "whimbrel-", "in-use"


@contextmanager
def data_directory(*, durable: bool) -> Iterator[Path]:
    """Yield a directory for a server alone, and remove it at the end. A durable server writes to a disk.

    The directory is not below TMPDIR, because a socket's path has at most 107 characters and every user must be able to reach
    it.
    """
    place = _DISK if durable or not _has_plenty() else _MEMORY
    if place == _MEMORY:
        sweep(place)
    with (
        TemporaryDirectory(prefix=_PREFIX, dir=place, ignore_cleanup_errors=True) as name,
        (Path(name) / _LOCK).open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(name)


def sweep(place: Path, seconds: float = 3600) -> None:
    """Remove what killed runs left that long ago. The kernel has released their locks, and nothing else frees the memory."""
    for left in place.glob(f"{_PREFIX}*"):
        with suppress(OSError), (left / _LOCK).open() as lock:
            if time.time() - os.fstat(lock.fileno()).st_mtime > seconds:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)


def _has_plenty() -> bool:
    """Whether there is as much memory as the servers of all processes can fill, and programs can run from there."""
    needed = PLENTY * int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    try:
        place = os.statvfs(_MEMORY)
    except OSError:
        return False
    free = place.f_bavail * place.f_frsize
    return not place.f_flag & os.ST_NOEXEC and min(free, _available()) >= needed


def _available() -> int:
    """Return the bytes of memory that programs can have without swapping; 0 if the system does not report it."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)
