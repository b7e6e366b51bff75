"""Squashed files: states, problems and the fast path, from files and history alone."""

from pathlib import Path

import pytest

from tests.files import write_set
from tests.unit.make import migration, row, set_of
from whimbrel.errors import ValidationFailed
from whimbrel.migrations.directives import read_directives
from whimbrel.migrations.done import is_done
from whimbrel.migrations.migration import AppliedMigration, Directives, Migration, Version
from whimbrel.migrations.problems import problems
from whimbrel.migrations.reader import read_directories
from whimbrel.migrations.state import compare, pending

Files = tuple[Migration, ...]
Rows = tuple[AppliedMigration, ...]


def squash(version: str, replaces: str) -> Migration:
    text = f"-- whimbrel: replaces={replaces}\nSELECT 1;"
    return migration(version, "squash", text=text)._replace(directives=read_directives(text))


def squash_row(version: str, replaces: str, *, baseline: bool = False) -> AppliedMigration:
    applied = row(version, "squash", text=f"-- whimbrel: replaces={replaces}\nSELECT 1;")
    return applied._replace(baseline=baseline)


V1, V2, V3, V4 = (migration(version) for version in "1234")
R1, R2, R3, R4 = (row(version) for version in "1234")
SQUASH = squash("3.1", "1-3")
DONE = squash_row("3.1", "1-3")


@pytest.mark.parametrize(
    ("files", "rows", "expected", "found"),
    [
        # With none of the versions, the squashed file runs in their place, whether or not their files still exist.
        ((SQUASH,), (), "3.1 pending", []),
        ((V1, V2, V3, SQUASH, V4), (), "1 replaced, 2 replaced, 3 replaced, 3.1 pending, 4 pending", []),
        ((V1, V2, V3, SQUASH, V4), (DONE, R4), "1 replaced, 2 replaced, 3 replaced, 3.1 success, 4 success", []),
        ((SQUASH, V4), (DONE,), "3.1 success, 4 pending", []),
        # With all of the versions, the squashed file is recorded, even if newer versions are applied.
        ((V1, V2, V3, SQUASH), (R1, R2, R3), "1 success, 2 success, 3 success, 3.1 to be recorded", []),
        ((SQUASH, V4), (R1, R2, R3, R4), "1 replaced, 2 replaced, 3 replaced, 3.1 to be recorded, 4 success", []),
        ((SQUASH,), (R1, R2, R3, DONE), "1 replaced, 2 replaced, 3 replaced, 3.1 success", []),
        # Versions are numbers: 01 is 1, 10 is no part of 1-3, 2.5 is.
        ((SQUASH, migration("10")), (row("01"), R2, row("2.5"), R3),
         "1 replaced, 2 replaced, 2.5 replaced, 3 replaced, 3.1 to be recorded, 10 pending", []),
        # Only some.
        ((SQUASH,), (R1, R2), "1 replaced, 2 replaced, 3.1 pending", ["replaces"]),
        ((V1, V2, V3, SQUASH), (R1, R2), "1 success, 2 success, 3 pending, 3.1 pending", ["replaces"]),
        ((V1, V2, V3, SQUASH), (R1, row("2", success=False)), "1 success, 2 partial, 3 pending, 3.1 pending", ["replaces"]),
        ((SQUASH,), (row("1", success=False),), "1 missing, 3.1 pending", ["missing", "replaces"]),
        # If the others are applied, a file that was later added to the range is out of order.
        ((V1, V2, migration("2.5"), V3, SQUASH), (R1, R2, R3, DONE),
         "1 success, 2 success, 2.5 out of order, 3 success, 3.1 success", ["out_of_order"]),
        # While the files exist, they show which versions there were.
        ((V1, V3, SQUASH), (R1, R3), "1 success, 3 success, 3.1 to be recorded", []),
        ((SQUASH,), (R1, R3), "1 replaced, 3 replaced, 3.1 pending", ["replaces"]),
        ((squash("3.1", "1,3"),), (R1, R3), "1 replaced, 3 replaced, 3.1 to be recorded", []),
        # After the files are deleted, a range of dates does not show which versions there were.
        ((squash("20240904", "20240101-20240903"),), (row("20240101"), row("20240903")),
         "20240101 replaced, 20240903 replaced, 20240904 pending", ["replaces"]),
        ((squash("20250904", "20200101-20250903"),), (row("20200101"), row("20250903")),
         "20200101 replaced, 20250903 replaced, 20250904 pending", ["replaces"]),
        # A squashed file of squashed files.
        ((SQUASH, V4, squash("4.1", "1-4")), (DONE, R4), "3.1 success, 4 success, 4.1 to be recorded", []),
        ((V1, V2, V3, SQUASH, V4, squash("4.1", "1-4")), (),
         "1 replaced, 2 replaced, 3 replaced, 3.1 replaced, 4 replaced, 4.1 pending", []),
        # The squashed file needs its own version, the next one.
        ((V1, squash("2", "1-2")), (), "1 replaced, 2 replaced", ["replaces"]),
        ((V1, V2, V3, squash("2.1", "1-2"), squash("3.1", "2-3")), (),
         "1 replaced, 2 replaced, 2.1 replaced, 3 replaced, 3.1 pending", ["replaces"]),
        ((V1, V2, V3, squash("2.1", "1-2"), squash("3.1", "1,2,3")), (),
         "1 replaced, 2 replaced, 2.1 pending, 3 replaced, 3.1 pending", ["replaces"]),
        ((V1, V2, V3, squash("2.1", "1-2"), squash("3.1", "1-3")), (),
         "1 replaced, 2 replaced, 2.1 replaced, 3 replaced, 3.1 pending", []),
        ((V3, squash("2.1", "1-2"), squash("3.1", "2.1,3")), (), "2.1 replaced, 3 replaced, 3.1 pending", []),
        ((V1, V2, V3, V4, squash("5", "1-3")), (), "1 replaced, 2 replaced, 3 replaced, 4 pending, 5 pending", ["replaces"]),
    ],
)  # fmt: skip
def test_what_is_applied_of_the_replaced_versions_decides(files: Files, rows: Rows, expected: str, found: list[str]) -> None:
    infos = compare([set_of(*files)], "sqlite", rows)
    assert ", ".join(f"{info.version} {info.state}" for info in infos) == expected
    assert [problem.kind for problem in problems(infos)] == found


def test_the_problem_names_what_is_missing_and_the_ways_on() -> None:
    (problem,) = problems(compare([set_of(SQUASH)], "sqlite", [R2]))
    assert problem.message.split("\n")[0] == (
        "sql/chat/V3.1__squash.sql: version 3.1 of set chat replaces 1-3, but this database has only some of these versions; "
        "missing: 1, 3"
    )
    assert "whimbrel migrate --target 3" in problem.message


def test_versions_with_points_cannot_be_counted_once_their_files_are_gone() -> None:
    (problem,) = problems(compare([set_of(squash("2.2", "1.1-2.1"))], "sqlite", [row("1.1"), row("2.1")]))
    assert "missing: all versions between 1.1 and 2.1" in problem.message


def test_a_run_up_to_the_last_replaced_version_applies_what_is_missing() -> None:
    infos = compare([set_of(V1, V2, V3, SQUASH)], "sqlite", [R1])
    target = Version.parse("3")
    assert problems(infos, target=target) == []
    assert [str(one.version) for one in pending(infos, target)] == ["2", "3"]


@pytest.mark.parametrize(
    ("files", "rows", "done"),
    [
        ((SQUASH,), (R1, R2, R3, DONE), True),
        ((SQUASH, V4), (R1, R2, R3, DONE, R4), True),
        ((V1, V2, V3, SQUASH), (DONE,), True),
        ((V1, V2, V3, SQUASH), (R1, R2, R3, DONE), True),
        ((SQUASH,), (DONE,), True),
        ((SQUASH, V4, squash("4.1", "1-4")), (squash_row("4.1", "1-4"),), True),
        # The files of one squashed file are deleted, and the other squashed file hides its files.
        ((SQUASH, V4, squash("4.1", "4")), (R1, R2, R3, DONE, squash_row("4.1", "4")), True),
        ((SQUASH, V4, squash("4.1", "1-4")), (DONE, R4), False),
        ((SQUASH,), (R1, R2, R3), False),
        ((V1, V2, V3, SQUASH), (), False),
        ((V1, V2, V3, squash("2.5", "1-3")), (), False),
        ((squash("3", "1-3"),), (), False),
        ((V1, V2, V3, SQUASH, V4), (DONE,), False),
        ((SQUASH,), (R1, R2, R3, DONE, R4), False),
        ((V1, V2, migration("2.5"), V3, SQUASH), (R1, R2, R3, DONE), False),
        ((migration("1", text="SELECT 2;"), V2, V3, SQUASH), (R1, R2, R3, DONE), False),
        ((SQUASH,), (R1, row("2", success=False), R3, DONE), False),
    ],
)
def test_a_start_with_nothing_to_do_stays_at_one_question(files: Files, rows: Rows, done: bool) -> None:
    read = [one._asdict() | {"version": str(one.version)} for one in rows]
    assert is_done([set_of(*files)], "sqlite", read) is done


def test_a_row_that_somebody_changed_by_hand_is_left_to_the_long_way() -> None:
    rows = [one._asdict() | {"version": str(one.version)} for one in (R1, R2, R3, DONE)]
    assert not is_done([set_of(SQUASH)], "sqlite", [*rows[:2], rows[2] | {"version": "x"}, rows[3]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1-40", (("1", "40"),)),
        ("7", (("7", "7"),)),
        ("001-1.10,3", (("1", "1.10"), ("3", "3"))),
        ("V1-V2", (("1", "2"),)),
    ],
)
def test_the_directive_has_ranges(text: str, expected: tuple[tuple[str, str], ...]) -> None:
    ranges = tuple((Version.parse(first), Version.parse(last)) for first, last in expected)
    assert read_directives(f"-- whimbrel: replaces={text}\n") == Directives(replaces=ranges)


@pytest.mark.parametrize("text", ["", "4-1", "1-2-3", "1-", "-3", "a", "1,,2", "1;2"])
def test_what_is_no_range_is_a_problem_with_its_line(tmp_path: Path, text: str) -> None:
    folder = write_set(tmp_path / "odd", {"V5__x.sql": f"-- squashed\n-- whimbrel: replaces={text}\n"})
    with pytest.raises(ValidationFailed, match=r"V5__x\.sql:2: .*expected replaces=1-40"):
        read_directories([folder])
