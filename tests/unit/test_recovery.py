"""The catalog decides about a statement that an interrupted run announced and did not finish recording."""

import re
from datetime import timedelta

import pytest

from tests.unit.plans import journal_row, plan, statements
from tests.unit.sessions import CommittingSqlite, in_memory, names
from whimbrel.dialects.base import Connection, Dialect
from whimbrel.dialects.sqlite.dialect import DIALECT
from whimbrel.errors import StatementUnsettled
from whimbrel.parsing.statement import Statement
from whimbrel.planning.plan import Plan
from whimbrel.runner.apply import apply
from whimbrel.runner.recovery import ask_catalog
from whimbrel.session.history import JournalRow
from whimbrel.session.session import Session

pytestmark = pytest.mark.asyncio
OFF = "-- whimbrel: transaction=off\n"
TABLE, OTHER = "CREATE TABLE t (a INTEGER)", "CREATE TABLE u (a INTEGER)"
COMMITTING = CommittingSqlite()


class CertainSqlite(CommittingSqlite):
    """SQLite as a server that records which statement it ran."""

    def is_certain(self, before: str) -> bool:
        return True


class SilentSqlite(CommittingSqlite):
    """SQLite with a catalog that cannot decide."""

    async def settle(self, connection: Connection, statement: Statement, before: str) -> bool | None:
        return None


async def announced(session: Session, rules: Dialect, text: str) -> tuple[Plan, JournalRow]:
    """Return a plan and the intent of its first statement."""
    one = plan(text, "sqlite", rules=rules)
    before = await session.dialect.snapshot_objects(session.connection, statements(one, 1, 1)[0].statement)
    return one, journal_row(one, 1, state="intent", before=before)


async def record_another(session: Session) -> None:
    other = plan("SELECT 1;", "sqlite", version="9")
    await session.write(session.records.applied(other.migration, rank=7, hashes=[], installed_by="", milliseconds="0"))


@pytest.mark.parametrize(
    ("rules", "text", "ran", "others", "expected"),
    [
        (COMMITTING, TABLE, False, False, False),
        (COMMITTING, TABLE, True, False, True),
        # Another migration may have made the change, unless the server recorded the statement.
        (COMMITTING, TABLE, True, True, None),
        (COMMITTING, TABLE, False, True, False),
        (CertainSqlite(), TABLE, True, True, True),
        (CertainSqlite(), TABLE, False, True, False),
        # A catalog shows no rows; plain SQLite asks no catalog.
        (COMMITTING, "UPDATE whimbrel_history SET rank = 1", False, False, None),
        (DIALECT, TABLE, False, False, None),
        (DIALECT, TABLE, True, False, None),
        (SilentSqlite(), TABLE, True, False, None),
        # A repeatable statement always runs again.
        (COMMITTING, "PRAGMA cache_size = 100", False, True, False),
        (COMMITTING, "VACUUM", True, True, False),
        (DIALECT, "VACUUM", True, False, False),
    ],
)
async def test_the_catalog_decides_unless_another_migration_may_have_changed_it(
    rules: Dialect, text: str, ran: bool, others: bool, expected: bool | None
) -> None:
    async with in_memory(rules) as session:
        one, row = await announced(session, rules, OFF + text)
        (statement,) = one.statements()
        if ran:
            await session.run(statement.statement)
        if others:
            await record_another(session)
        if expected is not None:
            assert await ask_catalog(session, one, statement, row) is expected
            return
        with pytest.raises(StatementUnsettled):
            await ask_catalog(session, one, statement, row)


@pytest.mark.parametrize("later", [False, True])
async def test_a_migration_recorded_before_the_intent_does_not_count(later: bool) -> None:
    async with in_memory(COMMITTING) as session:
        await record_another(session)
        one, row = await announced(session, COMMITTING, TABLE)
        (statement,) = one.statements()
        await session.run(statement.statement)
        recorded = (await session.history.read(["chat"]))[0].installed_on
        row = row._replace(started_on=recorded + timedelta(seconds=-1 if later else 1))
        if later:
            with pytest.raises(StatementUnsettled):
                await ask_catalog(session, one, statement, row)
        else:
            assert await ask_catalog(session, one, statement, row) is True


async def test_an_unsettled_statement_reports_both_answers_of_the_catalog() -> None:
    async with in_memory(COMMITTING) as session:
        session.where = "--schema main"
        one, row = await announced(session, COMMITTING, TABLE)
        (statement,) = one.statements()
        await session.run(statement.statement)
        await record_another(session)
        with pytest.raises(StatementUnsettled) as caught:
            await ask_catalog(session, one, statement, row)
    told = str(caught.value)
    assert 'in the catalog before it: {"t": "absent"}\n  in the catalog now: {"t": "CREATE TABLE t (a INTEGER)"}\n' in told
    assert re.search("whimbrel resolve chat 1 1 --rerun .*--schema main\n", told)


async def test_a_catalog_without_a_first_answer_is_not_asked_again() -> None:
    async with in_memory(COMMITTING) as session:
        one, row = await announced(session, COMMITTING, TABLE)
        (statement,) = one.statements()
        with pytest.raises(StatementUnsettled, match="it may or may not have taken effect; the catalog cannot tell\n"):
            await ask_catalog(session, one, statement, row._replace(catalog_before=""))


@pytest.mark.parametrize(("ran", "sent"), [(False, 2), (True, 1)])
async def test_the_next_run_settles_the_intent_and_resumes(ran: bool, sent: int, caplog: pytest.LogCaptureFixture) -> None:
    async with in_memory(COMMITTING) as session:
        one, row = await announced(session, COMMITTING, f"{TABLE};{OTHER};")
        # The rows that an interrupted run left.
        await session.write(session.records.begun(one.migration, rank=1, installed_by=""))
        await session.connection.execute(
            "INSERT INTO whimbrel_journal VALUES ('chat', '1', 1, 1, 'intent', :kind, :digest, :before, :shown, :on, NULL)",
            {"kind": row.kind, "digest": row.digest, "before": row.catalog_before, "shown": row.shown, "on": row.started_on},
        )
        if ran:
            await session.connection.run(TABLE)
        again = plan(f"{TABLE};{OTHER};", "sqlite", rules=COMMITTING, begun=True)
        (done,) = await apply(session, [again], rank=2, applied=[])
        assert (done.statements, await names(session)) == (sent, ["t", "u"])
        assert [one.success for one in await session.history.read(["chat"])] == [True]
    verdict = "applied" if ran else "not applied and runs again"
    assert f"chat/V1__a.sql: statement 1 was interrupted; according to the catalog it is {verdict}" in caplog.messages
