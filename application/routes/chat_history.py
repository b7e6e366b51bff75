"""Document 000: the chat history of an organization, in its tenant's schema."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from application.bounds import bounds_of
from application.dependencies import Manager, found, only_reads
from application.errors import problems
from application.guarded_route import GuardedRoute
from application.middleware.body_limit import Limit
from application.pagination import BY_TIME_AND_ID, Cursor, Page, page
from application.routes.organizations import Mine
from application.tenants import history_of
from database.repositories.chat_history import ChatHistory, ChatHistoryCreate, ChatHistoryRepository

__all__ = ["router"]

router = APIRouter(prefix="/organizations/{organization_id}/history", tags=["organizations"], route_class=GuardedRoute)


async def _history(organization: Mine, manager: Manager, request: Request) -> AsyncIterator[ChatHistoryRepository]:
    turns = bounds_of(request.app).histories(reads=only_reads(request))
    async with history_of(manager, organization.tenant, turns) as history:
        yield history


History = Annotated[ChatHistoryRepository, Depends(_history)]


@router.post("", status_code=201, responses=problems(401, 403, 404))
async def add_entry(new: ChatHistoryCreate, history: History) -> ChatHistory:
    """Store a question and its answer."""
    return await history.add(new)


@router.get("", responses=problems(401, 404))
async def list_entries(history: History, cursor: Cursor = None, limit: Limit = 50) -> Page[ChatHistory]:
    """Return the entries, the newest first."""
    return await page(BY_TIME_AND_ID, cursor, limit, lambda key, most: history.list(before=key, limit=most))


@router.get("/{entry_id}", responses=problems(401, 404))
async def get_entry(entry_id: UUID, history: History) -> ChatHistory:
    """Return an entry."""
    return found(await history.get(str(entry_id)))


@router.put("/{entry_id}", responses=problems(401, 403, 404))
async def update_entry(entry_id: UUID, new: ChatHistoryCreate, history: History) -> ChatHistory:
    """Replace the question and answer of an entry."""
    return found(await history.update(str(entry_id), new))


@router.delete("/{entry_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_entry(entry_id: UUID, history: History) -> None:
    """Delete an entry."""
    found(await history.delete(str(entry_id)))
