"""Connections and sessions on the database of an address, or on that of an application's manager."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, runtime_checkable

from database.dialect import Connection, find_dialect
from database.session import Session
from database.url import DatabaseUrl, parse_url

__all__ = ["Manager", "Target", "begin_session", "hidden", "open_connection", "open_session"]


@runtime_checkable
class Manager(Protocol):
    """What a session needs of an application's manager."""

    @property
    def url(self) -> DatabaseUrl:
        """The database's address."""
        ...

    @property
    def schema(self) -> str:
        """The schema it works in, where that is not the connection's own."""
        ...

    def acquire(self) -> AbstractAsyncContextManager[Connection]:
        """Lend a connection."""
        ...


Target = str | DatabaseUrl | Manager


def hidden(target: Target) -> DatabaseUrl | Manager:
    """Return what a target is, without the text that holds its password; assign it to the variable that had the text."""
    return parse_url(target) if isinstance(target, str) else target


@asynccontextmanager
async def open_connection(target: Target, *, question: bool = False) -> AsyncIterator[Connection]:
    """Open a connection to the database of an address, or to that of an application's manager; nothing is asked of it yet.

    With `question` nothing is made by opening it. The connection is private and closed at the end; a database in memory is
    reached through the manager's own.
    """
    target = hidden(target)
    url = target if isinstance(target, DatabaseUrl) else target.url
    if url.in_memory and not isinstance(target, DatabaseUrl):
        async with target.acquire() as connection:
            try:
                yield connection
            finally:
                # The application goes on with this connection.
                await connection.dialect.enter(connection, "", portable=True)
        return
    connection = await find_dialect(url).connect(url, question=question)
    try:
        yield connection
    finally:
        await asyncio.shield(connection.close())


async def begin_session(connection: Connection, target: Target, schema: str = "") -> Session:
    """Find out who answers on a connection, and which schema is worked in. Raises ConfigurationError for one that is missing."""
    target = hidden(target)
    url, schema = (target, schema) if isinstance(target, DatabaseUrl) else (target.url, schema or target.schema)
    connection = await connection.dialect.acquaint_in_time(connection, url)
    where = f"--schema {_quoted(schema)}" if schema else ""
    return Session(connection, await connection.dialect.find_schema(connection, schema), url.user, where)


@asynccontextmanager
async def open_session(target: Target, schema: str = "", *, question: bool = False) -> AsyncIterator[Session]:
    """Open a connection as `open_connection` does, and begin a session on it."""
    target = hidden(target)
    async with open_connection(target, question=question) as connection:
        yield await begin_session(connection, target, schema)


def _quoted(word: str) -> str:
    import shlex  # few name a schema

    return shlex.quote(word)
