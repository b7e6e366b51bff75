"""Questions to history and journal, on SQLite in memory."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.plans import file
from tests.unit.sessions import in_memory
from whimbrel.errors import DatabaseError
from whimbrel.migrations.migration import Migration
from whimbrel.session.connect import open_session
from whimbrel.session.history_sql import JournalEntry
from whimbrel.session.session import Session
from whimbrel.session.summary import read_summary

pytestmark = pytest.mark.asyncio
ONE, TWO = file("SELECT 1;"), file("-- whimbrel: min_app=2.1\nSELECT 2;", version="2")
OTHER = file("SELECT 3;")._replace(set_name="b")


async def apply(session: Session, *files: Migration) -> None:
    for one in files:
        rank = await session.history.last_rank() + 1
        await session.write(session.records.applied(one, rank=rank, hashes=[], installed_by="", milliseconds=f"{rank}0"))


async def test_reading_a_missing_history_creates_nothing() -> None:
    async with open_session("sqlite://") as session:
        assert await session.history.read(["chat"]) == []
        assert await read_summary(session.connection, "", ["chat"]) == []
        assert await session.connection.fetch_all("SELECT name FROM sqlite_master") == []


async def test_a_table_of_another_shape_is_an_error() -> None:
    async with open_session("sqlite://") as session:
        await session.connection.run("CREATE TABLE whimbrel_history (a INTEGER)")
        with pytest.raises(DatabaseError, match="no such column: set_name"):
            await session.history.read(["chat"])
        # The first question of a start ignores errors; the next question raises them.
        assert await read_summary(session.connection, "", ["chat"]) == []


async def test_the_rows_of_the_wanted_sets_are_read_in_the_order_they_were_applied() -> None:
    async with in_memory() as session:
        await apply(session, TWO, OTHER, ONE)
        read = await session.history.read(["chat"])
        assert [(one.script, one.installed_rank, one.execution_time, one.min_app, one.success) for one in read] == [
            ("V2__a.sql", 1, 10, "2.1", True),
            ("V1__a.sql", 3, 30, "", True),
        ]
        assert [one.set_name for one in await session.history.read(["chat", "b"])] == ["chat", "b", "chat"]
        assert {row["version"] for row in await read_summary(session.connection, "main", ["chat"])} == {"1", "2"}
        assert await session.history.times(2) == [(("b", "1"), 20), (("chat", "1"), 30)]


async def test_the_last_rank_is_that_of_all_sets() -> None:
    async with in_memory() as session:
        assert await session.history.last_rank() == 0
        await apply(session, ONE, OTHER)
        assert await session.history.last_rank() == 2


async def test_a_migration_is_applied_begun_or_unknown() -> None:
    async with in_memory() as session:
        await apply(session, ONE)
        await session.write(session.records.begun(TWO, rank=7, installed_by=""))
        assert [await session.history.success(one) for one in (ONE, TWO, OTHER)] == [True, False, None]


async def test_repair_copies_the_file_into_its_row() -> None:
    async with in_memory() as session:
        await apply(session, ONE, OTHER)
        changed = TWO._replace(version=ONE.version, description="b", script="V1__b.sql")
        await session.history.repair(changed)
        repaired, other = await session.history.read(["chat", "b"])
        assert repaired[2:5] == ("b", "V1__b.sql", changed.checksum)
        assert repaired.min_app == "2.1"
        assert other.checksum == OTHER.checksum


async def test_forgetting_a_set_deletes_its_history_and_journal() -> None:
    async with in_memory() as session:
        await apply(session, ONE, OTHER)
        for one in (ONE, OTHER):
            await session.write(session.records.journal_row_sql(one, JournalEntry(1, 1, "done", "SELECT", "", "", "")))
        await session.history.forget("chat")
        assert [one.set_name for one in await session.history.read(["chat", "b"])] == ["b"]
        assert [len(await session.history.journal(one)) for one in (ONE, OTHER)] == [0, 1]


async def test_the_journal_is_read_in_the_order_of_the_statements() -> None:
    async with in_memory() as session:
        for first, last, state in ((4, 4, "intent"), (1, 1, "done"), (2, 3, "done")):
            await session.write(session.records.journal_row_sql(ONE, JournalEntry(first, last, state, "SELECT", "d", "b", "s")))
        rows = await session.history.journal(ONE)
        assert [row[:3] for row in rows] == [(1, 1, "done"), (2, 3, "done"), (4, 4, "intent")]
        assert {row[3:5] + row[6:] for row in rows} == {("SELECT", "d", "b", "s")}


@pytest.mark.parametrize(
    ("other", "in_journal", "hours", "expected"),
    [
        (OTHER, False, -1, True),
        (OTHER, False, 1, False),
        (TWO, False, -1, True),
        (ONE, False, -1, False),
        (TWO, True, -1, True),
        (TWO, True, 1, False),
        (OTHER, True, -1, True),
        (ONE, True, -1, False),
    ],
)
async def test_work_of_another_migration_since_a_moment_is_found(
    other: Migration, in_journal: bool, hours: int, expected: bool
) -> None:
    async with in_memory() as session:
        if in_journal:
            await session.write(session.records.journal_row_sql(other, JournalEntry(1, 1, "done", "SELECT", "", "", "")))
        else:
            await apply(session, other)
        moment = datetime.now(UTC) + timedelta(hours=hours)
        assert await session.history.others_since(ONE, moment) is expected


async def test_an_intent_is_not_yet_work_of_another_migration() -> None:
    async with in_memory() as session:
        await session.write(session.records.journal_row_sql(OTHER, JournalEntry(1, 1, "intent", "SELECT", "", "", "")))
        assert await session.history.others_since(ONE, datetime(2025, 1, 1, tzinfo=UTC)) is False
