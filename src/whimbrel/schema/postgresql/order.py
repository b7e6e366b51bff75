"""Order objects by kind and name, but each after the objects that it needs. Pure."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from whimbrel.errors import CannotRender
from whimbrel.messages.printable import printable

__all__ = ["Item", "circles", "in_order"]


@dataclass(frozen=True, slots=True)
class Item:
    """Statements that belong together. `key` names the object: "table orders". `rank` is the place of its kind in a dump."""

    key: str
    rank: int
    statements: tuple[str, ...]
    needs: frozenset[str] = frozenset()


def in_order(items: Sequence[Item]) -> list[Item]:
    """Sort the items, each after those that it needs, otherwise by rank and name.

    It ignores needs that no item fulfils. Raises CannotRender for items that need one another.
    """
    known = {one.key: one for one in items}
    open_needs = {one.key: {need for need in one.needs if need in known and need != one.key} for one in items}
    waiting: dict[str, list[str]] = defaultdict(list)
    for key, needs in open_needs.items():
        for need in needs:
            waiting[need].append(key)
    ready = [(one.rank, one.key) for one in items if not open_needs[one.key]]
    heapq.heapify(ready)
    ordered = []
    while ready:
        item = known[heapq.heappop(ready)[1]]
        ordered.append(item)
        for key in waiting[item.key]:
            open_needs[key].discard(item.key)
            if not open_needs[key]:
                heapq.heappush(ready, (known[key].rank, key))
    if len(ordered) < len(known):
        raise CannotRender(_circle(set(known) - {one.key for one in ordered}, open_needs))
    return ordered


def _circle(left: set[str], needs: Mapping[str, Iterable[str]]) -> str:
    inside = sorted(set().union(*circles({key: set(needs[key]) for key in left})) or left)
    named = ", ".join(map(printable, inside))
    return f"objects that need one another cannot be created one by one: {named}; dump this schema with pg_dump"


def circles(needs: Mapping[str, Iterable[str]]) -> list[set[str]]:
    """Return the groups of objects that need one another, directly or through others (Tarjan's algorithm, without recursion)."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []
    for start in sorted(needs):
        if start in numbers:
            continue
        numbers[start] = lowest[start] = len(numbers)
        stack.append(start)
        path = [(start, iter(sorted(needs[start])))]
        while path:
            key, rest = path[-1]
            need = next(rest, None)
            if need is None:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[key])
                if lowest[key] == numbers[key]:
                    found.append(_popped(stack, key))
            elif need not in numbers:
                numbers[need] = lowest[need] = len(numbers)
                stack.append(need)
                path.append((need, iter(sorted(needs.get(need, ())))))
            elif need in stack:
                lowest[key] = min(lowest[key], numbers[need])
    return [group for group in found if len(group) > 1]


def _popped(stack: list[str], last: str) -> set[str]:
    group = set()
    while last not in group:
        group.add(stack.pop())
    return group
