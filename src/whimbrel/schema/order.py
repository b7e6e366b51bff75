"""Order objects so that each can be created after those that it needs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

__all__ = ["in_order"]


def in_order(needs: Mapping[str, Collection[str]]) -> list[str]:
    """Sort the names so that each comes after the names that it needs; in a cycle, the first by name comes first."""
    left, ordered = {name: set(needed) - {name} for name, needed in needs.items()}, list[str]()
    while left:
        free = [name for name, needed in left.items() if not needed & left.keys()] or [min(left)]
        ordered += free
        for name in free:
            del left[name]
    return ordered
