"""Read everything that a plan is bound to, from the database of a session. Writes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from whimbrel.dialects.place import HISTORY_TABLE, IDENTITY_TABLE, JOURNAL_TABLE
from whimbrel.migrations.migration import AppliedMigration, MigrationSet
from whimbrel.planning.plan import Plan
from whimbrel.planning.resume import ResumePoint, check_journal, check_session
from whimbrel.review.plans.document import Document, RunOptions, bound_document
from whimbrel.review.plans.files import file_document
from whimbrel.runner.keeping import read_schema
from whimbrel.session.identity import read_identity
from whimbrel.session.session import Session

__all__ = ["at_start", "read_bound", "read_history", "read_pending"]


@asynccontextmanager
async def at_start(session: Session) -> AsyncIterator[None]:
    """Put the session into the state from which every file starts.

    A session that writes does so in a transaction, which is the lock where no session can have it.
    """
    portable = not session.state.native
    if session.is_question and session.dialect.keeps_session:
        await session.enter(portable=portable)
        yield
        return
    async with session.transaction(portable=portable):
        yield


async def read_bound(session: Session, sets: Sequence[MigrationSet], options: RunOptions) -> Document:
    """Return the part of a plan that decides what runs. Call it in `at_start`.

    Raises ValidationFailed if one of Whimbrel's rows was edited, ConfigurationError if this user may not read it.
    """
    rank, history = await read_history(session, sets)
    return bound_document(
        sets,
        options,
        database=session.database,
        schema=session.schema,
        history=history,
        rank=rank,
        identity=await read_identity(session),
        circumstances=await session.dialect.read_circumstances(session.connection, session.schema),
        model=await read_schema(session),
    )


async def read_history(session: Session, sets: Sequence[MigrationSet]) -> tuple[int, list[AppliedMigration]]:
    """Return the highest rank of the history, and the rows of these sets."""
    rank = 0 if await session.history.lacks(HISTORY_TABLE) else await session.history.last_rank()
    return rank, await session.history.read([one.name for one in sets])


async def read_pending(session: Session, plans: Sequence[Plan]) -> Document:
    """Return the part of a plan that says what runs. Raises ValidationFailed if a begun file cannot go on."""
    files = [await _file(session, plan) for plan in plans]
    return {"preparation": await _preparation(session) if plans else [], "pending": files}


async def _preparation(session: Session) -> list[str]:
    """Return what a run does before its first file."""
    found = []
    if not session.state.native:
        found += await session.dialect.preparing_sql(session.connection, session.schema)
    tables = (HISTORY_TABLE, JOURNAL_TABLE, IDENTITY_TABLE)
    return found + [f"create table {table}" for table in tables if await session.history.lacks(table)]


async def _file(session: Session, plan: Plan) -> Document:
    reached = ResumePoint()
    if plan.begun:
        reached = check_journal(plan, await session.history.journal(plan.migration), session.where)
        check_session(plan, reached.done)
    limits = session.state.limits_of(plan.migration.directives)
    return file_document(session.dialect, session.database, plan, limits, reached, begins=plan.in_transaction)
