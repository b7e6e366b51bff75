"""Replay files into a throw-away database, and read the resulting schema.

The throw-away database is made beside another one, or on a server that the user names. Nothing else there may change, so files
with statements that would reach beyond it are refused before the first statement runs.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from whimbrel.adoption.confined import find_extensions, find_named_databases, find_shared_effects
from whimbrel.dialects.base import Connection
from whimbrel.dialects.registry import find_dialect
from whimbrel.dialects.surroundings import Surroundings
from whimbrel.errors import ConfigurationError, DatabaseError, DatabaseUnreachable, MigrationFailed, ValidationFailed
from whimbrel.messages.printable import printable
from whimbrel.migrations.migration import Migration, MigrationSet
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.planning.makers import Makers
from whimbrel.planning.plan import Plan, Planner
from whimbrel.review.scratch import throw_away
from whimbrel.runner.migrator import Migrator
from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import Schema
from whimbrel.schema.own_tables import without_own
from whimbrel.session.connect import open_session
from whimbrel.session.course import Course
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session
from whimbrel.url import DatabaseUrl

__all__ = ["Original", "Replay", "replay", "server_version"]


class Original(NamedTuple):
    """The facts that a replay needs about the original database.

    `database` is its kind, `version` and `server` identify its server, and `surroundings` are the objects that its files expect
    to exist.
    """

    database: str
    version: str
    server: str
    surroundings: Surroundings


class Replay(NamedTuple):
    """The schema that files made.

    `makers` finds the file of an object, and `notes` describe differences of the replay from the original.

    `failed` says why the files could not be replayed; there is no schema then.
    """

    schema: Schema | None = None
    makers: Makers | None = None
    notes: tuple[str, ...] = ()
    failed: str = ""


async def server_version(connection: Connection) -> str:
    """Return the version of the server, as it describes itself; empty for SQLite, where there is none."""
    if connection.dialect.name == "sqlite":
        return ""
    text = await connection.fetch_value(f"SELECT {connection.dialect.functions}version() AS version")
    return str(text).partition(" on ")[0]


async def replay(
    address: DatabaseUrl, original: Original, sets: Sequence[MigrationSet], course: Course, *, native: bool, beside: bool
) -> Replay:
    """Replay all files of `sets` into a new database on the server at `address`, read its schema, and drop it.

    `native` says that the sets are meant for this database alone. `beside` says that `address` is the original's own. The replay
    notes in `course` where it is.

    Raises ConfigurationError if this user may create no database there, if the server is of another kind than the original's, or
    if a statement would reach beyond the new database; DatabaseUnreachable.
    """
    # A task has a context of its own, so the messages after it suggest no commands with the address of the new database.
    return await asyncio.create_task(_replay(address, original, sets, course, native=native, beside=beside))


async def _replay(
    address: DatabaseUrl, original: Original, sets: Sequence[MigrationSet], course: Course, *, native: bool, beside: bool
) -> Replay:
    # If the address names a schema, that schema belongs to the original database.
    options = {name: value for name, value in address.options.items() if name != "schema"}
    with tempfile.TemporaryDirectory(prefix="whimbrel-", ignore_cleanup_errors=True) as folder:
        course.step(f"making a throw-away database on {address}")
        try:
            async with throw_away(address._replace(options=options), Path(folder), _nothing) as url:
                return await _Replaying(url, original, sets, course, native=native).run()
        except DatabaseUnreachable as error:
            if not beside:
                raise
            raise DatabaseUnreachable(
                f"{error}\n  next: the proof cannot reach the new database that it made beside the one to prove; behind a "
                "pooler, name the server itself with --on",
                silent=error.silent,
            ) from error


async def _nothing(url: DatabaseUrl) -> None:
    """Leave the new database empty, so that an error in a file does not look like an error of the creation."""


class _Replaying:
    """One replay into the empty database at `url`."""

    def __init__(
        self, url: DatabaseUrl, original: Original, sets: Sequence[MigrationSet], course: Course, *, native: bool
    ) -> None:
        self._url = url
        self._course = course
        self._original = original
        self._sets = sets
        self._native = native
        self._planner = Planner(native=native)
        self._notes: list[str] = []

    async def run(self) -> Replay:
        await self._surround()
        async with open_session(self._url, self._original.surroundings.schema, self._sets) as session:
            session.wait_up_to(LOCK_WAIT_SECONDS)
            session.follow(self._course)
            session.state = session.state._replace(native=self._native)
            try:
                await self._migrate(session)
            except MigrationFailed as failed:
                return Replay(failed=_reason(failed), notes=tuple(self._notes))
            except ValidationFailed as failed:
                return Replay(failed="\n".join(one.message for one in failed.problems), notes=tuple(self._notes))
            self._course.step("comparing what the files made with the database")
            schema = without_own(await find_inspector(session.dialect.name).read(session.connection, session.schema))
            return Replay(schema, self._read_makers(session), tuple(self._notes))

    async def _surround(self) -> None:
        """Create the objects that the files expect to exist. Raises ConfigurationError for a server of another kind."""
        connection = await find_dialect(self._url).open(self._url)
        try:
            if connection.database != self._original.database:
                raise ConfigurationError(
                    f"the database to prove is on {self._original.database}, and the server for the replay is "
                    f"{connection.database}\n  next: name a server of the same kind with --on"
                )
            if (version := await server_version(connection)) != self._original.version:
                self._notes.append(
                    f"the files were replayed on {printable(version)}, and the database is on "
                    f"{printable(self._original.version)}: the two may write the same expression differently"
                )
            for statement in self._original.surroundings.statements:
                await connection.run(statement)
            await self._extend(connection)
        finally:
            await asyncio.shield(connection.close())

    async def _extend(self, connection: Connection) -> None:
        """Create the extensions that the original has.

        A file that needs a missing one fails, and its error names the extension.
        """
        extensions = self._original.surroundings.extensions
        created = {name for file in self._files() for name in find_extensions(file, self._rules(file))} if extensions else ()
        for name, statements in extensions:
            if name in created:
                continue
            try:
                for statement in statements:
                    await connection.run(statement)
            except DatabaseError as error:
                self._notes.append(f"the extension {printable(name)} is missing where the files were replayed: {error}")

    async def _migrate(self, session: Session) -> None:
        run = Migrator(session, self._sets, None, None, planner=self._planner, out_of_order=True, accept_existing=True)
        plans = await run.look()
        if not plans:
            return
        await self._confine(session, plans)
        async with session.locked(LOCK_WAIT_SECONDS):
            await session.prepare()
            for statement in self._original.surroundings.statements:
                # On MySQL, `prepare` gives an empty database another default.
                await session.connection.run(statement)
            await run.all()

    async def _confine(self, session: Session, plans: Sequence[Plan]) -> None:
        """Raise ConfigurationError if a statement would change anything but the new database."""
        problems = find_named_databases(session.dialect, session.database, self._planner, plans)
        shared = find_shared_effects(session.dialect, plans)
        if shared and await session.dialect.server_identity(session.connection) == self._original.server:
            problems += shared
        if problems:
            raise ConfigurationError("\n".join(["the files cannot be replayed:", *(f"  {one.message}" for one in problems)]))

    def _read_makers(self, session: Session) -> Makers:
        makers = Makers(session.dialect.catalog, session.dialect.inventory.spell, session.schema)
        for file in self._files():
            makers.read(file, self._rules(file))
        return makers

    def _files(self) -> Iterator[Migration]:
        for one in self._sets:
            yield from one.for_database(self._original.database)

    def _rules(self, file: Migration) -> LexerRules:
        portable = not self._native and not file.database
        return find_dialect(self._url).lexer_rules(portable=portable, database=self._original.database)


def _reason(failed: MigrationFailed) -> str:
    code = f" [{failed.code}]" if failed.code else ""
    return (
        f"{failed.place}: statement {failed.statement} of {failed.total} ({printable(failed.kind)}) failed: "
        f"{printable(failed.server_message)}{code}"
    )
