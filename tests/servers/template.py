"""The data directory of a new server, made once a run and copied for every further server: it takes seconds to make."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from .process import hand_over

# The folder for the templates of this run, which tests/conftest.py makes and removes; without it, each server makes its own.
FOLDER = "WHIMBREL_TEST_TEMPLATES"
# MySQL identifies a server by the content of this file, and writes it again if it is missing.
_OWN = shutil.ignore_patterns("auto.cnf")


def fill(database: str, directory: Path, make: Callable[[], None]) -> None:
    """Make `data` in the server's directory: as a copy if a server of this run has made one already."""
    if FOLDER not in os.environ:
        make()
        return
    data, template = directory / "data", Path(os.environ[FOLDER]) / database
    with template.with_suffix(".lock").open("w") as lock:
        # Others wait for the first one, instead of making their own at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.is_dir():
            make()
            unfinished = template.with_suffix(".partial")
            shutil.copytree(data, unfinished, ignore=_OWN)
            unfinished.rename(template)
            return
    shutil.copytree(template, data)
    hand_over(data)
