"""Processes that are forked from one with all imports done, because a new interpreter for each would cost ten times as much.

A process has one such fork server, and its imports are fixed before the first fork, so all tests share this list.
"""

from multiprocessing import get_context

__all__ = ["forks"]

_DIALECTS = ("mysql", "postgresql", "sqlite")
# The modules that a run imports only when it needs them.
_RUN = ("file_batch", "journaled", "migrator", "recovery", "transactional")

forks = get_context("forkserver")
forks.set_forkserver_preload(
    [
        "pytest",  # since a child imports __main__
        "tests.faults.storm",
        "tests.faults.victim",
        "whimbrel.commands.migrate",
        *(f"whimbrel.dialects.{name}.dialect" for name in _DIALECTS),
        *(f"whimbrel.runner.{name}" for name in _RUN),
    ]
)
