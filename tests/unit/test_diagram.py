"""A picture of a schema: no box on another, no line through a box, no text on text; the same each time."""

import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from tests.unit.pictures import picture_schema
from whimbrel.errors import ConfigurationError
from whimbrel.schema.diagram.entities import Relationship, read_entities
from whimbrel.schema.diagram.layout import Line, Picture, arrange
from whimbrel.schema.diagram.mermaid import mermaid
from whimbrel.schema.diagram.svg import svg
from whimbrel.schema.diagram.text import cut, measure
from whimbrel.schema.model import Column, ForeignKey, Index, IndexPart, Key, Schema, Table, Type

SIZES = [(count, seed) for count in (1, 5, 30, 100) for seed in range(3)]


class Area(NamedTuple):
    """A part of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Area") -> bool:
        """Whether the two areas overlap by more than an edge."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def picture(count: int, seed: int) -> Picture:
    return arrange(*read_entities(picture_schema(count, seed)))


def boxes(drawn: Picture) -> list[Area]:
    return [Area(one.x, one.y, one.x + one.width, one.y + one.height) for one in drawn.boxes]


def segments(line: Line) -> list[Area]:
    return [Area(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pairwise(line.points)]


@pytest.mark.parametrize(("count", "seed"), SIZES)
def test_no_box_lies_on_another(count: int, seed: int) -> None:
    drawn = picture(count, seed)
    assert len(drawn.boxes) == count
    assert not [pair for pair in combinations(boxes(drawn), 2) if pair[0].meets(pair[1])]
    assert all(one.right <= drawn.width and one.bottom <= drawn.height and min(one.left, one.top) >= 0 for one in boxes(drawn))


@pytest.mark.parametrize(("count", "seed"), SIZES)
def test_no_line_runs_through_a_box(count: int, seed: int) -> None:
    drawn = picture(count, seed)
    assert len(drawn.lines) == len(read_entities(picture_schema(count, seed))[1])
    for line in drawn.lines:
        for one in segments(line):
            assert one.left == one.right or one.top == one.bottom
            # A line without width is widened to a thread, which may touch an edge.
            thread = Area(one.left - 0.1, one.top - 0.1, one.right + 0.1, one.bottom + 0.1)
            inside = [box for box in boxes(drawn) if thread.meets(Area(box.left + 0.2, box.top, box.right - 0.2, box.bottom))]
            assert inside == [], line.relation
            assert one.left >= 0 and one.right <= drawn.width and one.top >= 0 and one.bottom <= drawn.height


@pytest.mark.parametrize(("count", "seed"), SIZES)
def test_lines_begin_and_end_at_the_rows_of_their_columns(count: int, seed: int) -> None:
    drawn = picture(count, seed)
    by_name = {one.entity.name: one for one in drawn.boxes}
    for line in drawn.lines:
        ends = ((line.relation.child, line.relation.columns, 0), (line.relation.parent, line.relation.to_columns, -1))
        for name, columns, end in ends:
            box, (x, y) = by_name[name], line.points[end]
            top = box.y + 20 * (1 + box.entity.row(columns[0]))
            assert x in (box.x, box.x + box.width)
            assert top < y < top + 20


@pytest.mark.parametrize(("count", "seed"), SIZES)
def test_two_lines_share_a_way_only_at_a_column_that_both_end_at(count: int, seed: int) -> None:
    drawn = picture(count, seed)
    for one, other in combinations(drawn.lines, 2):
        ends = {one.points[0], one.points[-1]} & {other.points[0], other.points[-1]}
        levels = {y for _, y in ends}
        for first in segments(one):
            for second in segments(other):
                level = first.top == first.bottom == second.top == second.bottom
                if level and first.left < second.right and second.left < first.right:
                    assert first.top in levels, (one.relation, other.relation)
                upright = first.left == first.right == second.left == second.right
                assert not (upright and first.top < second.bottom and second.top < first.bottom), (one.relation, other.relation)


@pytest.mark.parametrize(("count", "seed"), SIZES)
def test_no_text_lies_on_another_and_none_leaves_its_box(count: int, seed: int) -> None:
    schema = picture_schema(count, seed)
    root = ElementTree.fromstring(svg(*read_entities(schema)))
    name = "{http://www.w3.org/2000/svg}"
    texts = [_text_area(one) for one in root.iter(f"{name}text")]
    own = [
        Area(float(one.attrib["x"]), float(one.attrib["y"]), 0, 0)
        for one in root.iter(f"{name}rect")
        if one.attrib["class"] == "box"
    ]
    sizes = [
        (float(one.attrib["width"]), float(one.attrib["height"]))
        for one in root.iter(f"{name}rect")
        if one.attrib["class"] == "box"
    ]
    areas = [Area(box.left, box.top, box.left + wide, box.top + high) for box, (wide, high) in zip(own, sizes, strict=True)]
    assert not [pair for pair in combinations(texts, 2) if pair[0].meets(pair[1])]
    for text in texts:
        assert any(a.left <= text.left and text.right <= a.right and a.top <= text.top and text.bottom <= a.bottom for a in areas)


def _text_area(one: ElementTree.Element) -> Area:
    x, y, bold = float(one.attrib["x"]), float(one.attrib["y"]), one.attrib["class"] == "title"
    text = one.text or ""
    # Letters reach 12 pixels above their line and 4 below it; `measure` adds 8 pixels at each side.
    wide = measure(text, bold=bold) - 16
    # A browser takes other letters from a font of any width, and scales the text to this length. A cut ends in an ellipsis.
    assert text.removesuffix("…").isascii() or one.attrib["textLength"] == str(wide)
    return Area(x, y - 12, x + wide, y + 4)


def test_another_process_draws_the_same() -> None:
    drawn = svg(*read_entities(picture_schema(30)))
    code = (
        "from tests.unit.pictures import picture_schema; from whimbrel.schema.diagram.entities import read_entities; "
        "from whimbrel.schema.diagram.svg import svg; print(svg(*read_entities(picture_schema(30))), end='')"
    )
    for seed in ("0", "7"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": "."}
        found = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=Path(__file__).parents[2], capture_output=True, check=True
        )
        assert found.stdout.decode() == drawn


def column(name: str, *, nullable: bool = False) -> Column:
    return Column(name=name, type=Type(family="other", native="INT"), nullable=nullable)


def test_a_relation_says_how_many_rows_are_at_its_ends() -> None:
    parent = Table(name="p", columns=(column("id"),), primary_key=Key(name="", columns=("id",), primary=True))
    columns = (column("a"), column("b", nullable=True), column("c"), column("d"))
    keys = tuple(ForeignKey(name="", columns=(one,), table="p", to_columns=("id",)) for one in "abcd")
    partial = Index(name="i", parts=(IndexPart(column="d"),), unique=True, predicate="a > 0")
    whole = Index(name="j", parts=(IndexPart(column="c"),), unique=True)
    unique = Key(name="", columns=("b",))
    child = Table(name="x", columns=columns, foreign_keys=keys, uniques=(unique,), indexes=(partial, whole))
    entities, relations = read_entities(Schema(database="sqlite", name="main", tables=(parent, child)))
    assert [(one.columns[0], one.optional, one.single) for one in relations] == [
        ("a", False, False),
        ("b", True, True),
        ("c", False, True),
        ("d", False, False),
    ]
    assert mermaid(entities, relations).splitlines()[-4:] == [
        '    "p" ||--o{ "x" : "a"',
        '    "p" |o--o| "x" : "b"',
        '    "p" ||--o| "x" : "c"',
        '    "p" ||--o{ "x" : "d"',
    ]
    assert [one.keys for one in entities[1].attributes] == [("FK",), ("FK", "UK"), ("FK", "UK"), ("FK",)]


def test_named_tables_come_with_their_neighbours() -> None:
    def table(name: str, *parents: str) -> Table:
        keys = tuple(ForeignKey(name="", columns=("id",), table=one, to_columns=("id",)) for one in parents)
        return Table(name=name, columns=(column("id"),), foreign_keys=keys)

    schema = Schema(
        database="sqlite", name="main", tables=(table("a"), table("b", "a"), table("c", "b"), table("d", "c"), table("e"))
    )
    entities, relations = read_entities(schema, ["b"])
    assert [one.name for one in entities] == ["a", "b", "c"]
    assert [(one.child, one.parent) for one in relations] == [("b", "a"), ("c", "b")]
    with pytest.raises(ConfigurationError, match="there is no table x, y in the schema main"):
        read_entities(schema, ["y", "a", "x"])


def test_a_table_that_refers_to_itself_has_a_line_beside_it() -> None:
    key = ForeignKey(name="", columns=("boss",), table="t", to_columns=("id",))
    table = Table(name="t", columns=(column("id"), column("boss", nullable=True)), foreign_keys=(key,))
    (line,) = arrange(*read_entities(Schema(database="sqlite", name="main", tables=(table,)))).lines
    assert line.relation == Relationship("t", "t", ("boss",), ("id",), optional=True, single=False)
    assert line.points[0][0] == line.points[-1][0] < line.points[1][0]


def test_mermaid_text_has_one_line_from_a_table_to_itself() -> None:
    keys = tuple(ForeignKey(name="", columns=(one,), table="t", to_columns=("id",)) for one in ("above", "before"))
    columns = (column("id"), column("above", nullable=True), column("before"))
    table = Table(name="t", columns=columns, foreign_keys=keys, uniques=(Key(name="", columns=("before",)),))
    last = mermaid(*read_entities(Schema(database="sqlite", name="main", tables=(table,)))).splitlines()[-1]
    assert last == '    "t" |o--o{ "t" : "above; before"'


def test_names_that_mermaid_cannot_read_are_replaced_and_shown() -> None:
    odd = Column(name='the "big" size', type=Type(family="other", native="double precision(3, 2)"), nullable=True)
    first = Table(name='say "hi" 100%', columns=(odd, column("2nd"), column("größe"), column("Pk")))
    text = mermaid(*read_entities(Schema(database="sqlite", name="main", tables=(first,))))
    assert text == (
        "erDiagram\n    \"say 'hi' 100_\" {\n"
        "        double_precision(3__2) the__big__size \"the 'big' size\"\n"
        '        INT _2nd "2nd"\n        INT größe\n        INT _Pk "Pk"\n    }\n'
    )


def test_a_long_text_is_cut_and_an_odd_one_escaped() -> None:
    assert cut("x" * 100) == "x" * 39 + "…"
    table = Table(name="<a> & \x1b", columns=(column("b"),))
    drawn = svg(*read_entities(Schema(database="sqlite", name="main", tables=(table,))))
    assert "&lt;a&gt; &amp; \N{REPLACEMENT CHARACTER}" in drawn
    assert ElementTree.fromstring(drawn).tag.endswith("svg")


def test_no_table_is_an_empty_picture() -> None:
    schema = Schema(database="sqlite", name="main")
    assert mermaid(*read_entities(schema)) == "erDiagram\n"
    assert ElementTree.fromstring(svg(*read_entities(schema))).tag.endswith("svg")
