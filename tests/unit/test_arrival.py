"""An arrival takes the lock at most once, and leaves it behind if the database refuses the message."""

import pytest

from tests.unit.sessions import in_memory
from whimbrel.dialects.base import Connection
from whimbrel.dialects.rules import Locking
from whimbrel.dialects.sqlite.dialect import Sqlite
from whimbrel.session.arrival import arrive

pytestmark = pytest.mark.asyncio


class LockingSqlite(Sqlite):
    """SQLite with a lock of the session, which counts like that of a server."""

    writable_sql = "SELECT 0 AS read_only"

    def __init__(self) -> None:
        self.taken = self.released = 0

    def locking_sql(self, schema: str) -> Locking | None:
        self.taken += 1
        return Locking([], "SELECT 1 AS got")

    async def unlock(self, connection: Connection, schema: str) -> None:
        self.released += 1


async def test_a_session_that_has_the_lock_does_not_take_it_again() -> None:
    rules = LockingSqlite()
    async with in_memory(rules) as session:
        first = await arrive(session, ["app"])
        assert first is not None
        assert (first.is_held, session.is_held) == (True, True)
        # A look is repeated if a lock of another session is in its way.
        assert await arrive(session, ["app"]) is None
        async with session.locked(1.0):
            pass
    assert (rules.released, session.is_held) == (1, False)


async def test_a_refused_message_leaves_no_lock_behind() -> None:
    rules = LockingSqlite()
    async with in_memory(rules) as session:
        await session.connection.run("DROP TABLE whimbrel_journal")
        assert await arrive(session, ["app"]) is None
        assert (rules.released, session.is_held, session.connection.in_transaction) == (1, False, False)
