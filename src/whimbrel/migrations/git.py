"""The environment in which the program git is asked: it shows what a folder's own repository has, and asks nobody anything."""

from __future__ import annotations

import os

__all__ = ["git_environment"]

# Git sets these in a hook, for the repository of the hook: https://git-scm.com/docs/githooks. With GIT_DIR alone, it would
# take the folder in which it starts for the top of the working tree. These are those of `git rev-parse --local-env-vars`,
# without the ones that carry settings.
_OF_A_REPOSITORY = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"),
    *("GIT_INTERNAL_SUPER_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE"),
    *("GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_NO_REPLACE_OBJECTS"),
)
# English messages, no question at a terminal, and no lock for a mere look.
_QUIET = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def git_environment() -> dict[str, str]:
    """Return the environment of this process for git, in which the folder alone decides the repository."""
    return {name: value for name, value in os.environ.items() if name not in _OF_A_REPOSITORY} | _QUIET
