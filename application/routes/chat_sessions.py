"""Document 004: chat sessions and their messages."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from application.dependencies import Manager, User, found
from application.errors import problems
from application.guarded_route import GuardedRoute
from application.middleware.body_limit import Limit
from application.pagination import BY_TIME_AND_ID, BY_TIME_AND_NUMBER, Cursor, Page, page
from database.repositories.chat_sessions import ChatMessage, ChatRepository, ChatSession, MessageKey, NewChatMessage
from database.repositories.record import Record, Short

__all__ = ["router"]

router = APIRouter(prefix="/chat/sessions", tags=["chat"], route_class=GuardedRoute)


class Title(Record):
    """The fields of a session that a user may set."""

    title: Short | None = None


@router.post("", status_code=201, responses=problems(401, 403))
async def create_session(new: Title, user: User, manager: Manager) -> ChatSession:
    """Begin a session."""
    return await ChatRepository(manager).create_session(user.id, new.title)


@router.get("", responses=problems(401))
async def list_sessions(user: User, manager: Manager, cursor: Cursor = None, limit: Limit = 50) -> Page[ChatSession]:
    """Return the sessions, sorted by last message, the newest first."""
    chats = ChatRepository(manager)
    return await page(BY_TIME_AND_ID, cursor, limit, lambda key, most: chats.list_sessions(user.id, before=key, limit=most))


@router.get("/{session_id}", responses=problems(401, 404))
async def get_session(session_id: UUID, user: User, manager: Manager) -> ChatSession:
    """Return a session."""
    return found(await ChatRepository(manager).get_session(user.id, str(session_id)))


@router.patch("/{session_id}", responses=problems(401, 403, 404))
async def rename_session(session_id: UUID, new: Title, user: User, manager: Manager) -> ChatSession:
    """Change the title."""
    return found(await ChatRepository(manager).rename_session(user.id, str(session_id), new.title))


@router.delete("/{session_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_session(session_id: UUID, user: User, manager: Manager) -> None:
    """Delete a session with its messages."""
    found(await ChatRepository(manager).delete_session(user.id, str(session_id)))


@router.post("/{session_id}/messages", status_code=201, responses=problems(401, 403, 404))
async def add_message(session_id: UUID, new: NewChatMessage, user: User, manager: Manager) -> ChatMessage:
    """Append a message."""
    return found(await ChatRepository(manager).add_message(user.id, str(session_id), **new.model_dump()))


@router.get("/{session_id}/messages", responses=problems(401, 404))
async def list_messages(
    session_id: UUID, user: User, manager: Manager, cursor: Cursor = None, limit: Limit = 50, latest: bool = False
) -> Page[ChatMessage]:
    """Return the messages in ascending order from the first on; with `latest`, the last ones, where `next` leads backwards."""
    chats, session = ChatRepository(manager), str(session_id)

    async def ask(key: MessageKey | None, most: int) -> list[ChatMessage] | None:
        if latest:
            return await chats.last_messages(user.id, session, before=key, limit=most)
        return await chats.list_messages(user.id, session, after=key, limit=most)

    return await page(BY_TIME_AND_NUMBER, cursor, limit, ask, backwards=latest)
