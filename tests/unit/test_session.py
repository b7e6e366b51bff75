"""A session sets limits and state for each file, restores them after it, and records only with the lock."""

import pytest

from tests.unit.plans import dialect, plan
from tests.unit.sessions import in_memory, names
from whimbrel.dialects.base import Connection
from whimbrel.dialects.sqlite.dialect import Sqlite
from whimbrel.errors import DatabaseError, StatementTimeout
from whimbrel.migrations.migration import Directives
from whimbrel.parsing.splitter import split
from whimbrel.session.session import Session
from whimbrel.session.state import Limits

pytestmark = pytest.mark.asyncio
NONE = Directives()
LOCK, TIME = Directives(lock_timeout=2.0), Directives(statement_timeout=3.0)


@pytest.mark.parametrize(
    ("limits", "directives", "limited", "timed"),
    [
        (Limits(), NONE, False, False),
        (Limits(), LOCK, True, False),
        (Limits(), TIME, True, True),
        (Limits(lock_timeout=1.0), NONE, True, False),
        (Limits(statement_timeout=1.0), NONE, True, True),
        (Limits(lock_timeout=1.0), TIME, True, True),
        (Limits(), Directives(transaction=False), False, False),
    ],
)
async def test_a_file_has_its_own_limits_or_those_of_the_run(
    limits: Limits, directives: Directives, limited: bool, timed: bool
) -> None:
    async with in_memory() as session:
        state = session.state._replace(limits=limits)
        assert (state.is_limited(directives), state.is_timed(directives)) == (limited, timed)


@pytest.mark.parametrize(
    ("run", "own", "expected"),
    [(None, None, None), (4.0, None, 4000), (None, 2.0, 2000), (4.0, 2.0, 2000), (0.5, 2.0, 2000), (0.0001, None, 1)],
)
async def test_a_files_lock_timeout_overrides_that_of_the_run(run: float | None, own: float | None, expected: int | None) -> None:
    postgresql = dialect("postgresql")
    async with in_memory() as session:
        session.connection.dialect = postgresql
        session.state = session.state._replace(limits=Limits(lock_timeout=run))
        told = session.session_setup_sql(portable=True, directives=Directives(lock_timeout=own))
        after = session.session_setup_sql(portable=True)
        session.connection.dialect = dialect("sqlite")
    assert [one for one in told if "lock_timeout" in one] == ([f"SET lock_timeout TO {expected}"] if expected else [])
    # No limit holds between two files.
    assert not any("lock_timeout" in one for one in after)


async def test_a_session_knows_its_state() -> None:
    async with in_memory() as session:
        states = [session.state.portable]
        assert session.session_setup_sql(portable=False) == ["PRAGMA foreign_keys=OFF"]
        states.append(session.state.portable)
        await session.enter(portable=True)
        assert await session.connection.fetch_value("PRAGMA foreign_keys") == 1
        states.append(session.state.portable)
        session.state = session.state.in_doubt()
        await session.renew()
        assert (session.state.left, [*states, session.state.portable]) == ("nothing", [None, False, True, None])


@pytest.mark.parametrize(
    ("server", "left", "directives", "restored"),
    [
        ("sqlite", "nothing", NONE, False),
        ("sqlite", "rows", NONE, True),
        ("sqlite", "anything", NONE, True),
        ("sqlite", "nothing", LOCK, True),
        # PostgreSQL restores within the transaction, which is cheap.
        ("postgresql", "nothing", NONE, True),
    ],
)
async def test_the_session_is_restored_after_a_file_that_may_have_changed_it(
    server: str, left: str, directives: Directives, restored: bool
) -> None:
    async with in_memory() as session:
        session.connection.dialect = dialect(server)
        told = session.restoring(directives, left, portable=True)  # type: ignore[arg-type]
        expected = dialect(server).session_setup_sql(session.connection, session.schema, portable=True, lock_timeout=None)
        session.connection.dialect = dialect("sqlite")
    assert told == (expected if restored else [])


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


async def test_a_statement_beyond_its_timeout_is_cancelled() -> None:
    async with in_memory() as session:
        await session.enter(portable=True, directives=Directives(statement_timeout=0.05))
        with pytest.raises(StatementTimeout, match=r"^cancelled after 0\.05 s, its statement_timeout$"):
            await session.run(next(split(ENDLESS, "sqlite")))
        await session.enter(portable=True)
        await session.run(next(split("CREATE TABLE t (a INTEGER)", "sqlite")))
        assert await names(session) == ["t"]


class LostSqlite(Sqlite):
    """SQLite where another process has the migration lock."""

    async def owns_lock(self, connection: Connection, schema: str) -> bool:
        return False

    def lock_condition(self, schema: str) -> str:
        return "1 = 0"


LOST = "this session has lost the migration lock, so nothing was recorded"
CHANGED = "nothing was recorded: the history has changed while the migration lock was held"


def recorded(session: Session, rank: int, version: str = "1") -> str:
    one = plan("SELECT 1;", version=version).migration
    return session.records.applied(one, rank=rank, hashes=[], installed_by="", milliseconds="0")


@pytest.mark.parametrize(("rules", "message"), [(Sqlite(), CHANGED), (LostSqlite(), LOST)])
async def test_a_record_that_changes_no_row_is_an_error(rules: Sqlite, message: str) -> None:
    async with in_memory(rules) as session:
        with pytest.raises(DatabaseError) as caught:
            await session.commit("UPDATE whimbrel_history SET success = TRUE WHERE 1 = 0")
        assert caught.value.message == message
        assert not session.connection.in_transaction


async def test_without_the_lock_nothing_is_recorded() -> None:
    async with in_memory(LostSqlite()) as session:
        for write in (recorded(session, 1), session.records.settled("chat", "1", 1, applied=True)):
            with pytest.raises(DatabaseError) as caught:
                await session.commit(write, texts=["CREATE TABLE t (a INTEGER)"])
            assert caught.value.message == LOST
        assert (await names(session), await session.history.last_rank()) == ([], 0)


async def test_a_rank_is_recorded_once() -> None:
    async with in_memory() as session:
        await session.commit(recorded(session, 1))
        with pytest.raises(DatabaseError) as caught:
            await session.commit(recorded(session, 1, "2"), texts=["CREATE TABLE t (a INTEGER)"])
        assert caught.value.message == CHANGED
        await session.commit(recorded(session, 2, "2"))
        assert (await names(session), await session.history.last_rank()) == ([], 2)
        assert [one.version.numbers for one in await session.history.read(["chat"])] == [(1,), (2,)]


async def test_a_write_returns_whether_it_changed_a_row() -> None:
    async with in_memory() as session:
        assert await session.write(recorded(session, 1)) is True
        assert await session.write("DELETE FROM whimbrel_history WHERE installed_rank = 7") is False
        assert await session.write("DELETE FROM whimbrel_history WHERE installed_rank = 1") is True


MADE = ("CREATE TABLE p (a INTEGER PRIMARY KEY)", "CREATE TABLE c (b INTEGER REFERENCES p)", "INSERT INTO c VALUES (1)")


@pytest.mark.parametrize(
    ("inside", "unchecked", "refused"),
    [
        ("SELECT 1", True, False),
        ("INSERT INTO c VALUES (2)", True, True),
        ("INSERT INTO c VALUES (2)", False, False),
        # The row was broken before.
        ("UPDATE c SET b = 3", True, False),
        ("INSERT INTO p VALUES (1)", True, False),
        ("DELETE FROM c", True, False),
    ],
)
async def test_a_file_must_not_add_broken_foreign_keys(inside: str, unchecked: bool, refused: bool) -> None:
    async with in_memory() as session:
        for statement in ("PRAGMA foreign_keys=OFF", *MADE):
            await session.connection.run(statement)
        told = ""
        try:
            async with session.foreign_keys_checked(unchecked=unchecked):
                await session.connection.run(inside)
        except DatabaseError as error:
            told = error.message
    assert told == ("rows refer to missing rows, since foreign keys were off: 2 of c to p" if refused else "")
