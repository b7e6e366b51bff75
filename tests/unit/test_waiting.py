"""A session waits for other sessions' locks and for the migration lock, within its limits."""

import logging
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sessions import Clock, in_memory
from whimbrel.dialects.base import Connection
from whimbrel.dialects.sqlite.dialect import Sqlite
from whimbrel.errors import DatabaseBusy, DatabaseError, LockTimeout
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.asyncio
Attempt = Callable[[], Coroutine[Any, Any, str]]


def busy(times: int) -> Attempt:
    """Return an attempt that meets another session's lock `times` times, then succeeds."""
    met = 0

    async def attempt() -> str:
        nonlocal met
        met += 1
        if met <= times:
            raise DatabaseBusy("database is locked", code="BUSY")
        return "done"

    return attempt


@pytest.mark.parametrize(
    ("times", "pauses"),
    [
        (0, []),
        (1, [0.25]),
        (2, [0.25, 0.5]),
        (6, [0.25, 0.5, 1, 2, 4, 8]),
        (7, [0.25, 0.5, 1, 2, 4, 8, 15]),
        (9, [0.25, 0.5, 1, 2, 4, 8, 15, 15, 15]),
    ],
)
async def test_the_pause_between_retries_doubles_up_to_a_limit(clock: Clock, times: int, pauses: list[float]) -> None:
    async with in_memory() as session:
        session.wait_up_to(1000)
        assert await session.patiently(busy(times), lambda: "") == "done"
    assert clock.pauses == pauses


async def test_a_pause_is_shortened_at_random_to_half_at_least(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, _high: low)
    async with in_memory() as session:
        session.wait_up_to(1000)
        await session.patiently(busy(3), lambda: "")
    assert clock.pauses == [0.125, 0.25, 0.5]


@pytest.mark.parametrize(
    ("wait", "retries"),
    # The pauses end after 0.25, 0.75, 1.75 and 3.75 seconds.
    [(0, 0), (0.2, 0), (0.25, 1), (0.7, 1), (0.75, 2), (1.74, 2), (1.75, 3), (3.75, 4)],
)
async def test_a_run_tries_again_while_the_next_pause_ends_in_time(clock: Clock, wait: float, retries: int) -> None:
    async with in_memory() as session:
        session.wait_up_to(wait)
        assert session.connection.patience == wait
        with pytest.raises(DatabaseBusy) as caught:
            await session.patiently(busy(100), lambda: "")
    assert caught.value.blockers == "no other session"
    assert len(clock.pauses) == retries


async def test_each_retry_reports_its_pause_and_the_blockers(clock: Clock) -> None:
    told: list[str] = []
    async with in_memory() as session:
        session.wait_up_to(10)
        session.progress = told.append
        await session.patiently(busy(3), lambda: "")
    head = "database is locked [BUSY]; in the way: no other session; trying again in"
    assert told == [f"{head} 0.2 s", f"{head} 0.5 s", f"{head} 1.0 s"]


async def test_other_errors_are_not_tried_again(clock: Clock) -> None:
    async def fail() -> None:
        raise DatabaseError("no such table")

    async with in_memory() as session:
        session.wait_up_to(1000)
        with pytest.raises(DatabaseError, match="no such table"):
            await session.patiently(fail, lambda: "")
    assert clock.pauses == []


async def test_the_migration_lock_is_polled_ever_more_slowly_and_its_holder_reported_once(clock: Clock, tmp_path: Path) -> None:
    address, told = f"sqlite:///{tmp_path / 'a.db'}", list[str]()
    async with open_session(address) as holder, open_session(address) as session:
        await holder.connection.run("BEGIN IMMEDIATE")
        session.wait_up_to(1.5)
        session.progress = told.append
        with pytest.raises(LockTimeout) as caught:
            async with session.transaction():
                pass
        await holder.connection.run("COMMIT")
    assert clock.pauses[:5] == [0.02, 0.03, 0.045, 0.0675, 0.10125]
    assert clock.pauses[-1] == max(clock.pauses) == 0.5
    # The last attempt is the first one at the deadline or later.
    assert sum(clock.pauses[:-1]) < 1.5 <= sum(clock.pauses)
    assert str(caught.value).startswith(
        "waited 1.5 s for the migration lock, held by another connection that writes to the file\n"
    )
    assert told == ["waiting for the migration lock, held by another connection that writes to the file"]


async def test_a_short_wait_does_not_report_the_holder(clock: Clock, tmp_path: Path) -> None:
    address, reported = f"sqlite:///{tmp_path / 'a.db'}", list[str]()
    async with open_session(address) as holder, open_session(address) as session:
        await holder.connection.run("BEGIN IMMEDIATE")
        session.progress = reported.append
        # A session that was given no time does not wait.
        with pytest.raises(LockTimeout, match=r"^waited 0 s for"):
            await session.commit("DELETE FROM whimbrel_history")
        assert clock.pauses == []
        session.wait_up_to(0.1)
        with pytest.raises(LockTimeout):
            async with session.transaction():
                pass
        # A record waits for the lock as well.
        with pytest.raises(LockTimeout):
            await session.commit("DELETE FROM whimbrel_history")
        await holder.connection.run("COMMIT")
    assert reported == []


async def test_a_line_goes_to_the_log_and_to_progress(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    async with in_memory() as session:
        session.tell(logging.WARNING, "first")
        session.progress = told.append
        with caplog.at_level(logging.INFO, logger="whimbrel"):
            session.tell(logging.INFO, "100 %s")
    assert told == ["100 %s"]
    assert (caplog.records[-1].levelname, caplog.records[-1].getMessage()) == ("INFO", "100 %s")


class HeldSqlite(Sqlite):
    """SQLite whose migration lock another process holds for `attempts` attempts."""

    def __init__(self, attempts: int) -> None:
        self._left = attempts

    async def try_lock(self, connection: Connection, schema: str) -> bool:
        self._left -= 1
        return self._left < 0


async def test_at_once_waits_for_later_locks_but_not_for_the_migration_lock(clock: Clock) -> None:
    async with in_memory(HeldSqlite(1)) as session:
        with pytest.raises(LockTimeout):
            async with session.locked(5, at_once=True):
                pass
        async with session.locked(5, at_once=True) as waited:
            assert await session.patiently(busy(2), lambda: "") == "done"
    assert (waited, clock.pauses) == (0, [0.25, 0.5])


async def test_the_lock_yields_the_seconds_waited(clock: Clock) -> None:
    async with in_memory(HeldSqlite(2)) as session, session.locked(5) as waited:
        pass
    assert (waited, clock.pauses) == (0.05, [0.02, 0.03])


async def test_a_free_lock_is_acquired_at_once(clock: Clock) -> None:
    async with in_memory() as session, session.locked(5) as waited:
        assert waited == 0
        assert session.connection.patience == 5
    assert clock.pauses == []
