"""The journal records the progress of a file that cannot run in one transaction."""

import pytest

from tests.unit.plans import plan
from tests.unit.sessions import CommittingSqlite, in_memory, names
from whimbrel.dialects.base import Dialect
from whimbrel.dialects.sqlite.dialect import DIALECT
from whimbrel.errors import MigrationFailed
from whimbrel.migrations.migration import Migration
from whimbrel.runner.apply import apply
from whimbrel.session.session import Session

pytestmark = pytest.mark.asyncio
OFF = "-- whimbrel: transaction=off\n"
TABLE = "CREATE TABLE t (a INTEGER PRIMARY KEY);"
ONE, TWO, THREE = (f"INSERT INTO t VALUES ({number});" for number in (1, 2, 3))
VIEW = "CREATE VIEW v AS SELECT 1;"
BAD = "CREATE TABLE t (b INTEGER);"
COMMITTING = CommittingSqlite()

Steps = list[tuple[int, int, str]]


async def journal(session: Session, migration: Migration) -> Steps:
    rows = await session.history.journal(migration)
    return [(row.first_statement, row.last_statement, row.state) for row in rows]


async def fail(session: Session, rules: Dialect, text: str) -> tuple[MigrationFailed, Steps]:
    """Run a file that fails; return the failure and the journal."""
    one = plan(text, "sqlite", rules=rules)
    with pytest.raises(MigrationFailed) as caught:
        await apply(session, [one], rank=1, applied=[])
    assert [row.success for row in await session.history.read(["chat"])] == [False]
    return caught.value, await journal(session, one.migration)


@pytest.mark.parametrize(
    ("rules", "text", "failed", "steps"),
    [
        # A refused statement did nothing, so its intent is removed.
        (COMMITTING, TABLE + BAD, 2, [(1, 1, "done")]),
        (COMMITTING, TABLE + VIEW + BAD, 3, [(1, 1, "done"), (2, 2, "done")]),
        (COMMITTING, BAD + TABLE, 2, [(1, 1, "done")]),
        # Successive INSERTs share one transaction and one journal row.
        (COMMITTING, TABLE + ONE + TWO + BAD, 4, [(1, 1, "done"), (2, 3, "done")]),
        (COMMITTING, TABLE + ONE + BAD, 3, [(1, 1, "done"), (2, 2, "done")]),
        (COMMITTING, TABLE + ONE + VIEW + TWO + THREE + BAD, 6, [(1, 1, "done"), (2, 2, "done"), (3, 3, "done"), (4, 5, "done")]),
        # A refused batch runs again statement by statement; those before the refused one stay.
        (COMMITTING, TABLE + ONE + TWO + TWO + THREE, 4, [(1, 1, "done"), (2, 2, "done"), (3, 3, "done")]),
        # With transaction=off each statement commits by itself.
        (COMMITTING, OFF + TABLE + ONE + TWO + BAD, 4, [(1, 1, "done"), (2, 2, "done"), (3, 3, "done")]),
        (DIALECT, OFF + TABLE + ONE + TWO + BAD, 4, [(1, 1, "done"), (2, 2, "done"), (3, 3, "done")]),
        # A statement with a time limit also commits by itself.
        (
            *(COMMITTING, f"-- whimbrel: statement_timeout=60s\n{TABLE}{ONE}{TWO}{BAD}", 4),
            [(1, 1, "done"), (2, 2, "done"), (3, 3, "done")],
        ),
        # A statement that only sets the session has no intent.
        (COMMITTING, "PRAGMA cache_size = 100;" + TABLE + BAD, 3, [(1, 1, "done"), (2, 2, "done")]),
        (DIALECT, OFF + "PRAGMA cache_size = 100;" + BAD + BAD, 3, [(1, 1, "done"), (2, 2, "done")]),
        # A statement that may have stopped halfway keeps its intent, for a person to settle.
        (COMMITTING, TABLE + "REINDEX nowhere;", 2, [(1, 1, "done"), (2, 2, "intent")]),
        # A statement that the file's own transaction rolled back is not recorded.
        (COMMITTING, f"{OFF}{TABLE}BEGIN;{ONE}COMMIT;{BAD}", 5, [(1, 1, "done"), (2, 2, "done"), (3, 3, "done"), (4, 4, "done")]),
        (COMMITTING, f"{OFF}{TABLE}BEGIN;{ONE}{BAD}COMMIT;", 4, [(1, 1, "done"), (2, 2, "intent")]),
    ],
)
async def test_the_journal_records_each_step(rules: Dialect, text: str, failed: int, steps: Steps) -> None:
    async with in_memory(rules) as session:
        told, found = await fail(session, rules, text)
        assert (told.statement, found) == (failed, steps)
        assert not session.connection.in_transaction


@pytest.mark.parametrize(
    ("text", "mended", "sent", "rows"),
    [
        (TABLE + BAD, TABLE + VIEW, 1, []),
        (TABLE + ONE + TWO + BAD, TABLE + ONE + TWO + VIEW, 1, [1, 2]),
        (TABLE + ONE + TWO + TWO, TABLE + ONE + TWO + THREE, 1, [1, 2, 3]),
        (TABLE + ONE + TWO + TWO + VIEW, TABLE + ONE + TWO + THREE + VIEW, 2, [1, 2, 3]),
        (TABLE + ONE + BAD, TABLE + ONE + TWO + THREE + VIEW, 3, [1, 2, 3]),
        # A statement that sets the session runs again and is not counted.
        ("PRAGMA cache_size = 100;" + TABLE + BAD, "PRAGMA cache_size = 100;" + TABLE + ONE, 1, [1]),
        (f"{OFF}{TABLE}BEGIN;{ONE}{BAD}COMMIT;", f"{OFF}{TABLE}BEGIN;{ONE}{TWO}COMMIT;", 4, [1, 2]),
        (f"{OFF}{TABLE}BEGIN;{ONE}COMMIT;{BAD}", f"{OFF}{TABLE}BEGIN;{ONE}COMMIT;{TWO}", 1, [1, 2]),
    ],
)
async def test_the_next_run_resumes_behind_the_last_step(text: str, mended: str, sent: int, rows: list[int]) -> None:
    async with in_memory(COMMITTING) as session:
        await fail(session, COMMITTING, text)
        again = plan(mended, "sqlite", rules=COMMITTING, begun=True)
        (done,) = await apply(session, [again], rank=2, applied=[])
        assert done.statements == sent
        assert [row["a"] for row in await session.connection.fetch_all("SELECT a FROM t ORDER BY a")] == rows
        # At the end the journal is empty.
        assert await journal(session, again.migration) == []
        assert [row.success for row in await session.history.read(["chat"])] == [True]
        if "cache_size" in text:
            assert await session.connection.fetch_value("PRAGMA cache_size") == 100


@pytest.mark.parametrize("text", ["", "-- a comment\n", f"{OFF}BEGIN;COMMIT;", OFF])
async def test_a_file_without_statements_is_recorded(text: str) -> None:
    async with in_memory() as session:
        (done,) = await apply(session, [plan(text, "sqlite")], rank=1, applied=[])
        assert done.statements == (2 if "BEGIN" in text else 0)
        assert [row.success for row in await session.history.read(["chat"])] == [True]
        assert await names(session) == []


async def test_the_history_has_the_digest_of_each_statement() -> None:
    async with in_memory(COMMITTING) as session:
        one = plan(TABLE + ONE, "sqlite", rules=COMMITTING)
        await apply(session, [one], rank=1, applied=[])
        kept = await session.connection.fetch_value("SELECT statement_hashes FROM whimbrel_history")
        assert kept.split() == one.hashes()
