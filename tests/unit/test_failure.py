"""A failed migration reports its place, what was left behind, and what to do next."""

import pytest

from tests.unit.plans import plan, statements
from whimbrel.errors import ConnectionLost, DatabaseBusy, DatabaseError, MigrationFailed, StatementTimeout, StoppedHalfway
from whimbrel.runner.failure import failure

THREE = "CREATE TABLE t (a INTEGER);\n  INSERT INTO\n t VALUES (1);\nSELECT 3;\n"
OFF = "-- whimbrel: transaction=off\n"
OWN = f"{OFF}BEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;\n"
HERE = "correct the file from this statement on and run again; the run resumes at statement {}"


def fail(text: str, error: DatabaseError, number: int = 0, *, ended: bool = False, server: str = "postgresql") -> MigrationFailed:
    """Return MigrationFailed for an error in statement `number`, or outside of all statements (0)."""
    found = plan(text, server)
    with pytest.raises(MigrationFailed) as caught, failure(found, ["chat/V0__z.sql"]) as at:
        assert at.text == ""
        at.statement = next(iter(statements(found, number, number)), None)
        at.ended = ended
        assert at.text == (at.statement.statement.text if at.statement else "")
        raise error
    assert caught.value.__cause__ is error
    assert caught.value.applied == ("chat/V0__z.sql",)
    assert caught.value.script == "V1__a.sql"
    return caught.value


@pytest.mark.parametrize(
    ("text", "number", "ended", "left_behind", "advice"),
    [
        (THREE, 0, False, "nothing, its transaction was rolled back", "correct the file and run again"),
        (THREE, 2, False, "nothing, its transaction was rolled back", "correct the file and run again"),
        (THREE, 3, True, "nothing, its transaction was rolled back", "correct the file and run again"),
        (OFF + THREE, 0, False, "nothing, its first statement failed", "correct the file and run again"),
        (OFF + THREE, 1, False, "nothing, its first statement failed", HERE.format(1)),
        (OFF + THREE, 2, False, "statement 1 is applied and recorded", HERE.format(2)),
        (OFF + THREE, 3, False, "statements 1 to 2 are applied and recorded", HERE.format(3)),
        (
            *(OFF + THREE, 3, True, "all its statements are applied and recorded"),
            "write a correction at the end of the file and run again",
        ),
        (
            *(OWN, 2, False, "the work that its own transactions committed and recorded"),
            "correct the file and run again; the run resumes after the last recorded statement",
        ),
        (OWN, 0, False, "the work that its own transactions committed and recorded", "correct the file and run again"),
    ],
)
def test_a_failure_reports_what_was_left_behind_and_what_to_do(
    text: str, number: int, ended: bool, left_behind: str, advice: str
) -> None:
    told = fail(text, DatabaseError("no"), number, ended=ended)
    assert (told.left_behind, told.advice) == (left_behind, advice)


@pytest.mark.parametrize(
    ("number", "offset", "ended", "line", "column", "kind", "statement"),
    [
        (0, None, False, 1, 1, "COMMIT", 0),
        (1, None, False, 1, 1, "CREATE TABLE", 1),
        (2, None, False, 2, 3, "INSERT", 2),
        (2, 7, False, 2, 10, "INSERT", 2),
        (2, 13, False, 3, 2, "INSERT", 2),
        (3, 7, False, 4, 8, "SELECT", 3),
        # COMMIT failed: the place is the start of the last statement.
        (3, None, True, 4, 1, "COMMIT", 3),
        (2, 13, True, 2, 3, "COMMIT", 2),
    ],
)
def test_a_failure_reports_the_statement_and_its_place(
    number: int, offset: int | None, ended: bool, line: int, column: int, kind: str, statement: int
) -> None:
    told = fail(THREE, DatabaseError("no", code="42", offset=offset), number, ended=ended)
    assert (told.place.line, told.place.column, told.kind, told.statement) == (line, column, kind, statement)
    assert (told.total, told.code, told.server_message) == (3, "42", "no")
    assert told.place.path == "sql/chat/V1__a.sql"


def busy(blockers: str, *, conflict: bool = False) -> DatabaseBusy:
    error = DatabaseBusy("locked")
    error.blockers, error.conflict = blockers, conflict
    return error


LIMITED = "-- whimbrel: statement_timeout=5s\n"
TIME = "run again with more time: -- whimbrel: statement_timeout=... at the head of the file"
AGAIN = "run again; what is recorded will not run twice"
OPTION = f"{TIME}, or --statement-timeout SECONDS"


@pytest.mark.parametrize(
    ("text", "error", "left_behind", "advice"),
    [
        (THREE, ConnectionLost("gone"), "unknown, the connection was lost", AGAIN),
        (
            OFF + THREE,
            ConnectionLost("gone"),
            "unknown, the connection was lost",
            "run again; what is recorded will not run twice",
        ),
        (
            *(OFF + THREE, StoppedHalfway("no"), "statement 1 is applied and recorded; this statement perhaps in part"),
            "run again; the next run reports how to settle this statement",
        ),
        (
            *(THREE, busy("process 7"), "nothing, its transaction was rolled back"),
            "run again when no other session is in the way, or allow a longer lock_timeout; in the way now: process 7",
        ),
        (
            *(OFF + THREE, busy("no other session"), "statement 1 is applied and recorded"),
            "run again when no other session is in the way, or allow a longer lock_timeout; in the way now: no other session",
        ),
        (
            *(THREE, busy("process 7", conflict=True), "nothing, its transaction was rolled back"),
            "run again, or allow more time for retries (--lock-wait SECONDS); the server rolled back this transaction, which "
            "conflicted with another one; in the way now: process 7",
        ),
        (
            *(OWN, busy("process 7", conflict=True), "the work that its own transactions committed and recorded"),
            "run again; the server rolled back this transaction of the file, which conflicted with another one; in the way now: "
            "process 7",
        ),
        (THREE, StatementTimeout("late"), "nothing, its transaction was rolled back", OPTION),
        (
            OFF + THREE,
            StatementTimeout("late"),
            "statement 1 is applied and recorded; the catalog decides about this statement",
            OPTION,
        ),
        # The file's limit overrides the option.
        (LIMITED + THREE, StatementTimeout("late"), "nothing, its transaction was rolled back", TIME),
    ],
)
def test_the_kind_of_error_decides_what_a_failure_reports(text: str, error: DatabaseError, left_behind: str, advice: str) -> None:
    told = fail(text, error, 2)
    assert (told.left_behind, told.advice) == (left_behind, advice)


def test_only_database_errors_become_failures() -> None:
    with pytest.raises(KeyError), failure(plan(THREE), []):
        raise KeyError
    with failure(plan(THREE), []) as at:
        at.ended = True
