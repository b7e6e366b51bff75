"""Document 001: the sessions of a chat widget, which chooses their identifiers, and their messages."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from application.dependencies import Manager, User, found
from application.errors import problems
from application.guarded_route import GuardedRoute
from application.middleware.body_limit import Limit
from application.pagination import BY_NUMBER, Cursor, Page, page
from database.repositories.widget_sessions import (
    NewWidgetMessage,
    NewWidgetSession,
    OwnedWidgetRepository,
    WidgetMessage,
    WidgetRepository,
    WidgetSession,
)

__all__ = ["router"]

router = APIRouter(prefix="/widget/sessions", tags=["widget"], route_class=GuardedRoute)


async def _mine(widget_session_id: UUID, user: User, manager: Manager) -> WidgetSession:
    return found(await OwnedWidgetRepository(manager).get(user.id, widget_session_id))


Mine = Annotated[WidgetSession, Depends(_mine)]


@router.post("", status_code=201, responses=problems(401, 403, 409))
async def begin_session(new: NewWidgetSession, user: User, manager: Manager) -> WidgetSession:
    """Begin a session with the identifier that the widget chose, or return the one that this user has already begun."""
    return await OwnedWidgetRepository(manager).begin(user.id, new.session_id)


@router.get("/{widget_session_id}", responses=problems(401, 404))
async def get_session(session: Mine) -> WidgetSession:
    """Return a session."""
    return session


@router.delete("/{widget_session_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_session(session: Mine, manager: Manager) -> None:
    """Delete a session with its messages."""
    found(await WidgetRepository(manager).delete_session(session.session_id))


@router.post("/{widget_session_id}/messages", status_code=201, responses=problems(401, 403, 404))
async def add_message(session: Mine, new: NewWidgetMessage, manager: Manager) -> WidgetMessage:
    """Append a message; its time is now unless the request gives one."""
    return found(await WidgetRepository(manager).add_message(session.session_id, **new.model_dump()))


@router.get("/{widget_session_id}/messages", responses=problems(401, 404))
async def list_messages(
    session: Mine, manager: Manager, cursor: Cursor = None, limit: Limit = 50, latest: bool = False
) -> Page[WidgetMessage]:
    """Return the messages in ascending order from the first on; with `latest`, the last ones, where `next` leads backwards."""
    widget = WidgetRepository(manager)

    async def ask(key: int | None, most: int) -> list[WidgetMessage] | None:
        if latest:
            return await widget.last_messages(session.session_id, before=key, limit=most)
        return await widget.list_messages(session.session_id, after=key or 0, limit=most)

    return await page(BY_NUMBER, cursor, limit, ask, backwards=latest)
