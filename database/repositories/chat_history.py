"""Requirement 000: the chat history of a tenant, in the tenant's own schema; see sql/tenant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from database.repositories.base import Repository, checked_limit
from database.repositories.record import Amount, Content, JsonObject, Record, decoded, encoded, now
from whimbrel import DatabaseManager

__all__ = ["ChatHistory", "ChatHistoryCreate", "ChatHistoryRepository", "HistoryKey"]

HistoryKey = tuple[datetime, str]


class ChatHistoryCreate(Record):
    """A new entry: a question, its answer, and their cost."""

    question: Content
    answer: Content
    citation: JsonObject | None = None
    latency: Amount | None = None
    token_prompt: Amount | None = None
    token_completion: Amount | None = None


class ChatHistory(Record):
    """A stored question and its answer."""

    id: str
    question: str
    answer: str
    citation: dict[str, Any] | None
    latency: int | None
    token_prompt: int | None
    token_completion: int | None
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> HistoryKey:
        """The key from which the next page continues."""
        return self.created_at, self.id


class ChatHistoryRepository(Repository):
    """The chat history in one schema: that of the manager's connections, or that of `tenant`."""

    def __init__(self, db_manager: DatabaseManager, tenant: str = "") -> None:
        super().__init__(db_manager)
        quote = db_manager.quote
        # The name is qualified, because behind a pooler the last client determines a connection's schema.
        self._table = f"{quote(tenant)}.{quote('chat_history')}" if tenant else "chat_history"
        self._select = (
            "SELECT id, question, answer, citation, latency, token_prompt, token_completion, created_at, updated_at "
            f"FROM {self._table} WHERE 1 = 1"
        )

    async def add(self, entry: ChatHistoryCreate | Mapping[str, object]) -> ChatHistory:
        """Store a question and its answer."""
        new, moment = ChatHistoryCreate.of(entry), now()
        added = ChatHistory.of({"id": str(uuid4()), "created_at": moment, "updated_at": moment, **new.model_dump()})
        await self._change(
            f"INSERT INTO {self._table} "
            "(id, question, answer, citation, latency, token_prompt, token_completion, created_at, updated_at) VALUES "
            "(:id, :question, :answer, :citation, :latency, :token_prompt, :token_completion, :created_at, :updated_at)",
            **added.model_dump() | {"citation": encoded(added.citation)},
        )
        return added

    async def get(self, entry_id: str) -> ChatHistory | None:
        """Return an entry, or None."""
        row = await self._one(f"{self._select} AND id = :id", id=entry_id)
        return ChatHistory.of(decoded(row, "citation")) if row else None

    async def update(self, entry_id: str, entry: ChatHistoryCreate | Mapping[str, object]) -> ChatHistory | None:
        """Replace the question and answer of an entry; None if there is none."""
        new = ChatHistoryCreate.of(entry)
        found = await self._change(
            f"UPDATE {self._table} SET question = :question, answer = :answer, citation = :citation, latency = :latency, "
            "token_prompt = :token_prompt, token_completion = :token_completion, "
            "updated_at = CASE WHEN updated_at > :moment THEN updated_at ELSE :moment END WHERE id = :id",
            **new.model_dump() | {"citation": encoded(new.citation), "moment": now(), "id": entry_id},
        )
        return await self.get(entry_id) if found else None

    async def delete(self, entry_id: str) -> bool:
        """Delete an entry; False if there is none."""
        return bool(await self._change(f"DELETE FROM {self._table} WHERE id = :id", id=entry_id))

    async def list(self, *, before: HistoryKey | None = None, limit: int = 50) -> list[ChatHistory]:
        """Return the entries, the newest first. `before` is the key of the last one on the previous page."""
        at = {"at": before[0], "id": before[1]} if before else {}
        earlier = "AND created_at <= :at AND (created_at < :at OR id < :id)" if before else ""
        query = f"{self._select} {earlier} ORDER BY created_at DESC, id DESC LIMIT :limit"
        rows = await self._all(query, limit=checked_limit(limit), **at)
        return [ChatHistory.of(decoded(row, "citation")) for row in rows]
