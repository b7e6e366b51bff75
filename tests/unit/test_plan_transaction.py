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
        *on(ALL, f"{ON}{ROW}\nBEGIN;\n{ROW}\nCOMMIT;", [3, 5]),
        *on(ALL, f"BEGIN;\n{ROW}\nCOMMIT;\n{ROW}\nROLLBACK;", [1, 3, 5]),
        *on(ALL, f"BEGIN;\n{ROW}\nBEGIN;\n{ROW}\nCOMMIT;\nCOMMIT;", [1, 3, 5, 6]),
        *on(ALL, f"BEGIN;\n{ROW}\nCOMMIT AND CHAIN;\n{ROW}\nCOMMIT;", [1, 3, 5]),
        *on(ALL, "BEGIN;\nCOMMIT;\nSAVEPOINT a;", [1, 2, 3]),
        *on(ALL, f"BEGIN;\n{ROW}\nROLLBACK;", [1, 3]),
        *on(ALL, f"COMMIT;\n{ROW}\nBEGIN;", [1, 3]),
        *on(ALL, f"{ON}SAVEPOINT a;", [2]),
        *on(NO_DDL, f"SET autocommit = 0;\n{ROW}", [1]),
        *on(NO_DDL, f"SET autocommit = 0;\n{ROW}\nCOMMIT;\n{ROW}", [1, 3]),
        *on(NO_DDL, f"SET autocommit = 1;\n{ROW}\nCOMMIT;", [1, 3]),
        # Autocommit is on already: the statement does nothing, which is usually a mistake.
        *on(NO_DDL, f"SET autocommit = 1;\n{ROW}", [1]),
        *on(NO_DDL, f"BEGIN;\n{ROW}\nSET autocommit = 1;\nCOMMIT;", [1, 3, 4]),
        *on("postgresql", f"BEGIN;\n{ROW}\nPREPARE TRANSACTION 'a';", [1, 3]),
        *on("postgresql", f"BEGIN;\n{ROW}\nABORT;", [1, 3]),
    ],
)
def test_each_transaction_statement_within_a_file_is_a_problem(server: str, text: str, lines: list[int]) -> None:
    with pytest.raises(ValidationFailed) as caught:
        plan(text, server)
    told = [problem.message for problem in caught.value.problems]
    assert [int(message.split(":")[1]) for message in told] == lines
    assert {problem.kind for problem in caught.value.problems} == {"transaction"}
    advice = "the runner begins and ends transactions; remove this statement, or write -- whimbrel: transaction=off"
    assert all(message.endswith(f": {advice}") for message in told)


@pytest.mark.parametrize(
    ("server", "text"),
    [
        *on(ALL, f"{ROW}BEGIN;{ROW}COMMIT;"),
        *on(ALL, f"BEGIN;{ROW}COMMIT;{ROW}"),
        *on(ALL, f"BEGIN;{ROW}COMMIT;BEGIN;{ROW}COMMIT;"),
        *on(ALL, f"START TRANSACTION;{TABLE}COMMIT WORK;{ROW}BEGIN;COMMIT;"),
        *on(ALL, f"BEGIN;SAVEPOINT a;{ROW}ROLLBACK TO SAVEPOINT a;RELEASE SAVEPOINT a;COMMIT;"),
        *on(BOTH, f"BEGIN;{TABLE}END;{ROW}BEGIN;{ROW}END;"),
        *on(NO_DDL, f"SET autocommit=0;{ROW}COMMIT;"),
        *on(NO_DDL, f"set autocommit=0;{ROW}commit;set autocommit=0;{ROW}commit;SET TIME_ZONE='+00:00';"),
        *on(NO_DDL, f"SET AUTOCOMMIT = 0;START TRANSACTION;{ROW}COMMIT;{ROW}COMMIT;SET @@session.autocommit := ON;{ROW}"),
        *on(NO_DDL, f"SET @OLD=@@AUTOCOMMIT, AUTOCOMMIT=0;{ROW}SAVEPOINT a;{ROW}COMMIT;SET AUTOCOMMIT=@OLD;"),
        *on("postgresql", f"BEGIN ISOLATION LEVEL SERIALIZABLE;{TABLE}END;{INDEX}"),
        *on("sqlite", f"BEGIN;{KEYS_OFF}{ROW}COMMIT;{KEYS_ON}"),
        *on("sqlite", f"{KEYS_OFF}BEGIN;{ROW}COMMIT;BEGIN;{ROW}COMMIT;{KEYS_ON}"),
    ],
)
def test_a_file_with_pairs_of_begin_and_commit_runs_as_the_client_runs_it(server: str, text: str) -> None:
    found = plan(text, server)
    assert (found.own_transactions, found.in_transaction, found.left_out) == (True, False, 0)
    assert found.total == text.count(";")


@pytest.mark.parametrize(
    ("text", "begin", "left_out"),
    [
        (ROW, "ISOLATION LEVEL READ COMMITTED", 0),
        (f"BEGIN;{ROW}COMMIT;", "ISOLATION LEVEL READ COMMITTED", 1),
        (f"BEGIN ISOLATION LEVEL SERIALIZABLE;{ROW}COMMIT;", "ISOLATION LEVEL SERIALIZABLE", 1),
        (f"begin work isolation /* a */ level repeatable read;{ROW}END;", "ISOLATION LEVEL REPEATABLE READ", 1),
        (f"START TRANSACTION READ WRITE, NOT DEFERRABLE;{ROW}COMMIT;", "READ WRITE , NOT DEFERRABLE", 1),
        (f"BEGIN;SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;{ROW}COMMIT;", "ISOLATION LEVEL SERIALIZABLE", 2),
        (
            f"BEGIN READ WRITE;SET transaction_isolation = 'repeatable read';{ROW}COMMIT;",
            "READ WRITE ISOLATION LEVEL REPEATABLE READ",
            2,
        ),
        (f"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;{ROW}", "ISOLATION LEVEL SERIALIZABLE", 1),
        # The server decides about these.
        (f"{ROW}SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;", "ISOLATION LEVEL READ COMMITTED", 0),
        (f"BEGIN;SET TRANSACTION SNAPSHOT '1';{ROW}COMMIT;", "ISOLATION LEVEL READ COMMITTED", 1),
        (f"SET transaction_isolation TO DEFAULT;{ROW}", "ISOLATION LEVEL READ COMMITTED", 0),
        (f"SET default_transaction_isolation TO 'serializable';{ROW}", "ISOLATION LEVEL READ COMMITTED", 0),
    ],
)
def test_the_runners_transaction_has_the_modes_that_the_file_asks_for(text: str, begin: str, left_out: int) -> None:
    found = plan(text, "postgresql")
    assert (found.begin, found.left_out) == (f"BEGIN {begin} READ WRITE", left_out)
    assert found.in_transaction


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("BEGIN COMMIT; END", False),
        ("BEGIN PERFORM 1; ROLLBACK; END", False),
        ("BEGIN IF a THEN COMMIT AND CHAIN; ELSE ROLLBACK; END IF; END", False),
        ("<<l>> BEGIN LOOP COMMIT; EXIT; END LOOP; END", False),
        ("BEGIN -- COMMIT;\n INSERT INTO t VALUES (''COMMIT;''); END", True),
        ("BEGIN UPDATE t SET commit = 1; END", True),
        ("BEGIN EXECUTE ''x''; CALL p(); END", True),
    ],
)
def test_a_do_block_that_commits_needs_no_transaction_around_it(body: str, expected: bool) -> None:
    for text in (f"DO '{body}'", f"DO LANGUAGE plpgsql '{body}'", "DO $a$" + body.replace("''", "'") + "$a$"):
        assert plan(f"{text};", "postgresql").in_transaction is expected


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALTER TYPE mood ADD VALUE 'glad';INSERT INTO p VALUES ('glad');", False),
        ("ALTER TYPE s.mood ADD VALUE IF NOT EXISTS 'glad' BEFORE 'sad';UPDATE p SET a = 'glad';", False),
        ("ALTER TYPE \"Mood\" ADD VALUE 'it''s';SELECT 'it''s';", False),
        (
            "ALTER TYPE mood ADD VALUE 'glad';INSERT INTO p VALUES (1);INSERT INTO p VALUES (2);INSERT INTO p VALUES ('glad');",
            False,
        ),
        ("ALTER TYPE mood ADD VALUE 'glad';COPY p FROM stdin;\n1\tglad\n\\.\n", False),
        # Nothing in the file uses the new value, so that all of it can be rolled back.
        ("ALTER TYPE mood ADD VALUE 'glad';", True),
        ("INSERT INTO p VALUES ('glad');ALTER TYPE mood ADD VALUE 'glad';", True),
        ("ALTER TYPE mood ADD VALUE 'glad';ALTER TYPE mood ADD VALUE 'odd' AFTER 'glad';", True),
        ("ALTER TYPE mood ADD VALUE 'glad';INSERT INTO p VALUES ('sad');", True),
        ("ALTER TYPE mood ADD VALUE 'glad';CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT 'glad'$$;", True),
        ("ALTER TYPE mood ADD ATTRIBUTE a text;SELECT 'glad';", True),
        # A type that was created in this transaction may use its new values at once.
        ("CREATE TYPE mood AS ENUM ('sad');ALTER TYPE mood ADD VALUE 'glad';INSERT INTO p VALUES ('glad');", True),
        ("-- whimbrel: transaction=on\nALTER TYPE mood ADD VALUE 'glad';SELECT 'glad';", True),
    ],
)
def test_a_value_of_an_enum_that_the_file_uses_is_committed_before(text: str, expected: bool) -> None:
    assert plan(text, "postgresql").in_transaction is expected
