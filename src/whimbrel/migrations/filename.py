"""Find what is wrong with a file name that no migration can have, and what name to use instead.

Pure: no database, no disk.
"""

from __future__ import annotations

import re

from whimbrel.printable import printable

__all__ = ["name_fault"]

_RIGHT = "V<version>__<description>.sql"
_VERSION = r"V[0-9]+(?:[._][0-9]+)*"
# The first pattern that matches decides the message.
_FAULTS = (
    (r"R[0-9._]*__", f"there are no repeatable migrations (R__); write each change as a new version, {_RIGHT}"),
    (
        r"U[0-9._]*__",
        "there are no undo migrations (U); write the undo statements as a new version, and move this file out of the folder",
    ),
    (r"B[0-9._]*__", f"there are no baseline migrations (B); name it {_RIGHT}, or move it out of the folder"),
    (rf"{_VERSION}(?:__)?\.sql", f"the description is missing; the name is {_RIGHT}"),
    (
        rf"{_VERSION}__[^.]+\.",
        "a description must not contain dots; only a database may stand between two, as in V1__x.mysql.sql",
    ),
    (r"v[0-9]", "the version must begin with a capital V"),
    (r"V?__|V[^0-9]", f"the version is missing; the name is {_RIGHT}"),
    (rf"{_VERSION}_[^_0-9]", "write two underscores between version and description"),
)


def name_fault(name: str) -> str:
    """Return what is wrong with a file's name. Such names belong to other tools, or are slips."""
    if not name.endswith(".sql"):
        return f"the name must end in .sql, in lower case: {printable(name[:-4])}.sql"
    if pair := re.search(r"\.(?:up|down)\.sql\Z", name):
        return f"{pair[0]} is a name of another tool; rename the up file to {_RIGHT}, and move the down file out of the folder"
    if numbered := re.fullmatch(r"([0-9]+)[-_.]+([^.]+\.sql)", name):
        return f"not named {_RIGHT}, as V{numbered[1]}__{printable(numbered[2])} would be"
    return next((fault for pattern, fault in _FAULTS if re.match(pattern, name)), f"not named {_RIGHT}")
