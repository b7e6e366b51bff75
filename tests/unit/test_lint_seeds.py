"""The values of seeded rows fit their types, differ from each other, and lie in their partitions."""

import pytest

from whimbrel.review.lint.places import PlacedTable, add_row_facts, as_text
from whimbrel.review.lint.seed_rows import RowMaker, parent_name, takes_rows
from whimbrel.review.lint.values import edge_value, plain_value
from whimbrel.schema.column import Column, Type
from whimbrel.schema.model import ForeignKey, Key, Table

KINDS = {
    "text": (Type(family="text", native="text"), "1", "400", "z" * 300),
    "varchar": (Type(family="text", native="varchar(5)", length=5), "1", "400", "zzzzz"),
    "char": (Type(family="text", native="char(2)", length=2), "1", "b3", "zz"),
    "smallint": (Type(family="integer", native="smallint", bits=16), "1", "400", "32767"),
    "tinyint": (Type(family="integer", native="tinyint", bits=8), "1", "19", "127"),
    "decimal": (Type(family="decimal", native="numeric(4,2)", precision=4, scale=2), "1", "4.00", "99.99"),
    "boolean": (Type(family="boolean", native="boolean"), "1", "0", None),
    "enum": (Type(family="enum", native="mood", values=("a", "b", "c")), "a", "a", None),
    "uuid": (
        Type(family="uuid", native="uuid"),
        f"{'0' * 8}-0000-0000-0000-{1:012x}",
        f"{'0' * 8}-0000-0000-0000-{400:012x}",
        None,
    ),
    "bits": (Type(family="bits", native="bit(3)", length=3), "000", "111", None),
    "inet": (Type(family="network", native="inet"), "10.0.0.0", "10.0.1.143", None),
    "unknown": (Type(family="other", native="thing"), None, None, None),
}


@pytest.mark.parametrize("name", KINDS)
def test_values_fit_their_type(name: str) -> None:
    kind, first, last, edge = KINDS[name]
    assert (plain_value(kind, 0), plain_value(kind, 399), edge_value(kind)) == (first, last, edge)


def column(name: str, *, nullable: bool = True) -> Column:
    return Column(name=name, type=Type(family="text", native="text"), nullable=nullable)


def placed(table: Table) -> PlacedTable:
    return PlacedTable(table.name, f'"{table.name}"', table)


def quoted(_: str, text: str) -> str:
    return f"'{text}'"


def test_a_row_refers_to_rows_that_are_there() -> None:
    key = ForeignKey(name="k", columns=("p",), table="parents", to_columns=("id",))
    table = Table(
        name="children", columns=(column("id"), column("p")), primary_key=Key(name="", columns=("id",)), foreign_keys=(key,)
    )
    with_rows = RowMaker(placed(table), None, {"parents": [{"id": 7}, {"id": 8}]}, quoted)
    assert [with_rows.row(number)["p"] for number in range(3)] == ["'7'", "'8'", "'7'"]
    assert RowMaker(placed(table), None, {}, quoted).row(0)["p"] == "NULL"
    assert with_rows.nulls(5) == {"id": "'6'", "p": "NULL"}


def test_a_row_lies_within_the_bounds_of_its_partition() -> None:
    parent = Table(name="logs", columns=(column("day"), column("kind")), partitioning="RANGE (day)")
    part = Table(name="logs_1", columns=parent.columns, partition_of="logs FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')")
    hashed = Table(name="h_0", columns=parent.columns, partition_of='"H" FOR VALUES WITH (modulus 2, remainder 0)')
    assert (parent_name(part), parent_name(hashed)) == ("logs", "H")
    assert RowMaker(placed(part), parent, {}, quoted).row(3)["day"] == "'2026-01-01'"
    assert (takes_rows(part, {"logs"}), takes_rows(parent, {"logs"}), takes_rows(hashed, {"H"})) == (True, False, False)


def test_equal_values_of_other_types_have_one_text() -> None:
    from datetime import UTC, datetime
    from decimal import Decimal

    assert as_text(5) == as_text(5.0) == as_text(Decimal("5.00")) == "5"
    assert as_text(datetime(2020, 1, 1, 12, tzinfo=UTC)) == as_text(datetime(2020, 1, 1, 12))
    assert as_text(True) == "1"


def test_rows_that_are_gone_new_or_other_ones_are_told_apart() -> None:
    from whimbrel.dialects.gauge import StatementFacts

    old = [{"id": 1, "n": 5}, {"id": 2, "n": 6}]
    facts = StatementFacts()
    assert add_row_facts(facts, {"t": old}, {"t": [{"id": 1, "n": 5, "new": 0}, {"id": 2, "n": 6, "new": 0}]}) == facts
    fewer = add_row_facts(facts, {"t": old}, {"t": old[:1]})
    assert (fewer.counts, fewer.changed) == ({"t": (2, 1)}, ())
    other = add_row_facts(facts, {"t": old}, {"t": [{"id": 1, "n": 5}, {"id": 2, "n": 7}]})
    assert (other.counts, other.changed) == (None, ("t",))
    assert add_row_facts(facts, {"t": old}, {"u": list(old)}) == facts
    dropped = add_row_facts(facts, {"t": old, "u": list(old)}, {"u": list(old)})
    assert (dropped.counts, dropped.notes, dropped.gone) == ({"t": (2, 0)}, ("copied: t to u",), ("t",))
    narrower = add_row_facts(facts, {"t": old}, {"t": [{"id": 1, "m": 0}, {"id": 2, "m": 0}]})
    assert narrower.gone_columns == ("t.n",)
    assert add_row_facts(facts, {"t": old}, {"t": [{"id": 1, "m": 5}, {"id": 2, "m": 6}]}).gone_columns == ()


def test_a_table_is_overwritten_if_most_rows_lose_a_value() -> None:
    from whimbrel.dialects.gauge import StatementFacts

    old = [{"id": number, "n": 5, "empty": None} for number in range(8)]
    for count, expected in ((2, ()), (8, ("t",))):
        new = [{**row, "n": 6} for row in old[:count]] + old[count:]
        assert add_row_facts(StatementFacts(), {"t": old}, {"t": new}).overwritten == expected
    filled = add_row_facts(StatementFacts(), {"t": old}, {"t": [{**row, "empty": "x"} for row in old]})
    assert (filled.changed, filled.overwritten) == (("t",), ())
