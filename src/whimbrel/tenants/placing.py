"""Place a tenant on another server than the registry's: the row that reserves its name in the whole fleet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from whimbrel.errors import ConfigurationError, WhimbrelError
from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import command
from whimbrel.session.connect import open_session
from whimbrel.tenants.registry import TELL_TENANT, Registry
from whimbrel.tenants.servers import Server
from whimbrel.tenants.upgrade import Work

__all__ = ["placed"]


@asynccontextmanager
async def placed(home: Work, server: Server, name: str) -> AsyncIterator[None]:
    """Ensure that the registry says that a tenant is on a server, while the block adds it there.

    The registry's row comes first, since its key decides between two calls for two servers. If a process dies before the tenant
    is there, the tenant is reported as missing, and the next call adds it. The row of a refused tenant is removed again.

    Raises ConfigurationError if the tenant is placed elsewhere, and DatabaseUnreachable, before anything is written.
    """
    if not server.name:
        yield
        return
    await _place_on(server, name)  # an unreachable server leaves no row behind
    added = await _reserve(home, server, name)
    try:
        yield
    except WhimbrelError:
        if added:
            # The caller gets the original error.
            with suppress(WhimbrelError):
                await _withdraw(home, server, name)
        raise
    # Another call for the same tenant may have been refused meanwhile, and have removed its row.
    await _reserve(home, server, name)


async def _place_on(server: Server, name: str) -> str | None:
    """Return the server that the table of tenants on this server names for a tenant; empty for itself, None if it has no row."""
    async with open_session(server.target, server.schema, [], question=True) as session:
        return await Registry(session, server.tenancy, server.url).find_place(name)


async def _reserve(home: Work, server: Server, name: str) -> bool:
    """Ensure that the registry has a row; return whether this call added it."""
    async with open_session(home.target, home.schema, []) as control:
        registry = home.registry(control)
        if await _is_placed(home, registry, server, name):
            return False
        async with control.locked(home.lock_wait):
            await control.prepare()
            async with control.explained(TELL_TENANT):
                async with control.transaction():
                    await registry.create()
                await registry.create_place()
                async with control.transaction():
                    # Another process may have been quicker.
                    if await _is_placed(home, registry, server, name):
                        return False
                    await registry.add(name, server.name)
        return True


async def _is_placed(home: Work, registry: Registry, server: Server, name: str) -> bool:
    place = await registry.find_place(name)
    if place is None or place == server.name:
        return place is not None
    home.expect_addition()
    where = f"server {printable(place)}" if place else "the server of the registry"
    raise ConfigurationError(
        f"tenant {name} is placed on {where}, not on server {server.name}\n"
        f"  next: {command('tenants add', name, *(['--server', place] if place else []))}, or choose another name"
    )


async def _withdraw(home: Work, server: Server, name: str) -> None:
    """Remove the registry's row, unless the server has the tenant.

    A row there that names a server is the registry's own: both addresses lead to one database.
    """
    if await _place_on(server, name) == "":
        return
    async with open_session(home.target, home.schema, []) as control:
        await home.registry(control).remove(name, server.name)
