"""Arrive at a database that has a history: try the lock and read the history, in one message.

The run does not ask again for anything that the message returned, since no other process records anything while this session
has the lock.
"""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.base import Row
from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.migrations.migration import AppliedMigration
from whimbrel.session.session import Session

__all__ = ["Arrival", "arrive"]


class Arrival(NamedTuple):
    """`is_held` says whether this session now has the lock. If so, `rank` and `history` stay true until it writes a record."""

    is_held: bool
    rank: int
    history: list[AppliedMigration]


async def arrive(session: Session, sets: Sequence[str]) -> Arrival | None:
    """Try to take the migration lock, and read the history of these sets and the highest rank; prepare the session for a file.

    Return None, without taking the lock, if the lock cannot be taken in one message with a query, if the session has it already,
    if a table is missing, or if the database refuses any part. Separate queries then show the reason. Raises ConnectionLost, and
    ValidationFailed if a row was edited by hand.
    """
    locking = session.dialect.locking_sql(session.schema)
    # A session counts how often it takes the lock, and releases it only once.
    if locking is None or session.is_held or not await session.history.is_complete():
        return None
    before = [session.dialect.begin, *locking.statements]
    after = [session.records.probe, "COMMIT", *session.session_setup_sql(portable=not session.state.native)]
    queries = [locking.query, session.dialect.writable_sql, session.records.last_rank, session.records.rows(sets)]
    try:
        async with session.connection.rollback_on_error():
            answers = await session.connection.fetch_together(queries, before, after)
    except ConnectionLost:
        raise
    except DatabaseError:
        await _withdraw(session)
        return None
    return _understand(session, answers)


def _understand(session: Session, answers: Sequence[Sequence[Row]]) -> Arrival:
    (tried,), (writable,), (last,), rows = answers
    session.is_held = bool(tried["got"])
    session.writable = writable
    history = session.history.understand(rows)
    return Arrival(session.is_held, session.history.understand_rank(last), history)


async def _withdraw(session: Session) -> None:
    """Release the lock if the refused message acquired it."""
    session.state = session.state._replace(portable=None)
    if await session.dialect.owns_lock(session.connection, session.schema):
        await session.dialect.unlock(session.connection, session.schema)
