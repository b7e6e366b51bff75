"""Keep the model of the schema beside the history, after a run that applied something.

The migrations are applied and recorded by then. So every failure here is a warning, and never the failure of the run.
"""

from __future__ import annotations

import asyncio
import logging

from whimbrel.dialects.place import MODEL_TABLE
from whimbrel.errors import ConnectionLost, DatabaseError, Problem, ProblemKind, WhimbrelError
from whimbrel.schema.codec import seal
from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import Schema
from whimbrel.schema.own_tables import without_own
from whimbrel.session.kept_model import create_sql, keep_sql
from whimbrel.session.session import Session

__all__ = ["keep_model", "keep_schema", "prepare_model", "read_schema"]

# The catalog may wait for the lock of a session that alters a table.
_SECONDS = 60.0


async def keep_schema(session: Session) -> tuple[Problem, ...]:
    """Read the schema, and keep its model with the last row of the history; return a warning if that is impossible.

    Call it under the lock, which it may release, as the last step of a run. Raises ConnectionLost.
    """
    try:
        await session.patiently(lambda: _keep(session), lambda: "")
    except ConnectionLost:
        raise
    except TimeoutError:
        return _warning(session, f"the catalog did not answer within {_SECONDS:g} s")
    except WhimbrelError as error:
        return _warning(session, str(error))
    except Exception as error:
        # The reader does not understand the catalog. The run itself has succeeded, and its caller must see that.
        return _warning(session, f"{type(error).__name__}: {error}")
    return ()


async def read_schema(session: Session) -> Schema:
    """Return the schema of a session without Whimbrel's own tables, for comparing: it cannot be rendered."""
    return without_own(await find_inspector(session.dialect.name).read(session.connection, session.schema, needs=False))


async def prepare_model(session: Session) -> None:
    """Create the table of the model if it is missing. Call it under the lock."""
    if await session.history.lacks(MODEL_TABLE):
        await _create(session)


async def keep_model(session: Session, schema: Schema) -> None:
    """Keep a schema as the model. Call it under the lock, in a transaction."""
    await session.record(*keep_sql(session, *seal(schema)))


async def _keep(session: Session) -> None:
    await prepare_model(session)
    if session.connection.begins_at_once:
        # The lock belongs to the session, so the record and the release of the lock can share a message.
        await session.record_and_release(*keep_sql(session, *seal(await _read_in_time(session))))
        return
    async with session.transaction():
        await keep_model(session, await _read_in_time(session))


async def _read_in_time(session: Session) -> Schema:
    # Only this step has a limit: cut short, the message that releases the lock would leave it open who has the lock.
    async with asyncio.timeout(_SECONDS):
        return await read_schema(session)


async def _create(session: Session) -> None:
    """Create the table in a database of an earlier release, whose user may lack the right to create tables."""
    async with session.explained("keep the model of the schema in"), session.transaction():
        await session.connection.send([create_sql(session.dialect, session.schema)])
        # IF NOT EXISTS accepts any object that has this name.
        await session.history.inspect()
        if await session.history.lacks(MODEL_TABLE):
            raise DatabaseError(f"the table {MODEL_TABLE} was created, but the catalog does not show it")


def _warning(session: Session, reason: str) -> tuple[Problem, ...]:
    told = (
        f"the migrations are applied, but the model of the schema was not kept, so drift cannot compare with it: {reason}\n"
        '    next: repair this, or set drift-ignore = ["*"] in [tool.whimbrel] (keep_model=False), which keeps no model'
    )
    session.tell(logging.WARNING, told)
    return (Problem(ProblemKind.MODEL, told, warning=True),)
