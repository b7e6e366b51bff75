"""Which short files travel in one message on a database that has no history yet."""

import pytest

from database.dialect import Dialect
from database.dialects.postgresql import PooledPostgresql
from database.migration import Directives
from database.parts import MOST_CHARACTERS
from database.plan import Plan
from database.together import batchable_files
from tests.unit.plans import NO_DDL, dialect, on, plan

TABLE, ROW = "CREATE TABLE t (a INTEGER);", "INSERT INTO t VALUES (1);"
OFF, LIMITED = "-- whimbrel: transaction=off\n", "-- whimbrel: statement_timeout=5s\n"
BOTH = ("postgresql", "sqlite")


def timed(directives: Directives) -> bool:
    return directives.statement_timeout is not None


def count(rules: Dialect, plans: list[Plan]) -> int:
    found = batchable_files(rules, "public", plans, timed)
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
        # What a message can hold, and is kept: a file of comments has nothing that is.
        *on(BOTH, [TABLE, "-- nothing", TABLE], 1),
        *on(BOTH, [OFF + TABLE, TABLE], 0),
        *on(BOTH, [TABLE, OFF + TABLE, TABLE], 1),
        *on(BOTH, [TABLE, LIMITED + TABLE, TABLE], 1),
        *on(BOTH, [LIMITED + TABLE, TABLE], 0),
        *on("postgresql", [TABLE, "SET a.b TO c;", TABLE], 1),
        *on("sqlite", [TABLE, "DROP TABLE t;", TABLE], 1),
        *on("sqlite", [TABLE, "PRAGMA foreign_keys=OFF;" + TABLE, TABLE], 1),
        # On PostgreSQL the time stands still in a message: a file that may write rows is the first in its own.
        *on("postgresql", [ROW, TABLE, TABLE], 3),
        *on("postgresql", [TABLE, ROW, TABLE], 1),
        *on("postgresql", [ROW, ROW], 1),
        # On SQLite rows are forgotten within the message; whatever else is left needs a new session.
        *on("sqlite", [TABLE, ROW, TABLE, ROW, TABLE], 5),
        *on("sqlite", [TABLE, "SELECT 1;", TABLE], 2),
        *on("sqlite", ["SELECT 1;", TABLE], 1),
        # These cannot tell in SQL how long a file took.
        *on(NO_DDL, [ROW, ROW], 0),
    ],
)
def test_files_travel_together_up_to_the_first_that_must_not(server: str, texts: list[str], expected: int) -> None:
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
def test_files_travel_together_up_to_the_size_of_a_message(sizes: list[int], expected: int) -> None:
    assert count(dialect("postgresql"), plans("postgresql", *map(sized, sizes))) == expected


@pytest.mark.parametrize("server", BOTH)
def test_files_of_two_sessions_do_not_travel_together(server: str) -> None:
    one, other = plan(TABLE, server), plan(TABLE, server, native=True)
    assert count(dialect(server), [one, one, other, one]) == 2


def test_nothing_travels_together_behind_a_pooler() -> None:
    assert count(PooledPostgresql(), plans("postgresql", TABLE, TABLE)) == 0
