"""Compare the rows of a history in another schema with the files of a run. Pure: no database."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Literal

from whimbrel.dialects.place import Sought
from whimbrel.errors import ConfigurationError
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.migrations.migration import Version

__all__ = ["IDENTITY", "Likeness", "Recorded", "has_renamed", "likeness", "read_rows"]

# The columns of `Recorded`.
IDENTITY = ("set_name", "version", "checksum", "installed_by", "success")
Likeness = Literal["same", "mostly", "other"]


class Recorded(NamedTuple):
    """A row, with the columns that identify a set and its owner."""

    set_name: str
    version: str
    checksum: str
    installed_by: str
    success: bool


def read_rows(texts: Iterable[str] | None) -> list[Recorded]:
    """Return the rows that a query returned as JSON; none if the table was not read."""
    return [Recorded(*json.loads(text)) for text in texts or ()]


def likeness(rows: Collection[Recorded], files: Collection[tuple[str, str]] | None) -> Likeness:
    """Return "same" if every row matches a file, "mostly" if most rows do, otherwise "other".

    Rows of a newer build do not count, nor do rows of begun files, since a begun file may be edited.
    """
    if files is None:
        return "same" if rows else "other"
    same = sum((row.version, row.checksum) in files for row in rows)
    others = [row for row in rows if (row.version, row.checksum) not in files]
    strange = sum(row.success and not _is_newer(row.version, files) for row in others)
    if same and not strange:
        return "same"
    return "mostly" if same > strange else "other"


def _is_newer(version: str, files: Collection[tuple[str, str]]) -> bool:
    try:
        return Version.parse(version) > max(Version.parse(known) for known, _ in files)
    except (ConfigurationError, ValueError):
        return False


def has_renamed(rows: Collection[Recorded], sought: Sought) -> bool:
    """Whether every row of a set that the run does not have matches a file of a set that the run has."""
    others = {row.set_name for row in rows} - set(sought)
    return any(
        files is not None and likeness([row for row in rows if row.set_name == name], files) == "same"
        for name in others
        for files in sought.values()
    )
