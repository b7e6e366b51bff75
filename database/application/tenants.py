"""An organization's tenant: whether its name is free, the schema, and the chat history in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from database.errors import ConfigurationError, RuleViolated
from database.manager import DatabaseManager
from database.opening import open_session
from database.repositories.history import ChatHistoryRepository
from database.schemas import shipped
from database.tenancy import find_tenancy
from database.tenants import onboard, tenant_manager
from database.tenants.names import check_name
from database.tenants.onboarding import check_unreserved
from database.tenants.registry import Registry

__all__ = ["BLUEPRINTS", "check_free", "history_of", "provide"]

BLUEPRINTS = "tenant"


async def check_free(manager: DatabaseManager, tenant: str) -> None:
    """Raise RuleViolated if this cannot be a tenant's name, or if there is a tenant or any other schema of this name.

    Whoever founds an organization must not come by what was there before it.
    """
    try:
        check_name(tenant)
    except ConfigurationError as error:
        raise RuleViolated(f"tenant: {error}", rule="value", field="tenant") from error
    tenancy = find_tenancy(manager.url)
    async with open_session(manager, sets=[], question=True) as session:
        known = await Registry(session, tenancy, manager.url).knows(tenant)
        try:
            await check_unreserved(session, tenancy, tenant)
        except ConfigurationError as error:
            raise RuleViolated(f"tenant: {tenant} is not to be had", rule="value", field="tenant") from error
        if known or await tenancy.exists(session.connection, manager.url, tenant):
            raise RuleViolated("there is one already", rule="unique", field="tenant")


async def provide(manager: DatabaseManager, tenant: str) -> None:
    """Have the tenant's schema made and brought to the newest version. Safe to repeat."""
    await onboard(manager, tenant, shipped(BLUEPRINTS))


@asynccontextmanager
async def history_of(manager: DatabaseManager, tenant: str) -> AsyncIterator[ChatHistoryRepository]:
    """Lend the chat history of a tenant: over the application's own connections where these reach it."""
    address, _ = find_tenancy(manager.url).address(manager.url, check_name(tenant))
    if address == manager.url:
        yield ChatHistoryRepository(manager, tenant)
    else:
        async with tenant_manager(manager, tenant, pool_size=1) as own:
            yield ChatHistoryRepository(own)
