"""Files and history in, states and problems out."""

import pytest

from tests.unit.make import migration, row, set_of, with_checksum
from whimbrel.errors import ConfigurationError
from whimbrel.migrations.done import check_database, check_target
from whimbrel.migrations.migration import AppliedMigration, Migration, Version
from whimbrel.migrations.problems import coverage_problems, problems
from whimbrel.migrations.state import State, compare, pending

Files = tuple[Migration, ...]
Rows = tuple[AppliedMigration, ...]
V1, V2, V3 = migration("1"), migration("2"), migration("3")


def states(files: Files, rows: Rows) -> list[tuple[str, str]]:
    return [(str(info.version), str(info.state)) for info in compare([set_of(*files)], "sqlite", rows)]


@pytest.mark.parametrize(
    ("files", "rows", "expected"),
    [
        ((), (), []),
        ((V1, V2), (), [("1", "pending"), ("2", "pending")]),
        ((V1, V2), (row("1"),), [("1", "success"), ("2", "pending")]),
        ((V1, V2), (row("2"), row("1")), [("1", "success"), ("2", "success")]),
        ((V1, V2), (row("1", success=False),), [("1", "partial"), ("2", "pending")]),
        ((V1, V2), (row("2"),), [("1", "out of order"), ("2", "success")]),
        ((V1, V2), (row("2", success=False),), [("1", "pending"), ("2", "partial")]),
        ((V1, V2), (row("1", success=False), row("2")), [("1", "partial"), ("2", "success")]),
        ((V2,), (row("1"), row("2")), [("1", "missing"), ("2", "success")]),
        ((V1, V3), (row("1"), row("2")), [("1", "success"), ("2", "missing"), ("3", "pending")]),
        ((V1,), (row("1"), row("2")), [("1", "success"), ("2", "future")]),
        ((V1,), (row("2"),), [("1", "out of order"), ("2", "future")]),
        ((), (row("1"),), [("1", "future")]),
        ((V1,), (row("2", success=False),), [("1", "pending"), ("2", "future")]),
        ((migration("1.0"),), (row("001"),), [("1", "success")]),
        ((migration("10"), V2), (row("2"),), [("2", "success"), ("10", "pending")]),
    ],
)
def test_files_and_history_give_states(files: Files, rows: Rows, expected: list[tuple[str, str]]) -> None:
    assert states(files, rows) == expected


def test_each_set_is_compared_with_its_own_rows_in_the_order_given() -> None:
    sets = [set_of(migration("1", set_name="b"), name="b"), set_of(migration("1", set_name="a"), name="a")]
    infos = compare(sets, "sqlite", [row("1", set_name="a"), row("9", set_name="other")])
    assert [(info.set_name, info.state) for info in infos] == [("b", State.PENDING), ("a", State.SUCCESS)]


def test_the_variant_of_the_database_is_what_is_compared() -> None:
    files = set_of(migration("1"), migration("1", database="mysql"))
    assert [info.script for info in compare([files], "mariadb", [])] == ["V1__a.mysql.sql"]


def test_an_info_tells_name_and_description_also_where_the_file_is_gone() -> None:
    both, gone = compare([set_of(migration("1", "new"))], "sqlite", [row("1", "old"), row("2", "gone")])
    assert (both.script, both.description, str(both)) == ("V1__new.sql", "new", "chat/V1__new.sql")
    assert (gone.script, gone.description, str(gone)) == ("V2__gone.sql", "gone", "chat/V2__gone.sql")


def test_what_is_half_done_late_or_new_is_pending_in_order() -> None:
    infos = compare([set_of(V3, V2, V1, migration("4"))], "sqlite", [row("2", success=False), row("3")])
    assert [one.script for one in pending(infos)] == ["V1__a.sql", "V2__a.sql", "V4__a.sql"]


def test_what_is_applied_missing_or_future_is_not_pending() -> None:
    assert pending(compare([set_of(V1, V3)], "sqlite", [row("1"), row("2"), row("3"), row("4")])) == []


UNVERIFIABLE = with_checksum(row("1"), "v2:blake3:00")


@pytest.mark.parametrize(
    ("files", "rows", "expected"),
    [
        ((V1, V2), (), []),
        ((V1,), (row("1"),), []),
        ((V1, V2), (row("2"),), [("out_of_order", False)]),
        ((V2,), (row("1"), row("2")), [("missing", False)]),
        ((V1,), (row("1"), row("2")), [("future", True)]),
        ((V1,), (row("1"), row("2", success=False)), [("future", False)]),
        ((V2,), (row("1", success=False), row("2")), [("missing", False)]),
        ((migration("1", "new"),), (row("1", "old"),), [("renamed", True)]),
        ((V1,), (row("1", text="SELECT 2;"),), [("checksum", False)]),
        ((V1,), (row("2", text="SELECT 2;"),), [("other_set", False), ("out_of_order", False), ("future", True)]),
        ((V1,), (UNVERIFIABLE,), [("unverifiable", True)]),
        ((migration("1", "new"),), (row("1", "old", text="SELECT 2;"),), [("other_set", False), ("other_file", False)]),
        ((migration("1", "new"),), (UNVERIFIABLE,), [("unverifiable", True), ("renamed", True)]),
        ((V1,), (row("1", success=False, text="SELECT 2;"),), []),
        ((migration("1", text="SELECT\r\n1;"),), (row("1", text="SELECT\n1;"),), []),
        (
            (V1, migration("2", text="SELECT 2;"), migration("4"), migration("5")),
            (row("2", text="SELECT 3;"), row("3", text="SELECT 3;"), row("5"), row("9", text="SELECT 3;")),
            [("out_of_order", False), ("checksum", False), ("missing", False), ("out_of_order", False), ("future", True)],
        ),
    ],
)
def test_every_problem_is_told_and_warnings_are_marked(files: Files, rows: Rows, expected: list[tuple[str, bool]]) -> None:
    found = problems(compare([set_of(*files)], "sqlite", rows))
    assert [(problem.kind, problem.warning) for problem in found] == expected


def test_out_of_order_is_no_problem_where_it_is_asked_for() -> None:
    infos = compare([set_of(V1, V2)], "sqlite", [row("2")])
    assert problems(infos, out_of_order=True) == []


def test_each_problem_names_the_file_the_version_and_what_to_do() -> None:
    files = set_of(V1, migration("2", text="SELECT 2;"), migration("4", "new"), migration("5"))
    history = [row("2", text="2"), row("3", text="3"), row("4", "old"), with_checksum(row("5"), "v2:x"), row("9", text="9")]
    assert [problem.message for problem in problems(compare([files], "sqlite", history))] == [
        "sql/chat/V1__a.sql: set chat, version 1 came late: newer versions are applied; "
        "give it a newer version; or, if it may run after them, apply it now: whimbrel migrate --out-of-order",
        "sql/chat/V2__a.sql: set chat, version 2 was edited after it was applied on 2025-01-02 03:04:05 UTC; "
        "restore the file and write the change as a new version; "
        "or, if the change is intended and harmless, accept it in the history: whimbrel repair",
        "set chat, version 3: applied as V3__a.sql, but the file is gone; restore it; or, if a squashed file replaces it, "
        "write that version there: -- whimbrel: replaces=3",
        "sql/chat/V4__new.sql: set chat, version 4 was renamed; it was applied as V4__old.sql; "
        "to record the new name: whimbrel repair",
        "sql/chat/V5__a.sql: set chat, version 5 has the checksum of a newer Whimbrel release; this release cannot verify it",
        "set chat, version 9: applied as V9__a.sql by a newer build than this one",
    ]
    assert problems(compare([files], "sqlite", history))[0].script == "sql/chat/V1__a.sql"


def test_what_was_begun_and_is_gone_or_newer_is_not_said_to_be_applied() -> None:
    infos = compare([set_of(V2)], "sqlite", [row("1", success=False), row("2"), row("9", success=False)])
    assert [problem.message for problem in problems(infos)] == [
        "set chat, version 1: begun and not finished as V1__a.sql, but the file is gone; restore it",
        "set chat, version 9: begun and not finished as V9__a.sql by a newer build than this one; "
        "finish the migrations of that build first",
    ]


def test_a_target_leaves_out_what_is_newer() -> None:
    infos = compare([set_of(V1, V2, V3)], "sqlite", [row("1")])
    assert [one.script for one in pending(infos, Version.parse("2"))] == ["V2__a.sql"]
    assert [one.script for one in pending(infos)] == ["V2__a.sql", "V3__a.sql"]


def test_a_target_below_what_is_applied_is_no_problem() -> None:
    infos = compare([set_of(V1, V2, V3)], "sqlite", [row("1"), row("2"), row("3")])
    assert problems(infos) == []
    assert pending(infos, Version.parse("2")) == []


def test_a_target_must_be_in_one_of_the_sets() -> None:
    sets = [set_of(V1, V2), set_of(migration("1", set_name="b"), name="b")]
    check_target(sets, None)
    check_target(sets, Version.parse("2.0"))
    with pytest.raises(ConfigurationError, match=r"^--target 7: no set has this version$"):
        check_target(sets, Version.parse("7"))


def test_a_version_that_a_database_cannot_run_is_a_coverage_problem() -> None:
    files = set_of(V1, migration("2", database="mysql"), migration("3", database="mariadb"))
    found = coverage_problems([files], ("postgresql", "mysql", "mariadb"))
    assert [problem.message[: problem.message.index(";")] for problem in found] == [
        "sql/chat: versions 2, 3 of set chat have no file for postgresql",
        "sql/chat: version 3 of set chat has no file for mysql",
    ]
    assert {(problem.kind, problem.script, problem.warning) for problem in found} == {("coverage", "sql/chat", False)}


def test_a_set_whose_files_are_shared_covers_every_database() -> None:
    assert coverage_problems([set_of(V1, V2)], ("postgresql", "mysql", "mariadb", "sqlite")) == []


@pytest.mark.parametrize(
    ("meant", "answering"),
    [
        ((), ("sqlite",)),
        (("sqlite", "mysql"), ("mysql",)),
        (("mysql",), ("mariadb",)),
        (("mariadb",), ("mysql", "mariadb")),
    ],
)
def test_a_database_that_the_sets_are_for_is_taken(meant: tuple[str, ...], answering: tuple[str, ...]) -> None:
    check_database(meant, *answering)


@pytest.mark.parametrize(("meant", "answering"), [(("mysql",), "sqlite"), (("mariadb",), "mysql"), (("oracle",), "postgresql")])
def test_a_database_that_the_sets_are_not_for_is_refused(meant: tuple[str, ...], answering: str) -> None:
    with pytest.raises(ConfigurationError, match=f"for {meant[0]} .*but the database is {answering}"):
        check_database(meant, answering)
