"""Requirement 000: organizations and one-time passwords, which are there once for all tenants; see sql/tenancy."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated
from uuid import uuid4

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from database.repositories.base import Repository, checked_limit
from database.repositories.integer_keys import again_while_taken
from database.repositories.record import Name, Record, Storable, now
from whimbrel.errors import RuleViolated

__all__ = ["Organization", "OrganizationKey", "OrganizationRepository", "OtpRepository"]

OrganizationKey = tuple[datetime, str]
_TENANT_BYTES = 63


def _short_name(tenant: str) -> str:
    if len(tenant.encode()) > _TENANT_BYTES:
        raise PydanticCustomError("tenant", f"A tenant's name has at most {_TENANT_BYTES} bytes in UTF-8")
    return tenant


class NewOrganization(Record):
    """What an organization is made of; whether a schema can have the tenant's name is for onboarding to say."""

    name: Name
    tenant: Annotated[Name, AfterValidator(_short_name)]


class Organization(Record):
    """An organization as it is stored; `tenant` is the name of its schema."""

    id: str
    name: str
    tenant: str
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> OrganizationKey:
        """Where a page goes on."""
        return self.created_at, self.id


_ORGANIZATIONS = "SELECT id, name, tenant, created_at, updated_at FROM organizations"


class OrganizationRepository(Repository):
    """The organizations."""

    async def create(self, name: str, tenant: str) -> Organization:
        """Store an organization. Raises RuleViolated, also when there is one with this tenant."""
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
        """Change the name; None if there is no such organization. The tenant stays what it is."""
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
        """Delete an organization, not its schema; False if there is none."""
        return bool(await self._change("DELETE FROM organizations WHERE id = :id", id=organization_id))

    async def list(self, *, before: OrganizationKey | None = None, limit: int = 50) -> list[Organization]:
        """Return the organizations, the newest first; `before` is the key of the last one on the page before."""
        at = {"at": before[0], "id": before[1]} if before else {}
        earlier = "WHERE created_at <= :at AND (created_at < :at OR id < :id)" if before else ""
        query = f"{_ORGANIZATIONS} {earlier} ORDER BY created_at DESC, id DESC LIMIT :limit"
        return [Organization.of(row) for row in await self._all(query, limit=checked_limit(limit), **at)]


class NewPassword(Record):
    """For whom a one-time password is, and for what."""

    email: Annotated[Name, AfterValidator(str.lower)]
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=50), Storable]


_THIS = "email = :email AND purpose = :purpose"
_COUNT = f"UPDATE one_time_passwords SET attempts = attempts + 1 WHERE {_THIS} AND attempts < :most AND expires_at > :moment"


class OtpRepository(Repository):
    """One-time passwords, by address and purpose: one at a time, used once, in time, with few attempts."""

    async def issue(self, email: str, purpose: str, *, seconds: int = 600) -> str:
        """Make a password of six digits and return it; only its hash is kept. The one before is void from now on."""
        new, code, salt = (
            NewPassword.of({"email": email, "purpose": purpose}),
            f"{secrets.randbelow(10**6):06d}",
            secrets.token_hex(),
        )
        hashed, moment = await _hash(code, salt), now()
        row = {
            "id": str(uuid4()),
            "salt": salt,
            "code_hash": hashed,
            "expires_at": moment + timedelta(seconds=seconds),
            "created_at": moment,
            **new.model_dump(),
        }

        async def insert() -> None:
            await self._change(f"DELETE FROM one_time_passwords WHERE {_THIS}", **new.model_dump())
            await self._change(
                "INSERT INTO one_time_passwords (id, email, purpose, salt, code_hash, attempts, expires_at, created_at) "
                "VALUES (:id, :email, :purpose, :salt, :code_hash, 0, :expires_at, :created_at)",
                **row,
            )

        await again_while_taken(self._db_manager, insert)
        return code

    async def use(self, email: str, purpose: str, code: str, *, attempts: int = 5) -> bool:
        """Whether this is the password; if so, it is used up. At most `attempts` may be tried, right or wrong."""
        try:
            asked = NewPassword.of({"email": email, "purpose": purpose}).model_dump()
        except RuleViolated:
            return False
        # Counted before it is looked at, and by itself, so that many at once are counted as well.
        if not await self._change(f"{_COUNT} AND used_at IS NULL", **asked, most=attempts, moment=now()):
            return False
        row = await self._one(f"SELECT id, salt, code_hash FROM one_time_passwords WHERE {_THIS}", **asked)
        if row is None or not hmac.compare_digest(row["code_hash"], await _hash(code, row["salt"])):
            return False
        use = "UPDATE one_time_passwords SET used_at = :moment WHERE id = :id AND used_at IS NULL"
        return bool(await self._change(use, moment=now(), id=row["id"]))

    async def delete_expired(self) -> int:
        """Delete what has expired, and return how many there were."""
        return await self._change("DELETE FROM one_time_passwords WHERE expires_at <= :moment", moment=now())


async def _hash(code: str, salt: str) -> str:
    # Slow on purpose: of a password of six digits there are only a million.
    hashed = partial(hashlib.scrypt, code.encode(errors="replace"), salt=salt.encode(), n=2**14, r=8, p=1, dklen=32)
    return (await asyncio.to_thread(hashed)).hex()
