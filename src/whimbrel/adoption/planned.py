"""Plan the files of Whimbrel for the migrations of another tool: names, versions, directives.

Pure: no database, no disk. The content is the tool's, byte for byte, with only directive lines before it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from whimbrel.adoption.judge import AdoptedHistory
from whimbrel.adoption.sections import BOM
from whimbrel.adoption.tool import AdoptedFile
from whimbrel.errors import ConfigurationError
from whimbrel.migrations.migration import LONGEST_VERSION, Version
from whimbrel.migrations.set_directives import SET_FILE

__all__ = ["PlannedFile", "plan_files", "set_file"]

_LONGEST_NAME = 120


class PlannedFile(NamedTuple):
    """A file of Whimbrel, and the migration that it is made from."""

    name: str
    version: Version
    content: bytes
    source: AdoptedFile


def plan_files(judgement: AdoptedHistory) -> list[PlannedFile]:
    """Return the file for each migration, in order.

    The versions are the tool's own if they ascend, and consecutive numbers otherwise.
    """
    versions = _versions(judgement)
    return [
        PlannedFile(f"V{written}__{_description(file.name)}.sql", Version.parse(written), _content(file), file)
        for file, written in zip(judgement.files, versions, strict=True)
    ]


def set_file(database: str) -> dict[str, bytes]:
    """Return name and content of the file that limits the set to one database, since another tool's file is written for one."""
    return {SET_FILE: f"-- whimbrel: databases={database}\n".encode()}


def _versions(judgement: AdoptedHistory) -> list[str]:
    versioned = [file for file in judgement.files if not file.repeatable]
    own = [_parsed(file.version) for file in versioned]
    rising = all(one is not None for one in own) and all(
        before is not None and after is not None and before < after for before, after in pairwise(own)
    )
    numbers = {
        file.identity: file.version.replace("_", ".") if rising else f"{number:04d}" for number, file in enumerate(versioned, 1)
    }
    found: list[str] = []
    last, after = "0", 0
    for file in judgement.files:
        if file.repeatable:
            after += 1
            found.append(f"{last}.0.{after}")
        else:
            last, after = numbers[file.identity], 0
            found.append(last)
    return found


def _parsed(version: str) -> Version | None:
    try:
        return Version.parse(version) if version and len(version) <= LONGEST_VERSION - 8 else None
    except ConfigurationError:
        return None


def _description(name: str) -> str:
    kept = re.sub(r"[^\w-]+", "_", name).strip("_")
    # Two underscores separate version and description. A third one would count as part of the description.
    return kept[:_LONGEST_NAME] or "migration"


def _content(file: AdoptedFile) -> bytes:
    head = b"" if file.transaction else b"-- whimbrel: transaction=off\n"
    return head + file.up.removeprefix(BOM)
