"""The measured facts in a plan: those of tables in use, in words, and the same whenever they are measured."""

import pytest

from tests.unit.lint_cases import EVERYTHING, case
from whimbrel.dialects.gauge import StatementFacts, TableLock
from whimbrel.review.plans.measured import facts_of, facts_text

DROP = "DROP TABLE t"
FACTS = {
    "no lock, work or loss on a table that is in use": StatementFacts(bytes=7, pages=3, rows=2),
    "t takes neither reads nor writes (AccessExclusiveLock); writes anew t; reads every row of t": StatementFacts(
        locks=(EVERYTHING, EVERYTHING._replace(table="u", earlier=True)), rewritten=("t",), scanned=("t",)
    ),
    "t takes no writes (x\\n); builds the index i; algorithm instant, 3 more are left": StatementFacts(
        locks=(TableLock("t", "x\n", "writes"),), built=("i",), algorithm="instant", instant_left=3
    ),
    "changes values in t; leaves the index i invalid": StatementFacts(changed=("t",), invalid=("i",)),
    "t has 0 of 400 seeded rows; u gets rows": StatementFacts(counts={"u": (0, 1), "t": (400, 0)}),
    "refused [1]: no table ....t": StatementFacts(refused="1", message="no table whimbrel_0a1b2c3d_template.t"),
    "with seeded rows, it is refused [23505]; table u has no rows; copied: t to u": StatementFacts(
        notes=(
            "rows: 23505: by chance 8f3",
            "table u has no rows: by chance",
            "the locks on t were not watched",
            "copied: t to u",
        )
    ),
    "refused [1]: ": StatementFacts(refused="1", notes=("limits: 1: by chance",)),
}


@pytest.mark.parametrize(("told", "facts"), FACTS.items(), ids=list(FACTS))
def test_facts_are_told_in_words(told: str, facts: StatementFacts) -> None:
    assert facts_text(facts_of(case(DROP, facts=facts))) == f"measured on 1.0: {told}"


def test_a_table_that_the_run_made_has_no_facts() -> None:
    facts = StatementFacts(
        locks=(EVERYTHING,),
        rewritten=("t",),
        scanned=("t",),
        changed=("t",),
        built=("i",),
        counts={"t": (1, 0)},
        algorithm="copy",
    )
    assert facts_of(case(DROP, facts=facts, fresh=["t"])) == {"server": "1.0"}


def test_a_statement_that_did_not_run_says_why() -> None:
    assert facts_text({"server": "1.0", "unknown": ["statement 1 was refused"]}) == "not measured: statement 1 was refused"
