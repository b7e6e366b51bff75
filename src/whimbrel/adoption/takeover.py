"""Record the migrations of another tool as applied: in one transaction, under the lock of that tool and Whimbrel's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from whimbrel.adoption.table import ToolTables, read_rows
from whimbrel.adoption.target import TargetSet
from whimbrel.adoption.tool import Tool, ToolLock
from whimbrel.errors import Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import printable
from whimbrel.migrations.migration import Migration, Version
from whimbrel.session.session import Session
from whimbrel.session.standing import read_standing

__all__ = ["OwnHistory", "ToolHistory", "check_idle", "find_standing", "read_history", "record"]

_MOST_RECORDS = 200
# Another run of this command takes the tool's lock only for a moment; a run of the tool holds it for longer.
_ATTEMPTS, _PAUSE = 20, 0.1


class ToolHistory(NamedTuple):
    """The tool, its tables, and the rows of its history as they were read."""

    tool: Tool
    tables: ToolTables
    rows: list[dict[str, Any]]


async def read_history(session: Session, tool: Tool, tables: ToolTables) -> ToolHistory:
    """Read the tool's history. Raises ValidationFailed if the table has a value that the tool cannot have written."""
    return ToolHistory(tool, tables, await read_rows(session.connection, tables.history, tool.columns))


async def check_idle(session: Session, history: ToolHistory) -> None:
    """Raise ValidationFailed if the tool migrates now, or left its lock behind, or has migrated since its rows were read."""
    lock = await _take_lock(session, history)
    await _check_unchanged(session, history)
    await _free_lock(session, lock)


async def _check_unchanged(session: Session, history: ToolHistory) -> None:
    await _check_lock_rows(session, history)
    await _check_same(session, history)


async def _check_lock_rows(session: Session, history: ToolHistory) -> None:
    tool = history.tool
    for table in history.tables.locks:
        for row in await read_rows(session.connection, table, tool.lock_columns):
            if row["locked"]:
                told = ", ".join(f"{name} {value}" for name, value in row.items() if name != "locked" and value is not None)
                raise ValidationFailed([_locked(tool, f"table {table.schema}.{table.name} is locked ({told})")])


def _locked(tool: Tool, told: str) -> Problem:
    message = (
        f"{printable(told)}, so {tool.title} migrates this database now, or a run of it was killed\n"
        f"    next: let the run end; if there is none, release the lock with {tool.title}; then run this command again"
    )
    return Problem(ProblemKind.ADOPTION, message)


async def _take_lock(session: Session, history: ToolHistory) -> ToolLock | None:
    """Take the tool's lock until the transaction ends, or `_free_lock`. Raises ValidationFailed if another session has it."""
    tool, dialect, connection = history.tool, session.dialect, session.connection
    lock = tool.lock(history.tables.history, await dialect.catalog_name(connection))
    if lock is None:
        return None
    for _ in range(_ATTEMPTS):
        if await dialect.try_tool_lock(connection, lock.number, lock.name):
            return lock
        await asyncio.sleep(_PAUSE)
    raise ValidationFailed([_locked(tool, f"another session holds the lock of {tool.title} ({lock.number}, {lock.name})")])


async def _free_lock(session: Session, lock: ToolLock | None) -> None:
    # After an error the connection is closed, which frees the lock too.
    if lock is not None:
        await session.dialect.free_tool_lock(session.connection, lock.name)


class OwnHistory(NamedTuple):
    """The state of Whimbrel's own history: the migrations to record, in order, and those that neither tool has applied.

    `head` is the last version that the tool or Whimbrel has applied.
    """

    missing: list[Migration]
    pending: list[Migration]
    head: Version


async def find_standing(session: Session, target: TargetSet) -> OwnHistory:
    """Return the state of Whimbrel's own history. Raises ValidationFailed if it contradicts an adoption."""
    one = target.one
    infos = await read_standing(session, one, folder=one.path)
    unapplied = [info.resolved for info in infos if info.resolved and not info.applied]
    missing = [file for file in unapplied if file.version in target.origins]
    pending = [file for file in unapplied if file.version not in target.origins]
    return OwnHistory(missing, pending, max([target.head, *(info.version for info in infos if info.applied)]))


async def record(
    session: Session, history: ToolHistory, target: TargetSet, lock_wait: float, write: Callable[[], None]
) -> list[Migration]:
    """Record the missing migrations, and return them. The result is empty if another process has just recorded them.

    `write` writes the files of the set. It is called last: the next run completes files without records, but records without
    files would be lost versions.
    """
    async with session.locked(lock_wait):
        # This check comes before the first write.
        await check_idle(session, history)
        await session.prepare()
        # On SQLite, and behind a pooler, the transaction is the lock, so everything is read again inside it.
        async with session.transaction():
            missing = (await find_standing(session, target)).missing
            lock = await _take_lock(session, history) if missing else None
            if missing:
                await _check_unchanged(session, history)
                write()
                records = await _records(session, history, target, missing)
                for start in range(0, len(records), _MOST_RECORDS):
                    await session.record(*records[start : start + _MOST_RECORDS])
        await _free_lock(session, lock)
    return missing


async def _check_same(session: Session, history: ToolHistory) -> None:
    again = await read_rows(session.connection, history.tables.history, history.tool.columns)
    if sorted(map(repr, again)) != sorted(map(repr, history.rows)):
        message = (
            f"table {history.tables.shown} has changed since this run read it, so {history.tool.title} migrates this database\n"
            "    next: let it end, and run this command again"
        )
        raise ValidationFailed([Problem(ProblemKind.ADOPTION, message)])


async def _records(session: Session, history: ToolHistory, target: TargetSet, missing: Sequence[Migration]) -> list[str]:
    rank = await session.history.last_rank()
    origin = f"from {history.tool.title}, {history.tables.shown}"
    by = f"{session.user}: {origin}" if session.user else origin
    return [
        session.records.baseline(
            file,
            rank=number,
            installed_by=f"{by}, {target.origins[file.version].origin}",
        )
        for number, file in enumerate(missing, start=rank + 1)
    ]
