"""Files that share one message on a new database: which are recorded, and how the failing one is reported."""

import math

import pytest

import whimbrel.runner.file_batch
from tests.unit.plans import plan
from tests.unit.sessions import in_memory, names
from whimbrel.errors import MigrationFailed
from whimbrel.planning.plan import Plan
from whimbrel.runner.apply import apply
from whimbrel.runner.file_batch import run_together
from whimbrel.session.session import Session

pytestmark = pytest.mark.asyncio
ONE, TWO, THREE = (f"CREATE TABLE t{number} (a INTEGER PRIMARY KEY);" for number in (1, 2, 3))
ROW = "INSERT INTO t1 VALUES (1);"


def plans(*texts: str) -> list[Plan]:
    return [plan(text, "sqlite", version=str(number)) for number, text in enumerate(texts, start=1)]


async def ranks(session: Session) -> list[tuple[str, int]]:
    return [(str(one.version), one.installed_rank) for one in await session.history.read(["chat"])]


@pytest.mark.parametrize(
    ("texts", "recorded"),
    [
        ((ONE, TWO, THREE), 3),
        ((ONE, ROW, TWO, "UPDATE t1 SET a = 2;", THREE), 5),
        ((ONE, "bad;", TWO), 1),
        ((ONE, TWO, ROW + ROW), 2),
        ((ROW, ONE), 0),
        # The file rolls back in its midst, which ends the message.
        ((ONE, "INSERT INTO t1 VALUES (1); INSERT OR ROLLBACK INTO t1 VALUES (1);", TWO), 1),
    ],
)
async def test_the_files_before_the_failing_one_are_applied_and_recorded(texts: tuple[str, ...], recorded: int) -> None:
    async with in_memory() as session:
        times = await run_together(session, plans(*texts), 1, [])
        assert len(times) == recorded
        assert all(took >= 0 for took in times)
        assert await ranks(session) == [(str(number), number) for number in range(1, recorded + 1)]
        assert not session.connection.in_transaction


async def test_files_of_a_short_message_report_equal_parts_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with in_memory() as session:
        monkeypatch.setattr(whimbrel.runner.file_batch, "_SHORT", math.inf)
        times = await run_together(session, plans(ONE, TWO), 1, [])
        assert times[0] == times[1] > 0
        # A message that took long has a time for each file, by the history.
        monkeypatch.setattr(whimbrel.runner.file_batch, "_SHORT", 0.0)
        later = [plan(f"CREATE TABLE u{number} (a INTEGER);", "sqlite", version=f"9.{number}") for number in (1, 2)]
        times = await run_together(session, later, 3, [])
        assert times == [milliseconds for _, milliseconds in await session.history.times(3)]
        assert len(times) == 2


@pytest.mark.parametrize("fresh", [False, True])
async def test_files_share_a_message_only_on_a_fresh_database(fresh: bool) -> None:
    async with in_memory() as session:
        done = await apply(session, plans(ONE, TWO, THREE), rank=1, applied=[], fresh=fresh)
        count = 3 if fresh else 1
        assert [(one.version, one.statements) for one in done] == [(str(number), 1) for number in range(1, count + 1)]
        assert await names(session) == ["t1", "t2", "t3"][:count]
        assert await ranks(session) == [(str(number), number) for number in range(1, count + 1)]


async def test_the_failing_file_runs_by_itself_and_reports_what_is_applied() -> None:
    async with in_memory() as session:
        with pytest.raises(MigrationFailed) as caught:
            await apply(session, plans(ONE, TWO, "SELECT 1;\nbad;", THREE), rank=1, applied=["chat/V0__z.sql"], fresh=True)
        assert caught.value.applied == ("chat/V0__z.sql", "chat/V1__a.sql", "chat/V2__a.sql")
        assert (caught.value.script, caught.value.statement, caught.value.place.line) == ("V3__a.sql", 2, 2)
        assert (await names(session), len(await ranks(session))) == (["t1", "t2"], 2)


async def test_files_whose_rank_another_process_has_are_not_applied() -> None:
    async with in_memory() as session:
        other = plan("SELECT 1;", "sqlite", version="9")
        await session.write(session.records.applied(other.migration, rank=1, hashes=[], installed_by="", milliseconds="0"))
        assert await apply(session, plans(ONE, TWO), rank=1, applied=[], fresh=True) == []
        assert (await names(session), await ranks(session)) == ([], [("9", 1)])
