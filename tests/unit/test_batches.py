"""A file's statements are grouped into batches, one message each."""

import pytest

from tests.unit.plans import ALL, batches, numbers, on, plan
from whimbrel.planning.batches import MOST_CHARACTERS

ROW = "INSERT INTO t VALUES (1);"
UPDATE = "UPDATE t SET a = 1;"
COPY = "COPY t FROM stdin;\n1\n\\.\n"


def cut(text: str, server: str, *alone: int) -> list[tuple[int, int, bool]]:
    return [(*numbers(batch), batch.alone) for batch in batches(plan(text, server), *alone)]


@pytest.mark.parametrize(
    ("server", "text", "alone", "expected"),
    [
        *on(ALL, "", (), []),
        *on(ALL, UPDATE, (), [(1, 1, False)]),
        *on(ALL, UPDATE * 3, (), [(1, 3, False)]),
        *on(ALL, UPDATE + ROW * 4 + UPDATE, (), [(1, 6, False)]),
        *on(ALL, f"BEGIN;{UPDATE}{UPDATE}COMMIT;", (), [(1, 2, False)]),
        # The plan says that a statement is alone.
        *on("postgresql", COPY, (), [(1, 1, True)]),
        *on("postgresql", UPDATE * 2 + COPY + UPDATE, (), [(1, 2, False), (3, 3, True), (4, 4, False)]),
        *on("postgresql", COPY + COPY + UPDATE, (), [(1, 1, True), (2, 2, True), (3, 3, False)]),
        *on("postgresql", "SET a.b TO c;" + UPDATE, (), [(1, 1, True), (2, 2, False)]),
        *on("postgresql", f"BEGIN;{UPDATE}SET a.b TO c;{UPDATE}COMMIT;", (), [(1, 1, False), (2, 2, True), (3, 3, False)]),
        *on("sqlite", UPDATE + "DROP TABLE t;" + UPDATE, (), [(1, 1, False), (2, 2, True), (3, 3, False)]),
        *on(("mysql", "mariadb"), "SET @a = 1;" + UPDATE * 2, (), [(1, 1, True), (2, 3, False)]),
        # The caller says that a statement is alone.
        *on(ALL, UPDATE * 3, (2,), [(1, 1, False), (2, 2, True), (3, 3, False)]),
        *on(ALL, UPDATE * 3, (1, 2, 3), [(1, 1, True), (2, 2, True), (3, 3, True)]),
        *on(ALL, UPDATE * 3, (1,), [(1, 1, True), (2, 3, False)]),
        *on(ALL, UPDATE * 3, (3,), [(1, 2, False), (3, 3, True)]),
        # Successive INSERTs are one piece, identified by the first number.
        *on(ALL, UPDATE + ROW * 4 + UPDATE, (2,), [(1, 1, False), (2, 5, True), (6, 6, False)]),
        *on(ALL, UPDATE + ROW * 4 + UPDATE, (3,), [(1, 6, False)]),
    ],
)
def test_successive_statements_share_a_batch_unless_one_is_alone(
    server: str, text: str, alone: tuple[int, ...], expected: list[tuple[int, int, bool]]
) -> None:
    assert cut(text, server, *alone) == expected


def sized(*characters: int) -> str:
    return "".join(f"SELECT '{'x' * (count - 9)}';" for count in characters)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (sized(MOST_CHARACTERS), [(1, 1)]),
        (sized(MOST_CHARACTERS + 1), [(1, 1)]),
        (sized(MOST_CHARACTERS - 20, 20), [(1, 2)]),
        (sized(MOST_CHARACTERS - 20, 21), [(1, 1), (2, 2)]),
        (sized(20, MOST_CHARACTERS, 20, 20), [(1, 1), (2, 2), (3, 4)]),
        (sized(*[MOST_CHARACTERS // 2] * 5), [(1, 2), (3, 4), (5, 5)]),
        # The size counts from the start of the batch, not of the file.
        (sized(MOST_CHARACTERS - 20, 20, MOST_CHARACTERS - 20, 20), [(1, 2), (3, 4)]),
    ],
)
def test_a_batch_stays_below_the_size_that_every_server_accepts(text: str, expected: list[tuple[int, int]]) -> None:
    assert [(first, last) for first, last, _ in cut(text, "postgresql")] == expected


def test_the_size_starts_again_behind_a_statement_that_is_alone() -> None:
    text = sized(MOST_CHARACTERS - 20) + COPY + sized(MOST_CHARACTERS - 20, 20)
    assert cut(text, "postgresql") == [(1, 1, False), (2, 2, True), (3, 4, False)]


def test_a_batch_has_the_texts_of_its_statements_byte_for_byte() -> None:
    text = "SELECT  1 ;\n" + "INSERT INTO t VALUES ( 1 );\n INSERT INTO t VALUES (2);" + COPY
    first, second = batches(plan(text))
    assert first.texts() == ["SELECT  1 ", "INSERT INTO t VALUES ( 1 )", "INSERT INTO t VALUES (2)"]
    assert second.texts() == ["COPY t FROM stdin"]


def test_the_statements_of_a_batch_have_their_numbers_in_the_file() -> None:
    text = UPDATE + "SET a.b TO c;" + UPDATE + ROW * 3 + UPDATE
    last = batches(plan(text))[-1]
    assert last.numbers == range(3, 8)
    assert [(one.number, one.kind) for one in last.statements()] == [
        (3, "UPDATE"),
        (4, "INSERT"),
        (5, "INSERT"),
        (6, "INSERT"),
        (7, "UPDATE"),
    ]
    assert len(last.texts()) == 5
