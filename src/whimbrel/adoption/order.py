"""Order migrations by what they need. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

__all__ = ["sorted_by_needs"]


def sorted_by_needs(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Sort the names, but put each one after the names that it needs."""
    sorter = TopologicalSorter({name: [one for one in before if one in needs] for name, before in needs.items()})
    try:
        sorter.prepare()
    except CycleError:
        # The tool itself refuses such migrations, so they have no order.
        return sorted(needs)
    found: list[str] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        found.append(ready.pop(0))
        sorter.done(found[-1])
    return found
