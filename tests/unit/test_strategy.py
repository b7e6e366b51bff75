"""One place decides how the next files are sent, and in which messages."""

from dataclasses import replace

import pytest

from tests.unit.plans import ALL, NO_DDL, dialect, on, plan
from whimbrel.dialects.postgresql.pgbouncer import PgBouncerPostgresql
from whimbrel.planning.strategy import Messages, Strategy, find_next, next_step
from whimbrel.session.state import Limits, SessionState

TABLE, ROW, OFF = "CREATE TABLE t (a INTEGER);", "INSERT INTO t VALUES (1);", "-- whimbrel: transaction=off\n"
STATE = SessionState("public")
TIMED = STATE._replace(limits=Limits(statement_timeout=5.0))
BATCH, WHOLE, JOURNAL = Strategy.FILE_BATCH, Strategy.TRANSACTIONAL, Strategy.JOURNALED


@pytest.mark.parametrize(
    ("server", "texts", "fresh", "strategy", "files"),
    [
        *on(("postgresql", "sqlite"), [TABLE, TABLE], True, BATCH, 2),
        *on(("postgresql", "sqlite"), [TABLE, TABLE], False, WHOLE, 1),
        *on(("postgresql", "sqlite"), [TABLE, TABLE, OFF + TABLE], True, BATCH, 2),
        *on(("postgresql", "sqlite"), [TABLE, OFF + TABLE], True, WHOLE, 1),
        *on(ALL, [ROW], True, WHOLE, 1),
        *on(ALL, [OFF + ROW, ROW], True, JOURNAL, 1),
        *on(NO_DDL, [TABLE, TABLE], True, JOURNAL, 1),
        *on(NO_DDL, [ROW, ROW], True, WHOLE, 1),
    ],
)
def test_the_next_files_have_a_strategy(server: str, texts: list[str], fresh: bool, strategy: Strategy, files: int) -> None:
    plans = [plan(text, server, version=str(number)) for number, text in enumerate(texts, start=1)]
    assert next_step(dialect(server), plans, STATE, fresh=fresh) == (strategy, plans[:files])


ALTER, CALL = "ALTER TABLE t ADD COLUMN b INTEGER;", "CALL p();"


@pytest.mark.parametrize(
    ("server", "first", "second", "linked"),
    [
        *((server, TABLE, ALTER, server in NO_DDL) for server in ALL),
        *((server, OFF + TABLE, OFF + ALTER, False) for server in ALL),
        ("mysql", TABLE + ROW, ALTER, False),
        ("mysql", TABLE, ROW, False),
        ("mysql", TABLE, ROW + ALTER, False),
        ("mysql", TABLE, CALL, False),
        ("mysql", TABLE, "ALTER TABLE t ADD COLUMN IF NOT EXISTS b INTEGER;", False),
        ("mysql", TABLE, "-- whimbrel: lock_timeout=5s\n" + ALTER, False),
        ("mariadb", "-- whimbrel: lock_timeout=5s\n" + TABLE, ALTER, False),
    ],
)
def test_the_record_of_a_file_of_ddl_travels_with_the_first_intent_of_the_next(
    server: str, first: str, second: str, linked: bool
) -> None:
    plans = [plan(first, server, version="1"), plan(second, server, version="2")]
    assert find_next(dialect(server), server, plans, STATE) == (plans[1] if linked else None)
    assert find_next(dialect(server), server, plans[:1], STATE) is None
    assert find_next(dialect(server), server, plans, TIMED) is None


@pytest.mark.parametrize("server", NO_DDL)
def test_a_begun_file_another_session_and_own_transactions_are_not_linked(server: str) -> None:
    first, second = plan(ALTER, server, version="1"), plan(ALTER, server, version="2")
    assert find_next(dialect(server), server, [first, second], STATE) == second
    for pair in (
        [first, replace(second, begun=True)],
        [first, replace(second, portable=not second.portable)],
        [first, replace(second, begin="BEGIN READ ONLY")],
        [replace(first, own_transactions=True), second],
    ):
        assert find_next(dialect(server), server, pair, STATE) is None


def test_files_with_a_time_limit_do_not_share_a_message() -> None:
    plans = [plan(TABLE, version="1"), plan(TABLE, version="2")]
    assert next_step(dialect("postgresql"), plans, TIMED, fresh=True) == (WHOLE, plans[:1])


THREE = plan(TABLE + ROW + ROW)


@pytest.mark.parametrize("server", ALL)
def test_a_file_shares_its_messages_with_begin_and_record(server: str) -> None:
    assert Messages.of(dialect(server), plan(ROW, server), STATE) == (True, (), 0)


def test_begin_and_record_are_sent_apart_behind_a_pooler_and_without_foreign_keys() -> None:
    assert Messages.of(PgBouncerPostgresql(), THREE, STATE) == (False, (), 0)
    assert Messages.of(dialect("sqlite"), plan("PRAGMA foreign_keys=OFF;" + TABLE, "sqlite"), STATE) == (False, (), 0)


def test_statements_with_a_time_limit_are_sent_alone() -> None:
    assert Messages.of(dialect("postgresql"), THREE, TIMED) == Messages.apart(THREE) == (False, range(1, 4), 0)


def test_a_refused_message_is_sent_apart_and_after_the_third_all_are() -> None:
    first = Messages.of(dialect("postgresql"), THREE, STATE).after_refusal(THREE, range(2, 4))
    assert first == Messages(joined=False, alone=range(2, 4), refusals=1)
    # A message without statements of the file.
    second = first.after_refusal(THREE, None)
    assert second == Messages(joined=False, alone=range(2, 4), refusals=2)
    assert second.after_refusal(THREE, range(3, 4)) == Messages(joined=False, alone=range(1, 4), refusals=3)
