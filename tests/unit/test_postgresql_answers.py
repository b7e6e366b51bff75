"""The answers to several queries in the output of one COPY."""

import json

import pytest

from tests.unit.plans import file
from whimbrel.dialects.postgresql.answers import numbered, read_lines, sort_out
from whimbrel.migrations.migration import AppliedMigration
from whimbrel.session.rows import with_times


@pytest.mark.parametrize(
    "value",
    ["plain", "back\\slash", "two\\\\", "\\n", "line\nline", "tab\t", 'quote "', "\\.", "漢字 😀", "\\N", None, True, 7],
)
def test_every_value_comes_as_it_was_sent(value: object) -> None:
    # As the server writes it: in JSON, then every backslash doubled.
    sent = json.dumps([1, {"value": value}], ensure_ascii=False).replace("\\", "\\\\").encode() + b"\n"
    cut = len(sent) // 2
    assert sort_out(read_lines([sent[:cut], sent[cut:]]), 3) == [[], [{"value": value}], []]


def test_the_output_of_no_row_is_empty() -> None:
    assert sort_out(read_lines([]), 2) == [[], []]


def test_each_row_has_the_number_of_its_query() -> None:
    first, second = numbered(["SELECT 1 AS one", "SELECT 2 AS two"]).split("\nUNION ALL\n")
    assert "(0, " in first and "SELECT 1 AS one" in first and "(1, " in second and "SELECT 2 AS two" in second


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-11-30T12:00:00+00:00", "2026-11-30T12:00:00+00:00"),
        ("2026-11-30T14:30:00.12345+02:30", "2026-11-30T12:00:00.123450+00:00"),
        ("infinity", "infinity"),
        ("0044-03-15T00:00:00+00:00 BC", "0044-03-15T00:00:00+00:00 BC"),
        (7, "7"),
    ],
)
def test_times_are_read_and_other_texts_stay(sent: object, read: str) -> None:
    ((row),) = with_times([{"installed_on": sent, "script": "2026-11-30"}], "installed_on")
    told = row["installed_on"]
    assert (told.isoformat() if hasattr(told, "isoformat") else str(told), row["script"]) == (read, "2026-11-30")


def test_the_row_of_a_record_is_that_which_the_history_will_have() -> None:
    row = AppliedMigration.of(file("-- whimbrel: min_app=2.1\nSELECT 2;", version="2"), 7)
    assert (str(row.version), row.installed_rank, row.min_app, row.success, row.baseline) == ("2", 7, "2.1", True, False)
    assert AppliedMigration.of(file("SELECT 1;"), 1, baseline=True).baseline
