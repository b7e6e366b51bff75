"""Read the facts that doctor needs from SQLite, and judge them. Writes nothing, and creates no file."""

from __future__ import annotations

import os
from pathlib import Path

from whimbrel.dialects.base import Connection
from whimbrel.dialects.diagnosis import Check, Facts, failed, fine, warned

__all__ = ["judge", "read_facts"]

_SHOWN = ("journal_mode", "encoding")


async def read_facts(connection: Connection, schema: str) -> Facts:
    """Read the facts about the library, the file and its folder. Raises DatabaseError."""
    version = str(await connection.fetch_value("SELECT sqlite_version() AS version"))
    settings = {name: str(await connection.fetch_value(f"SELECT {name} FROM pragma_{name}")) for name in _SHOWN}
    opened = getattr(connection, "opened", None)
    if opened is not None:
        path: Path = opened.path
        missing = connection.stands_in
        settings |= {
            "file": str(path),
            "is_missing": "1" if missing else "0",
            "file_is_writable": "1" if missing or os.access(path, os.W_OK) else "0",
            # The journal, or the files of WAL mode, are made beside the file.
            "folder_is_writable": "1" if os.access(path.parent, os.W_OK) else "0",
        }
    return Facts("sqlite", version, settings, local=True)


def judge(facts: Facts) -> list[Check]:
    """Judge the facts about a file."""
    checks = [fine("server", f"SQLite {facts.version}")]
    file = facts.settings.get("file", "")
    if file and not facts.is_on("folder_is_writable"):
        told = f"this process may not write to the folder {Path(file).parent}, in which SQLite creates its journal"
        checks.append(failed("writes", told, "give this user the right to write there"))
    elif file and not facts.is_on("file_is_writable"):
        checks.append(failed("writes", f"this process may not write to {file}", "give this user the right to write"))
    elif facts.is_on("is_missing"):
        checks.append(fine("writes", "there is no file yet; the first migration creates it"))
    else:
        checks.append(fine("writes", "this process may write to the file and its folder"))
    if facts.settings.get("encoding", "UTF-8") != "UTF-8":
        told = f"the file's encoding is {facts.settings['encoding']}, for which SQLite converts every text"
        checks.append(warned("settings", told, "no action is needed; to change it, load a dump into a new file"))
    return [*checks, fine("settings", ", ".join(f"{name} {facts.settings[name]}" for name in _SHOWN if name in facts.settings))]
