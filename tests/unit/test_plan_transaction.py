"""Whether a file runs in one transaction, and which of its statements the runner replaces."""

import pytest

from tests.unit.plans import ALL, NO_DDL, on, plan
from whimbrel.errors import ValidationFailed

OFF = "-- whimbrel: transaction=off\n"
ON = "-- whimbrel: transaction=on\n"
TABLE, ROW = "CREATE TABLE t (a INTEGER);", "INSERT INTO t VALUES (1);"
INDEX = "CREATE INDEX CONCURRENTLY i ON t (a);"
BOTH = ("postgresql", "sqlite")
KEYS_OFF, KEYS_ON = "PRAGMA foreign_keys=OFF;", "PRAGMA foreign_keys=ON;"


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(ALL, "", True),
        *on(ALL, ROW, True),
        *on(ALL, ROW * 3, True),
        *on(ALL, f"UPDATE t SET a = 2;{ROW}DELETE FROM t;", True),
        *on(BOTH, TABLE + ROW, True),
        *on(NO_DDL, TABLE, False),
        *on(NO_DDL, ROW + TABLE, False),
        *on(NO_DDL, TABLE + ROW, False),
        *on(ALL, OFF + ROW, False),
        *on(BOTH, ON + TABLE, True),
        # transaction=on has no effect where the server commits DDL by itself.
        *on(NO_DDL, ON + TABLE, False),
        *on(NO_DDL, ON + ROW, True),
        *on(NO_DDL, "SET @a = 1;" + ROW, True),
        *on(NO_DDL, "CALL p();", False),
        *on("postgresql", INDEX, False),
        *on("postgresql", ROW + INDEX, False),
        # With transaction=on the server itself refuses the statement.
        *on("postgresql", ON + INDEX, True),
        *on("postgresql", "VACUUM;", False),
        *on("sqlite", "VACUUM;", False),
        *on("sqlite", ON + "VACUUM;", True),
        *on("sqlite", "ATTACH ':memory:' AS m;", False),
        *on("sqlite", KEYS_OFF + TABLE, True),
        *on("sqlite", KEYS_OFF + TABLE + KEYS_ON, True),
        *on("sqlite", TABLE + KEYS_OFF, False),
        *on("sqlite", TABLE + KEYS_OFF + ROW + KEYS_ON, False),
        *on("sqlite", KEYS_OFF + TABLE + KEYS_ON + ROW, False),
        *on("sqlite", KEYS_OFF + KEYS_OFF + TABLE, False),
    ],
)
def test_a_file_runs_in_one_transaction_if_all_its_statements_can(server: str, text: str, expected: bool) -> None:
    assert plan(text, server).in_transaction is expected


@pytest.mark.parametrize("server", ALL)
def test_a_file_that_began_with_a_journal_resumes_with_it(server: str) -> None:
    for text in (ROW, ON + ROW):
        assert plan(text, server).in_transaction
        assert not plan(text, server, begun=True).in_transaction
    assert plan(ROW, server, begun=True).begun
    assert not plan(ROW, server).begun


@pytest.mark.parametrize(
    ("server", "text", "total", "left_out"),
    [
        *on(ALL, ROW + ROW, 2, 0),
        *on(ALL, f"BEGIN;{ROW}COMMIT;", 1, 1),
        *on(ALL, f"START TRANSACTION;{ROW}{ROW}COMMIT;", 2, 1),
        *on(BOTH, f"BEGIN;{ROW}END;", 1, 1),
        *on(BOTH, f"BEGIN;{TABLE}COMMIT;", 1, 1),
        *on(ALL, "BEGIN;COMMIT;", 0, 1),
        # MySQL runs this file with the journal, which leaves out BEGIN and COMMIT too.
        *on(NO_DDL, f"BEGIN;{TABLE}{ROW}COMMIT;", 2, 1),
        *on(ALL, f"{OFF}BEGIN;{ROW}COMMIT;", 3, 0),
        *on("sqlite", f"{KEYS_OFF}{TABLE}{ROW}", 2, 1),
        *on("sqlite", f"{KEYS_OFF}{TABLE}{ROW}{KEYS_ON}", 2, 1),
        *on("sqlite", f"{KEYS_OFF}BEGIN;{TABLE}{ROW}COMMIT;{KEYS_ON}", 2, 2),
        *on("sqlite", f"{KEYS_OFF}BEGIN;{TABLE}{ROW}COMMIT;", 2, 2),
        # With a journal the switches run, so that numbers are the same when the file resumes.
        *on("sqlite", f"{KEYS_OFF}{TABLE}VACUUM;{KEYS_ON}", 4, 0),
        *on("sqlite", f"{TABLE}{KEYS_OFF}{ROW}{KEYS_ON}", 4, 0),
    ],
)
def test_begin_commit_and_key_switches_around_a_file_are_left_out(server: str, text: str, total: int, left_out: int) -> None:
    found = plan(text, server)
    assert (found.total, found.left_out) == (total, left_out)


def test_a_resumed_file_counts_its_key_switches() -> None:
    text = f"{KEYS_OFF}{TABLE}{ROW}"
    assert (plan(text, "sqlite").total, plan(text, "sqlite", begun=True).total) == (2, 3)
    assert [one.kind for one in plan(text, "sqlite", begun=True).statements()] == ["PRAGMA", "CREATE TABLE", "INSERT"]


@pytest.mark.parametrize(
    ("server", "text", "lines"),
    [
        *on(ALL, f"BEGIN;\n{ROW}", [1]),
        *on(ALL, f"{ROW}\nCOMMIT;", [2]),
        *on(ALL, f"{ROW}\nBEGIN;\n{ROW}\nCOMMIT;", [2, 4]),
        *on(ALL, f"BEGIN;\n{ROW}\nCOMMIT;\n{ROW}", [1, 3]),
        *on(ALL, f"BEGIN;\n{ROW}\nROLLBACK;", [1, 3]),
        *on(ALL, f"BEGIN;\nSAVEPOINT a;\n{ROW}\nCOMMIT;", [1, 2, 4]),
        *on(ALL, f"COMMIT;\n{ROW}\nBEGIN;", [1, 3]),
        *on(ALL, f"{ON}SAVEPOINT a;", [2]),
        *on(NO_DDL, f"SET autocommit = 0;\n{ROW}", [1]),
        *on("postgresql", f"BEGIN;\n{ROW}\nPREPARE TRANSACTION 'a';", [1, 3]),
        *on("sqlite", f"BEGIN;\n{KEYS_OFF}\n{ROW}\nCOMMIT;\n{KEYS_ON}", [1, 4]),
    ],
)
def test_each_transaction_statement_within_a_file_is_a_problem(server: str, text: str, lines: list[int]) -> None:
    with pytest.raises(ValidationFailed) as caught:
        plan(text, server)
    told = [problem.message for problem in caught.value.problems]
    assert [int(message.split(":")[1]) for message in told] == lines
    assert {problem.kind for problem in caught.value.problems} == {"transaction"}
    advice = "to begin and end transactions is the runner's to do; remove it, or write -- whimbrel: transaction=off"
    assert all(message.endswith(f": {advice}") for message in told)


@pytest.mark.parametrize("server", ALL)
def test_a_file_with_transaction_off_may_have_its_own_transactions(server: str) -> None:
    assert plan(f"{OFF}BEGIN;{ROW}COMMIT;{ROW}", server).own_transactions
    assert plan(f"{OFF}{ROW}COMMIT;", server).own_transactions
    assert not plan(OFF + ROW, server).own_transactions
    assert not plan(ROW, server).own_transactions
    assert not plan(f"BEGIN;{ROW}COMMIT;", server).own_transactions


@pytest.mark.parametrize("server", ALL)
def test_a_file_with_its_own_transactions_runs_with_the_journal(server: str) -> None:
    assert not plan(f"{OFF}BEGIN;{ROW}COMMIT;", server).in_transaction
