"""The version and the name of a new file, in the style of its set."""

from datetime import UTC, datetime

import pytest

from whimbrel.errors import ConfigurationError
from whimbrel.migrations.migration import Version
from whimbrel.migrations.numbering import describe, next_version

NOW = datetime(2026, 3, 5, 14, 7, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ("", "001"),
        ("1", "2"),
        ("9", "10"),
        ("001 002", "003"),
        ("009", "010"),
        ("099", "100"),
        ("999", "1000"),
        ("1 2 10 9", "11"),
        ("0001 7", "8"),
        # Sub-versions of a hotfix among whole versions, and sets that have nothing else.
        ("001 002 002.1", "003"),
        ("001 002_1", "002_2"),
        ("1.1 1.2 1.10", "1.11"),
        ("1.01 1.02", "1.03"),
        ("1_1 1_2", "1_3"),
        ("1.1 1.2 2.0", "2.1"),
        ("1.1 1.2 2", "2.1"),
        ("1.2.3 1.2.4 1.2.4.1", "1.2.5"),
        ("1.1 1.1.1 1.1.2 2", "2.0.1"),
        ("1_2.3", "1_2.4"),
        # Times: of the day, of the minute, of the second; a file of the same day; a clock that is behind.
        ("20240101120000", "20260305140709"),
        ("202401011200", "202603051407"),
        ("20240101", "20260305"),
        ("2024010103", "2026030501"),
        ("20260305", "20260306"),
        ("2026030501", "2026030502"),
        ("20260305140709", "20260305140710"),
        ("20300101000000", "20300101000001"),
        ("1700000000", "1772719629"),
        ("1700000000000", "1772719629000"),
        ("001 002 20240101120000", "20260305140709"),
        ("20240101.01 20240101.02", "20260305.01"),
        ("20260305.01 20260305.09", "20260305.10"),
        # Numbers with as many digits as a time, but that are no time.
        ("00000001", "00000002"),
        ("20241399", "20241400"),
        ("00000000000007", "00000000000008"),
        ("9999999999", "10000000000"),
    ],
)
def test_the_next_version_is_written_like_those_before(known: str, expected: str) -> None:
    versions = known.split()
    assert next_version(versions, NOW) == expected
    assert next_version(reversed(versions), NOW) == expected
    assert all(Version.parse(one) < Version.parse(expected) for one in versions)


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("add folders", "add_folders"),
        ("  Add--Folders. ", "add_folders"),
        ("../../etc/passwd", "etc_passwd"),
        ("a.mysql", "a_mysql"),
        ("a\n-- b\0c", "a_b_c"),
        ("__a__b__", "a_b"),
        ("drop 2 columns", "drop_2_columns"),
    ],
)
def test_a_description_becomes_a_name_that_a_migration_may_have(description: str, name: str) -> None:
    assert describe(description) == (name, "")


def test_letters_beyond_ascii_stay_and_are_reported() -> None:
    name, note = describe("Gro\u0308\u00dfe a\u0308ndern")
    assert name == "größe_ändern"
    assert note.startswith("the name has ößä, ")


@pytest.mark.parametrize("description", ["", " ", "...", "__"])
def test_a_description_needs_a_letter_or_a_digit(description: str) -> None:
    with pytest.raises(ConfigurationError, match="no letter and no digit"):
        describe(description)
