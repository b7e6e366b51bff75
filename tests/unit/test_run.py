"""A run reads the history, applies in order, and reads again if another process was faster."""

import pytest

from tests.unit.make import set_of
from tests.unit.plans import file
from tests.unit.sessions import in_memory, names
from whimbrel.dialects.base import Connection, Dialect
from whimbrel.dialects.sqlite.dialect import DIALECT, Sqlite
from whimbrel.errors import ConfigurationError, DatabaseError, MigrationFailed, PlanOutdated, ValidationFailed
from whimbrel.migrations.migration import Migration, MigrationSet, Version
from whimbrel.planning.allowance import AllowedFiles
from whimbrel.planning.plan import Planner
from whimbrel.runner.migrator import Migrator
from whimbrel.session.session import Session

pytestmark = pytest.mark.asyncio
OFF = "-- whimbrel: transaction=off\n"
FILES = [file(f"CREATE TABLE t{number} (a INTEGER);", version=str(number)) for number in (1, 2, 3)]
B = file("CREATE TABLE b (a INTEGER);")._replace(set_name="b")
SETS = [set_of(*FILES), set_of(B, name="b")]


def run(session: Session, *sets: MigrationSet, target: str = "", **options: bool) -> Migrator:
    version = Version.parse(target) if target else None
    return Migrator(session, sets or SETS, version, None, planner=Planner(native=False), **options)


async def record(session: Session, *files: Migration, success: bool = True) -> None:
    for one in files:
        rank = await session.history.last_rank() + 1
        write = session.records.applied(one, rank=rank, hashes=[], installed_by="", milliseconds="0")
        await session.write(write if success else session.records.begun(one, rank=rank, installed_by=""))


@pytest.mark.parametrize(
    ("applied", "target", "pending", "already"),
    [
        ([], "", ["chat/V1", "chat/V2", "chat/V3", "b/V1"], 0),
        ([], "1", ["chat/V1", "b/V1"], 0),
        ([], "2", ["chat/V1", "chat/V2", "b/V1"], 0),
        ([0], "", ["chat/V2", "chat/V3", "b/V1"], 1),
        ([0, 1, 2], "", ["b/V1"], 3),
        ([0, 1, 2], "1", ["b/V1"], 3),
    ],
)
async def test_a_look_returns_pending_plans_and_counts_applied_migrations(
    applied: list[int], target: str, pending: list[str], already: int
) -> None:
    async with in_memory() as session:
        await record(session, *(FILES[index] for index in applied))
        one = run(session, target=target)
        assert [f"{plan.key[0]}/V{plan.key[1]}" for plan in await one.look()] == pending
        assert one.report(1.0, 0.0).already == already
        assert await names(session) == []


async def test_a_run_with_problems_reports_all_and_applies_nothing() -> None:
    async with in_memory() as session:
        await record(session, file("SELECT 9;"), FILES[2])
        with pytest.raises(ValidationFailed) as caught:
            await run(session).all()
        assert [problem.kind for problem in caught.value.problems] == ["checksum", "out_of_order"]
        assert (caught.value.applied, await names(session)) == ((), [])


async def test_an_out_of_order_migration_is_applied_on_request() -> None:
    async with in_memory() as session:
        await record(session, FILES[1])
        await run(session, out_of_order=True).all()
        assert [one.installed_rank for one in await session.history.read(["chat", "b"])] == [1, 2, 3, 4]
        assert await names(session) == ["b", "t1", "t3"]


async def test_warnings_are_kept_for_the_report() -> None:
    async with in_memory() as session:
        await record(session, file("SELECT 1;", version="9"))
        one = run(session, set_of())
        assert await one.look() == []
        assert [problem.kind for problem in one.report(1.0, 0.5).warnings] == ["future"]
        assert one.report(1.0, 0.5)[3:5] == (1.0, 0.5)


async def test_a_begun_file_is_planned_with_its_journal() -> None:
    async with in_memory() as session:
        await record(session, FILES[0], success=False)
        first, second, *_ = await run(session).look()
        assert (first.begun, first.in_transaction, second.begun, second.in_transaction) == (True, False, False, True)


@pytest.mark.parametrize("earlier", [[], [0]])
async def test_a_run_applies_everything_in_order_with_rising_ranks(earlier: list[int]) -> None:
    async with in_memory() as session:
        await record(session, *(FILES[index] for index in earlier))
        one = run(session)
        await one.all()
        report = one.report(1.0, 0.0)
        count = 4 - len(earlier)
        assert [str(done.script) for done in report.applied] == ["V1__a.sql", "V2__a.sql", "V3__a.sql", "V1__a.sql"][-count:]
        assert report.already == len(earlier)
        rows = await session.history.read(["chat", "b"])
        assert [(row.set_name, str(row.version), row.installed_rank) for row in rows] == [
            *(("chat", str(number), number) for number in (1, 2, 3)),
            ("b", "1", 4),
        ]
        assert await run(session).look() == []


async def test_a_begun_file_keeps_its_rank_and_the_next_has_the_one_behind() -> None:
    broken = file(f"{OFF}SELECT 1;\nbad;")
    async with in_memory() as session:
        with pytest.raises(MigrationFailed) as failed:
            await run(session, set_of(broken, FILES[1])).all()
        assert (failed.value.applied, failed.value.statement) == ((), 2)
        mended = file(f"{OFF}SELECT 1;\nCREATE TABLE t (a INTEGER);")
        await run(session, set_of(mended, FILES[1])).all()
        rows = await session.history.read(["chat"])
        assert [(row.script, row.installed_rank, row.success) for row in rows] == [("V1__a.sql", 1, True), ("V2__a.sql", 2, True)]


async def test_a_begun_file_that_cannot_resume_reports_what_was_applied_before() -> None:
    async with in_memory() as session:
        with pytest.raises(MigrationFailed):
            await run(session, set_of(file(f"{OFF}SELECT 1;\nbad;"))).all()
        edited = set_of(file(f"{OFF}SELECT 2;\nSELECT 3;"))
        with pytest.raises(ValidationFailed) as caught:
            await run(session, SETS[1], edited).all()
        assert (caught.value.applied, [one.kind for one in caught.value.problems]) == (("b/V1__a.sql",), ["resume"])


class OvertakenSqlite(Sqlite):
    """SQLite on which another process applies `files`, one before each file of this run."""

    def __init__(self, session: Session, *files: Migration) -> None:
        self._session = session
        self._files = list(files)

    async def all_protected(self, connection: Connection, schema: str) -> bool:
        # The runner asks this before each file.
        if self._files:
            other = self._files.pop(0)
            await connection.run(str(other.text).rstrip(";"))
            await record(self._session, other)
        return True


async def test_a_run_reads_the_history_again_if_another_process_was_faster() -> None:
    async with in_memory() as session:
        await record(session, B)
        session.connection.dialect = OvertakenSqlite(session, *FILES[:2])
        one = run(session)
        await one.all()
        assert await names(session) == ["t1", "t2", "t3"]
        assert [row.installed_rank for row in await session.history.read(["chat", "b"])] == [1, 2, 3, 4]
        assert [done.script for done in one.report(1.0, 0.0).applied] == ["V3__a.sql"]
        assert one.report(1.0, 0.0).already == 3


async def test_a_run_with_a_plan_stops_if_another_process_was_faster() -> None:
    async with in_memory() as session:
        await record(session, B)
        one = run(session)
        one.allowance = AllowedFiles.of(1, await one.look())
        session.connection.dialect = OvertakenSqlite(session, FILES[0])
        with pytest.raises(PlanOutdated) as caught:
            await one.all()
        assert [str(each) for each in caught.value.differences] == [
            "the history, highest rank: planned 1, now 2",
            "the pending files: planned chat 1, chat 2, chat 3, now chat 2, chat 3",
        ]
        assert await names(session) == ["t1"]


class ForgetfulSqlite(Sqlite):
    """SQLite whose history loses its rows."""

    async def all_protected(self, connection: Connection, schema: str) -> bool:
        await connection.run("DELETE FROM whimbrel_history")
        return True


async def test_a_file_missing_from_the_history_is_not_applied_twice() -> None:
    async with in_memory() as session:
        await record(session, B)
        session.connection.dialect = ForgetfulSqlite()
        with pytest.raises(DatabaseError, match=r"^chat/V1__a\.sql is applied and recorded, but the history does not show it$"):
            await run(session, SETS[0], out_of_order=True).all()
        assert await names(session) == ["t1", "t2", "t3"]


class PooledSqlite(Sqlite):
    """SQLite as a database behind a pooler that lends a session for one transaction."""

    keeps_session = False


@pytest.mark.parametrize(("rules", "refused"), [(DIALECT, False), (PooledSqlite(), True)])
async def test_behind_a_pooler_a_file_that_needs_a_journal_is_refused(rules: Dialect, refused: bool) -> None:
    async with in_memory() as session:
        session.connection.dialect = rules
        assert len(await run(session, set_of(*FILES)).look()) == 3
        journaled = run(session, set_of(FILES[0], file(f"{OFF}SELECT 1;", version="2")))
        if not refused:
            assert len(await journaled.look()) == 2
            return
        with pytest.raises(
            ConfigurationError, match=r"^chat/V2__a\.sql cannot run in one transaction, but the server is a pooler"
        ):
            await journaled.look()
