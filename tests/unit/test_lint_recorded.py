"""Recorded facts become cases: with the tables' own names, without facts where none are known. Pure, but for the table's file."""

from pathlib import Path

import pytest

from tests.lint.examples import DATABASES, load, reader
from tests.unit.make import migration, set_of
from whimbrel.dialects.gauge import Algorithm, StatementFacts, TableLock
from whimbrel.parsing.lexer_rules import find_rules
from whimbrel.parsing.splitter import split
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.combining import combine, common
from whimbrel.review.lint.facts_table import find_table
from whimbrel.review.lint.form import Form, FormPart
from whimbrel.review.lint.recorded import recorded

ORACLES = Path(__file__).parents[1] / "oracles"
MADE = 'CREATE TABLE "Goods" (id bigint PRIMARY KEY, sku varchar(20), at timestamp); CREATE TABLE shops (id bigint PRIMARY KEY);'


def cases_of(*files: str, name: str = "postgresql", judged: int = 1, each_alone: bool = False) -> list[Case]:
    """Return the cases of the last files."""
    made = [migration(str(number), text=text) for number, text in enumerate(files, 1)]
    chosen = {("chat", str(number)) for number in range(len(files) - judged + 1, len(files) + 1)}
    return recorded(name, None, [set_of(*made)], chosen, native=True, each_alone=each_alone)


def facts_of(*files: str, name: str = "postgresql") -> StatementFacts:
    facts = cases_of(*files, name=name)[-1].facts
    assert facts is not None
    return facts


def test_facts_have_the_names_of_the_statement() -> None:
    facts = facts_of(MADE, 'CREATE INDEX by_sku ON "Goods" (sku)')
    assert facts.built == ("by_sku",)
    assert ("Goods", "ShareLock", "writes") in {one[:3] for one in facts.locks}
    facts = facts_of(MADE, 'ALTER TABLE "Goods" ADD COLUMN shop bigint, ADD FOREIGN KEY (shop) REFERENCES shops (id)')
    assert {one.table for one in facts.locks if one.blocks != "schema changes"} == {"Goods", "shops"}


def test_a_case_says_which_version_was_recorded() -> None:
    (case,) = cases_of(MADE, "CREATE INDEX i ON shops (id)")
    assert (case.source, case.version.partition(".")[0], case.database) == ("recorded", "18", "postgresql")
    for version in (None, "14.2", "99.1"):
        table = find_table("postgresql", version)
        assert table is not None
        assert table.version == case.version
    assert find_table("oracle", None) is None


def test_a_statement_that_the_text_does_not_decide_says_so() -> None:
    (case,) = cases_of(MADE, 'ALTER TABLE "Goods" ALTER COLUMN at TYPE timestamptz')
    assert case.facts is not None
    assert case.facts.rewritten == ()
    assert [one.blocks for one in case.facts.locks if one.table == "Goods"] == ["everything"]
    assert "TimeZone" in case.undecided[0]


def test_a_statement_of_an_unknown_form_has_no_facts() -> None:
    for text in ("FROBNICATE THE TABLES", "ALTER TABLE shops SPARKLE", "CREATE", "DO $$ BEGIN DROP TABLE shops; END $$"):
        (case,) = cases_of(MADE, text)
        assert (case.source, case.facts) == ("text", None), text
        assert case.undecided, text


def test_tables_of_the_same_run_are_fresh() -> None:
    files = ("CREATE TABLE old (id int)", "CREATE TABLE a (id int)", "ALTER TABLE a RENAME TO b; CREATE INDEX i ON b (id)")
    assert [case.fresh for case in cases_of(*files, judged=2)] == [{"a"}, {"a", "b"}, {"b"}]
    assert [case.fresh for case in cases_of(*files, judged=2, each_alone=True)] == [{"a"}, set(), set()]


def test_locks_of_earlier_statements_stay_until_the_end_of_the_transaction() -> None:
    cases = cases_of(MADE, "ALTER TABLE shops ADD COLUMN a int; CREATE INDEX i ON shops (a)")
    assert [len(case.earlier) for case in cases] == [0, 1]
    facts = cases[1].facts
    assert facts is not None
    assert [one.mode for one in facts.locks if one.earlier] == ["AccessExclusiveLock"]
    apart = cases_of(MADE, "ALTER TABLE shops ADD COLUMN a int; CREATE INDEX CONCURRENTLY i ON shops (a)")
    assert [len(case.earlier) for case in apart] == [0, 0]


WRITES = TableLock("a", "ShareLock", "writes")
ALL = TableLock("a", "AccessExclusiveLock", "everything")


def test_the_strongest_facts_of_several_actions_win() -> None:
    found = combine([StatementFacts(locks=(WRITES,), built=("i",)), StatementFacts(locks=(ALL,), scanned=("a",))], ["", ""])
    assert (found.locks, found.built, found.scanned) == ((ALL,), ("i",), ("a",))
    refused = StatementFacts(refused="42601")
    assert combine([StatementFacts(locks=(ALL,)), refused], ["", ""]) == refused


@pytest.mark.parametrize(
    ("parts", "joined", "asked", "expected"),
    [
        (["instant", "instant"], ["rebuild", ""], "", "instant"),
        (["instant", "in place"], ["rebuild", ""], "", "rebuild"),
        (["instant", "copy"], ["rebuild", ""], "", "copy"),
        (["instant"], ["rebuild"], "inplace", "rebuild"),
        (["instant"], ["rebuild"], "instant", "instant"),
        (["in place"], [""], "instant", "refused"),
        (["copy"], [""], "inplace", "refused"),
    ],
)
def test_actions_of_mysql_share_one_algorithm(parts: list[Algorithm], joined: list[str], asked: str, expected: str) -> None:
    found = combine([StatementFacts(algorithm=one) for one in parts], joined, asked)
    assert ("refused" if found.refused else found.algorithm) == expected


def test_alternatives_have_only_common_facts() -> None:
    found = common([StatementFacts(locks=(ALL,), rewritten=("a",)), StatementFacts(locks=(WRITES,))])
    assert (found.locks, found.rewritten) == ((WRITES,), ())
    assert common([StatementFacts(refused="1"), StatementFacts(locks=(ALL,))]).refused == ""


def test_a_form_without_a_row_is_undecided() -> None:
    table = find_table("postgresql", None)
    assert table is not None
    found = table.find(Form((FormPart("never seen", {}),)))
    assert found.facts is None
    assert "never seen" in found.undecided[0]


@pytest.mark.parametrize("family", DATABASES)
def test_every_beginning_of_every_statement_is_read(family: str) -> None:
    """No text may break the reader: whole statements of the oracles, and examples that end anywhere."""
    made, rules = reader(family), find_rules(family)
    name = "mysql" if family == "mariadb" else family
    for one in split((ORACLES / f"test_dumps_{name}.sql").read_text(encoding="utf-8"), name):
        made.read(one.text, rules)
    for number, example in enumerate(load(family).examples):
        text = example.statement.text
        for end in range(number % 23, len(text), 23):
            made.read(text[:end], rules)
