"""Read the name of a migration file; for a name that no migration can have, explain the mistake and suggest a name.

Pure: no database, no disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import printable
from whimbrel.migrations.migration import Version
from whimbrel.url import DATABASES

__all__ = ["FILE_NAME", "FileName", "name_fault", "parse_name", "version_of"]

FILE_NAME = re.compile(r"V(?P<version>[0-9]+(?:[._][0-9]+)*)__(?P<description>[^.]+?)(?:\.(?P<database>[a-z0-9]+))?\.sql")

_RIGHT = "V<version>__<description>.sql"
_VERSION = r"[0-9]+(?:[._][0-9]+)*"
_REST = r"(?P<rest>.+)\.sql"
# The first pattern that matches decides the message. Its groups are the parts of the suggested name.
_FAULTS = (
    (rf"R[0-9._]*__{_REST}", "R is for repeatable migrations, which do not exist; write each change as a new version"),
    (
        r"U[0-9._]*__",
        "U is for undo migrations, which do not exist; move the file out, and write its statements as a new version",
    ),
    (
        rf"B(?P<version>{_VERSION})?__{_REST}",
        "B is for baseline migrations, which do not exist; move the file out of the folder, or",
    ),
    (rf"V(?P<version>{_VERSION})(?:__)?\.sql", "the description is missing"),
    (rf"V(?P<version>{_VERSION})__{_REST}", "the description contains a point; only a database may stand between two points"),
    (rf"v(?P<version>{_VERSION})_+{_REST}", "the name begins with a small v"),
    (rf"V?_+{_REST}", "the version is missing"),
    (rf"V(?P<version>{_VERSION})[-_. ]{_REST}", "there are not two underscores between version and description"),
    (rf"(?P<version>[0-9]+)[-_. ]+{_REST}", "there is no V before the version"),
)


class FileName(NamedTuple):
    """The name of a migration file, and its parts.

    `digits` is the version as written in the name, and `database` the database of a variant.
    """

    text: str
    digits: str
    version: Version
    description: str
    database: str


def parse_name(name: str) -> FileName | None:
    """Return the parts of a file's name; None if no migration can have this name."""
    found = FILE_NAME.fullmatch(name)
    if found is None:
        return None
    digits = found["version"]
    return FileName(name, digits, Version.parse(digits), found["description"], found["database"] or "")


def version_of(name: str) -> Version | None:
    """Return the version in the name of a migration file; None if no migration can have this name."""
    found = parse_name(name)
    return None if found is None else found.version


def name_fault(name: str) -> str:
    """Return the mistake in a file's name, and the right name. Such names belong to other tools, or are typing errors."""
    if not name.endswith(".sql"):
        return f"the name ends in {printable(name[-4:])} and not in .sql; name it {printable(name[:-4])}.sql"
    if pair := re.search(r"\.(?:up|down)\.sql\Z", name):
        return f"{pair[0]} is a name of another tool; rename the up file to {_RIGHT}, and move the down file out of the folder"
    for pattern, fault in _FAULTS:
        if found := re.match(pattern, name):
            return f"{fault}{'' if fault.endswith(' or') else ';'} name it {_right_name(found.groupdict())}"
    return f"the name has no version; name it {_RIGHT}"


def _right_name(parts: Mapping[str, str | None]) -> str:
    words = [word for word in (parts.get("rest") or "").replace("-", "_").split(".") if word.strip("_")]
    database = words.pop().lower() if len(words) > 1 and words[-1].lower() in DATABASES else ""
    description = printable("_".join(words)) or "<description>"
    return f"V{parts.get('version') or '<version>'}__{description}{f'.{database}' if database else ''}.sql"
