"""An organization's tenant: whether its name is free, the schema, and the chat history in it."""

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
# How long a founder waits for another's migration lock.
_LOCK_SECONDS = 10.0


async def check_free(manager: DatabaseManager, tenant: str) -> None:
    """Raise RuleViolated if this cannot be a tenant's name, or if there is a tenant or any other schema of this name.

    Whoever founds an organization must not come by what was there before it.
    """
    try:
        check_tenant_name(tenant)
    except ConfigurationError as error:
        raise RuleViolated(f"tenant: {error}", rule="value", field="tenant") from error
    with _names_refused():
        await check_tenant_free(manager, tenant)


async def provide(manager: DatabaseManager, tenant: str) -> None:
    """Have the tenant's schema made and brought to the newest version. Safe to repeat.

    Raises RuleViolated if the name turns out to be refused.
    """
    with _names_refused():
        await onboard(manager, tenant, sql_folder(BLUEPRINTS), lock_wait=_LOCK_SECONDS)


@contextmanager
def _names_refused() -> Iterator[None]:
    """Turn the refusal of a name into the one answer to all names that are taken, whether by a tenant, a schema or a role.

    The reason goes to the log, since it tells what the database has. A refusal by the database itself, such as a missing
    privilege, is the operator's matter and passes.
    """
    try:
        yield
    except ConfigurationError as error:
        if isinstance(error.__cause__, DatabaseError):
            raise
        logger.warning("an organization was refused: %s", error)
        raise _taken() from error


def _taken() -> RuleViolated:
    return RuleViolated("there is one already", rule="unique", field="tenant")


@asynccontextmanager
async def history_of(manager: DatabaseManager, tenant: str, turns: Turns) -> AsyncIterator[ChatHistoryRepository]:
    """Lend the chat history of a tenant: over the application's own connections where these reach it, else in turn."""
    own = tenant_manager(manager, tenant, pool_size=1)
    if own.url == manager.url:
        yield ChatHistoryRepository(manager, tenant)
    else:
        async with turns.turn(), own:
            yield ChatHistoryRepository(own)
