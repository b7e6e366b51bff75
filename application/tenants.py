"""An organization's tenant: checking that its name is free, creating its schema, and its chat history."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from application.bounds import Turns
from database.repositories.chat_history import ChatHistoryRepository
from database.schemas import sql_folder
from whimbrel import (
    ConfigurationError,
    DatabaseError,
    DatabaseManager,
    RuleViolated,
    check_tenant_free,
    check_tenant_name,
    onboard,
    tenant_manager,
)

__all__ = ["BLUEPRINTS", "check_free", "history_of", "provide"]

logger = logging.getLogger("whimbrel")

BLUEPRINTS = "tenant"
# The time that founding an organization waits for another process's migration lock.
_LOCK_SECONDS = 10.0


async def check_free(manager: DatabaseManager, tenant: str) -> None:
    """Raise RuleViolated if this name is invalid for a tenant, or if a tenant or any other schema has it.

    The founder of an organization must not get access to data that existed before.
    """
    try:
        check_tenant_name(tenant)
    except ConfigurationError as error:
        raise RuleViolated(f"tenant: {error}", rule="value", field="tenant") from error
    with _names_refused():
        await check_tenant_free(manager, tenant)


async def provide(manager: DatabaseManager, tenant: str) -> None:
    """Create the tenant's schema, and bring it to the newest version. Safe to repeat.

    Raises RuleViolated if the name turns out to be refused.
    """
    with _names_refused():
        await onboard(manager, tenant, sql_folder(BLUEPRINTS), lock_wait=_LOCK_SECONDS)


@contextmanager
def _names_refused() -> Iterator[None]:
    """Give one and the same answer for all names that are taken, be it by a tenant, a schema or a role.

    The reason goes to the log, because it reveals what the database contains. The database's own refusals, such as a missing
    privilege, concern the operator and are raised unchanged.
    """
    try:
        yield
    except ConfigurationError as error:
        if isinstance(error.__cause__, DatabaseError):
            raise
        logger.warning("an organization was refused: %s", error)
        raise _taken() from error


def _taken() -> RuleViolated:
    return RuleViolated("it already exists", rule="unique", field="tenant")


@asynccontextmanager
async def history_of(manager: DatabaseManager, tenant: str, turns: Turns) -> AsyncIterator[ChatHistoryRepository]:
    """Lend the chat history of a tenant: over the application's own connections if they reach it, else when a turn is free."""
    own = tenant_manager(manager, tenant, pool_size=1)
    if own.url == manager.url:
        yield ChatHistoryRepository(manager, tenant)
    else:
        async with turns.turn(), own:
            yield ChatHistoryRepository(own)
