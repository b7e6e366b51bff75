"""One question decides whether a start has nothing to do; otherwise each migration has a state."""

import pytest

from tests.unit.make import migration, row, set_of
from whimbrel.migrations.done import is_done
from whimbrel.migrations.migration import AppliedMigration, Migration, MigrationSet, Version
from whimbrel.migrations.problems import assess, problems
from whimbrel.migrations.state import State, compare

V1, V2, V3 = migration("1"), migration("2"), migration("3")
Rows = list[dict[str, object]]


def recorded(*files: Migration, **changed: object) -> Rows:
    """Return the history rows of applied files, as a start reads them."""
    return [
        {
            "set_name": file.set_name,
            "version": str(file.version),
            "description": file.description,
            "checksum": file.checksum,
            "success": True,
            **changed,
        }
        for file in files
    ]


OTHER = migration("1", set_name="b")
BOTH = [set_of(V1, V2), set_of(OTHER, name="b")]


@pytest.mark.parametrize(
    ("sets", "rows", "done"),
    [
        ([set_of(V1)], recorded(V1), True),
        ([set_of(V1, V2)], recorded(V1, V2), True),
        ([set_of(V1, V2)], recorded(V2, V1), True),
        (BOTH, recorded(V1, V2, OTHER), True),
        ([set_of()], [], True),
        ([set_of(V1)], [], False),
        ([set_of(V1, V2)], recorded(V1), False),
        (BOTH, recorded(V1, V2), False),
        (BOTH, recorded(V2, OTHER), False),
        # One row more than files: a newer build applied it, or its file is gone.
        ([set_of(V1)], recorded(V1, V2), False),
        ([set_of()], recorded(V1), False),
        ([set_of(V1)], recorded(V1) + recorded(V2, success=False), False),
        ([set_of(V1, V2)], recorded(V1) + recorded(V2, success=False), False),
        # One row appears twice, and another is missing.
        ([set_of(V1, V2)], recorded(V1, V1), False),
        ([set_of(V1)], recorded(V1, V1), False),
        ([set_of(V1)], recorded(V1, set_name="b"), False),
        ([set_of(V1)], recorded(V1, version="2"), False),
        ([set_of(V1)], recorded(V1, description="b"), False),
        ([set_of(V1)], recorded(V1, checksum="v1:sha256:00"), False),
        ([set_of(V1)], recorded(V1, success=False), False),
        ([set_of(V1)], recorded(V1, success=1), True),
        ([set_of(V1)], recorded(V1, success=0), False),
        # A version without a file for this database must be reported.
        ([set_of(V1, migration("2", database="mysql"))], recorded(V1), False),
        ([set_of(V1, migration("1", database="mysql"))], recorded(V1), True),
    ],
)
def test_a_start_has_nothing_to_do_if_rows_and_files_are_the_same(sets: list[MigrationSet], rows: Rows, done: bool) -> None:
    assert is_done(sets, "sqlite", rows) is done


def test_the_row_must_be_that_of_the_databases_variant() -> None:
    shared, variant = migration("1"), migration("1", database="mysql", text="SELECT 2;")
    assert is_done([set_of(shared, variant)], "mariadb", recorded(variant))
    assert not is_done([set_of(shared, variant)], "mariadb", recorded(shared))


def newer(min_app: str) -> AppliedMigration:
    return row("9", text="SELECT 9;")._replace(min_app=min_app)


NEEDS = "set chat, version 9 needs the application's version {} or newer; {}"


@pytest.mark.parametrize(
    ("min_app", "app", "expected"),
    [
        ("", None, ("future", True)),
        ("", "1", ("future", True)),
        ("2.1", "2.1", ("future", True)),
        ("2.1", "2.10", ("future", True)),
        ("2.1", "2.0.9", ("min_app", False)),
        ("2.1", "1", ("min_app", False)),
        ("2.1", None, ("min_app", False)),
    ],
)
def test_a_newer_migration_may_require_a_newer_application(min_app: str, app: str | None, expected: tuple[str, bool]) -> None:
    version = None if app is None else Version.parse(app)
    (problem,) = problems(compare([set_of(V1)], "sqlite", [row("1"), newer(min_app)]), app=version)
    assert (problem.kind, problem.warning) == expected
    if expected[0] == "min_app":
        known = "this build does not give its version (app_version)" if app is None else f"this build is {app}"
        assert problem.message == NEEDS.format(min_app, known)


def test_an_unfinished_migration_of_a_newer_build_may_require_a_newer_application() -> None:
    unfinished = newer("2")._replace(success=False)
    assert [one.kind for one in problems(compare([set_of(V1)], "sqlite", [unfinished]), app=Version.parse("1"))] == ["min_app"]
    assert [one.kind for one in problems(compare([set_of(V1)], "sqlite", [unfinished]), app=Version.parse("2"))] == ["future"]


def test_min_app_of_a_known_file_is_not_checked() -> None:
    assert problems(compare([set_of(V1)], "sqlite", [row("1")._replace(min_app="99")]), app=Version.parse("1")) == []


def test_an_assessment_has_states_problems_and_uncovered_versions() -> None:
    sets = [set_of(V1, V2, migration("3", database="mysql"))]
    infos, found = assess(sets, "sqlite", [row("2"), newer("5")])
    assert [(str(info.version), info.state) for info in infos] == [
        ("1", State.OUT_OF_ORDER),
        ("2", State.SUCCESS),
        ("9", State.FUTURE),
    ]
    assert [problem.kind for problem in found] == ["out_of_order", "min_app", "coverage"]
    _, found = assess(sets, "sqlite", [row("2"), newer("5")], out_of_order=True, app=Version.parse("5"))
    assert [problem.kind for problem in found] == ["future", "coverage"]
    _, found = assess(sets, "mysql", [row("1"), row("2")])
    assert found == []


@pytest.mark.parametrize(
    ("files", "rows", "expected"),
    [
        # Out of order means older than the newest applied version; an unfinished one does not count.
        ((V1, V2), (row("2", success=False),), ["pending", "partial"]),
        ((V1, V2, V3), (row("1"), row("3", success=False)), ["success", "pending", "partial"]),
        # A row without a file is missing if any file is newer, applied or not; otherwise it is future.
        ((V3,), (row("2"),), ["missing", "pending"]),
        ((V3,), (row("3"), row("4")), ["success", "future"]),
        ((migration("3", database="mysql"),), (row("2"),), ["missing"]),
        ((migration("3", database="mysql"),), (row("3"),), ["missing"]),
    ],
)
def test_out_of_order_missing_and_future_are_distinguished(
    files: tuple[Migration, ...], rows: tuple[AppliedMigration, ...], expected: list[str]
) -> None:
    assert [str(info.state) for info in compare([set_of(*files)], "sqlite", rows)] == expected
