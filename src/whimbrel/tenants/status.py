"""The state of every tenant, with one query for any number of tenants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from whimbrel.migrations.migration import MigrationSet, Version
from whimbrel.migrations.squash import unreplaced
from whimbrel.session.connect import Target
from whimbrel.tenants.fleet import FleetReading, read_fleet, read_server
from whimbrel.tenants.registry import Tenant, expected_digest
from whimbrel.tenants.servers import Servers, server_at
from whimbrel.tenants.upgrade import Work
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["TenantState", "TenantStatus", "fleet_listed", "tenant_status", "tenants_listed"]


class TenantState(StrEnum):
    """The state of a tenant."""

    UP_TO_DATE = "up to date"
    BEHIND = "behind"
    FAILED = "failed"
    MISSING = "missing schema"
    # The tenant's server does not answer.
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class TenantStatus:
    """The known facts about one tenant. `versions` has the newest applied of each set, `lacks` the versions after them.

    `server` is the name of the server that it is placed on, empty for the one with the registry.
    """

    name: str
    state: TenantState
    versions: dict[str, str]
    lacks: tuple[str, ...]
    last_error: str
    created_on: datetime
    synced_on: datetime | None
    server: str = ""


async def tenants_listed(target: Target, schema: str = "") -> list[Tenant]:
    """Return the rows of one table of tenants, by name, with the last known state of each. Needs no files; writes nothing.

    Only its own server knows the state of a tenant that is placed elsewhere. Raises DatabaseUnreachable or ConfigurationError.
    """
    tenants, _ = await read_server(server_at(target, schema))
    return tenants


async def fleet_listed(
    target: Target, schema: str = "", *, servers: Mapping[str, str | DatabaseUrl] | None = None
) -> FleetReading:
    """Return the rows of the tables of tenants of all servers. Needs no files; writes nothing.

    Raises DatabaseUnreachable or ConfigurationError. A further server that cannot be reached is part of the result.
    """
    return await read_fleet(Servers(server_at(target, schema), servers))


async def tenant_status(
    target: Target,
    *folders: str | Traversable,
    schema: str = "",
    servers: Mapping[str, str | DatabaseUrl] | None = None,
) -> list[TenantStatus]:
    """Return the state of every tenant, by name. Queries the table of tenants once, and no tenant; writes nothing.

    `servers` has the addresses of the fleet's further servers by their names; each of them that has tenants gets one query too.

    Raises ValidationFailed for invalid files, and DatabaseUnreachable or ConfigurationError.
    """
    work = Work.on(target, folders, schema)
    reading = await read_fleet(Servers(work.own, servers))
    wanted = {database: expected_digest(work.sets, database) for database in {*reading.databases.values()}}
    statuses = [
        _status(tenant, wanted[database], work.sets, database)
        for tenant in reading.tenants
        for database in [reading.databases[tenant.server]]
    ]
    statuses += [_described(tenant, TenantState.UNREACHABLE) for tenant in reading.unread]
    return sorted(statuses, key=lambda one: one.name)


def _status(tenant: Tenant, wanted: str, sets: Sequence[MigrationSet], database: str) -> TenantStatus:
    if not tenant.present:
        state = TenantState.MISSING
    elif tenant.digest == wanted:
        state = TenantState.UP_TO_DATE
    else:
        state = TenantState.FAILED if tenant.last_error else TenantState.BEHIND
    lacks = () if state is TenantState.UP_TO_DATE else _lacks(tenant.versions, sets, database)
    return _described(tenant, state, lacks)


def _described(tenant: Tenant, state: TenantState, lacks: tuple[str, ...] = ()) -> TenantStatus:
    return TenantStatus(
        name=tenant.name,
        state=state,
        versions=tenant.versions,
        lacks=lacks,
        last_error=tenant.last_error,
        created_on=tenant.created_on,
        synced_on=tenant.synced_on,
        server=tenant.server,
    )


def _lacks(versions: dict[str, str], sets: Sequence[MigrationSet], database: str) -> tuple[str, ...]:
    reached = {name: Version.parse(version) for name, version in versions.items()}
    return tuple(
        f"{migration.set_name} {migration.version}"
        for one in sets
        for migration in unreplaced(one.for_database(database))
        if one.name not in reached or migration.version > reached[one.name]
    )
