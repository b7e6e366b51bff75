"""The application's schemas: auth (users, sessions) and chat (chat_sessions, chat_messages, pipeline_executions)."""

from __future__ import annotations

from pathlib import Path

from whimbrel import DatabaseManager, Report, drop_set, migrate

__all__ = ["drop_chat_tables", "initialize_chat_schema", "initialize_database", "sql_folder"]

_SQL = Path(__file__).parent.parent / "sql"
# Children first: each table refers to the next.
_CHAT_TABLES = ("chat_messages", "chat_sessions", "pipeline_executions")


def sql_folder(name: str) -> Path:
    """Return the folder of a set, such as `auth`."""
    return _SQL / name


async def initialize_database(db_manager: DatabaseManager | str) -> Report:
    """Bring the auth tables, `users` and `sessions`, to the newest version.

    Accepts a DatabaseManager or an address. Safe to repeat and to call from many processes at once. Raises every exception of
    `migrate`.
    """
    return await migrate(db_manager, sql_folder("auth"))


async def initialize_chat_schema(db_manager: DatabaseManager | str) -> Report:
    """Bring the chat tables to the newest version. The auth tables must exist.

    Accepts a DatabaseManager or an address. Safe to repeat and to call from many processes at once. Raises every exception of
    `migrate`.
    """
    return await migrate(db_manager, sql_folder("chat"))


async def drop_chat_tables(db_manager: DatabaseManager | str) -> None:
    """Drop the chat tables with all rows, and their history, so that tests can start anew.

    Accepts a DatabaseManager or an address. Safe to repeat. Raises every exception of `drop_set`.
    """
    await drop_set(db_manager, "chat", _CHAT_TABLES)
