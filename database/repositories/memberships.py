"""The organizations that a user founded or became a member of; see sql/application and sql/tenancy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from database.repositories.base import OWNED, Repository, checked_limit, owned
from database.repositories.organizations import Organization, OrganizationRepository
from database.repositories.record import Record, now
from whimbrel import DatabaseManager

__all__ = ["Member", "Membership", "MembershipKey", "MembershipRepository"]

MembershipKey = tuple[datetime, str]


class Membership(Organization):
    """An organization as one of its members sees it; `role` is owner or member."""

    role: str


class Member(Record):
    """A member of an organization."""

    user_id: str
    username: str
    role: str
    created_at: datetime

    @property
    def key(self) -> str:
        """The key from which the next page continues."""
        return self.user_id


_MINE = f"""
    SELECT o.id, o.name, o.tenant, o.created_at, o.updated_at, m.role
    FROM organization_members m JOIN organizations o ON o.id = m.organization_id WHERE {owned("m")}
"""
_EXACTLY = "o.tenant = :tenant AND length(replace(o.tenant, :tenant, '')) < 1"
_BEFORE = "AND o.created_at <= :at AND (o.created_at < :at OR o.id < :id)"
_MEMBERS = """
    SELECT m.user_id, u.username, m.role, m.created_at
    FROM organization_members m JOIN users u ON u.id = m.user_id WHERE m.organization_id = :organization_id
"""
_INSERT = """
    INSERT INTO organization_members (organization_id, user_id, role, created_at)
    VALUES (:organization_id, :user_id, :role, :moment)
"""


class MembershipRepository(Repository):
    """Organizations. Every query is for one member; the caller checks who may add or remove members."""

    def __init__(self, db_manager: DatabaseManager) -> None:
        super().__init__(db_manager)
        self._organizations = OrganizationRepository(db_manager)

    async def create(self, user_id: str, name: str, tenant: str) -> Membership:
        """Store an organization and its owner. Raises RuleViolated, also if another one has this tenant."""
        async with self._db_manager.transaction():
            return await self._create(user_id, name, tenant)

    async def create_one_of(self, most: int, user_id: str, name: str, tenant: str) -> Membership | None:
        """Store an organization and its owner as `create` does. Return None if the user already owns `most`."""
        async with self._db_manager.transaction():
            # This write locks the user's row on every database, so that simultaneous requests of one user count one after the
            # other.
            await self._change("UPDATE users SET is_active = is_active WHERE id = :user_id", user_id=user_id)
            return None if await self.count_owned(user_id) >= most else await self._create(user_id, name, tenant)

    async def _create(self, user_id: str, name: str, tenant: str) -> Membership:
        made = await self._organizations.create(name, tenant)
        await self._change(_INSERT, organization_id=made.id, user_id=user_id, role="owner", moment=made.created_at)
        return Membership(role="owner", **made.model_dump())

    async def count_owned(self, user_id: str) -> int:
        """Return how many organizations a user owns."""
        row = await self._one(f"SELECT COUNT(*) AS n FROM organization_members WHERE {OWNED} AND role = 'owner'", user_id=user_id)
        return int(row["n"]) if row else 0

    async def get(self, user_id: str, organization_id: str) -> Membership | None:
        """Return an organization; None if this user is not a member of it, or it does not exist."""
        row = await self._one(f"{_MINE} AND o.id = :id", user_id=user_id, id=organization_id)
        return Membership.of(row) if row else None

    async def find(self, user_id: str, tenant: str) -> Membership | None:
        """Return the organization of a tenant; None if this user is not a member of it, or it does not exist."""
        row = await self._one(f"{_MINE} AND {_EXACTLY}", user_id=user_id, tenant=tenant)
        return Membership.of(row) if row else None

    async def list(self, user_id: str, *, before: MembershipKey | None = None, limit: int = 50) -> list[Membership]:
        """Return a user's organizations, the newest first. `before` is the key of the last one on the previous page."""
        at = {"at": before[0], "id": before[1]} if before else {}
        query = f"{_MINE} {_BEFORE if before else ''} ORDER BY o.created_at DESC, o.id DESC LIMIT :limit"
        rows = await self._all(query, user_id=user_id, limit=checked_limit(limit), **at)
        return [Membership.of(row) for row in rows]

    async def rename(self, user_id: str, organization_id: str, name: str) -> Membership | None:
        """Change the name; None if this user has no such organization."""
        if await self.get(user_id, organization_id) is None:
            return None
        await self._organizations.rename(organization_id, name)
        return await self.get(user_id, organization_id)

    async def members(self, organization_id: str, *, after: str = "", limit: int = 50) -> Sequence[Member]:
        """Return the members, sorted by identifier. `after` is the identifier of the last one on the previous page."""
        query = f"{_MEMBERS} AND m.user_id > :after ORDER BY m.user_id LIMIT :limit"
        rows = await self._all(query, organization_id=organization_id, after=after, limit=checked_limit(limit))
        return [Member.of(row) for row in rows]

    async def add(self, organization_id: str, user_id: str) -> Member | None:
        """Make a user a member. Raises RuleViolated if the user already is one, or if user or organization do not exist."""
        await self._change(_INSERT, organization_id=organization_id, user_id=user_id, role="member", moment=now())
        row = await self._one(f"{_MEMBERS} AND m.user_id = :user_id", organization_id=organization_id, user_id=user_id)
        return Member.of(row) if row else None

    async def remove(self, organization_id: str, user_id: str) -> bool:
        """Remove a member, unless it is the owner; False if there is no such member."""
        delete = "DELETE FROM organization_members WHERE organization_id = :organization_id AND user_id = :user_id"
        return bool(await self._change(f"{delete} AND role = 'member'", organization_id=organization_id, user_id=user_id))
