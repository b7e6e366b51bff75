"""Drop the tables of a set and forget its history, so that tests can start anew."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.session import LOCK_WAIT_SECONDS

__all__ = ["drop_set"]


async def drop_set(target: Target, set_name: str, tables: Sequence[str], *, schema: str = "") -> None:
    """Drop these tables with their rows, in this order, and delete the set's rows from the history: for tests.

    List a table before the tables that it refers to. Safe to repeat; missing tables are skipped. Waits for the migration
    lock. Raises LockTimeout, DatabaseError, DatabaseUnreachable or ConfigurationError.
    """
    target = parse_target(target)
    async with open_session(target, schema, [set_name]) as session, session.locked(LOCK_WAIT_SECONDS):
        await session.prepare()
        quote = session.dialect.quote
        async with session.transaction(portable=True):
            for table in tables:
                await session.connection.run(f"DROP TABLE IF EXISTS {quote(session.schema)}.{quote(table)}")
            await session.history.forget(set_name)
