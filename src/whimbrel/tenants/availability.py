"""Whether a new tenant can have a name: checked before a user founds one."""

from __future__ import annotations

from whimbrel.dialects.tenancy import find_tenancy
from whimbrel.errors import ConfigurationError
from whimbrel.session.connect import Target, open_session, parse_target, url_of
from whimbrel.tenants.names import check_name
from whimbrel.tenants.onboarding import check_unreserved
from whimbrel.tenants.registry import Registry

__all__ = ["check_tenant_free"]


async def check_tenant_free(target: Target, name: str, *, schema: str = "") -> None:
    """Raise ConfigurationError if a tenant or any other schema has this name, or if it is invalid for a tenant.

    `schema` is the control schema, which lists the tenants. Writes nothing. The result can change at any time: `onboard` decides
    under the lock.
    """
    target = parse_target(target)
    url = url_of(target)
    tenancy = find_tenancy(url)
    check_name(name)
    async with open_session(target, schema, [], question=True) as session:
        await check_unreserved(session, tenancy, name)
        known = await Registry(session, tenancy, url).knows(name)
        if known or await tenancy.exists(session.connection, url, name):
            raise ConfigurationError(f"{name} is taken: a tenant or a schema has this name\n  next: choose another name")
