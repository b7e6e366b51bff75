"""If another process took the rank, the run does nothing, and no effect of its file stays."""

import pytest

from tests.unit.plans import plan
from tests.unit.sessions import CommittingSqlite, in_memory, names
from whimbrel.dialects.base import Dialect
from whimbrel.dialects.sqlite.dialect import DIALECT
from whimbrel.errors import DatabaseError, MigrationFailed
from whimbrel.planning.plan import Plan
from whimbrel.runner.apply import apply
from whimbrel.session.session import Session

pytestmark = pytest.mark.asyncio
OFF = "-- whimbrel: transaction=off\n"
TABLE = "CREATE TABLE t (a INTEGER);"
ROW = "INSERT INTO whimbrel_seen VALUES (1);"
OTHER = plan("CREATE TABLE other (a INTEGER);", "sqlite", version="9")

Rows = list[tuple[str, int, bool]]


async def history(session: Session) -> Rows:
    """Return version, rank and success of each row."""
    return [(str(one.version), one.installed_rank, one.success) for one in await session.history.read(["chat"])]


async def overtake(session: Session, *plans: Plan, first: int = 1) -> None:
    """Record these files, as a faster process does."""
    for rank, one in enumerate(plans, start=first):
        await session.write(session.records.applied(one.migration, rank=rank, hashes=[], installed_by="", milliseconds="0"))


COMMITTING = CommittingSqlite()
WAYS = [
    pytest.param(DIALECT, TABLE, id="one message"),
    pytest.param(DIALECT, f"-- whimbrel: statement_timeout=60s\n{TABLE}", id="statement by statement"),
    pytest.param(DIALECT, f"PRAGMA foreign_keys=OFF;{TABLE}", id="keys unchecked"),
    pytest.param(DIALECT, OFF + TABLE, id="journal"),
    pytest.param(DIALECT, OFF + "SELECT 1;" + TABLE, id="journal, more statements"),
    pytest.param(DIALECT, f"{OFF}BEGIN;{TABLE}COMMIT;", id="journal, own transactions"),
    pytest.param(COMMITTING, TABLE, id="committing"),
    pytest.param(COMMITTING, TABLE + "INSERT INTO t VALUES (1);" * 3, id="committing, with rows"),
]


@pytest.mark.parametrize(("rules", "text"), WAYS)
async def test_a_file_is_recorded_with_the_next_rank(rules: Dialect, text: str) -> None:
    async with in_memory(rules) as session:
        await overtake(session, OTHER)
        (done,) = await apply(session, [plan(text, "sqlite", rules=rules)], rank=2, applied=[])
        assert done.script == "V1__a.sql"
        assert await history(session) == [("9", 1, True), ("1", 2, True)]
        assert await names(session) == ["t"]


@pytest.mark.parametrize(("rules", "text"), WAYS)
async def test_a_file_whose_rank_is_taken_is_not_applied(rules: Dialect, text: str) -> None:
    async with in_memory(rules) as session:
        await overtake(session, OTHER)
        assert await apply(session, [plan(text, "sqlite", rules=rules)], rank=1, applied=[]) == []
        assert await history(session) == [("9", 1, True)]
        assert await names(session) == []
        assert session.state.portable is None


@pytest.mark.parametrize(("rules", "text"), WAYS)
async def test_a_file_that_another_process_has_applied_is_not_applied_twice(rules: Dialect, text: str) -> None:
    async with in_memory(rules) as session:
        await overtake(session, plan(text, "sqlite", rules=rules))
        assert await apply(session, [plan(text, "sqlite", rules=rules)], rank=1, applied=[]) == []
        assert await names(session) == []


@pytest.mark.parametrize("last", [0, 2])
async def test_a_begun_file_resumes_unless_the_history_has_changed(last: int) -> None:
    async with in_memory() as session:
        with pytest.raises(MigrationFailed):
            await apply(session, [plan(f"{OFF}{TABLE}bad;", "sqlite")], rank=1, applied=[])
        assert (await history(session), await names(session)) == ([("1", 1, False)], ["t"])
        begun = plan(f"{OFF}{TABLE}CREATE TABLE u (a INTEGER);", "sqlite", begun=True)
        assert await apply(session, [begun], rank=last + 1, applied=[]) == []
        (done,) = await apply(session, [begun], rank=2, applied=[])
        assert (done.statements, await history(session), await names(session)) == (1, [("1", 1, True)], ["t", "u"])
        # The other process has applied the file.
        assert await apply(session, [begun], rank=2, applied=[]) == []


async def test_the_table_refuses_a_rank_twice() -> None:
    async with in_memory() as session:
        await overtake(session, OTHER)
        with pytest.raises(DatabaseError, match=r"UNIQUE constraint failed: whimbrel_history\.installed_rank"):
            await overtake(session, plan(TABLE, "sqlite"))
