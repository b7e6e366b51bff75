"""Short files share one message on a database without a history."""

import pytest

from tests.unit.plans import NO_DDL, dialect, on, plan
from whimbrel.dialects.base import Dialect
from whimbrel.dialects.postgresql.pgbouncer import PgBouncerPostgresql
from whimbrel.planning.batches import MOST_CHARACTERS
from whimbrel.planning.plan import Plan
from whimbrel.planning.strategy import batchable_files
from whimbrel.session.state import SessionState

TABLE, ROW = "CREATE TABLE t (a INTEGER);", "INSERT INTO t VALUES (1);"
OFF, LIMITED = "-- whimbrel: transaction=off\n", "-- whimbrel: statement_timeout=5s\n"
BOTH = ("postgresql", "sqlite")


def count(rules: Dialect, plans: list[Plan]) -> int:
    found = batchable_files(rules, plans, SessionState("public"))
    assert found == plans[: len(found)]
    return len(found)


def plans(server: str, *texts: str) -> list[Plan]:
    return [plan(text, server, version=str(number)) for number, text in enumerate(texts, start=1)]


@pytest.mark.parametrize(
    ("server", "texts", "expected"),
    [
        *on(BOTH, [], 0),
        *on(BOTH, [TABLE], 1),
        *on(BOTH, [TABLE] * 3, 3),
        *on(BOTH, [TABLE] * 64, 64),
        *on(BOTH, [TABLE] * 65, 64),
        *on(BOTH, [f"BEGIN;{TABLE}COMMIT;"], 1),
        # A file of comments has no statement to send.
        *on(BOTH, [TABLE, "-- nothing", TABLE], 1),
        *on(BOTH, [OFF + TABLE, TABLE], 0),
        *on(BOTH, [TABLE, OFF + TABLE, TABLE], 1),
        *on(BOTH, [TABLE, LIMITED + TABLE, TABLE], 1),
        *on(BOTH, [LIMITED + TABLE, TABLE], 0),
        *on("postgresql", [TABLE, "SET a.b TO c;", TABLE], 1),
        *on("sqlite", [TABLE, "DROP TABLE t;", TABLE], 1),
        *on("sqlite", [TABLE, "PRAGMA foreign_keys=OFF;" + TABLE, TABLE], 1),
        # PostgreSQL's now() is the same in a whole message, so a file that may write rows begins its own.
        *on("postgresql", [ROW, TABLE, TABLE], 3),
        *on("postgresql", [TABLE, ROW, TABLE], 1),
        *on("postgresql", [ROW, ROW], 1),
        # SQLite's row counters are reset within the message; any other leftover needs a new session.
        *on("sqlite", [TABLE, ROW, TABLE, ROW, TABLE], 5),
        *on("sqlite", [TABLE, "SELECT 1;", TABLE], 2),
        *on("sqlite", ["SELECT 1;", TABLE], 1),
        # MySQL and MariaDB cannot measure a file's duration in SQL.
        *on(NO_DDL, [ROW, ROW], 0),
    ],
)
def test_files_share_a_message_up_to_the_first_that_cannot(server: str, texts: list[str], expected: int) -> None:
    assert count(dialect(server), plans(server, *texts)) == expected


def sized(characters: int) -> str:
    return f"COMMENT ON TABLE t IS '{'x' * (characters - 24)}';"


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([MOST_CHARACTERS], 1),
        ([MOST_CHARACTERS + 1], 0),
        ([MOST_CHARACTERS - 100, 100, 100], 2),
        ([MOST_CHARACTERS - 100, 101], 1),
        ([40] * 3, 3),
    ],
)
def test_files_share_a_message_up_to_its_size(sizes: list[int], expected: int) -> None:
    assert count(dialect("postgresql"), plans("postgresql", *map(sized, sizes))) == expected


@pytest.mark.parametrize("server", BOTH)
def test_files_of_different_session_states_do_not_share_a_message(server: str) -> None:
    one, other = plan(TABLE, server), plan(TABLE, server, native=True)
    assert count(dialect(server), [one, one, other, one]) == 2


def test_files_behind_a_pooler_do_not_share_a_message() -> None:
    assert count(PgBouncerPostgresql(), plans("postgresql", TABLE, TABLE)) == 0
