"""Requirement 004: chat sessions of a user and their messages; see sql/chat. pipelines.py has the runs of pipelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import StringConstraints

from database.repositories.base import OWNED, Repository, checked_limit, owned
from database.repositories.record import Amount, Content, JsonObjectText, Name, Record, Short, Storable, decoded, encoded, now

__all__ = ["ChatMessage", "ChatRepository", "ChatSession", "MessageKey", "NewChatMessage", "NewChatSession", "SessionKey"]

SessionKey = tuple[datetime, str]
MessageKey = tuple[datetime, int]


class NewChatSession(Record):
    """The fields of a new session."""

    user_id: Name
    title: Short | None = None


class ChatSession(Record):
    """A stored session; `updated_at` is the time of its last message."""

    id: str
    user_id: str
    title: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> SessionKey:
        """The key from which the next page continues."""
        return self.updated_at, self.id


class NewChatMessage(Record):
    """The fields of a new message."""

    role: Literal["user", "assistant", "system"]
    content: Content
    model: Annotated[str, StringConstraints(max_length=100), Storable] | None = None
    tokens_used: Amount | None = None
    metadata: JsonObjectText | None = None


class ChatMessage(Record):
    """A stored message."""

    id: str
    session_id: str
    sequence_number: int
    role: str
    content: str
    model: str | None
    tokens_used: int | None
    metadata: Any
    created_at: datetime

    @property
    def key(self) -> MessageKey:
        """The key from which the next page continues."""
        return self.created_at, self.sequence_number


_SESSIONS = f"SELECT id, user_id, title, created_at, updated_at FROM chat_sessions WHERE {OWNED}"
# This form of "before the key" is fast on every database. Row values are slow on MySQL, and OR alone is slow on PostgreSQL.
_SESSIONS_BEFORE = "AND updated_at <= :at AND (updated_at < :at OR id < :id)"
_NEWEST_SESSIONS = "ORDER BY updated_at DESC, id DESC LIMIT :limit"
_MESSAGES = f"""
    SELECT m.id, m.session_id, m.sequence_number, m.role, m.content, m.model, m.tokens_used, m.metadata, m.created_at
    FROM chat_messages m JOIN chat_sessions s ON s.id = m.session_id
    WHERE m.session_id = :session_id AND {owned("s")}
"""
_MESSAGES_BEFORE = "AND m.created_at <= :at AND (m.created_at < :at OR m.sequence_number < :number)"
_MESSAGES_AFTER = "AND m.created_at >= :at AND (m.created_at > :at OR m.sequence_number > :number)"
_NEWEST_MESSAGES = "ORDER BY m.created_at DESC, m.sequence_number DESC LIMIT :limit"
_OLDEST_MESSAGES = "ORDER BY m.created_at, m.sequence_number LIMIT :limit"


class ChatRepository(Repository):
    """Sessions and messages. Every query and change is for one user."""

    async def create_session(self, user_id: str, title: str | None = None) -> ChatSession:
        """Begin a session. Raises RuleViolated, also if there is no such user."""
        new, moment = NewChatSession.of({"user_id": user_id, "title": title}), now()
        session = ChatSession(id=str(uuid4()), user_id=new.user_id, title=new.title, created_at=moment, updated_at=moment)
        await self._change(
            "INSERT INTO chat_sessions (id, user_id, title, created_at, updated_at) "
            "VALUES (:id, :user_id, :title, :created_at, :updated_at)",
            **session.model_dump(),
        )
        return session

    async def list_sessions(self, user_id: str, *, before: SessionKey | None = None, limit: int = 50) -> list[ChatSession]:
        """Return the sessions by last message, the newest first. `before` is the key of the last one on the previous page."""
        if before is None:
            rows = await self._all(f"{_SESSIONS} {_NEWEST_SESSIONS}", user_id=user_id, limit=checked_limit(limit))
        else:
            query = f"{_SESSIONS} {_SESSIONS_BEFORE} {_NEWEST_SESSIONS}"
            rows = await self._all(query, user_id=user_id, at=before[0], id=before[1], limit=checked_limit(limit))
        return [ChatSession.of(row) for row in rows]

    async def get_session(self, user_id: str, session_id: str) -> ChatSession | None:
        """Return a session; None if the user has no such session."""
        row = await self._one(f"{_SESSIONS} AND id = :id", user_id=user_id, id=session_id)
        return ChatSession.of(row) if row else None

    async def rename_session(self, user_id: str, session_id: str, title: str | None) -> ChatSession | None:
        """Change the title. The session keeps its position in the list. None if the user has no such session."""
        new = NewChatSession.of({"user_id": user_id, "title": title})
        rename = f"UPDATE chat_sessions SET title = :title WHERE id = :id AND {OWNED}"
        if not await self._change(rename, title=new.title, id=session_id, user_id=user_id):
            return None
        return await self.get_session(user_id, session_id)

    async def delete_session(self, user_id: str, session_id: str) -> bool:
        """Delete a session with its messages; False if the user has no such session."""
        return bool(await self._change(f"DELETE FROM chat_sessions WHERE id = :id AND {OWNED}", id=session_id, user_id=user_id))

    async def add_message(self, user_id: str, session_id: str, **fields: object) -> ChatMessage | None:
        """Append one message, given by the fields of NewChatMessage; None if the user has no such session."""
        added = await self.add_messages(user_id, session_id, [fields])
        return added[0] if added else None

    async def add_messages(
        self, user_id: str, session_id: str, messages: Sequence[NewChatMessage | Mapping[str, object]]
    ) -> list[ChatMessage] | None:
        """Append messages, numbered in their order, and update the session's time, all or nothing."""
        new = [NewChatMessage.of(message) for message in messages]
        async with self._db_manager.transaction():
            moment = await self._touch(user_id, session_id)
            if moment is None:
                return None
            last = await self._last_number(user_id, session_id)
            added = [
                ChatMessage(id=str(uuid4()), session_id=session_id, sequence_number=number, created_at=moment, **one.model_dump())
                for number, one in enumerate(new, start=last + 1)
            ]
            await self._insert(
                "INSERT INTO chat_messages "
                "(id, session_id, sequence_number, role, content, model, tokens_used, metadata, created_at) "
                "VALUES (:id, :session_id, :sequence_number, :role, :content, :model, :tokens_used, :metadata, :created_at)",
                [one.model_dump() | {"metadata": encoded(one.metadata)} for one in added],
            )
        return added

    async def _touch(self, user_id: str, session_id: str) -> datetime | None:
        """Lock the session's row by writing it first. Return the time for the messages, never before that of the last one."""
        found = await self._change(
            "UPDATE chat_sessions SET updated_at = CASE WHEN updated_at > :moment THEN updated_at ELSE :moment END "
            f"WHERE id = :id AND {OWNED}",
            moment=now(),
            id=session_id,
            user_id=user_id,
        )
        session = await self.get_session(user_id, session_id) if found else None
        return session.updated_at if session else None

    async def _last_number(self, user_id: str, session_id: str) -> int:
        row = await self._one(f"{_MESSAGES} {_NEWEST_MESSAGES}", user_id=user_id, session_id=session_id, limit=1)
        return row["sequence_number"] if row else 0

    async def list_messages(
        self, user_id: str, session_id: str, *, after: MessageKey | None = None, limit: int = 50
    ) -> list[ChatMessage] | None:
        """Return the messages from the beginning, or after a key, in order; None if the user has no such session."""
        query = f"{_MESSAGES} {_MESSAGES_AFTER if after else ''} {_OLDEST_MESSAGES}"
        return await self._page(query, user_id, session_id, after, limit)

    async def last_messages(
        self, user_id: str, session_id: str, *, before: MessageKey | None = None, limit: int = 50
    ) -> list[ChatMessage] | None:
        """Return the last messages, or those before a key, in order; None if the user has no such session."""
        query = f"{_MESSAGES} {_MESSAGES_BEFORE if before else ''} {_NEWEST_MESSAGES}"
        messages = await self._page(query, user_id, session_id, before, limit)
        return messages and messages[::-1]

    async def _page(
        self, query: str, user_id: str, session_id: str, key: MessageKey | None, limit: int
    ) -> list[ChatMessage] | None:
        at = {"at": key[0], "number": key[1]} if key else {}
        rows = await self._all(query, user_id=user_id, session_id=session_id, limit=checked_limit(limit), **at)
        if not rows and await self.get_session(user_id, session_id) is None:
            return None
        return [ChatMessage.of(decoded(row, "metadata")) for row in rows]
