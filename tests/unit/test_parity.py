"""The pure rules of parity: facts that compare, notes, conditions, and acceptances."""

from pathlib import Path

import pytest

from tests.review.snippets import DOCUMENT, SNIPPETS, shown
from whimbrel import DatabaseUnreachable, parity
from whimbrel.dialects.registry import find_dialect
from whimbrel.review.conditions import join_conditions, read_condition, trials
from whimbrel.review.findings import Acceptance, Finding, accept, compare_facts, merge
from whimbrel.schema.model import (
    Check,
    Collation,
    Column,
    Default,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Schema,
    Table,
    Type,
)
from whimbrel.url import parse_url

INT = Type(family="integer", native="int", bits=32)
TEXT = Type(family="text", native="varchar(20)", length=20)
UNLIMITED = Type(family="text", native="text")
LOOSE = Type(family="text", native="TEXT", enforced=False)
BIG_TEXT = Type(family="text", native="text", length=65_535)
STAMP = Type(family="timestamp", native="timestamp")
STAMP_0 = Type(family="timestamp", native="timestamp", fraction=0)
STAMP_3 = Type(family="timestamp", native="timestamp(3)", fraction=3)
STAMP_6 = Type(family="timestamp", native="timestamp(6)", fraction=6)
BOOL = Type(family="boolean", native="boolean")
TINY = Type(family="integer", native="tinyint(1)", bits=8)
FOLDED = Collation(name="utf8mb4_0900_ai_ci", case_sensitive=False, accent_sensitive=False)


def column(
    kind: Type = INT, *, nullable: bool = False, default: Default | None = None, collation: Collation | None = None
) -> Column:
    return Column(name="c", type=kind, nullable=nullable, default=default, collation=collation)


def literal(value: str) -> Default:
    return Default(kind="literal", native=value, value=value)


def findings(
    one: Table | Column, other: Table | Column, *, on: str = "mysql", folded: bool = True
) -> list[tuple[str, str, bool]]:
    """Compare on PostgreSQL and another database; return the objects, the facts, and whether they are notes."""
    tables = [table if isinstance(table, Table) else Table(name="t", columns=(table,)) for table in (one, other)]
    schemas = [
        Schema(database="postgresql", name="public", tables=(tables[0],)),
        Schema(database=on, name="d", tables=(tables[1],), collation=FOLDED if folded else None),
    ]
    return [(found.object, found.fact, found.note) for found in compare_facts(schemas)]


@pytest.mark.parametrize(
    ("one", "other", "on", "expected"),
    [
        (column(), column(), "mysql", []),
        (column(), column(nullable=True), "mysql", [("nullable", False)]),
        (column(BOOL), column(TINY), "mysql", []),
        (column(BOOL, default=literal("true")), column(TINY, default=literal("1")), "mysql", []),
        (column(BOOL, default=literal("true")), column(TINY, default=literal("0")), "mysql", [("default", False)]),
        (column(default=literal("1")), column(default=literal("1.0")), "mysql", []),
        (column(default=Default(kind="null", native="NULL")), column(), "mysql", []),
        (column(), column(Type(family="integer", native="bigint", bits=64)), "mysql", [("width", False)]),
        (column(STAMP), column(STAMP_0), "mysql", [("fraction", True)]),
        (column(STAMP_6), column(STAMP_0), "mysql", [("fraction", False)]),
        (column(STAMP), column(STAMP_6), "mysql", []),
        (column(STAMP_6), column(STAMP_3), "mysql", [("fraction", False)]),
        (column(STAMP_6), column(Type(family="timestamp", native="TIMESTAMP", enforced=False)), "sqlite", []),
        (column(UNLIMITED), column(BIG_TEXT), "mysql", [("length", True), ("comparison", True)]),
        (column(UNLIMITED), column(LOOSE), "sqlite", [("comparison", True)]),
        (column(TEXT), column(UNLIMITED), "sqlite", [("length", False), ("comparison", True)]),
    ],
)
def test_the_facts_of_two_columns(one: Column, other: Column, on: str, expected: list[tuple[str, bool]]) -> None:
    assert [(fact, note) for _, fact, note in findings(one, other, on=on)] == expected


def test_a_collation_that_the_set_declares_is_a_difference() -> None:
    binary = Collation(name="utf8mb4_bin")
    folded = Collation(name="folded", case_sensitive=False)
    assert findings(column(TEXT), column(TEXT, collation=binary)) == []
    assert findings(column(TEXT, collation=folded), column(TEXT, collation=binary)) == [("column t.c", "comparison", False)]
    assert findings(column(TEXT, collation=folded), column(TEXT)) == [("column t.c", "comparison", False)]


def test_a_unique_index_is_as_good_as_a_key() -> None:
    key = Table(name="t", columns=(column(),), uniques=(Key(name="u", columns=("c",)),))
    index = Table(name="t", columns=(column(),), indexes=(Index(name="i", parts=(IndexPart(column="c"),), unique=True),))
    assert findings(key, index) == []


def test_the_index_that_mysql_makes_for_a_foreign_key_is_no_difference() -> None:
    foreign = (ForeignKey(name="f", columns=("c",), table="p", to_columns=("id",)),)
    with_index = Table(
        name="t", columns=(column(),), foreign_keys=foreign, indexes=(Index(name="f", parts=(IndexPart(column="c"),)),)
    )
    assert findings(Table(name="t", columns=(column(),), foreign_keys=foreign), with_index) == []


def test_a_check_that_a_database_ignores_counts_as_none() -> None:
    tables = [
        Table(name="t", columns=(column(),), checks=(Check(name="k", expression="c > 0", enforced=enforced),))
        for enforced in (True, False)
    ]
    assert findings(*tables) == [("table t", "checks", False)]


RULES = find_dialect(parse_url("sqlite://")).lexer_rules(portable=True, database="sqlite")
ROLES = Table(name="t", columns=(Column(name="role", type=TEXT, nullable=False), Column(name="n", type=INT, nullable=True)))


def test_a_condition_has_its_columns_literals_and_numbers() -> None:
    one = read_condition("k", "\"role\" IN ('a', 'it''s') AND n >= 3.5 AND n <> -12", ROLES, RULES)
    assert (one.columns, one.texts, [str(number) for number in one.numbers]) == (("role", "n"), ("a", "it's"), ["3.5", "-12"])


def test_trials_are_the_literals_their_neighbours_and_their_other_spellings() -> None:
    tried = trials(read_condition("k", "role IN ('on')", ROLES, RULES), ROLES, {"role": "x"})
    assert [(one.values["role"], one.respelled) for one in tried] == [
        ("x", False), ("on", False), ("é?", False), ("", False), ("ON", True), ("on ", True),
    ]  # fmt: skip
    tried = trials(read_condition("k", "n > 3", ROLES, RULES), ROLES, {"n": 1})
    assert [one.values["n"] for one in tried] == [1, 2, 3, 4, None]


def test_the_same_condition_under_two_names_is_one() -> None:
    found = [read_condition(name, "n > 3", ROLES, RULES) for name in ("ck", "t_chk_1")]
    assert [one.names for one in join_conditions(found)] == [frozenset({"ck", "t_chk_1"})]


def finding(name: str, *, note: bool = False) -> Finding:
    return Finding(code="P02", object=name, fact="default", values={"sqlite": "1"}, note=note)


def test_a_reason_accepts_a_difference_by_its_name_and_is_told_when_unneeded() -> None:
    given = [Acceptance(name="column t.c: default", reason="wanted"), Acceptance(name="column t.d: default", reason="old")]
    judged, unneeded = accept([finding("column t.c"), finding("column t.e")], given)
    assert ([one.reason for one in judged], unneeded) == (["wanted", ""], [given[1]])


def test_of_several_findings_of_one_name_the_difference_stays() -> None:
    assert merge([finding("b", note=True), finding("b"), finding("a")]) == [finding("a"), finding("b")]


@pytest.mark.asyncio
async def test_a_server_that_cannot_be_reached_is_told_as_that() -> None:
    folder = str(Path(__file__).parents[2] / "sql" / "auth")
    with pytest.raises(DatabaseUnreachable):
        await parity(folder, on=["mysql://root@127.0.0.1:1/mysql"], databases=["sqlite", "mysql"])


def test_the_page_of_everyday_statements_has_each_of_them() -> None:
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]
    assert [line.partition("` |")[0].removeprefix("| `") for line in lines] == [
        shown(text).replace("\n", " ") for text in SNIPPETS
    ]
    assert len(lines) >= 97
