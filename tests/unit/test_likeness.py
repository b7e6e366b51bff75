"""The likeness of a history in another schema to the files of a run."""

import json

import pytest

from whimbrel.dialects.postgresql.likeness import Recorded, has_renamed, likeness, read_rows

FILES = {("1", "a"), ("2", "b"), ("10", "c")}


def row(version: str, checksum: str, *, success: bool = True, set_name: str = "chat") -> Recorded:
    return Recorded(set_name, version, checksum, "ada", success)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "other"),
        ([row("1", "a")], "same"),
        ([row("1", "a"), row("2", "b"), row("10", "c")], "same"),
        # Rows of a newer build (versions compare as numbers), and rows that are unfinished or edited.
        ([row("1", "a"), row("11", "x")], "same"),
        ([row("1", "a"), row("9", "x")], "other"),
        ([row("1", "a"), row("2", "x", success=False)], "same"),
        ([row("2", "x", success=False)], "other"),
        ([row("11", "x")], "other"),
        ([row("1", "a"), row("2", "x")], "other"),
        ([row("1", "a"), row("2", "b"), row("10", "x")], "mostly"),
        ([row("1", "a"), row("2", "b"), row("not a version", "x")], "mostly"),
    ],
)
def test_rows_are_compared_with_files(rows: list[Recorded], expected: str) -> None:
    assert likeness(rows, FILES) == expected


def test_a_set_of_which_the_files_are_not_known_is_known_by_its_name() -> None:
    assert (likeness([row("1", "x")], None), likeness([], None)) == ("same", "other")


def test_a_renamed_set_has_all_rows_of_one_sought() -> None:
    old = [row("1", "a", set_name="old"), row("2", "b", set_name="old")]
    assert has_renamed(old, {"chat": FILES})
    assert not has_renamed(old, {"chat": FILES, "old": FILES})
    assert not has_renamed([*old, row("10", "x", set_name="old")], {"chat": FILES})
    assert not has_renamed(old, {"chat": None})


def test_rows_come_as_json() -> None:
    texts = [json.dumps(["chat", "1", "a", "ada", True])]
    assert read_rows(texts) == [row("1", "a")]
    assert read_rows(None) == []
