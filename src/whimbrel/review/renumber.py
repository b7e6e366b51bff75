"""Give the new files of a branch versions that come after all others. Pure: no disk, no git."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from whimbrel.migrations.filename import FileName, parse_name
from whimbrel.migrations.migration import Version

__all__ = ["by_version", "renumber"]


def by_version(names: Iterable[str]) -> dict[Version, list[FileName]]:
    """Return the migration files among the names by their versions, in order."""
    found: dict[Version, list[FileName]] = {}
    for file in filter(None, map(parse_name, names)):
        found.setdefault(file.version, []).append(file)
    return {version: sorted(found[version]) for version in sorted(found)}


def renumber(before: Iterable[str], new: Mapping[str, str]) -> dict[str, str]:
    """Return the new name of each file of a branch that must move, so that all come after the files `before`, in their order.

    `new` has for each new file the one that it accompanies, often itself: the variants of a version keep one version, and two
    files that claim the same version get two.
    """
    groups: dict[tuple[Version, str], list[FileName]] = {}
    for name, leader in new.items():
        file, first = parse_name(name), parse_name(leader)
        if file is not None and first is not None:
            groups.setdefault((first.version, leader), []).append(file)
    last = max((file for file in map(parse_name, before) if file), key=lambda file: file.version, default=None)
    moves: dict[str, str] = {}
    for _, files in sorted(groups.items()):
        if last is None or files[0].version > last.version:
            last = files[0]
            continue
        digits = _next(last.digits)
        moves |= {file.text: f"V{digits}{file.text[1 + len(file.digits) :]}" for file in files}
        last = files[0]._replace(digits=digits, version=Version.parse(digits))
    return moves


def _next(digits: str) -> str:
    """Return the version after this one, in the same width: 012 gives 013, 1.9 gives 1.10."""
    tail = re.search(r"[0-9]+\Z", digits)
    assert tail is not None, "a version ends in a digit"
    return f"{digits[: tail.start()]}{int(tail[0]) + 1:0{len(tail[0])}d}"
