"""Compute the positions of the boxes and lines of a picture, in pixels. Pure; the same for the same input.

Tables stand in columns. A line leaves a box at its side, runs up or down between two columns on its own track, and crosses a
column only at a reserved place. So no line can run through a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from whimbrel.schema.diagram.entities import Entity, Relationship
from whimbrel.schema.diagram.layers import Chain, Grid, components, layer
from whimbrel.schema.diagram.text import measure

__all__ = ["ROW", "Box", "Line", "Picture", "arrange"]

# All boxes begin at multiples of a row's height. Lines leave boxes to the right and to the left at different places of a row, and
# cross columns at others, so that two lines never lie upon each other by accident. An optional line ends at the second place of
# its parent, so that its mark does not cover that of another line.
ROW = 20
_RIGHT, _LEFT, _CROSSING = (5, 13), (9, 17), (2, 19)
_TRACK, _STUB, _GAP = 8, 26, 40
_LEAST_HEIGHT, _LEAST_WIDTH = 900, 1_200


@dataclass(slots=True)
class Box:
    """A table. `keys`, `name` and `type` are the widths of the three parts of its lines."""

    entity: Entity
    keys: int
    name: int
    type: int
    x: int = 0
    y: int = 0

    @property
    def width(self) -> int:
        """The width of the box."""
        return self.keys + self.name + self.type

    @property
    def height(self) -> int:
        """The height of the box: its name and its columns."""
        return ROW * (1 + len(self.entity.attributes))


@dataclass(slots=True)
class Line:
    """A relation: its corners from the child to the parent."""

    relation: Relationship
    points: list[tuple[int, int]]


@dataclass(slots=True)
class Picture:
    """A finished picture."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    width: int = 0
    height: int = 0


def arrange(entities: Sequence[Entity], relations: Sequence[Relationship]) -> Picture:
    """Return the picture of all tables: the connected groups, from the largest to the smallest, in rows."""
    boxes = {one.name: _box(one) for one in entities}
    area = sum((box.width + 3 * _STUB) * (box.height + _GAP) for box in boxes.values())
    tallest = max(_LEAST_HEIGHT, int(area**0.5 * 0.8))
    parts = []
    for names in components(sorted(boxes), relations):
        own = [one for one in relations if one.child in names]
        grid = layer(names, own, {name: boxes[name].height + _GAP for name in names}, tallest)
        parts.append(_place(grid, boxes))
    return _pack(parts, max(_LEAST_WIDTH, int(area**0.5 * 1.4)))


def _box(entity: Entity) -> Box:
    keys = max((measure(" ".join(one.keys)) for one in entity.attributes), default=0)
    name = max((measure(one.name) for one in entity.attributes), default=0)
    kind = max((measure(one.type) for one in entity.attributes), default=0)
    missing = max(0, measure(entity.name, bold=True) - keys - name - kind)
    return Box(entity, keys, name, kind + missing)


def _place(grid: Grid, boxes: Mapping[str, Box]) -> Picture:
    """Give each node of a group its place, and each line its corners."""
    tops = _tops(grid, boxes)
    picture, x = Picture(), 0
    right_ends: list[int] = []
    left_ends: list[int] = []
    corners: dict[int, list[tuple[int, int]]] = {number: [] for number in range(len(grid.chains))}
    for number, column in enumerate(grid.columns):
        wide = max((boxes[node].width for node in column if node in boxes), default=0)
        for node in column:
            if node in boxes:
                boxes[node].x, boxes[node].y = x, tops[node]
                picture.boxes.append(boxes[node])
        left_ends.append(x)
        right_ends.append(x + wide)
        channel = _Channel(x + wide, number, grid, boxes, tops)
        channel.draw(corners, picture)
        x = channel.end
    for chain_number, chain in enumerate(grid.chains):
        picture.lines.append(Line(chain.relation, _path(corners[chain_number], chain, boxes)))
    picture.width = max((px for one in picture.lines for px, _ in one.points), default=0)
    picture.width = max(picture.width, max(right_ends)) + 2
    picture.height = max(tops[node] + _height(node, boxes) for column in grid.columns for node in column)
    return picture


def _path(corners: list[tuple[int, int]], chain: Chain, boxes: Mapping[str, Box]) -> list[tuple[int, int]]:
    first, last = boxes[chain.nodes[0]], boxes[chain.nodes[-1]]
    points = [(first.x + first.width, corners[0][1]), *corners, (last.x, corners[-1][1])]
    points = points if chain.reversed else points[::-1]
    return [one for one, before in zip(points, [None, *points], strict=False) if one != before]


def _height(node: str, boxes: Mapping[str, Box]) -> int:
    return boxes[node].height if node in boxes else ROW


def _tops(grid: Grid, boxes: Mapping[str, Box]) -> dict[str, int]:
    """Return where each node begins: near its neighbours, below the node above it."""
    tops: dict[str, int] = {}
    for column in grid.columns:
        y = 0
        for node, size in zip(column, _sizes(column, boxes), strict=True):
            tops[node] = y
            y += size
    links: dict[str, list[str]] = {node: [] for node in tops}
    for chain in grid.chains:
        for left, right in pairwise(chain.nodes):
            links[left].append(right)
            links[right].append(left)
    for _ in range(6):
        for column in grid.columns:
            _settle(column, tops, links, boxes)
    least = min(tops.values())
    return {node: (top - least) // ROW * ROW for node, top in tops.items()}


def _sizes(column: Sequence[str], boxes: Mapping[str, Box]) -> list[int]:
    """Return the heights of the nodes of a column, each with the space below it; lines need no space between them."""
    sizes = []
    for node, following in zip(column, [*column[1:], ""], strict=True):
        space = _GAP if node in boxes else ROW if following in boxes else 0
        sizes.append(_height(node, boxes) + space)
    return sizes


def _settle(column: list[str], tops: dict[str, int], links: Mapping[str, list[str]], boxes: Mapping[str, Box]) -> None:
    """Move the nodes of a column towards their neighbours. The mean of two placements without overlaps has no overlaps either."""
    middle = {node: tops[node] + _height(node, boxes) // 2 for node in tops}
    wanted = []
    for node in column:
        near = [middle[other] for other in links[node]] or [middle[node]]
        wanted.append(sum(near) // len(near) - _height(node, boxes) // 2)
    sizes = _sizes(column, boxes)
    down, up = list(wanted), list(wanted)
    for at in range(1, len(column)):
        down[at] = max(down[at], down[at - 1] + sizes[at - 1])
    for at in range(len(column) - 2, -1, -1):
        up[at] = min(up[at], up[at + 1] - sizes[at])
    last = None
    for node, size, low, high in zip(column, sizes, down, up, strict=True):
        top = (low + high) // 2 // ROW * ROW
        tops[node] = top if last is None else max(top, last)
        last = tops[node] + size


class _Channel:
    """The space to the right of a column, in which lines run up and down, each on a free track."""

    def __init__(self, x: int, number: int, grid: Grid, boxes: Mapping[str, Box], tops: Mapping[str, int]) -> None:
        self._boxes, self._tops, self._number, self._grid, self._x = boxes, tops, number, grid, x
        self._pieces = sorted(self._find(), key=lambda piece: (abs(piece[1] - piece[2]), piece[:3]))
        self._tracks: list[list[tuple[int, int]]] = []
        self._at = [self._track(first, second) for _, first, second, _ in self._pieces]
        self.end = x + 2 * _STUB + _TRACK * max(len(self._tracks), 1)

    def _find(self) -> list[tuple[int, int, int, Relationship | None]]:
        """Return chain, height at the left and at the right of each line here; loops of tables in the column have no chain."""
        column = set(self._grid.columns[self._number])
        found: list[tuple[int, int, int, Relationship | None]] = []
        for number, chain in enumerate(self._grid.chains):
            for left, right in pairwise(chain.nodes):
                if left in column:
                    found.append((number, self._side(left, chain, left=True), self._side(right, chain, left=False), None))
        for one in self._grid.loops:
            if one.child in column:
                found.append(
                    (-1, self._row(one.child, one.columns, _RIGHT[1]), self._row(one.parent, one.to_columns, _RIGHT[0]), one)
                )
        return found

    def _side(self, node: str, chain: Chain, *, left: bool) -> int:
        """Return the height at which the line of a chain touches a node on the left or right of this channel."""
        if node not in self._boxes:
            return self._tops[node] + _CROSSING[(self._number + (not left)) % 2]
        one = chain.relation
        offset = (_RIGHT if left else _LEFT)[one.optional and node == one.parent]
        return self._row(node, one.columns if node == one.child else one.to_columns, offset)

    def _row(self, node: str, columns: Sequence[str], offset: int) -> int:
        row = self._boxes[node].entity.row(columns[0] if columns else "")
        return self._tops[node] + ROW * (row + 1) + offset

    def _track(self, first: int, second: int) -> int:
        low, high = min(first, second), max(first, second)
        for number, used in enumerate(self._tracks):
            if all(high + 4 < start or end + 4 < low for start, end in used):
                used.append((low, high))
                return number
        self._tracks.append([(low, high)])
        return len(self._tracks) - 1

    def draw(self, corners: dict[int, list[tuple[int, int]]], picture: Picture) -> None:
        """Add the corners of each line in this channel, from left to right."""
        for (number, first, second, loop), track in zip(self._pieces, self._at, strict=True):
            x = self._x + _STUB + _TRACK * track + _TRACK // 2
            if loop is None:
                corners[number] += [(x, first), (x, second)] if first != second else [(x, first)]
                continue
            box = self._boxes[loop.child]
            edge = box.x + box.width
            picture.lines.append(Line(loop, [(edge, first), (x, first), (x, second), (edge, second)]))


def _pack(parts: Sequence[Picture], widest: int) -> Picture:
    """Put the pictures of the groups beside and below each other."""
    whole, x, y, shelf = Picture(), ROW, ROW, 0
    widest = max(widest, *(part.width for part in parts)) if parts else widest
    for part in parts:
        if x > ROW and x + part.width > widest:
            x, y, shelf = ROW, y + shelf + _GAP, 0
        for box in part.boxes:
            box.x, box.y = box.x + x, box.y + y
        for line in part.lines:
            line.points = [(px + x, py + y) for px, py in line.points]
        whole.boxes += part.boxes
        whole.lines += part.lines
        whole.width = max(whole.width, x + part.width + ROW)
        shelf = max(shelf, part.height)
        whole.height = max(whole.height, y + part.height + ROW)
        x += part.width + 2 * _STUB
    return whole
