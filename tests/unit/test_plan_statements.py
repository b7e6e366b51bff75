"""The statements of a plan: numbers, texts, digests, places; and statements that a file must not have."""

from contextlib import suppress

import pytest

from tests.unit.plans import ALL, NO_DDL, dialect, file, on, plan, statements
from whimbrel.errors import ValidationFailed
from whimbrel.migrations.migration import statement_hash
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.planning.analysis import MOST_KEPT
from whimbrel.planning.plan import MOST_HASHES, Planner

ROW = "INSERT INTO t VALUES ({});"
ROWS = "".join(ROW.format(number) for number in (1, 2, 3))
OFF = "-- whimbrel: transaction=off\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("SELECT 1;SELECT 2", [(1, "SELECT 1"), (2, "SELECT 2")]),
        ("BEGIN;SELECT 1;SELECT 2;COMMIT;", [(1, "SELECT 1"), (2, "SELECT 2")]),
        ("BEGIN;COMMIT;", []),
        (f"BEGIN;{ROWS}COMMIT;", [(number, f"INSERT INTO t VALUES ({number})") for number in (1, 2, 3)]),
        ("SELECT 1;" + ROWS, [(1, "SELECT 1"), *((number + 1, f"INSERT INTO t VALUES ({number})") for number in (1, 2, 3))]),
        (ROWS + "SELECT 1", [*((number, f"INSERT INTO t VALUES ({number})") for number in (1, 2, 3)), (4, "SELECT 1")]),
    ],
)
def test_numbers_count_from_the_first_statement_that_runs(text: str, expected: list[tuple[int, str]]) -> None:
    found = plan(text, "sqlite")
    assert [(one.number, one.statement.text) for one in found.statements()] == expected
    assert found.total == len(expected)
    assert found.hashes() == [statement_hash(text) for _, text in expected]


def test_successive_inserts_are_one_piece_with_the_number_of_the_first() -> None:
    found = list(plan(f"BEGIN;SELECT 1;{ROWS}SELECT 2;COMMIT;", "sqlite").statements_or_batches())
    assert [(number, type(piece) is InsertBatch, piece.count) for number, piece in found] == [
        (1, False, 1),
        (2, True, 3),
        (5, False, 1),
    ]


def test_a_short_file_is_split_once_and_a_long_one_again_when_it_runs() -> None:
    short = "SELECT 1;".ljust(MOST_KEPT - 9) + "SELECT 2;"
    assert [piece.text for piece in plan(short, "sqlite").kept if not isinstance(piece, InsertBatch)] == ["SELECT 1", "SELECT 2"]
    longer = plan(short + " ", "sqlite")
    assert longer.kept == ()
    assert [(one.number, one.statement.text) for one in longer.statements()] == [(1, "SELECT 1"), (2, "SELECT 2")]


def test_a_text_read_in_pieces_has_the_same_statements() -> None:
    text = f"BEGIN;\nSELECT 1;\n{ROWS}\nCOMMIT;"
    whole, read = plan(text, "sqlite"), plan([text[:20], text[20:]], "sqlite")
    assert read.kept == ()
    assert (read.total, read.left_out, read.hashes()) == (whole.total, whole.left_out, whole.hashes())
    assert [(one.number, one.statement) for one in read.statements()] == [
        (one.number, one.statement) for one in whole.statements()
    ]


def test_a_plan_keeps_the_digest_of_each_statement_up_to_a_number() -> None:
    assert len(plan("SELECT 1;" * MOST_HASHES, "sqlite").hashes()) == MOST_HASHES
    assert plan("SELECT 1;" * (MOST_HASHES + 1), "sqlite").hashes() == []


def test_the_digest_of_a_copy_covers_its_data() -> None:
    one, other = (plan(f"COPY t FROM stdin;\n{row}\n\\.\n") for row in (1, 2))
    assert one.hashes() != other.hashes()
    (copied,) = one.statements()
    assert copied.digest == statement_hash(copied.statement.text + (copied.statement.copy_data or ""))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("CREATE TABLE t (a INTEGER)", "CREATE TABLE"),
        ("create unique index i ON t (a)", "CREATE UNIQUE INDEX"),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS ''", "CREATE OR REPLACE FUNCTION"),
        ("ALTER TABLE t ADD COLUMN view INTEGER", "ALTER TABLE"),
        ("DROP VIEW v", "DROP VIEW"),
        ("DROP SCHEMA a", "DROP SCHEMA"),
        ("CREATE ROLE a", "CREATE"),
        ("INSERT INTO t VALUES (1)", "INSERT"),
        ("/* DROP */ UPDATE t SET a = 1", "UPDATE"),
        ("TRUNCATE TABLE t", "TRUNCATE"),
    ],
)
def test_the_kind_of_a_statement_is_its_verb_and_its_object(text: str, kind: str) -> None:
    (one,) = plan(OFF + text).statements()
    assert one.kind == kind


def test_the_place_of_a_statement_is_its_line_and_column_in_the_file() -> None:
    found = plan("SELECT 1;\n  SELECT\r\n 2 + x;\n", "sqlite")
    second = statements(found, 2, 2)[0]
    path = found.migration.path
    assert found.place(second) == (path, 2, 3, "  SELECT")
    assert found.place(second, 0) == (path, 2, 3, "  SELECT")
    assert found.place(second, 3) == (path, 2, 6, "  SELECT")
    assert found.place(second, second.statement.text.index("x")) == (path, 3, 6, " 2 + x;")
    assert found.place(None) == (path, 1, 1, "")


def test_the_place_in_a_text_read_in_pieces_shows_the_statement_alone() -> None:
    found = plan(["SELECT 1;\n  SELECT\r\n 2 ", "+ x;\n"], "sqlite")
    second = statements(found, 2, 2)[0]
    path = found.migration.path
    assert found.place(second) == (path, 2, 3, "  SELECT")
    assert found.place(second, second.statement.text.index("x")) == (path, 3, 6, " 2 + x")


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on("postgresql", "SELECT 1;\n\\connect x\nSELECT 2;", ["psql sql/chat/V1__a.sql:2:1: \\connect x is a command of psql"]),
        *on("postgresql", "\\i a.sql\n\\i b.sql\n", ["psql sql/chat/V1__a.sql:1:1: ", "psql sql/chat/V1__a.sql:2:1: "]),
        *on(ALL, "SELECT 1;\n-- whimbrel: transaction=off\nSELECT 2;", ["directive sql/chat/V1__a.sql:2: "]),
        *on(ALL, "SELECT 1;\n\n-- whimbrel: x\n", ["directive sql/chat/V1__a.sql:3: "]),
        *on(ALL, f"{ROWS}\n/* whimbrel: x */\n{ROWS}", ["directive sql/chat/V1__a.sql:2: "]),
        *on("sqlite", "SELECT 1;\nSELECT 2;\n/* and so on; SELECT 3;", ["comment sql/chat/V1__a.sql:3: a comment begins here"]),
        *on("sqlite", "SELECT 1; /* closed */ -- x", []),
        *on(ALL, "SELECT '-- whimbrel: transaction=off';\nSELECT 2;", []),
        *on(ALL, "-- whimbrel: lock_timeout=1s\nSELECT 1;", []),
        *on("postgresql", "COPY t FROM stdin;\n-- whimbrel: x\n\\.\nSELECT 1;", []),
        *on("postgresql", "COPY t FROM stdin;\n1\n\\.\n-- whimbrel: x\nSELECT 1;", ["directive sql/chat/V1__a.sql:4: "]),
        *on(("sqlite", *NO_DDL), "SELECT 1; -- \\connect x", []),
    ],
)
def test_a_forbidden_statement_or_comment_is_a_problem_with_its_place(server: str, text: str, expected: list[str]) -> None:
    told: list[str] = []
    try:
        plan(text, server)
    except ValidationFailed as failed:
        told = [f"{problem.kind} {problem.message}" for problem in failed.problems]
        assert {problem.script for problem in failed.problems} == {"sql/chat/V1__a.sql"}
        assert not any(problem.warning for problem in failed.problems)
    assert len(told) == len(expected)
    assert all(message.startswith(head) for message, head in zip(told, expected, strict=True))


def test_all_problems_of_a_file_are_reported_together() -> None:
    with pytest.raises(ValidationFailed) as caught:
        plan("BEGIN;\n\\connect x\n-- whimbrel: x\nSELECT 1;")
    assert [problem.kind for problem in caught.value.problems] == ["psql", "directive", "transaction"]


def test_a_run_plans_each_file_once() -> None:
    planner, rules, one = Planner(native=False), dialect("sqlite"), file("SELECT 1;")
    first = planner.plan(rules, "sqlite", one)
    assert planner.plan(rules, "sqlite", one) is first
    assert planner.plan(rules, "sqlite", one, begun=True) is not first
    assert planner.plan(rules, "sqlite", one, begun=True).begun
    assert planner.plan(rules, "sqlite", file("SELECT 2;", version="2")).hashes() != first.hashes()
    assert (first.portable, first.key) == (True, ("chat", "1"))
    assert Planner(native=True).plan(rules, "sqlite", one).portable is False


# If the search for the end of each comment read all following text, this would take many minutes.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mark", ["/*!", "/*!50000 ", "/* ;", "a;/*", "-- whimbrel: x=1\n;a;", "/* a */;a;"])
def test_a_file_of_many_comments_is_read_through_in_time_that_grows_with_it(mark: str) -> None:
    text = "SELECT 1;\n" + mark * (600_000 // len(mark))
    with suppress(ValidationFailed):
        plan(text, "sqlite")
