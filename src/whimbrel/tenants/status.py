"""The state of every tenant, with one query for any number of tenants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from whimbrel.dialects.tenancy import find_tenancy
from whimbrel.migrations.migration import MigrationSet, Version
from whimbrel.migrations.squash import unreplaced
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.tenants.registry import Registry, Tenant, expected_digest
from whimbrel.tenants.upgrade import Work
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["TenantState", "TenantStatus", "tenant_status", "tenants_listed"]


class TenantState(StrEnum):
    """The state of a tenant."""

    UP_TO_DATE = "up to date"
    BEHIND = "behind"
    FAILED = "failed"
    MISSING = "missing schema"


@dataclass(frozen=True, slots=True)
class TenantStatus:
    """The known facts about one tenant. `versions` has the newest applied of each set, `lacks` the versions after them."""

    name: str
    state: TenantState
    versions: dict[str, str]
    lacks: tuple[str, ...]
    last_error: str
    created_on: datetime
    synced_on: datetime | None


async def tenants_listed(target: Target, schema: str = "") -> list[Tenant]:
    """Return the rows of the table of tenants, by name, with the last known state of each. Needs no files; writes nothing.

    Raises DatabaseUnreachable or ConfigurationError.
    """
    target = parse_target(target)
    url = target if isinstance(target, DatabaseUrl) else target.url
    tenancy = find_tenancy(url)
    async with open_session(target, schema, [], question=True) as control:
        return await Registry(control, tenancy, url).read()


async def tenant_status(target: Target, *folders: str | Traversable, schema: str = "") -> list[TenantStatus]:
    """Return the state of every tenant, by name. Queries the table of tenants once, and no tenant; writes nothing.

    Raises ValidationFailed for invalid files, and DatabaseUnreachable or ConfigurationError.
    """
    work = Work.on(target, folders, schema)
    async with open_session(work.target, schema, [], question=True) as control:
        tenants = await work.registry(control).read()
        wanted = expected_digest(work.sets, control.database)
        return [_status(tenant, wanted, work.sets, control.database) for tenant in tenants]


def _status(tenant: Tenant, wanted: str, sets: Sequence[MigrationSet], database: str) -> TenantStatus:
    if not tenant.present:
        state = TenantState.MISSING
    elif tenant.digest == wanted:
        state = TenantState.UP_TO_DATE
    else:
        state = TenantState.FAILED if tenant.last_error else TenantState.BEHIND
    lacks = () if state is TenantState.UP_TO_DATE else _lacks(tenant.versions, sets, database)
    return TenantStatus(tenant.name, state, tenant.versions, lacks, tenant.last_error, tenant.created_on, tenant.synced_on)


def _lacks(versions: dict[str, str], sets: Sequence[MigrationSet], database: str) -> tuple[str, ...]:
    reached = {name: Version.parse(version) for name, version in versions.items()}
    return tuple(
        f"{migration.set_name} {migration.version}"
        for one in sets
        for migration in unreplaced(one.for_database(database))
        if one.name not in reached or migration.version > reached[one.name]
    )
