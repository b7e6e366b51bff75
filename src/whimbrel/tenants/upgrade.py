"""Bring one tenant to the newest version: the ordinary runner in the tenant's schema, then the row in the table of tenants."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from whimbrel.dialects.base import Connection
from whimbrel.dialects.tenancy import Tenancy, find_tenancy
from whimbrel.errors import ConfigurationError, DatabaseUnreachable, LockTimeout, ValidationFailed, WhimbrelError
from whimbrel.messages.suggestion import address_option, remember
from whimbrel.migrations.blueprints import find_blueprints
from whimbrel.migrations.done import check_database, meant_databases
from whimbrel.migrations.migration import AppliedMigration, MigrationSet, Version
from whimbrel.migrations.problems import coverage_problems
from whimbrel.migrations.reader import read_directories
from whimbrel.migrations.squash import covers, replaced_ranges
from whimbrel.planning.plan import Planner
from whimbrel.runner.migrator import Migrator
from whimbrel.runner.report import Report
from whimbrel.session.connect import Manager, Target, open_session, parse_target, url_of
from whimbrel.session.course import Course
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session
from whimbrel.session.state import SessionState, check_lock_wait
from whimbrel.tenants.registry import Registry
from whimbrel.tenants.servers import Server
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["Work", "summary"]


@dataclass(slots=True)
class Work:
    """The work to do for each tenant, and where. The files are read and planned once."""

    target: DatabaseUrl | Manager
    url: DatabaseUrl
    tenancy: Tenancy
    sets: Sequence[MigrationSet]
    schema: str
    lock_wait: float
    app: Version | None
    planner: Planner
    databases: Collection[str]
    accept_existing: bool = False
    # The name of the server, and the address of the registry, if that is another server.
    server: str = ""
    home: DatabaseUrl | None = None

    @classmethod
    def on(
        cls,
        target: Target,
        folders: Sequence[str | Traversable],
        schema: str = "",
        *,
        lock_wait: float = LOCK_WAIT_SECONDS,
        app_version: str | None = None,
        databases: Collection[str] = (),
        accept_existing: bool = False,
    ) -> Work:
        """Return the work for these blueprints. Raises ConfigurationError, or ValidationFailed for invalid files."""
        target = parse_target(target)
        url = url_of(target)
        check_lock_wait(lock_wait)
        sets = read_directories(find_blueprints(folders))
        databases = meant_databases(sets, databases)
        app, planner = None if app_version is None else Version.parse(app_version), Planner(native=len(databases) == 1)
        check_database(databases, *url.databases)
        return cls(
            target=target,
            url=url,
            tenancy=find_tenancy(url),
            sets=sets,
            schema=schema,
            lock_wait=lock_wait,
            app=app,
            planner=planner,
            databases=databases,
            accept_existing=accept_existing,
        )

    def at(self, server: Server) -> Work:
        """Return the same work on another server of the fleet."""
        return (
            self
            if not server.name
            else replace(self, target=server.target, url=server.url, schema=server.schema, server=server.name, home=self.url)
        )

    @property
    def own(self) -> Server:
        """The server of this work."""
        return Server(self.server, self.target, self.url, self.tenancy, self.schema)

    def place(self, name: str) -> str:
        """Return the options of a command line that lead to a tenant: those of its schema, and of its server if need be."""
        option = self.tenancy.option(self.url, name)
        return f"{address_option(self.url)} {option}" if self.server and not option.startswith("--url") else option

    def expect_addition(self) -> None:
        """Let the commands in the messages that follow add a tenant to this server."""
        remember(self.home or self.url, [one.path for one in self.sets], f"--server {self.server}" if self.server else "")

    @property
    def set_names(self) -> list[str]:
        """The names of the sets."""
        return [one.name for one in self.sets]

    def registry(self, control: Session) -> Registry:
        """Return the table of tenants, through this session."""
        return Registry(control, self.tenancy, self.url)

    def check(self, control: Session, *, fresh: bool = False) -> None:
        """Plan every file before the first tenant is touched; with `fresh` nothing is applied yet. Raises ValidationFailed."""
        check_database(self.databases, control.database)
        found = [one for one in coverage_problems(self.sets, [control.database]) if not one.warning]
        for each in self.sets:
            for migration in each.for_database(control.database):
                try:
                    plan = self.planner.plan(control.dialect, control.database, migration)
                    self.planner.check_fresh([plan] if fresh else [])
                except ValidationFailed as failed:
                    found += failed.problems
        if found:
            raise ValidationFailed(found)

    async def bring_up(
        self, control: Session, name: str, *, at_once: bool = False, adopt: bool = False, course: Course | None = None
    ) -> Report:
        """Apply a tenant's pending migrations, and record that in its row. An exception leaves the control connection in doubt.

        With `adopt` the tenant's schema may belong to any user. `course` follows the run. Raises every exception of `migrate`.
        LockTimeout leaves nothing in doubt; it means that another session holds the tenant's lock.
        """
        started, waited = monotonic(), 0.0
        async with self.tenancy.inside(control.connection, self.url, name) as (connection, schema):
            session = await self._begin(control, connection, schema, name, adopt=adopt, course=course)
            shared = connection is control.connection
            run, holder = self._run(session), session if shared else None
            if await run.arrive():
                async with session.locked(self.lock_wait, at_once=at_once) as waited:
                    await session.prepare()
                    await run.all()
                    # The row is written before the lock is released, so that no older state overwrites a newer one.
                    await self._tell(control, name, run, holder)
            else:
                await self._tell(control, name, run, holder)
                await session.release()
            if shared:
                control.state = control.state._replace(left=session.state.left)
        return run.report(monotonic() - started, waited)

    async def _begin(
        self, control: Session, connection: Connection, schema: str, name: str, *, adopt: bool, course: Course | None
    ) -> Session:
        """Begin a session in a tenant's schema. Raises ConfigurationError if the schema or its tables cannot be trusted."""
        self.expect_addition()
        tables = await self.tenancy.check(connection, control.schema, schema, adopt=adopt)
        where = self.place(name)
        remember(self.url, [one.path for one in self.sets], where)
        # The files of the previous tenant left this session state on a shared connection.
        left = control.state.left if connection is control.connection else "nothing"
        state = SessionState(schema, native=len(self.databases) == 1, left=left)
        session = Session(connection, state, control.user, where, tables=tables)
        session.follow(course)
        connection.patience = self.lock_wait
        if left != "nothing" and not session.dialect.session_reset_sql(schema, left):
            # Later, this would release the tenant's lock.
            await session.renew()
        return session

    async def check_contents(self, control: Session, name: str) -> None:
        """Raise ValidationFailed if an existing schema has objects that the files must not touch. Writes nothing."""
        async with self.tenancy.inside(control.connection, self.url, name) as (connection, schema):
            remember(self.url, [one.path for one in self.sets], self.place(name))
            await self._run(Session(connection, SessionState(schema), control.user, question=True)).look()

    def _run(self, session: Session) -> Migrator:
        return Migrator(session, self.sets, target=None, app=self.app, planner=self.planner, accept_existing=self.accept_existing)

    async def _tell(self, control: Session, name: str, run: Migrator, holder: Session | None) -> None:
        rows = [info.applied for info in run.infos if info.applied]
        ranges = {one.name: replaced_ranges(one.for_database(control.database)) for one in self.sets}
        current = [row for row in rows if not covers(ranges[row.set_name], row.version)]
        await self.registry(control).tell(name, current, holder=holder)

    async def note_failure(self, name: str, error: WhimbrelError) -> bool:
        """Record a tenant's error in its row, on a separate connection. Return False if its schema is gone.

        Failing to get the lock, or to reach the server, says nothing about the tenant.
        """
        async with open_session(self.target, self.schema, []) as control:
            if not await self.tenancy.exists(control.connection, self.url, name):
                return False
            if not isinstance(error, LockTimeout | DatabaseUnreachable):
                await self.registry(control).tell(name, await self._applied(control, name), summary(error))
            return True

    async def _applied(self, control: Session, name: str) -> Sequence[AppliedMigration]:
        """Return the tenant's history; empty if the history cannot be trusted. The error to record then says so."""
        async with self.tenancy.inside(control.connection, self.url, name) as (connection, schema):
            with suppress(ConfigurationError):
                tables = await self.tenancy.check(connection, control.schema, schema)
                session = Session(connection, SessionState(schema), control.user, tables=tables)
                return await session.history.read(self.set_names)
        return ()


def summary(error: WhimbrelError) -> str:
    """Return a short form for reports: the place and the database's message, without advice."""
    lines = [line.strip().removesuffix(":") for line in str(error).partition("\n\n")[0].split("\n")]
    return ": ".join(lines)
