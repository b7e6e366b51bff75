"""Open connections and sessions, on the database of a URL or through the manager of an application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from whimbrel.dialects.base import Connection
from whimbrel.dialects.place import HistoryPlace, Sought
from whimbrel.dialects.registry import find_dialect
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.suggestion import remember
from whimbrel.migrations.blueprints import is_blueprint
from whimbrel.migrations.migration import MigrationSet
from whimbrel.session.course import Course
from whimbrel.session.state import SessionState
from whimbrel.session.waiting import Progress
from whimbrel.url import DatabaseUrl, parse_url

if TYPE_CHECKING:
    from whimbrel.session.session import Session

__all__ = [
    "Manager",
    "Purpose",
    "Target",
    "begin_session",
    "connecting",
    "open_connection",
    "open_session",
    "parse_target",
    "url_of",
]


@runtime_checkable
class Manager(Protocol):
    """The parts of an application's manager that a session needs."""

    @property
    def url(self) -> DatabaseUrl:
        """The database's URL."""
        ...

    @property
    def schema(self) -> str:
        """The schema that the manager works in, or an empty text for the connection's own."""
        ...

    def acquire(self) -> AbstractAsyncContextManager[Connection]:
        """Lend a connection."""
        ...


Target = str | DatabaseUrl | Manager
# The name of a set whose files are not known.
Sets = Sequence[MigrationSet | str]


class Purpose(NamedTuple):
    """The purpose of a session: a list of sets; an empty list for the table of tenants; None for the schema itself.

    With `question` the session writes nothing. `progress` is called with each line to report. `course` follows the session.
    """

    sets: Sets | None = None
    question: bool = False
    progress: Progress | None = None
    course: Course | None = None


_ANY = Purpose()


def parse_target(target: Target) -> DatabaseUrl | Manager:
    """Return the parsed target, which hides its password. Assign it to the variable that held the text."""
    parsed = parse_url(target) if isinstance(target, str) else target
    remember(url_of(parsed))
    return parsed


def url_of(target: DatabaseUrl | Manager) -> DatabaseUrl:
    """Return the URL of a parsed target."""
    return target if isinstance(target, DatabaseUrl) else target.url


def connecting(target: DatabaseUrl | Manager) -> str:
    """Return the step of a course in which the connection to `target` opens."""
    return f"connecting to {url_of(target)}"


@asynccontextmanager
async def open_connection(target: Target, *, question: bool = False) -> AsyncIterator[Connection]:
    """Open a connection to the database of a URL, or through an application's manager. Send no query on it yet.

    With `question`, opening creates nothing. The connection is private and closed at the end. A database in memory is reached
    through the manager's own connection.
    """
    target = parse_target(target)
    url = url_of(target)
    if url.in_memory and not isinstance(target, DatabaseUrl):
        async with target.acquire() as lent:
            # Drop the application's limit on each statement: a migration has no such limit.
            connection = lent.bare
            try:
                yield connection
            finally:
                # The application will continue to use this connection.
                await connection.dialect.enter(connection, "", portable=True)
        return
    connection = await find_dialect(url).connect(url, question=question)
    try:
        yield connection
    finally:
        await asyncio.shield(connection.close())


async def begin_session(
    connection: Connection,
    target: Target,
    schema: str = "",
    purpose: Purpose = _ANY,
) -> Session:
    """Identify the server and the schema to work in: `schema`, or the one that already has our tables.

    Raises ConfigurationError if the schema is missing, or one of our tables cannot be trusted.
    """
    from whimbrel.session.session import Session  # a start with nothing to do ends before this

    target = parse_target(target)
    url, schema = url_of(target), schema or target.schema
    connection = await connection.dialect.identify_server_in_time(connection, url)
    if purpose.sets is None:
        place = HistoryPlace(await connection.dialect.find_schema(connection, schema))
    else:
        sought = _sought(purpose.sets, connection.database)
        place = await connection.dialect.find_place(connection, schema, sought, question=purpose.question)
    if _is_confined(target, purpose):
        await connection.dialect.narrow(connection)
    named = schema or (place.schema if place.elsewhere else "")
    where = f"--schema {_quoted(named)}" if named else ""
    remember(url, [one.path for one in purpose.sets or () if isinstance(one, MigrationSet)], where)
    state = SessionState(place.schema)
    session = Session(connection, state, url.user, where, tables=place.tables, question=purpose.question)
    session.progress = purpose.progress
    session.follow(purpose.course)
    for note in place.notes:
        session.tell(logging.WARNING, note)
    return session


def _is_confined(target: DatabaseUrl | Manager, purpose: Purpose) -> bool:
    """Whether a session sees no tables but those of its schema: this holds for a tenant, and for a manager with a schema."""
    if not isinstance(target, DatabaseUrl) and target.schema != target.url.schema:
        return True
    paths = [one.path for one in purpose.sets or () if not isinstance(one, str)]
    return any(is_blueprint(Path.cwd() / path) for path in paths)


def _sought(sets: Sets, database: str) -> Sought:
    return {
        one if isinstance(one, str) else one.name: None
        if isinstance(one, str)
        else {(str(file.version), file.checksum) for file in one.for_database(database)}
        for one in sets
    }


@asynccontextmanager
async def open_session(
    target: Target, schema: str = "", sets: Sets | None = None, *, question: bool = False, writes: bool = False
) -> AsyncIterator[Session]:
    """Open a connection as `open_connection` does, and begin a session on it.

    A session that `writes` still does not create a database file.
    """
    target = parse_target(target)
    async with open_connection(target, question=question) as connection:
        yield await begin_session(connection, target, schema, Purpose(sets, question and not writes))


def _quoted(word: str) -> str:
    import shlex  # few callers name a schema

    return shlex.quote(word)
