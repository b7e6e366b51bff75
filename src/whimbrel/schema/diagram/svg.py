"""A diagram as a self-contained SVG for light and dark pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.schema.diagram.entities import Entity, Relationship
from whimbrel.schema.diagram.layout import ROW, Box, Line, arrange
from whimbrel.schema.diagram.text import PADDING, SIZE, escaped, measure

__all__ = ["svg"]

# Text is centred in a row; its baseline is 4 pixels below the middle.
_BASE = ROW // 2 + 4
_STYLE = f"""
  svg {{ background: #ffffff; font: {SIZE}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace }}
  .box {{ fill: #ffffff; stroke: #57606a }}
  .head {{ fill: #dde3ea; stroke: #57606a }}
  .line {{ fill: none; stroke: #0550ae; stroke-width: 1.2; stroke-linejoin: round }}
  .mark {{ fill: #ffffff; stroke: #0550ae; stroke-width: 1.2 }}
  text {{ fill: #1f2328 }}
  .title {{ font-weight: bold }}
  .key {{ fill: #8250df }}
  .type {{ fill: #57606a }}
  @media (prefers-color-scheme: dark) {{
    svg {{ background: #0d1117 }}
    .box {{ fill: #161b22; stroke: #8b949e }}
    .head {{ fill: #30363d; stroke: #8b949e }}
    .line {{ stroke: #79c0ff }}
    .mark {{ fill: #0d1117; stroke: #79c0ff }}
    text {{ fill: #e6edf3 }}
    .key {{ fill: #d2a8ff }}
    .type {{ fill: #9da7b3 }}
  }}
"""


def svg(entities: Sequence[Entity], relations: Sequence[Relationship]) -> str:
    """Return a complete SVG, which ends with a newline."""
    picture = arrange(entities, relations)
    size = f'width="{picture.width}" height="{picture.height}" viewBox="0 0 {picture.width} {picture.height}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{_STYLE}</style>"]
    for line in sorted(picture.lines, key=lambda one: one.relation):
        parts += _line(line)
    for box in sorted(picture.boxes, key=lambda one: one.entity.name):
        parts += _box(box)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(box: Box) -> list[str]:
    parts = [
        f'<rect class="box" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"/>',
        f'<rect class="head" x="{box.x}" y="{box.y}" width="{box.width}" height="{ROW}"/>',
        _text("title", box.x + PADDING, box.y, box.entity.name),
    ]
    for number, one in enumerate(box.entity.attributes, start=1):
        y = box.y + ROW * number
        if one.keys:
            parts.append(_text("key", box.x + PADDING, y, " ".join(one.keys)))
        parts.append(_text("name", box.x + box.keys + PADDING, y, one.name))
        if one.type:
            parts.append(_text("type", box.x + box.keys + box.name + PADDING, y, one.type))
    return parts


def _text(kind: str, x: int, y: int, text: str) -> str:
    # Other letters come from a font of unknown width, so the reader's program scales them to their room.
    width = measure(text, bold=kind == "title") - 2 * PADDING
    room = "" if text.isascii() else f' textLength="{width}" lengthAdjust="spacingAndGlyphs"'
    return f'<text class="{kind}" x="{x}" y="{y + _BASE}"{room}>{escaped(text)}</text>'


def _line(line: Line) -> list[str]:
    """Draw a line with its two ends: a crow's foot or a bar at the child, a bar or a circle at the parent."""
    one, points = line.relation, line.points
    way = " ".join(f"{x},{y}" for x, y in points)
    child, parent = _direction(points[0], points[1]), _direction(points[-1], points[-2])
    title = f"{escaped(one.child)} ({escaped(', '.join(one.columns))}) → {escaped(one.parent)}"
    return [
        f'<polyline class="line" points="{way}"><title>{title}</title></polyline>',
        *_many_or_one(points[0], child, single=one.single),
        *_one_or_none(points[-1], parent, optional=one.optional),
    ]


def _direction(end: tuple[int, int], following: tuple[int, int]) -> int:
    return 1 if following[0] > end[0] else -1


def _many_or_one(end: tuple[int, int], away: int, *, single: bool) -> list[str]:
    x, y = end
    if single:
        return [_bar(x + 7 * away, y), _circle(x + 13 * away, y)]
    foot = f'<path class="line" d="M{x},{y - 5} L{x + 10 * away},{y} L{x},{y + 5}"/>'
    return [foot, _circle(x + 13 * away, y)]


def _one_or_none(end: tuple[int, int], away: int, *, optional: bool) -> list[str]:
    x, y = end
    return [_bar(x + 7 * away, y), _circle(x + 13 * away, y) if optional else _bar(x + 11 * away, y)]


def _bar(x: int, y: int) -> str:
    return f'<path class="line" d="M{x},{y - 4} V{y + 4}"/>'


def _circle(x: int, y: int) -> str:
    return f'<circle class="mark" cx="{x}" cy="{y}" r="3"/>'
