"""Requirement 002: conversations of a user and their messages; see sql/conversations. Every query is filtered by the user."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from database.repositories.base import OWNED, Repository, checked_limit
from database.repositories.integer_keys import with_new_key
from database.repositories.record import Name, Record, Storable, now

__all__ = [
    "Conversation",
    "ConversationKey",
    "ConversationMessage",
    "ConversationRepository",
    "NewConversationMessage",
    "preview",
]

ConversationKey = tuple[datetime, int]
_PREVIEW = 100


def preview(content: str) -> str:
    """Return the first 100 characters, counted as Unicode characters and not as bytes."""
    return content[:_PREVIEW]


class NewConversation(Record):
    """The fields of a new conversation."""

    user_id: Name


class Conversation(Record):
    """A stored conversation; `summary` is a preview of its first message, `updated_at` the time of its last."""

    id: int
    user_id: str
    summary: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> ConversationKey:
        """The key from which the next page continues."""
        return self.updated_at, self.id


class NewConversationMessage(Record):
    """The fields of a new message."""

    role: Literal["user", "assistant", "system"]
    content: Annotated[str, StringConstraints(min_length=1, max_length=1000), Storable]


class ConversationMessage(Record):
    """A stored message. Within a conversation the ids grow, and serve as keys for paging."""

    id: int
    conversation_id: int
    user_id: str
    role: str
    content: str
    summary: str | None
    created_at: datetime

    @property
    def key(self) -> int:
        """The key from which the next page continues."""
        return self.id


_CONVERSATIONS = f"SELECT id, user_id, summary, created_at, updated_at FROM conversations WHERE {OWNED}"
_BEFORE = "AND updated_at <= :at AND (updated_at < :at OR id < :id)"
_NEWEST = "ORDER BY updated_at DESC, id DESC LIMIT :limit"
_MESSAGES = f"""
    SELECT id, conversation_id, user_id, role, content, summary, created_at
    FROM conversation_messages WHERE conversation_id = :conversation_id AND {OWNED}
"""
_TOUCH = f"""
    UPDATE conversations SET updated_at = CASE WHEN updated_at > :moment THEN updated_at ELSE :moment END,
        summary = coalesce(summary, :summary)
    WHERE id = :id AND {OWNED}
"""
_NO_KEY = 2**63 - 1


class ConversationRepository(Repository):
    """Conversations and messages. Every query and change is for one user."""

    async def create_conversation(self, user_id: str) -> Conversation:
        """Begin a conversation. Raises RuleViolated for a user identifier that is empty or too long."""
        new = NewConversation.of({"user_id": user_id})

        async def insert(key: int) -> Conversation:
            moment = now()
            made = Conversation(id=key, user_id=new.user_id, summary=None, created_at=moment, updated_at=moment)
            await self._change(
                "INSERT INTO conversations (id, user_id, summary, created_at, updated_at) "
                "VALUES (:id, :user_id, :summary, :created_at, :updated_at)",
                **made.model_dump(),
            )
            return made

        return await with_new_key(self._db_manager, insert)

    async def get_conversation(self, user_id: str, conversation_id: int) -> Conversation | None:
        """Return a conversation; None if the user has no such conversation."""
        row = await self._one(f"{_CONVERSATIONS} AND id = :id", user_id=user_id, id=conversation_id)
        return Conversation.of(row) if row else None

    async def list_conversations(
        self, user_id: str, *, before: ConversationKey | None = None, limit: int = 50
    ) -> list[Conversation]:
        """Return the conversations by last message, newest first. `before` is the key of the last one on the previous page."""
        at = {"at": before[0], "id": before[1]} if before else {}
        query = f"{_CONVERSATIONS} {_BEFORE if before else ''} {_NEWEST}"
        rows = await self._all(query, user_id=user_id, limit=checked_limit(limit), **at)
        return [Conversation.of(row) for row in rows]

    async def delete_conversation(self, user_id: str, conversation_id: int) -> bool:
        """Delete a conversation with its messages; False if the user has no such conversation."""
        return bool(
            await self._change(f"DELETE FROM conversations WHERE id = :id AND {OWNED}", id=conversation_id, user_id=user_id)
        )

    async def add_message(self, user_id: str, conversation_id: int, role: str, content: str) -> ConversationMessage | None:
        """Append a message and update the conversation, both or neither. None if the user has no such conversation."""
        new = NewConversationMessage.of({"role": role, "content": content})
        async with self._db_manager.transaction():
            # Writing the row first locks it, so that the ids of a conversation grow in the order of its messages.
            touched = {"moment": now(), "summary": preview(new.content), "id": conversation_id, "user_id": user_id}
            if not await self._change(_TOUCH, **touched):
                return None
            last = "SELECT MAX(id) AS id FROM conversation_messages WHERE conversation_id = :id"
            row = await self._one(last, id=conversation_id)

            async def insert(key: int) -> ConversationMessage:
                added = ConversationMessage(
                    id=key,
                    conversation_id=conversation_id,
                    user_id=user_id,
                    summary=preview(new.content),
                    created_at=now(),
                    **new.model_dump(),
                )
                await self._change(
                    "INSERT INTO conversation_messages (id, conversation_id, user_id, role, content, summary, created_at) "
                    "VALUES (:id, :conversation_id, :user_id, :role, :content, :summary, :created_at)",
                    **added.model_dump(),
                )
                return added

            return await with_new_key(self._db_manager, insert, after=row["id"] or 0 if row else 0)

    async def list_messages(
        self, user_id: str, conversation_id: int, *, after: int = 0, limit: int = 50
    ) -> list[ConversationMessage] | None:
        """Return the messages after an id, or from the beginning, in order; None if the user has no such conversation."""
        query = f"{_MESSAGES} AND id > :key ORDER BY id LIMIT :limit"
        return await self._page(query, user_id, conversation_id, after, limit)

    async def last_messages(
        self, user_id: str, conversation_id: int, *, before: int | None = None, limit: int = 50
    ) -> list[ConversationMessage] | None:
        """Return the last messages, or those before an id, in order; None if the user has no such conversation."""
        query = f"{_MESSAGES} AND id < :key ORDER BY id DESC LIMIT :limit"
        messages = await self._page(query, user_id, conversation_id, _NO_KEY if before is None else before, limit)
        return messages and messages[::-1]

    async def _page(
        self, query: str, user_id: str, conversation_id: int, key: int, limit: int
    ) -> list[ConversationMessage] | None:
        rows = await self._all(query, user_id=user_id, conversation_id=conversation_id, key=key, limit=checked_limit(limit))
        if not rows and await self.get_conversation(user_id, conversation_id) is None:
            return None
        return [ConversationMessage.of(row) for row in rows]
