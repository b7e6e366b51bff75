"""Document 002: conversations and their messages."""

from __future__ import annotations

from fastapi import APIRouter

from application.dependencies import Manager, NumberInPath, User, found
from application.errors import problems
from application.guarded_route import GuardedRoute
from application.middleware.body_limit import Limit
from application.pagination import BY_NUMBER, BY_TIME_AND_NUMBER, Cursor, Page, page
from database.repositories.conversations import (
    Conversation,
    ConversationMessage,
    ConversationRepository,
    NewConversationMessage,
)

__all__ = ["router"]

router = APIRouter(prefix="/conversations", tags=["conversations"], route_class=GuardedRoute)


@router.post("", status_code=201, responses=problems(401, 403))
async def create_conversation(user: User, manager: Manager) -> Conversation:
    """Begin a conversation."""
    return await ConversationRepository(manager).create_conversation(user.id)


@router.get("", responses=problems(401))
async def list_conversations(user: User, manager: Manager, cursor: Cursor = None, limit: Limit = 50) -> Page[Conversation]:
    """Return the conversations, sorted by last message, the newest first."""
    conversations = ConversationRepository(manager)
    return await page(
        BY_TIME_AND_NUMBER, cursor, limit, lambda key, most: conversations.list_conversations(user.id, before=key, limit=most)
    )


@router.get("/{conversation_id}", responses=problems(401, 404))
async def get_conversation(conversation_id: NumberInPath, user: User, manager: Manager) -> Conversation:
    """Return a conversation."""
    return found(await ConversationRepository(manager).get_conversation(user.id, conversation_id))


@router.delete("/{conversation_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_conversation(conversation_id: NumberInPath, user: User, manager: Manager) -> None:
    """Delete a conversation with its messages."""
    found(await ConversationRepository(manager).delete_conversation(user.id, conversation_id))


@router.post("/{conversation_id}/messages", status_code=201, responses=problems(401, 403, 404))
async def add_message(
    conversation_id: NumberInPath, new: NewConversationMessage, user: User, manager: Manager
) -> ConversationMessage:
    """Append a message."""
    return found(await ConversationRepository(manager).add_message(user.id, conversation_id, new.role, new.content))


@router.get("/{conversation_id}/messages", responses=problems(401, 404))
async def list_messages(
    conversation_id: NumberInPath,
    user: User,
    manager: Manager,
    cursor: Cursor = None,
    limit: Limit = 50,
    latest: bool = False,
) -> Page[ConversationMessage]:
    """Return the messages in ascending order from the first on; with `latest`, the last ones, where `next` leads backwards."""
    conversations = ConversationRepository(manager)

    async def ask(key: int | None, most: int) -> list[ConversationMessage] | None:
        if latest:
            return await conversations.last_messages(user.id, conversation_id, before=key, limit=most)
        return await conversations.list_messages(user.id, conversation_id, after=key or 0, limit=most)

    return await page(BY_NUMBER, cursor, limit, ask, backwards=latest)
