"""Document 000: organizations and their members. To found one makes its tenant."""

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
from whimbrel.errors import RuleViolated

__all__ = ["Mine", "router"]

router = APIRouter(prefix="/organizations", tags=["organizations"], route_class=GuardedRoute)
# Each is a schema of its own, and nothing here deletes one.
MOST_ORGANIZATIONS = 20
# A new tenant takes migrations, beside a lock that others may have.
FOUND_SECONDS = 30.0


class NewOrganization(Record):
    """What an organization is made of: its name, in any alphabet, and that of its tenant, which is a schema's."""

    name: Name
    tenant: Annotated[str, Field(min_length=1, max_length=63)]


class NewName(Record):
    """Another name."""

    name: Name


class NewMember(Record):
    """Who is to be a member: the address of an account."""

    email: Annotated[str, Field(max_length=254)]


async def _mine(organization_id: UUID, user: User, manager: Manager) -> Membership:
    return found(await MembershipRepository(manager).get(user.id, str(organization_id)))


Mine = Annotated[Membership, Depends(_mine)]


def _owned(organization: Mine) -> Membership:
    if organization.role != "owner":
        raise HTTPException(403, "this is for the owner")
    return organization


Owned = Annotated[Membership, Depends(_owned)]


@router.post("", status_code=201, responses=problems(401, 403, 409))
async def found_organization(new: NewOrganization, user: User, manager: Manager, request: Request) -> Membership:
    """Make an organization and its tenant. If the tenant could not be made, the owner may ask for the same again."""
    memberships = MembershipRepository(manager)
    made = await memberships.find(user.id, new.tenant)
    if made is not None and (made.role, made.name) != ("owner", new.name):
        raise HTTPException(409, "there is one already")
    if made is None and await memberships.count_owned(user.id) >= MOST_ORGANIZATIONS:
        raise HTTPException(403, f"a user founds at most {MOST_ORGANIZATIONS} organizations")
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
        raise HTTPException(403, f"a user founds at most {MOST_ORGANIZATIONS} organizations")
    try:
        await provide(manager, made.tenant)
    except RuleViolated:
        # Somebody was quicker to make a schema of this name: nothing of the organization stays.
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
    """Change the name; the tenant's stays."""
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
    """Have a member be one no longer: the owner's to say, and the member's own; the owner stays."""
    if organization.role != "owner" and str(user_id) != user.id:
        raise HTTPException(403, "this is for the owner")
    found(await MembershipRepository(manager).remove(organization.id, str(user_id)))
