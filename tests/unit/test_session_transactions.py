"""A session's transactions and lock: the order of BEGIN, settings, records and COMMIT, and how each ends."""

import pytest

from tests.unit.plans import plan
from tests.unit.sessions import in_memory, names
from whimbrel.dialects.base import Connection
from whimbrel.dialects.sqlite.dialect import Sqlite
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.session.connect import open_session
from whimbrel.session.session import Session

pytestmark = pytest.mark.asyncio
TABLE = "CREATE TABLE t (a INTEGER)"


class NotedSqlite(Sqlite):
    """SQLite with a number in the file as its session state, which a rollback restores; `calls` lists the calls to the lock."""

    def __init__(self, *, inside: bool = False, lock_goes: bool = False) -> None:
        self.enters_inside = inside  # type: ignore[misc]
        self.lock_goes = lock_goes
        self.calls: list[str] = []

    def session_setup_sql(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None) -> list[str]:
        return [f"PRAGMA user_version = {2 if portable else 1}"]

    async def try_lock(self, connection: Connection, schema: str) -> bool:
        self.calls.append(f"lock {schema}")
        return True

    async def renew(self, connection: Connection) -> bool:
        self.calls.append("renew")
        return self.lock_goes

    async def unlock(self, connection: Connection, schema: str) -> None:
        self.calls.append(f"unlock {schema}")

    async def abandon(self, connection: Connection, schema: str) -> None:
        self.calls.append(f"abandon {schema}")


async def state(session: Session) -> int:
    return int(await session.connection.fetch_value("PRAGMA user_version"))


@pytest.mark.parametrize(
    ("inside", "portable", "within", "after"),
    [(False, True, 2, 2), (False, False, 1, 1), (True, True, 2, 0), (True, False, 1, 0), (True, None, 0, 0), (False, None, 0, 0)],
)
async def test_the_files_state_is_set_before_the_transaction_or_within(
    inside: bool, portable: bool | None, within: int, after: int
) -> None:
    async with in_memory(NotedSqlite(inside=inside)) as session:
        with pytest.raises(KeyError):
            async with session.transaction(portable=portable):
                assert (await state(session), session.connection.in_transaction) == (within, True)
                await session.connection.run(TABLE)
                raise KeyError
        assert (await state(session), session.connection.in_transaction, await names(session)) == (after, False, [])


async def test_a_transaction_is_committed_at_its_end() -> None:
    async with in_memory() as session:
        async with session.transaction(portable=True):
            await session.connection.run(TABLE)
        assert (session.connection.in_transaction, await names(session)) == (False, ["t"])


async def test_the_lock_is_released_at_the_end_and_abandoned_after_an_error() -> None:
    rules = NotedSqlite()
    async with in_memory(rules) as session:
        async with session.locked(1):
            assert rules.calls == ["lock main"]
        assert rules.calls == ["lock main", "unlock main"]
        with pytest.raises(KeyError):
            async with session.locked(1):
                raise KeyError
        assert rules.calls[2:] == ["lock main", "abandon main"]


@pytest.mark.parametrize(("lock_goes", "calls"), [(False, ["renew"]), (True, ["renew", "lock main"])])
async def test_a_lock_that_goes_with_the_old_session_is_taken_again(lock_goes: bool, calls: list[str]) -> None:
    rules = NotedSqlite(lock_goes=lock_goes)
    async with in_memory(rules) as session:
        session.state, session.is_held = session.state.in_doubt(), True
        await session.renew()
    assert rules.calls == calls


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("texts", [[], [TABLE]])
async def test_records_are_committed_with_their_statements(at_once: bool, texts: list[str]) -> None:
    async with in_memory(NotedSqlite()) as session:
        session.connection.begins_at_once = at_once
        one = plan("SELECT 1;").migration
        record = session.records.applied(one, rank=1, hashes=[], installed_by="", milliseconds="0")
        await session.commit(record, texts=texts, restoring=["PRAGMA user_version = 7"])
        assert (await names(session), await session.history.last_rank()) == (["t"] if texts else [], 1)
        assert (session.connection.in_transaction, await state(session)) == (False, 7)
        refused = session.records.applied(one, rank=1, hashes=[], installed_by="", milliseconds="0")
        with pytest.raises(DatabaseError, match=r"^nothing was recorded: the history has changed"):
            await session.commit(refused, texts=["CREATE TABLE u (a INTEGER)"])
        assert (session.connection.in_transaction, "u" in await names(session)) == (False, False)


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_record_that_changes_no_row_takes_its_statements_back(at_once: bool) -> None:
    async with in_memory() as session:
        session.connection.begins_at_once = at_once
        with pytest.raises(DatabaseError, match=r"^nothing was recorded: the history has changed"):
            await session.commit("DELETE FROM whimbrel_journal WHERE 1 = 0", texts=[TABLE])
        assert (session.connection.in_transaction, await names(session)) == (False, [])


async def test_a_user_who_may_not_create_the_history_is_a_configuration_error() -> None:
    async with open_session("sqlite://") as session:
        await session.connection.run("PRAGMA query_only = ON")
        with pytest.raises(
            ConfigurationError, match=r"^this user may not create the history table in main: attempt to write a read"
        ):
            await session.prepare()
        session.user = "app"
        with pytest.raises(ConfigurationError, match=r"^app may not create the history table in main: "):
            await session.prepare()
        assert not session.connection.in_transaction


async def test_a_view_in_the_journals_place_is_refused() -> None:
    async with open_session("sqlite://") as session:
        await session.connection.run("CREATE VIEW whimbrel_journal AS SELECT 1")
        with pytest.raises(ConfigurationError, match="whimbrel_journal cannot be trusted"):
            await session.prepare()
        # The history is created with the journal or not at all.
        assert await session.connection.fetch_all("SELECT name FROM sqlite_master WHERE type = 'table'") == []


async def test_preparing_twice_changes_nothing() -> None:
    async with in_memory() as session:
        before = await session.connection.fetch_all("SELECT sql FROM sqlite_master ORDER BY name")
        await session.prepare()
        assert await session.connection.fetch_all("SELECT sql FROM sqlite_master ORDER BY name") == before
        assert len(before) >= 2
