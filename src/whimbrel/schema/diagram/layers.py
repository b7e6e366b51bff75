"""Assign each table to a column of the picture, and order each column from top to bottom. Pure; the same for the same input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from whimbrel.schema.diagram.entities import Relationship

__all__ = ["Chain", "Grid", "components", "layer"]

_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Chain:
    """The path of a relation through the columns, from left to right: a table, places for the line, the other table.

    `reversed` says that the child is on the left.
    """

    relation: Relationship
    nodes: tuple[str, ...]
    reversed: bool


@dataclass(slots=True)
class Grid:
    """The columns from left to right, each with its nodes from top to bottom; the relations; those of a table to itself.

    A node is a table, or a place for a line in a column that the line crosses.
    """

    columns: list[list[str]]
    chains: list[Chain] = field(default_factory=list)
    loops: list[Relationship] = field(default_factory=list)


def components(names: Sequence[str], relations: Sequence[Relationship]) -> list[list[str]]:
    """Return the groups of tables that relations connect, the largest first, each sorted."""
    group = {name: {name} for name in names}
    for one in relations:
        left, right = group[one.child], group[one.parent]
        if left is not right:
            left |= right
            for name in right:
                group[name] = left
    found = {id(one): sorted(one) for one in group.values()}
    return sorted(found.values(), key=lambda one: (-len(one), one))


def layer(names: Sequence[str], relations: Sequence[Relationship], heights: Mapping[str, int], tallest: int) -> Grid:
    """Place tables to the right of the tables that they refer to, in columns of about the height `tallest`."""
    others = [one for one in relations if one.child != one.parent]
    order = _order(names, others)
    place = {name: number for number, name in enumerate(order)}
    column = _columns(order, place, others, heights, tallest)
    grid = Grid([[] for _ in range(max(column.values()) + 1)], loops=[one for one in relations if one.child == one.parent])
    for name in order:
        grid.columns[column[name]].append(name)
    for number, one in enumerate(others):
        grid.chains.append(_chain(number, one, column, grid))
    _sort(grid)
    return grid


def _order(names: Sequence[str], relations: Sequence[Relationship]) -> list[str]:
    """Return the tables, parents first.

    In a cycle, the table with the fewest remaining parents and the most children comes first.
    """
    parents: dict[str, set[str]] = {name: set() for name in names}
    children: dict[str, set[str]] = {name: set() for name in names}
    for one in relations:
        parents[one.child].add(one.parent)
        children[one.parent].add(one.child)
    found = list[str]()
    left = set(names)
    while left:
        first = min(left, key=lambda name: (len(parents[name] & left), -len(children[name] & left), name))
        found.append(first)
        left.remove(first)
    return found


def _columns(
    order: Sequence[str], place: Mapping[str, int], relations: Sequence[Relationship], heights: Mapping[str, int], tallest: int
) -> dict[str, int]:
    before: dict[str, set[str]] = {name: set() for name in order}
    after: dict[str, set[str]] = {name: set() for name in order}
    for one in relations:
        first, second = sorted((one.child, one.parent), key=place.__getitem__)
        before[second].add(first)
        after[first].add(second)
    found: dict[str, int] = {}
    used: dict[int, int] = {}
    for name in order:
        at = max((found[one] + 1 for one in before[name]), default=0)
        while used.get(at, 0) and used[at] + heights[name] > tallest:
            at += 1
        found[name] = at
        used[at] = used.get(at, 0) + heights[name]
    for name in reversed(order):
        # A table moves towards the tables that refer to it, which makes lines short.
        nearest = min((found[one] - 1 for one in after[name]), default=found[name])
        if nearest > found[name] and used.get(nearest, 0) + heights[name] <= tallest:
            used[found[name]] -= heights[name]
            used[nearest] = used.get(nearest, 0) + heights[name]
            found[name] = nearest
    kept = {old: new for new, old in enumerate(sorted(set(found.values())))}
    return {name: kept[at] for name, at in found.items()}


def _chain(number: int, one: Relationship, column: Mapping[str, int], grid: Grid) -> Chain:
    backwards = column[one.child] < column[one.parent]
    left, right = (one.child, one.parent) if backwards else (one.parent, one.child)
    between = range(column[left] + 1, column[right])
    nodes = [f"\0{number} {at}" for at in between]
    for at, node in zip(between, nodes, strict=True):
        grid.columns[at].append(node)
    return Chain(one, (left, *nodes, right), backwards)


def _sort(grid: Grid) -> None:
    """Order each column by the mean place of its neighbours, so that few lines cross."""
    links: dict[str, list[str]] = {node: [] for column in grid.columns for node in column}
    for chain in grid.chains:
        for left, right in pairwise(chain.nodes):
            links[left].append(right)
            links[right].append(left)
    at = {node: number for number, column in enumerate(grid.columns) for node in column}
    for sweep in range(_SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        for number in range(len(grid.columns))[::step]:
            rank = {node: place / len(column) for column in grid.columns for place, node in enumerate(column)}
            grid.columns[number].sort(key=lambda node: (_mean(node, links, at, rank, number - step), node))


def _mean(node: str, links: Mapping[str, list[str]], at: Mapping[str, int], rank: Mapping[str, float], column: int) -> float:
    near = [rank[other] for other in links[node] if at[other] == column]
    return round(sum(near) / len(near), 9) if near else round(rank[node], 9)
