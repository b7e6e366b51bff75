"""Find the file of a history row: the file of its version, another file, or a file of another set."""

import pytest

from tests.unit.make import migration, row, set_of
from whimbrel.migrations.identity import OtherRow, renamed_from
from whimbrel.migrations.migration import AppliedMigration, Migration
from whimbrel.migrations.problems import problems
from whimbrel.migrations.state import compare

Files = list[Migration]
Rows = list[AppliedMigration]
A, B, C = "CREATE TABLE a (id INTEGER);", "CREATE TABLE b (id INTEGER);", "CREATE TABLE c (id INTEGER);"
FA2, FB3, FC4 = migration("2", "fa", text=A), migration("3", "fb", text=B), migration("4", "fc", text=C)
FIRST, FIRST_ROW = migration("1", "first"), row("1", "first")


@pytest.mark.parametrize(
    ("files", "rows", "moves"),
    [
        ([FIRST, FA2, FB3], [FIRST_ROW], {}),
        ([FIRST, FA2, FB3], [FIRST_ROW, row("2", "fa", text=A), row("3", "fb", text=B)], {}),
        # Two branches took version 2.
        ([FIRST, FA2, FB3], [FIRST_ROW, row("2", "fb", text=B)], {"2": "3"}),
        # Both files have one name.
        ([FIRST, migration("2", "f", text=A), migration("3", "f", text=B)], [FIRST_ROW, row("2", "f", text=B)], {"2": "3"}),
        # The two files of a branch each moved to the next version; two files exchanged their versions.
        ([FA2, FB3, FC4], [row("2", "fb", text=B), row("3", "fc", text=C)], {"2": "3", "3": "4"}),
        ([FA2, FB3], [row("2", "fb", text=B), row("3", "fa", text=A)], {"2": "3", "3": "2"}),
        # Renumbered and renamed; renumbered to an older version; begun and not finished.
        ([FB3], [row("2", "old", text=B)], {"2": "3"}),
        ([FA2, FB3], [row("5", "fb", text=B)], {"5": "3"}),
        ([FIRST, FA2, FB3], [FIRST_ROW, row("2", "fb", text=B, success=False)], {"2": "3"}),
        # The new version of the text is that of another row, which stays.
        ([FA2, FB3], [row("2", "fb", text=B), row("3", "fc", text=C)], {}),
        ([FA2, FB3, FC4], [row("2", "fb", text=B), row("3", "fc", text=C), row("4", "gone", text="SELECT 4;")], {}),
        # Another file has the same text, and a row of its own.
        ([migration("1", "x", text=A), migration("2", "y", text=C)], [row("1", "x", text=A), row("2", "y", text=A)], {}),
        # Two files have it: the name decides.
        (
            [FA2, migration("3", "other", text=B), migration("4", "fb", text=B)],
            [row("2", "fb", text=B)],
            {"2": "4"},
        ),
    ],
)
def test_a_text_that_has_another_version_now_is_found(files: Files, rows: Rows, moves: dict[str, str]) -> None:
    infos = compare([set_of(*files)], "sqlite", rows)
    assert {str(info.version): str(info.moved_to.version) for info in infos if info.moved_to} == moves
    assert {str(info.moved_from.version): str(info.version) for info in infos if info.moved_from} == moves
    found = [problem for problem in problems(infos, out_of_order=True) if problem.kind == "moved"]
    assert len(found) == len(moves) and not any(problem.warning for problem in found)


def test_a_moved_text_is_told_with_both_ways_on() -> None:
    infos = compare([set_of(FIRST, FA2, FB3)], "sqlite", [FIRST_ROW, row("2", "fb", text=B)])
    assert [problem.message for problem in problems(infos)] == [
        "set chat, version 2 was applied as V2__fb.sql, whose text is now sql/chat/V3__fb.sql; sql/chat/V2__fa.sql is another "
        "file, not applied here\n"
        "    next: number sql/chat/V3__fb.sql back to version 2, and sql/chat/V2__fa.sql to a new one, 4;\n"
        "    or, if other databases have applied them as they are numbered now, move the record here to the new version: "
        "whimbrel repair --renumber, then whimbrel migrate --out-of-order"
    ]


@pytest.mark.parametrize(
    ("files", "rows", "kinds"),
    [
        # Edited, or renamed: the same file. Both: another one.
        ([FIRST, migration("2", "fa", text=C)], [FIRST_ROW, row("2", "fa", text=A)], ["checksum"]),
        ([FIRST, migration("2", "new", text=A)], [FIRST_ROW, row("2", "fa", text=A)], ["renamed"]),
        ([FIRST, migration("2", "new", text=C)], [FIRST_ROW, row("2", "fa", text=A)], ["other_file"]),
        # An unfinished file may be edited, and the run compares its journal when it resumes.
        ([FIRST, migration("2", "new", text=C)], [FIRST_ROW, row("2", "fa", text=A, success=False)], []),
        # Most rows are of other files: another service's set, or one whose files are gone.
        ([FA2, FB3], [row("2", "x", text="2"), row("3", "y", text="3")], ["other_set", "other_file", "other_file"]),
        ([FA2, FB3], [row("1", "x", text="1"), row("2", "fa", text=A)], ["missing"]),
        ([FB3], [row("1", "x", text="1"), row("2", "y", text="2")], ["other_set", "missing", "missing"]),
        ([FA2], [row("7", "x", text="7")], ["other_set", "out_of_order", "future"]),
        ([FA2, FB3], [row("2", "fa", text=A), row("8", "y", text="8")], ["out_of_order", "future"]),
    ],
)
def test_another_file_and_another_set_are_told_from_an_edit(files: Files, rows: Rows, kinds: list[str]) -> None:
    found = problems(compare([set_of(*files)], "sqlite", rows))
    assert [problem.kind for problem in found] == kinds


def test_an_edit_of_all_files_may_be_another_services_set_and_one_of_several_is_not() -> None:
    hint = "another service's set of the same name"
    edited = problems(compare([set_of(FIRST, FA2)], "sqlite", [FIRST_ROW, row("2", "fa", text=C)]))
    strange = problems(compare([set_of(FA2)], "sqlite", [row("2", "fa", text=C)]))
    assert [hint in problem.message for problem in edited + strange] == [False, True]


def other(version: str, text: str, *, name: str = "old", success: bool = True) -> OtherRow:
    like = row(version, text=text)
    return OtherRow(name, like.version, like.description, like.checksum, success)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([], []),
        ([other("2", A)], ["old"]),
        ([other("2", A), other("3", B)], ["old"]),
        ([other("2", A), other("3", C)], []),
        ([other("2", A), other("9", C)], []),
        ([other("3", A)], []),
        ([other("2", A), other("3", C, success=False)], ["old"]),
        ([other("2", C, success=False)], []),
        ([other("2", A, success=False)], ["old"]),
        ([other("2", A, name="x"), other("2", A, name="b"), other("2", C, name="c")], ["b", "x"]),
    ],
)
def test_a_renamed_set_is_known_by_all_of_its_rows(rows: list[OtherRow], names: list[str]) -> None:
    one = set_of(FA2, FB3)
    assert renamed_from(one, "sqlite", rows) == names
    kinds = [problem.kind for problem in problems(compare([one], "sqlite", [], rows))]
    assert kinds == ["renamed_set"] * bool(names)
    infos = compare([one], "sqlite", [], rows)
    assert [(str(info.version), len(info.notes)) for info in infos] == [("2", bool(names)), ("3", 0)]
    assert problems(compare([one], "sqlite", [row("2", "fa", text=A)], rows)) == []
