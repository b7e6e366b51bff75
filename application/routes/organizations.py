"""Document 000: organizations and their members. Founding an organization creates its tenant."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field

from application.bounds import bounds_of
from application.deadlines import allow
from application.dependencies import Manager, User, found
from application.errors import problems
from application.guarded_route import GuardedRoute
from application.middleware.body_limit import Limit
from application.pagination import BY_ID, BY_TIME_AND_ID, Cursor, Page, page
from application.tenants import check_free, provide
from database.repositories.accounts import AccountRepository
from database.repositories.memberships import Member, Membership, MembershipRepository
from database.repositories.organizations import OrganizationRepository
from database.repositories.record import Name, Record
from whimbrel import RuleViolated

__all__ = ["Mine", "router"]

router = APIRouter(prefix="/organizations", tags=["organizations"], route_class=GuardedRoute)
# Each has a schema of its own, and no route deletes one.
MOST_ORGANIZATIONS = 20
# A new tenant needs migrations, and may wait for a lock that another process holds.
FOUND_SECONDS = 30.0


class NewOrganization(Record):
    """The fields of a new organization: its name, in any alphabet, and the name of its tenant, which becomes a schema's."""

    name: Name
    tenant: Annotated[str, Field(min_length=1, max_length=63)]


class NewName(Record):
    """A new name."""

    name: Name


class NewMember(Record):
    """A new member, given by the address of an account."""

    email: Annotated[str, Field(max_length=254)]


async def _mine(organization_id: UUID, user: User, manager: Manager) -> Membership:
    return found(await MembershipRepository(manager).get(user.id, str(organization_id)))


Mine = Annotated[Membership, Depends(_mine)]


def _owned(organization: Mine) -> Membership:
    if organization.role != "owner":
        raise HTTPException(403, "only the owner may do this")
    return organization


Owned = Annotated[Membership, Depends(_owned)]


@router.post("", status_code=201, responses=problems(401, 403, 409))
async def found_organization(new: NewOrganization, user: User, manager: Manager, request: Request) -> Membership:
    """Create an organization and its tenant. If creating the tenant fails, the owner may repeat the request."""
    memberships = MembershipRepository(manager)
    made = await memberships.find(user.id, new.tenant)
    if made is not None and (made.role, made.name) != ("owner", new.name):
        raise HTTPException(409, "it already exists")
    if made is None and await memberships.count_owned(user.id) >= MOST_ORGANIZATIONS:
        raise HTTPException(403, f"a user may found at most {MOST_ORGANIZATIONS} organizations")
    async with bounds_of(request.app).founding.turn():
        allow(request.scope, FOUND_SECONDS)
        if made is None:
            return await _found(memberships, manager, new, user)
        await provide(manager, made.tenant)
        return made


async def _found(memberships: MembershipRepository, manager: Manager, new: NewOrganization, user: User) -> Membership:
    await check_free(manager, new.tenant)
    made = await memberships.create_one_of(MOST_ORGANIZATIONS, user.id, new.name, new.tenant)
    if made is None:
        raise HTTPException(403, f"a user may found at most {MOST_ORGANIZATIONS} organizations")
    try:
        await provide(manager, made.tenant)
    except RuleViolated:
        # Another request has just created a schema with this name: remove the organization again.
        await OrganizationRepository(manager).delete(made.id)
        raise
    return made


@router.get("", responses=problems(401))
async def list_organizations(user: User, manager: Manager, cursor: Cursor = None, limit: Limit = 50) -> Page[Membership]:
    """Return the organizations of this user, the newest first."""
    memberships = MembershipRepository(manager)
    return await page(BY_TIME_AND_ID, cursor, limit, lambda key, most: memberships.list(user.id, before=key, limit=most))


@router.get("/{organization_id}", responses=problems(401, 404))
async def get_organization(organization: Mine) -> Membership:
    """Return an organization."""
    return organization


@router.patch("/{organization_id}", responses=problems(401, 403, 404))
async def rename_organization(organization: Owned, new: NewName, user: User, manager: Manager) -> Membership:
    """Change the name. The name of the tenant stays."""
    return found(await MembershipRepository(manager).rename(user.id, organization.id, new.name))


@router.get("/{organization_id}/members", responses=problems(401, 404))
async def list_members(organization: Mine, manager: Manager, cursor: Cursor = None, limit: Limit = 50) -> Page[Member]:
    """Return the members."""
    memberships = MembershipRepository(manager)
    return await page(BY_ID, cursor, limit, lambda key, most: memberships.members(organization.id, after=key or "", limit=most))


@router.post("/{organization_id}/members", status_code=201, responses=problems(401, 403, 404, 409))
async def add_member(organization: Owned, new: NewMember, manager: Manager) -> Member:
    """Make the user with this address a member."""
    account, _ = found(await AccountRepository(manager).find(new.email))
    return found(await MembershipRepository(manager).add(organization.id, account.id))


@router.delete("/{organization_id}/members/{user_id}", status_code=204, responses=problems(401, 403, 404))
async def remove_member(organization: Mine, user_id: UUID, user: User, manager: Manager) -> None:
    """Remove a member. The owner and the member may do this; the owner cannot be removed."""
    if organization.role != "owner" and str(user_id) != user.id:
        raise HTTPException(403, "only the owner may do this")
    found(await MembershipRepository(manager).remove(organization.id, str(user_id)))
