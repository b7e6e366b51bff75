"""The application's schemas: auth (users, sessions) and chat (chat_sessions, chat_messages, pipeline_executions)."""

from __future__ import annotations

from pathlib import Path

from whimbrel import DatabaseManager, Report, drop_set, migrate

__all__ = ["drop_chat_tables", "initialize_chat_schema", "initialize_database", "sql_folder"]

_SQL = Path(__file__).parent.parent / "sql"
# Children first, since each refers to the next.
_CHAT_TABLES = ("chat_messages", "chat_sessions", "pipeline_executions")


def sql_folder(name: str) -> Path:
    """Return the folder of a set, such as `auth`."""
    return _SQL / name


async def initialize_database(db_manager: DatabaseManager | str) -> Report:
    """Bring the auth tables, `users` and `sessions`, to the newest version.

    Takes a DatabaseManager or an address. Safe to repeat and to call from many processes at once. Raises what `migrate` raises.
    """
    return await migrate(db_manager, sql_folder("auth"))


async def initialize_chat_schema(db_manager: DatabaseManager | str) -> Report:
    """Bring the chat tables to the newest version; the auth tables must be there.

    Takes a DatabaseManager or an address. Safe to repeat and to call from many processes at once. Raises what `migrate` raises.
    """
    return await migrate(db_manager, sql_folder("chat"))


async def drop_chat_tables(db_manager: DatabaseManager | str) -> None:
    """Drop the chat tables with everything in them, and forget that they were made: for tests, which start anew.

    Takes a DatabaseManager or an address. Safe to repeat. Raises what `drop_set` raises.
    """
    await drop_set(db_manager, "chat", _CHAT_TABLES)
