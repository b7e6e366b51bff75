"""The schemas that Whimbrel ships: auth (users, sessions) and chat (chat_sessions, chat_messages, pipeline_executions)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from database.commands.migrate import migrate
from database.errors import ConfigurationError
from database.opening import Target, hidden, open_session
from database.report import Report
from database.session import LOCK_WAIT_SECONDS

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["drop_chat_tables", "initialize_chat_schema", "initialize_database", "shipped"]

# Children first, since each refers to the next.
_CHAT_TABLES = ("chat_messages", "chat_sessions", "pipeline_executions")


def shipped(name: str) -> Traversable:
    """Return the folder of a shipped set: in the installed package, or in the checkout beside it."""
    # Here, because few processes ask, and its import is slow.
    from importlib.resources import files

    for root in (files("database") / "sql", Path(__file__).parent.parent / "sql"):
        folder = root / name
        if folder.is_dir():
            return folder
    raise ConfigurationError(f"the SQL files of {name!r} are not part of this installation")


async def initialize_database(db_manager: Target) -> Report:
    """Bring the auth tables, `users` and `sessions`, to the newest version.

    Takes a DatabaseManager or an address. Safe to repeat and to call from many processes at once. Raises what `migrate` raises.
    """
    db_manager = hidden(db_manager)
    return await migrate(db_manager, shipped("auth"))


async def initialize_chat_schema(db_manager: Target) -> Report:
    """Bring the chat tables to the newest version; the auth tables must be there.

    Takes a DatabaseManager or an address. Safe to repeat and to call from many processes at once. Raises what `migrate` raises.
    """
    db_manager = hidden(db_manager)
    return await migrate(db_manager, shipped("chat"))


async def drop_chat_tables(db_manager: Target) -> None:
    """Drop the chat tables with everything in them, and forget that they were made: for tests, which start anew.

    Takes a DatabaseManager or an address. Safe to repeat.
    """
    db_manager = hidden(db_manager)
    async with open_session(db_manager, sets=["chat"]) as session, session.locked(LOCK_WAIT_SECONDS):
        await session.prepare()
        schema = session.dialect.quote(session.schema)
        async with session.transaction(portable=True):
            for table in _CHAT_TABLES:
                await session.connection.run(f"DROP TABLE IF EXISTS {schema}.{session.dialect.quote(table)}")
            await session.history.forget("chat")
