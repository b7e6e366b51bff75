"""Requirement 000: organizations, in one table for all tenants; see sql/tenancy."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import uuid4

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from database.repositories.base import Repository, checked_limit
from database.repositories.record import Name, Record, now

__all__ = ["Organization", "OrganizationKey", "OrganizationRepository"]


OrganizationKey = tuple[datetime, str]


_TENANT_BYTES = 63


def _short_name(tenant: str) -> str:
    if len(tenant.encode()) > _TENANT_BYTES:
        raise PydanticCustomError("tenant", f"A tenant's name has at most {_TENANT_BYTES} bytes in UTF-8")
    return tenant


class NewOrganization(Record):
    """The fields of a new organization. Onboarding decides whether a schema can have the tenant's name."""

    name: Name
    tenant: Annotated[Name, AfterValidator(_short_name)]


class Organization(Record):
    """A stored organization; `tenant` is the name of its schema."""

    id: str
    name: str
    tenant: str
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> OrganizationKey:
        """The key from which the next page continues."""
        return self.created_at, self.id


_ORGANIZATIONS = "SELECT id, name, tenant, created_at, updated_at FROM organizations"


class OrganizationRepository(Repository):
    """The organizations."""

    async def create(self, name: str, tenant: str) -> Organization:
        """Store an organization. Raises RuleViolated, also if another one has this tenant."""
        new, moment = NewOrganization.of({"name": name, "tenant": tenant}), now()
        made = Organization(id=str(uuid4()), created_at=moment, updated_at=moment, **new.model_dump())
        await self._change(
            "INSERT INTO organizations (id, name, tenant, created_at, updated_at) "
            "VALUES (:id, :name, :tenant, :created_at, :updated_at)",
            **made.model_dump(),
        )
        return made

    async def get(self, organization_id: str) -> Organization | None:
        """Return an organization, or None."""
        row = await self._one(f"{_ORGANIZATIONS} WHERE id = :id", id=organization_id)
        return Organization.of(row) if row else None

    async def find(self, tenant: str) -> Organization | None:
        """Return the organization of a tenant, or None."""
        exactly = "tenant = :tenant AND length(replace(tenant, :tenant, '')) = 0"
        row = await self._one(f"{_ORGANIZATIONS} WHERE {exactly}", tenant=tenant)
        return Organization.of(row) if row else None

    async def rename(self, organization_id: str, name: str) -> Organization | None:
        """Change the name; None if there is no such organization. The tenant keeps its name."""
        new = NewOrganization.of({"name": name, "tenant": "unchanged"})
        found = await self._change(
            "UPDATE organizations SET name = :name, "
            "updated_at = CASE WHEN updated_at > :moment THEN updated_at ELSE :moment END WHERE id = :id",
            name=new.name,
            moment=now(),
            id=organization_id,
        )
        return await self.get(organization_id) if found else None

    async def delete(self, organization_id: str) -> bool:
        """Delete an organization, but not its schema; False if there is none."""
        return bool(await self._change("DELETE FROM organizations WHERE id = :id", id=organization_id))

    async def list(self, *, before: OrganizationKey | None = None, limit: int = 50) -> list[Organization]:
        """Return the organizations, the newest first. `before` is the key of the last one on the previous page."""
        at = {"at": before[0], "id": before[1]} if before else {}
        earlier = "WHERE created_at <= :at AND (created_at < :at OR id < :id)" if before else ""
        query = f"{_ORGANIZATIONS} {earlier} ORDER BY created_at DESC, id DESC LIMIT :limit"
        return [Organization.of(row) for row in await self._all(query, limit=checked_limit(limit), **at)]
