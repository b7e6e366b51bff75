"""Read the names of a folder's files on the default branch of its git repository, and nothing else of git. Changes nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

from whimbrel.migrations.git import git_environment

__all__ = ["BranchFiles", "read_branches"]

# In a clone, origin/HEAD is the default branch of the server. Without it, a branch with one of the usual names counts as the
# default.
_REFS = (
    *("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master"),
    *("refs/heads/main", "refs/heads/master"),
)
_SECONDS = 10
_NO_REPOSITORY = "not a git repository"


class BranchFiles(NamedTuple):
    """The names of the files that a folder has on the default branch. `note` says why they are unknown, if they are."""

    names: frozenset[str] = frozenset()
    note: str = ""


def read_branches(folder: Path) -> BranchFiles:
    """Return the names of the folder's files on the default branch; none without git, a repository or such a branch."""
    try:
        found = _git(folder, "for-each-ref", "--format=%(refname)", *_REFS).split()
        names = [name for ref in found for name in _git(folder, "ls-tree", "-z", "--name-only", ref).split("\0")]
    except FileNotFoundError:
        return BranchFiles()  # git is not installed
    except subprocess.CalledProcessError as error:
        told = str(error.stderr).strip()
        return BranchFiles() if _NO_REPOSITORY in told else BranchFiles(note=_unread(told))
    except (OSError, subprocess.TimeoutExpired) as error:
        return BranchFiles(note=_unread(str(error)))
    return BranchFiles(frozenset(names))


def _git(folder: Path, *words: str) -> str:
    # The arguments are our own, and the user's PATH decides which git runs.
    done = subprocess.run(  # noqa: S603
        ["git", "-C", str(folder), *words],  # noqa: S607
        # The names need nothing of what a partial clone lacks.
        env=git_environment() | {"GIT_NO_LAZY_FETCH": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=_SECONDS,
        check=True,
    )
    return done.stdout


def _unread(told: str) -> str:
    return f"git cannot tell which versions the default branch has, so it may have this one too: {told}"
