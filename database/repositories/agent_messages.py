"""Requirement 003: an agent's messages with a user; see sql/agent. Every query is filtered by the user."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from database.repositories.base import OWNED, Repository, checked_limit
from database.repositories.integer_keys import with_new_key
from database.repositories.record import Content, Name, Record, now

__all__ = ["Message", "MessageRepository", "NewMessage"]


class NewMessage(Record):
    """The fields of a new message."""

    user_id: Name
    role: Literal["user", "assistant"]
    content: Content


class Message(Record):
    """A stored message."""

    id: int
    user_id: str
    role: str
    content: str
    created_at: datetime


_MESSAGES = f"SELECT id, user_id, role, content, created_at FROM messages WHERE {OWNED}"


class MessageRepository(Repository):
    """The conversation of a user with the agent."""

    async def get_history(self, user_id: str, limit: int = 50) -> list[Message]:
        """Return the first messages, ordered by time: the document's query. An agent wants `get_latest`."""
        query = f"{_MESSAGES} ORDER BY created_at, id LIMIT :limit"
        return [Message.of(row) for row in await self._all(query, user_id=user_id, limit=checked_limit(limit))]

    async def get_latest(self, user_id: str, limit: int = 50) -> list[Message]:
        """Return the last messages, ordered by time."""
        query = f"{_MESSAGES} ORDER BY created_at DESC, id DESC LIMIT :limit"
        rows = await self._all(query, user_id=user_id, limit=checked_limit(limit))
        return [Message.of(row) for row in rows[::-1]]

    async def create(self, user_id: str, role: str, content: str) -> Message:
        """Store a message."""
        new = NewMessage.of({"user_id": user_id, "role": role, "content": content})

        async def insert(key: int) -> Message:
            message = Message(id=key, created_at=now(), **new.model_dump())
            await self._change(
                "INSERT INTO messages (id, user_id, role, content, created_at) "
                "VALUES (:id, :user_id, :role, :content, :created_at)",
                **message.model_dump(),
            )
            return message

        return await with_new_key(self._db_manager, insert)

    async def clear(self, user_id: str) -> int:
        """Delete all messages of a user, and return their number."""
        return await self._change(f"DELETE FROM messages WHERE {OWNED}", user_id=user_id)
