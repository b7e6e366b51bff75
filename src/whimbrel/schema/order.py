"""The order in which objects that need each other can be made. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

__all__ = ["in_order"]


def in_order(needs: Mapping[str, Collection[str]]) -> list[str]:
    """Return the names so that each follows those it needs; of a circle, the first by name comes first."""
    left, ordered = {name: set(needed) - {name} for name, needed in needs.items()}, list[str]()
    while left:
        free = [name for name, needed in left.items() if not needed & left.keys()] or [min(left)]
        ordered += free
        for name in free:
            del left[name]
    return ordered
