"""Errors: exit codes, messages, and a caret that stands under the place."""

import pytest

from whimbrel import errors
from whimbrel.errors import (
    ConfigurationError,
    ConnectionLost,
    DatabaseBusy,
    DatabaseError,
    DatabaseUnreachable,
    LockTimeout,
    MigrationFailed,
    Place,
    Problem,
    ProblemKind,
    StatementUnsettled,
    ValidationFailed,
    WhimbrelError,
)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (WhimbrelError, 1),
        (ConfigurationError, 2),
        (ValidationFailed, 3),
        (MigrationFailed, 1),
        (StatementUnsettled, 6),
        (LockTimeout, 5),
        (DatabaseUnreachable, 7),
        (DatabaseError, 1),
        (DatabaseBusy, 1),
        (ConnectionLost, 1),
    ],
)
def test_every_error_has_its_exit_code(kind: type[WhimbrelError], code: int) -> None:
    assert kind.exit_code == code
    assert issubclass(kind, WhimbrelError)


def test_the_tree_at_the_top_of_the_file_has_every_error() -> None:
    assert errors.__doc__ is not None
    for name in errors.__all__:
        kind = getattr(errors, name)
        if issubclass(kind, Exception):
            (line,) = [line for line in errors.__doc__.splitlines() if name in line.split()]
            assert str(kind.exit_code) in line.partition(name)[2].split()


@pytest.mark.parametrize(
    ("source", "column", "caret"),
    [
        ("SELECT 1", 1, "^"),
        ("SELECT 1", 8, "       ^"),
        ("\tSELECT x", 9, "\t       ^"),
        ("a\tb\tc", 5, " \t \t^"),
        ("SELECT 'é', x", 13, "            ^"),
        ("  x", 3, "  ^"),
        ("", 1, "^"),
        ("short", 9, "     ^"),
    ],
)
def test_the_caret_stands_under_the_column_and_tabs_stay_tabs(source: str, column: int, caret: str) -> None:
    assert Place("V1__a.sql", 3, column, source).caret() == f"    {source}\n    {caret}"


def test_a_place_is_written_as_editors_read_it() -> None:
    assert str(Place("sql/chat/V1__a.sql", 12, 18, "")) == "sql/chat/V1__a.sql:12:18"


def failed(applied: tuple[str, ...] = (), code: str = "42P01") -> MigrationFailed:
    return MigrationFailed(
        script="V7__x.sql",
        place=Place("sql/chat/V7__x.sql", 12, 8, "SELECT nothing"),
        statement=3,
        total=9,
        kind="SELECT",
        code=code,
        server_message="there is no nothing",
        applied=applied,
        left_behind="nothing",
        advice="mend it",
    )


def test_a_failed_migration_says_where_what_and_what_to_do() -> None:
    assert str(failed(("V5__a.sql", "V6__b.sql"))).splitlines() == [
        "sql/chat/V7__x.sql:12:8: statement 3 of 9 (SELECT) failed",
        "  there is no nothing [42P01]",
        "",
        "    SELECT nothing",
        "           ^",
        "",
        "  applied by this run: V5__a.sql, V6__b.sql",
        "  of this file: nothing",
        "  next: mend it",
    ]
    assert failed(("V5__a.sql",)).applied == ("V5__a.sql",)


def test_a_failed_migration_without_code_or_earlier_ones_says_so() -> None:
    assert "  there is no nothing\n" in str(failed(code=""))
    assert "  applied by this run: nothing\n" in str(failed())


def test_a_failed_validation_tells_every_problem_and_counts_them() -> None:
    one, two = Problem(ProblemKind.MISSING, "V1 is gone", "V1__a.sql"), Problem(ProblemKind.CHECKSUM, "V2 was edited")
    assert str(ValidationFailed([one])) == "1 problem, nothing was changed:\n  V1 is gone"
    assert str(ValidationFailed([one, two])) == "2 problems, nothing was changed:\n  V1 is gone\n  V2 was edited"
    assert str(ValidationFailed([one], ["a/V1__a.sql", "a/V2__b.sql"])).startswith(
        "1 problem, after this run had applied a/V1__a.sql, a/V2__b.sql:\n"
    )
    assert ValidationFailed([one, two]).problems == (one, two)
    assert not one.warning


def test_a_lock_that_was_not_had_names_the_holder_and_the_option() -> None:
    error = LockTimeout(2.5, "process 7")
    assert str(error).startswith("waited 2.5 s for the migration lock, held by process 7\n")
    assert "--lock-wait" in str(error)
    assert (error.seconds, error.holder) == (2.5, "process 7")


def test_what_the_database_said_is_kept_with_its_code_and_place() -> None:
    error = DatabaseBusy("locked", code="55P03", offset=7)
    assert (str(error), error.message, error.code, error.offset) == ("locked [55P03]", "locked", "55P03", 7)
    assert str(DatabaseError("locked")) == "locked"
