"""A new tenant: its row, its schema, and everything in the schema, in one step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

from whimbrel.dialects.tenancy import Tenancy, find_tenancy
from whimbrel.errors import ConfigurationError, DatabaseError, WhimbrelError
from whimbrel.manager import DatabaseManager
from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import command
from whimbrel.runner.report import Report
from whimbrel.session.connect import Target, connecting, open_session, parse_target, url_of
from whimbrel.session.course import Course
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session
from whimbrel.session.teller import log_unless_shown
from whimbrel.tenants.fleet import is_registry
from whimbrel.tenants.names import check_name
from whimbrel.tenants.placing import placed
from whimbrel.tenants.registry import TELL_TENANT, Registry
from whimbrel.tenants.servers import Servers
from whimbrel.tenants.upgrade import Work
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["check_unreserved", "onboard", "tenant_manager"]


async def onboard(
    target: Target,
    name: str,
    *folders: str | Traversable,
    schema: str = "",
    adopt: bool = False,
    lock_wait: float = LOCK_WAIT_SECONDS,
    app_version: str | None = None,
    databases: Collection[str] = (),
    accept_existing: bool = False,
    server: str = "",
    servers: Mapping[str, str | DatabaseUrl] | None = None,
    course: Course | None = None,
) -> Report:
    """Register a tenant, create its schema, and bring it to the newest version of the blueprints in `folders`.

    The call is safe to repeat, even after a crash, and safe to make from many processes at once. `schema` is the control schema,
    which lists the tenants. An existing schema with the tenant's name that belongs to no tenant is refused, unless `adopt` is
    set. The blueprints must not touch its objects then, unless `accept_existing` is set. The call logs where it is every 30
    seconds; if `course` is given, it notes that there instead.

    `servers` has the addresses of the fleet's further servers by their names. `server` is the name of the one that the tenant is
    placed on, empty for the server of `target`.

    Raises ConfigurationError for an invalid tenant name, and every exception of `migrate`. Completed work stays, and the next
    call or the next sync continues.
    """
    target, name = parse_target(target), check_name(name)
    work = Work.on(
        target,
        folders,
        schema,
        lock_wait=lock_wait,
        app_version=app_version,
        databases=databases,
        accept_existing=accept_existing,
    )
    place = Servers(work.own, servers).find(server)
    course, telling = log_unless_shown(course, Course)
    course.step(connecting(work.at(place).target))
    async with telling, placed(work, place, name):
        return await _onboard(work.at(place), name, course, adopt=adopt)


async def _onboard(work: Work, name: str, course: Course, *, adopt: bool) -> Report:
    try:
        async with open_session(work.target, work.schema, []) as control:
            control.follow(course)
            course.step("preparing the schema of the tenant")
            await _provide(work, control, name, adopt=adopt)
            return await work.bring_up(control, name, adopt=adopt, course=course)
    except WhimbrelError as error:
        # The caller gets the original error, even if recording it fails.
        with suppress(WhimbrelError):
            await work.note_failure(name, error)
        raise


async def _provide(work: Work, control: Session, name: str, *, adopt: bool) -> None:
    """Ensure that the tenant has a row and a schema. This holds one lock at a time; the tenant's own lock comes later."""
    there = await work.tenancy.exists(control.connection, work.url, name)
    if await _is_known(work, control, name) and there:
        return
    work.check(control, fresh=True)
    await check_unreserved(control, work.tenancy, name)
    if there and adopt:
        await work.check_contents(control, name)
    async with control.locked(work.lock_wait):
        await control.prepare()
        async with control.explained(TELL_TENANT):
            async with control.transaction():
                await work.registry(control).create()
            await _create(work, control, name, adopt=adopt)


async def check_unreserved(control: Session, tenancy: Tenancy, name: str) -> None:
    """Raise ConfigurationError if a schema of this name is, or could be mistaken for, the control schema."""
    if name == control.schema.lower():
        raise ConfigurationError(f"{name} is the control schema itself, which cannot be a tenant's")
    if reason := await tenancy.reserved(control.connection, name):
        raise ConfigurationError(f"{name} cannot be a tenant: {reason}\n  next: choose another name")


async def _create(work: Work, control: Session, name: str, *, adopt: bool) -> None:
    """Write the row first.

    A crash before the CREATE leaves a row without a schema: every sync reports it, the next call repairs it.
    """
    async with control.transaction():
        known, there = await _note(work, control, name, adopt=adopt)
        if not there and work.tenancy.creates_in_transactions:
            await _create_schema(work, control, name)
    if there or work.tenancy.creates_in_transactions:
        return
    try:
        await _create_schema(work, control, name)
    except WhimbrelError:
        # Remove the committed row only if this call added it, never another process's.
        if not known:
            await work.registry(control).remove(name)
        raise


async def _note(work: Work, control: Session, name: str, *, adopt: bool) -> tuple[bool, bool]:
    """Ensure that the tenant has a row, reset if its schema is missing; return whether the row and the schema existed.

    Call this in a transaction, which is the only lock on SQLite and behind a pooler. Another process may have been quicker until
    now.
    """
    registry = work.registry(control)
    known, there = await _is_known(work, control, name), await work.tenancy.exists(control.connection, work.url, name)
    if there and not known and not adopt:
        raise ConfigurationError(
            f"schema {name} exists already, and it belongs to no tenant\n"
            "  next: choose another name, or take the schema over as it is (--adopt)"
        )
    if not known:
        await registry.add(name)
    elif not there:
        # The row described a schema that has been dropped.
        await registry.reset(name)
    return known, there


async def _is_known(work: Work, control: Session, name: str) -> bool:
    """Return whether the tenant has a row here. Raises ConfigurationError if the row says that it is on another server."""
    registry = work.registry(control)
    if not await registry.knows(name):
        return False
    if place := await registry.find_place(name):
        if work.server:
            raise is_registry(work.server, name, place)
        work.expect_addition()
        raise ConfigurationError(
            f"tenant {name} is placed on server {printable(place)}\n  next: {command('tenants add', name, '--server', place)}"
        )
    return True


async def _create_schema(work: Work, control: Session, name: str) -> None:
    try:
        await work.tenancy.create(control.connection, work.url, name)
    except DatabaseError as error:
        if not control.dialect.is_denied(error):
            raise
        raise ConfigurationError(
            f"{control.user or 'this user'} may not create the schema {name}: {error}\n"
            "  next: grant the right to create schemas, or onboard tenants as a user who has it"
        ) from error


def tenant_manager(target: Target, name: str, *, pool_size: int = 5) -> DatabaseManager:
    """Return a manager, not yet connected, whose unqualified names refer to a tenant's schema and no other.

    Raises ConfigurationError for an invalid tenant name. Whether the tenant exists shows when the manager connects, or on
    PostgreSQL at its first statement.
    """
    target = parse_target(target)
    url = url_of(target)
    tenancy = find_tenancy(url)
    address, schema = tenancy.address(url, check_name(name))
    if tenancy.owned:
        return _TenantManager(address, pool_size=pool_size, schema=schema, control=target.schema)
    return DatabaseManager(address, pool_size=pool_size, schema=schema)


class _TenantManager(DatabaseManager):
    """A manager that refuses to connect if a stranger may have recreated the tenant's schema."""

    def __init__(self, url: DatabaseUrl, *, pool_size: int, schema: str, control: str) -> None:
        super().__init__(url, pool_size=pool_size, schema=schema)
        self._control = control

    async def connect(self) -> None:
        """Open the pool, like every manager. Raises ConfigurationError if the tenant's schema belongs to a stranger."""
        if self._pool is None:
            await self._check()
        await super().connect()

    async def _check(self) -> None:
        tenancy, known = find_tenancy(self.url), False
        async with AsyncExitStack() as stack:
            # A role that may not read the table of tenants cannot learn from it which schemas belong to tenants.
            with suppress(ConfigurationError):
                control = await stack.enter_async_context(open_session(self.url, self._control, [], question=True))
                known = await Registry(control, tenancy, self.url).knows(self.schema)
            if known:
                await tenancy.check_owner(control.connection, control.schema, self.schema)
