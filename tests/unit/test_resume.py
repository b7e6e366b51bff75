"""A file that an earlier run began resumes where its journal says."""

from dataclasses import replace

import pytest

from tests.unit.plans import journal_row, plan, statements
from whimbrel.errors import ValidationFailed
from whimbrel.migrations.migration import statement_hash
from whimbrel.planning.plan import Plan
from whimbrel.planning.resume import ResumePoint, check_journal, joint_digest, shown, unsettled
from whimbrel.session.history import JournalRow

OFF = "-- whimbrel: transaction=off\n"
FIVE = (
    f"{OFF}CREATE TABLE t (a INTEGER);\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\nUPDATE t SET a = 'x';\nSELECT 5;\n"
)
OWN = f"{OFF}BEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;\nSTART TRANSACTION;\nINSERT INTO t VALUES (2);\nEND;\n"


def reached(found: Plan, *rows: JournalRow) -> tuple[int, int | None]:
    """Return the last applied statement, and the one with an open intent."""
    got = check_journal(found, rows, "")
    return got.done, got.intent.first_statement if got.intent else None


Rows = list[tuple[int, int, str]]


@pytest.mark.parametrize(
    ("text", "rows", "expected"),
    [
        (FIVE, [], (0, None)),
        (FIVE, [(1, 1, "done")], (1, None)),
        (FIVE, [(1, 1, "done"), (2, 2, "done")], (2, None)),
        (FIVE, [(1, 1, "done"), (2, 4, "done")], (4, None)),
        (FIVE, [(1, 5, "done")], (5, None)),
        (FIVE, [(1, 1, "intent")], (0, 1)),
        (FIVE, [(1, 3, "done"), (4, 4, "intent")], (3, 4)),
        (FIVE, [(1, 5, "intent")], (0, 1)),
        # The transaction of the file's own BEGIN ended with its connection.
        (OWN, [(1, 1, "intent")], (0, None)),
        (OWN, [(1, 1, "done")], (1, None)),
        (OWN, [(1, 1, "done"), (2, 2, "done"), (3, 3, "done"), (4, 4, "intent")], (3, None)),
        (OWN, [(1, 1, "intent"), (2, 2, "done")], (0, None)),
        # A COMMIT commits its own intent, so the intent proves it.
        (OWN, [(1, 1, "done"), (2, 2, "done"), (3, 3, "intent")], (3, None)),
        (OWN, [(1, 3, "done"), (4, 5, "done"), (6, 6, "intent")], (6, None)),
        (OWN, [(1, 1, "done"), (2, 2, "intent"), (3, 3, "intent")], (1, 2)),
    ],
)
def test_a_file_resumes_behind_the_last_applied_statement_or_at_an_open_intent(
    text: str, rows: Rows, expected: tuple[int, int | None]
) -> None:
    found = plan(text, "sqlite", variant="sqlite")
    assert reached(found, *(journal_row(found, first, last, state=state) for first, last, state in rows)) == expected


def test_an_open_intent_is_returned_as_its_row() -> None:
    found = plan(FIVE)
    row = journal_row(found, 2, state="intent", before="absent")
    assert check_journal(found, [journal_row(found, 1), row], "") == ResumePoint(1, row)


@pytest.mark.parametrize(
    ("rows", "old", "new", "refused"),
    [
        ([(1, 1, "done")], "a INTEGER", "b INTEGER", "1:1 statement 1 (CREATE TABLE) is applied"),
        ([(1, 1, "done"), (2, 2, "done")], "(1)", "(7)", "2:1 statement 2 (INSERT) is applied"),
        ([(1, 1, "done"), (2, 3, "done")], "(1)", "(7)", "2:1 statements 2 to 3 (INSERT) are applied"),
        ([(1, 1, "done"), (2, 3, "done")], "(2)", "(7)", "2:1 statements 2 to 3 (INSERT) are applied"),
        ([(1, 1, "done"), (2, 2, "intent")], "(1)", "(7)", "2:1 statement 2 (INSERT) began"),
        ([(1, 5, "done")], "SELECT 5;\n", "", "1:1 statements 1 to 5 (CREATE TABLE) are applied"),
        ([(1, 4, "done"), (5, 5, "done")], "SELECT 5;\n", "", "path statement 5 (SELECT) is applied"),
        ([(1, 1, "done"), (2, 3, "done")], "INSERT INTO t VALUES (1);\n", "", "2:1 statements 2 to 3 (INSERT) are applied"),
        # Only applied statements must be unchanged.
        ([(1, 1, "done")], "(1)", "(7)", ""),
        ([(1, 3, "done")], "SELECT 5", "SELECT 6", ""),
        ([(1, 3, "done")], "SELECT 5;\n", "", ""),
        ([(1, 3, "done")], "SELECT 5", "SELECT 5;SELECT 6", ""),
        ([], "a INTEGER", "b INTEGER", ""),
        # Another newline is no edit.
        ([(1, 5, "done")], "\n", "\r\n", ""),
    ],
)
def test_an_applied_statement_that_was_edited_is_refused(rows: Rows, old: str, new: str, refused: str) -> None:
    before, after = plan(FIVE), plan(FIVE.replace(old, new))
    recorded = [journal_row(before, first, last, state=state) for first, last, state in rows]
    told = ""
    try:
        check_journal(after, recorded, "")
    except ValidationFailed as failed:
        (problem,) = failed.problems
        assert (problem.kind, problem.script, problem.warning) == ("resume", after.migration.path, False)
        told = problem.message
    place, _, words = refused.partition(" ")
    # The directive is the first line.
    line = f":{int(place[0]) + 1}:1" if place[:1].isdigit() else ""
    assert told.startswith(f"{after.migration.path}{line}: {words}" if refused else "")
    assert bool(told) is bool(refused)


def refusal(rows: Rows, old: str, new: str, where: str = "") -> str:
    before, after = plan(FIVE), plan(FIVE.replace(old, new))
    with pytest.raises(ValidationFailed) as caught:
        check_journal(after, [journal_row(before, first, last, state=state) for first, last, state in rows], where)
    return caught.value.problems[0].message


def test_the_refusal_shows_the_edit() -> None:
    assert refusal([(1, 1, "done"), (2, 2, "done")], "(1)", "(7)") == (
        "sql/chat/V1__a.sql:3:1: statement 2 (INSERT) is applied and has been edited since; restore the text; only the "
        "statement that failed and those after it may be changed\n"
        "    --- as applied\n    +++ now\n    @@ -1 +1 @@\n"
        "    -INSERT INTO t VALUES (1)\n    +INSERT INTO t VALUES (7)"
    )
    assert refusal([(1, 4, "done")], "'x'", "'y'").endswith("\n    (only a string, a blank or a comment differs)")


def test_the_refusal_of_an_edited_intent_names_the_commands_that_settle_it() -> None:
    assert refusal([(1, 1, "done"), (2, 2, "intent")], "(1)", "(7)", "--schema s").startswith(
        "sql/chat/V1__a.sql:3:1: statement 2 (INSERT) began, its end was never recorded, and it has been edited since; "
        "it may or may not have taken effect\n"
        "  next: check whether it did. If it did: restore its text, and run whimbrel resolve chat 1 2 --applied --schema s\n"
        "        if it did not: whimbrel resolve chat 1 2 --rerun --schema s\n    --- as applied\n"
    )


@pytest.mark.parametrize(
    ("before", "now", "where", "asked", "options"),
    [
        ("", "", "", "the catalog cannot tell", ""),
        ("one", "two", "", "in the catalog before it: one\n  in the catalog now: two", ""),
        ("one", "", "--schema s", "the catalog cannot tell", " --schema s"),
    ],
)
def test_an_unsettled_statement_names_the_commands_that_settle_it(
    before: str, now: str, where: str, asked: str, options: str
) -> None:
    found = plan(FIVE)
    row = journal_row(found, 2, state="intent", before=before)
    assert str(unsettled(found, statements(found, 2, 2)[0], row, now, where)) == (
        "sql/chat/V1__a.sql:3:1: statement 2 of 5 (INSERT) began on 2025-01-02 03:04:05 UTC, but its end was never recorded\n"
        f"  it may or may not have taken effect; {asked}\n"
        "    INSERT INTO t VALUES (1);\n    ^\n"
        f"  next: check whether it took effect. If it did: whimbrel resolve chat 1 2 --applied{options}\n"
        f"        if it did not: whimbrel resolve chat 1 2 --rerun{options}\n        then run again"
    )


def test_a_sets_name_is_quoted_for_the_shell() -> None:
    found = plan(FIVE)
    found = replace(found, migration=found.migration._replace(set_name="my set"))
    told = unsettled(found, statements(found, 2, 2)[0], journal_row(found, 2), "", "")
    assert "whimbrel resolve 'my set' 1 2 --applied\n" in str(told)


def test_several_statements_have_a_joint_digest() -> None:
    found = plan(FIVE)
    one, two, three = statements(found, 1, 3)
    assert joint_digest([one]) == one.digest == statement_hash(one.statement.text)
    assert joint_digest([one, two]) == statement_hash(f"{one.digest} {two.digest}")
    assert len({joint_digest(some) for some in ([one, two], [two, one], [one, two, three], [one], [two])}) == 5


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("INSERT INTO t VALUES ('secret', 2)", "INSERT INTO t VALUES ('...', 2)"),
        ("INSERT INTO t VALUES ('a', /* b */ 'b''c')", "INSERT INTO t VALUES ('...', /* b */ '...')"),
        ("SELECT $$ a $$, E'a\\'b'", "SELECT '...', '...'"),
        ("SELECT 1", "SELECT 1"),
        ("SELECT 1;SELECT 'x'", "SELECT 1;\nSELECT '...'"),
        (f"SELECT {'1' * 3993}", f"SELECT {'1' * 3993}"),
        (f"SELECT {'1' * 3994}", f"SELECT {'1' * 3993}"),
        (f"SELECT {'1' * 3993};SELECT 2", f"SELECT {'1' * 3993}"),
        (f"SELECT {'1' * 3989};SELECT 2", f"SELECT {'1' * 3989};\nSE"),
        # The cut is within a string, which stays hidden.
        (f"SELECT '{'1' * 5000}';SELECT 2", "SELECT '...';\nSELECT 2"),
    ],
)
def test_the_journal_keeps_statements_shortened_and_without_the_content_of_strings(text: str, kept: str) -> None:
    found = plan(OFF + text)
    assert shown(list(found.statements()), found.lexer_rules) == kept
