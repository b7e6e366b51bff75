"""Give the new files of a branch versions that come after all others. Pure: no disk, no git."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from whimbrel.migrations.filename import FileName, parse_name
from whimbrel.migrations.migration import Version
from whimbrel.migrations.numbering import next_version

__all__ = ["by_version", "renumber"]


def by_version(names: Iterable[str]) -> dict[Version, list[FileName]]:
    """Return the migration files among the names by their versions, in order."""
    found: dict[Version, list[FileName]] = {}
    for file in filter(None, map(parse_name, names)):
        found.setdefault(file.version, []).append(file)
    return {version: sorted(found[version]) for version in sorted(found)}


def renumber(before: Iterable[str], new: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Return the new name of each file of a branch that must move, so that all come after the files `before`, in their order.

    `new` has for each new file the file that it belongs to, often itself: the variants of a version keep one version, and two
    files that claim the same version get two. `now` is in UTC.
    """
    groups: dict[tuple[Version, str], list[FileName]] = {}
    for name, leader in new.items():
        file, first = parse_name(name), parse_name(leader)
        if file is not None and first is not None:
            groups.setdefault((first.version, leader), []).append(file)
    known = [file.digits for file in map(parse_name, before) if file]
    last = max(map(Version.parse, known), default=Version(()))
    moves: dict[str, str] = {}
    for (version, _), files in sorted(groups.items()):
        digits = files[0].digits if version > last else next_version(known, now)
        moves |= {file.text: f"V{digits}{file.text[1 + len(file.digits) :]}" for file in files if version <= last}
        known.append(digits)
        last = Version.parse(digits)
    return moves
