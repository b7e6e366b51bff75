"""Findings by the levels of the project and the allowances in the files."""

from dataclasses import replace
from datetime import date

import pytest

from tests.unit.lint_cases import cases
from whimbrel.dialects.gauge import StatementFacts
from whimbrel.errors import ValidationFailed
from whimbrel.migrations.allowance import Allowance, read_allowance
from whimbrel.migrations.large_file import Unreadable
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.judging import judge, judge_all
from whimbrel.review.lint.rule import Level

_TODAY = date(2026, 11, 30)
_ALLOW = "-- whimbrel: allow=D01 because nobody uses it\n"


def judged(text: str, levels: dict[str, Level] | None = None, source: str = "measured") -> tuple[list[str], list[str]]:
    """Return code and reason of the findings that concern lost data, and the notes."""
    found: list[Case] = [replace(one, source=source) for one in cases(text)]  # type: ignore[arg-type]
    verdict = judge_all(found, {"C01": "off", **(levels or {})}, _TODAY)
    return [f"{one.statement} {one.code} {one.reason}".strip() for one in verdict.findings], [
        one.message for one in verdict.notes
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DROP TABLE a;\nDROP TABLE b;", ["1 D01", "2 D01"]),
        (f"{_ALLOW}DROP TABLE a;\nDROP TABLE b;", ["1 D01 nobody uses it", "2 D01 nobody uses it"]),
        (f"DROP TABLE a;\n{_ALLOW}DROP TABLE b;\nDROP TABLE c;", ["1 D01", "2 D01 nobody uses it", "3 D01"]),
        (f"SELECT 1;\n{_ALLOW}-- more\n\nDROP TABLE b;", ["2 D01 nobody uses it"]),
        ("-- whimbrel: allow=D01,D02 until=2026-11 because so\nDROP TABLE a;\nDELETE FROM b;", ["1 D01 so", "2 D02 so", "2 L09"]),
        ("-- whimbrel: allow=D01 until=2026-11-29 because so\nDROP TABLE a;", ["1 D01"]),
        ("DROP TABLE a; -- whimbrel: allow=D01 because late\nSELECT 1;", ["1 D01"]),
        ("DROP TABLE a;\nSELECT '\n-- whimbrel: allow=D01 because no\n'; DROP TABLE b;", ["1 D01", "3 D01"]),
        ("-- whimbrel: transaction=off\n-- WHIMBREL: ALLOW=d01 BECAUSE so\nDROP TABLE a;", ["1 D01 so"]),
    ],
)
def test_an_allowance_concerns_the_file_or_the_next_statement(text: str, expected: list[str]) -> None:
    assert judged(text)[0] == expected


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("-- whimbrel: allow=D02 because so\nDROP TABLE a;", "allow=D02 allows nothing, since D02 finds nothing here; remove it"),
        ("-- whimbrel: allow=X99 because so\nDROP TABLE a;", "allow=X99: there is no rule X99; correct the code"),
        (
            "-- whimbrel: allow=D01 until=2026-10 because so\nDROP TABLE a;",
            "allow=D01 ended on 2026-10-31; mend the statement or set a new date",
        ),
        (f"SELECT 1;\n{_ALLOW}", "allow=D01 allows nothing, since D01 finds nothing here; remove it"),
    ],
)
def test_an_allowance_that_allows_nothing_is_reported(text: str, note: str) -> None:
    assert judged(text)[1] == [note]


def test_without_facts_an_allowance_may_still_be_needed() -> None:
    assert judged("-- whimbrel: allow=L03 because so\nDROP TABLE a;", source="text")[1] == []


def test_the_project_sets_levels() -> None:
    assert judged("DROP TABLE a;", {"D01": "off"})[0] == []
    (finding,) = judge(cases("DROP TABLE a;"), {"D01": "note", "C01": "off"})
    assert finding.level == "note"
    assert (str(finding.place), finding.kind, finding.place.source) == ("sql/chat/V1__a.sql:1:12", "DROP TABLE", "DROP TABLE a;")


def test_an_open_question_is_a_note() -> None:
    (one,) = cases("SELECT 1;")
    verdict = judge_all([replace(one, undecided=("the type before is unknown",))], {}, _TODAY)
    assert [(str(note.place), note.message) for note in verdict.notes] == [
        ("sql/chat/V1__a.sql:1:1", "the type before is unknown")
    ]


def test_statements_behind_a_refused_one_are_not_judged() -> None:
    first, second = cases("CREATE TABLE n (a UNKNOWN);\nDROP TABLE n;")
    stopped = replace(first, source="measured", facts=StatementFacts(refused="42704", message="no type"))
    assert [one.code for one in judge([stopped, second], {})] == ["P01"]
    assert [one.code for one in judge([first, second], {"C01": "off"})] == ["D01"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("allow=L03 because a", Allowance(("L03",), "a")),
        ("allow=L03, L05 until=2028-02 because it is so", Allowance(("L03", "L05"), "it is so", date(2028, 2, 29))),
        ("allow=L03 until=2027-01-15 because a", Allowance(("L03",), "a", date(2027, 1, 15))),
    ],
)
def test_a_well_written_allowance(settings: str, expected: Allowance) -> None:
    assert read_allowance(settings, 1) == expected


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("allow=L03", "since the reason is missing; write"),
        ("allow=L03 because", "since it cannot be read; write"),
        ("allow=L03 until=2027-13 because a", "until=2027-13 is not a date; write"),
        ("allow=L03 until=soon because a", "until=soon is not a date; write"),
        ("allow= because a", "since it cannot be read; write"),
        ("allow L03 because a", "since it cannot be read; write"),
        ("allow=L03 because a until", ""),
    ],
)
def test_a_malformed_allowance_is_refused_wherever_it_stands(line: str, told: str) -> None:
    if not told:
        cases(f"SELECT 1;\n-- whimbrel: {line}\nSELECT 2;")
        return
    with pytest.raises(Unreadable, match=told):
        cases(f"-- whimbrel: {line}\nSELECT 1;")
    with pytest.raises(ValidationFailed, match=f":2: .*{told}"):
        cases(f"SELECT 1;\n-- whimbrel: {line}\nSELECT 2;")


def test_a_directive_in_the_wrong_place_is_still_refused() -> None:
    with pytest.raises(ValidationFailed, match="must stand before the first statement"):
        cases(f"SELECT 1;\n{_ALLOW}-- whimbrel: transaction=off\nSELECT 2;")


def test_a_wait_without_a_limit_is_reported_once_a_file() -> None:
    changes = cases("ALTER TABLE t ADD COLUMN a INTEGER;\nALTER TABLE u ADD COLUMN a INTEGER;", "mysql")
    apart = [replace(one, earlier=(), facts=StatementFacts(), source="measured") for one in changes]
    assert [one.statement for one in judge(apart, {}) if one.code == "L05"] == [1]
