"""The Store of the published package openai-chatkit, on the application's tables; see sql/chatkit.

    store = ChatKitStore(db_manager, user_of=lambda context: context.user_id)
    server = MyChatKitServer(store)

For another user's object, methods raise the package's NotFoundError, as for a missing one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticSerializationError

from database.packages import require
from database.repositories.base import OWNED, Repository, checked_limit, owned
from database.repositories.record import Moment, Name, Record, is_storable, now
from whimbrel import DatabaseManager, RuleViolated

try:
    from chatkit.store import NotFoundError, Store, StoreItemType
    from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
except ModuleNotFoundError:
    require("ChatKitStore", "openai-chatkit")
    raise

__all__ = ["ChatKitStore"]

TContext = TypeVar("TContext")
_ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)
_ID_CHARACTERS = 64
_ITEMS = f"""
    SELECT i.id, i.sequence_number, i.payload FROM chatkit_items i JOIN chatkit_threads t ON t.id = i.thread_id
    WHERE i.thread_id = :thread_id AND {owned("t")}
"""
_THREADS = f"SELECT id, created_at, payload FROM chatkit_threads WHERE {OWNED}"
# The condition limits the statement to the user's thread, in a form that all databases accept.
_OF_THREAD = f"thread_id = :thread_id AND EXISTS (SELECT 1 FROM chatkit_threads t WHERE t.id = :thread_id AND {owned('t')})"


class _Stamp(Record):
    user_id: Name
    created_at: Moment


class ChatKitStore(Repository, Store[TContext]):
    """Threads, their items, and attachments, of the user that `user_of` finds in the context."""

    def __init__(self, db_manager: DatabaseManager, user_of: Callable[[TContext], str]) -> None:
        super().__init__(db_manager)
        self._user_of = user_of

    def generate_thread_id(self, context: TContext) -> str:
        """Return a unique identifier that nobody can guess. The package's own has only 32 bits."""
        return f"thr_{uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: TContext) -> str:
        """Return an identifier with the package's prefix, as long as that of a thread."""
        return super().generate_item_id(item_type, thread, context).partition("_")[0] + f"_{uuid4().hex}"

    async def load_thread(self, thread_id: str, context: TContext) -> ThreadMetadata:
        """Return a thread. Raises NotFoundError."""
        row = await self._one(f"{_THREADS} AND id = :id", user_id=self._user_of(context), id=thread_id)
        return ThreadMetadata.model_validate_json(_found(row, thread_id)["payload"])

    async def save_thread(self, thread: ThreadMetadata, context: TContext) -> None:
        """Store a thread, replacing one with the same id. Raises NotFoundError if that belongs to another user."""
        # A Thread, which also contains its items, is a ThreadMetadata too.
        made = self._stamped(thread.id, thread.created_at, context)
        payload = _payload(thread, exclude={"items"})
        update = f"UPDATE chatkit_threads SET payload = :payload, updated_at = :moment WHERE id = :id AND {OWNED}"
        insert = (
            "INSERT INTO chatkit_threads (id, user_id, payload, created_at, updated_at) "
            "VALUES (:id, :user_id, :payload, :created_at, :updated_at)"
        )
        changed = {"id": thread.id, "user_id": made["user_id"], "payload": payload, "moment": now()}
        await self._upsert(update, changed, insert, made | {"payload": payload, "updated_at": now()})

    async def load_threads(self, limit: int, after: str | None, order: str, context: TContext) -> Page[ThreadMetadata]:
        """Return a page of the user's threads, sorted by creation time."""
        user_id, at = self._user_of(context), {}
        if after is not None:
            row = _found(await self._one(f"{_THREADS} AND id = :id", user_id=user_id, id=after), after)
            at = {"at": row["created_at"], "id": row["id"]}
        beyond, direction = ("<", "DESC") if order == "desc" else (">", "ASC")
        key = f"AND created_at {beyond}= :at AND (created_at {beyond} :at OR id {beyond} :id)" if at else ""
        query = f"{_THREADS} {key} ORDER BY created_at {direction}, id {direction} LIMIT :limit"
        rows = await self._all(query, user_id=user_id, limit=checked_limit(limit) + 1, **at)
        return _page(rows, limit, lambda row: ThreadMetadata.model_validate_json(row["payload"]))

    async def delete_thread(self, thread_id: str, context: TContext) -> None:
        """Delete a thread with its items, if this user has it."""
        await self._change(
            f"DELETE FROM chatkit_threads WHERE id = :id AND {OWNED}", id=thread_id, user_id=self._user_of(context)
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: TContext
    ) -> Page[ThreadItem]:
        """Return a page of a thread's items, in the order of their addition. Raises NotFoundError."""
        thread = {"thread_id": thread_id, "user_id": self._user_of(context)}
        number: dict[str, object] = {}
        if after is not None:
            row = _found(await self._one(f"{_ITEMS} AND i.id = :id", id=after, **thread), after)
            number = {"number": row["sequence_number"]}
        beyond, direction = ("<", "DESC") if order == "desc" else (">", "ASC")
        key = f"AND i.sequence_number {beyond} :number" if number else ""
        query = f"{_ITEMS} {key} ORDER BY i.sequence_number {direction} LIMIT :limit"
        rows = await self._all(query, limit=checked_limit(limit) + 1, **thread, **number)
        if not rows:
            await self.load_thread(thread_id, context)
        return _page(rows, limit, lambda row: _ITEM.validate_json(row["payload"]))

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: TContext) -> None:
        """Append an item.

        Raises NotFoundError if there is no such thread, RuleViolated if the thread has an item with this id.
        """
        made = self._stamped(item.id, item.created_at, context)
        async with self._db_manager.transaction():
            # Writing the thread's row first locks it, so that no two items get the same number.
            touch = f"UPDATE chatkit_threads SET updated_at = :moment WHERE id = :id AND {OWNED}"
            if not await self._change(touch, moment=now(), id=thread_id, user_id=made["user_id"]):
                raise NotFoundError(f"there is no thread {thread_id}")
            last = await self._one("SELECT MAX(sequence_number) AS number FROM chatkit_items WHERE thread_id = :id", id=thread_id)
            await self._change(
                "INSERT INTO chatkit_items (thread_id, id, sequence_number, payload, created_at) "
                "VALUES (:thread_id, :id, :number, :payload, :created_at)",
                thread_id=thread_id,
                id=item.id,
                number=((last and last["number"]) or 0) + 1,
                payload=_payload(item),
                created_at=made["created_at"],
            )

    async def save_item(self, thread_id: str, item: ThreadItem, context: TContext) -> None:
        """Store an item, replacing one with the same id, or append it. Raises NotFoundError for the thread."""
        update = f"UPDATE chatkit_items SET payload = :payload WHERE id = :id AND {_OF_THREAD}"
        values = {"payload": _payload(item), "id": item.id, "thread_id": thread_id, "user_id": self._user_of(context)}
        if await self._change(update, **values):
            return
        try:
            await self.add_thread_item(thread_id, item, context)
        except RuleViolated as error:
            # Another request has added it in the meantime.
            if error.rule != "unique" or not await self._change(update, **values):
                raise

    async def load_item(self, thread_id: str, item_id: str, context: TContext) -> ThreadItem:
        """Return an item. Raises NotFoundError."""
        row = await self._one(f"{_ITEMS} AND i.id = :id", id=item_id, thread_id=thread_id, user_id=self._user_of(context))
        return _ITEM.validate_json(_found(row, item_id)["payload"])

    async def delete_thread_item(self, thread_id: str, item_id: str, context: TContext) -> None:
        """Delete an item, if it is in a thread of this user."""
        delete = f"DELETE FROM chatkit_items WHERE id = :id AND {_OF_THREAD}"
        await self._change(delete, id=item_id, thread_id=thread_id, user_id=self._user_of(context))

    async def save_attachment(self, attachment: Attachment, context: TContext) -> None:
        """Store an attachment, replacing one with the same id. Raises NotFoundError if that belongs to another user."""
        made = self._stamped(attachment.id, now(), context) | {"payload": _payload(attachment)}
        update = f"UPDATE chatkit_attachments SET payload = :payload WHERE id = :id AND {OWNED}"
        insert = (
            "INSERT INTO chatkit_attachments (id, user_id, payload, created_at) VALUES (:id, :user_id, :payload, :created_at)"
        )
        changed = {name: made[name] for name in ("id", "user_id", "payload")}
        await self._upsert(update, changed, insert, made)

    async def load_attachment(self, attachment_id: str, context: TContext) -> Attachment:
        """Return an attachment. Raises NotFoundError."""
        query = f"SELECT payload FROM chatkit_attachments WHERE id = :id AND {OWNED}"
        row = await self._one(query, id=attachment_id, user_id=self._user_of(context))
        return _ATTACHMENT.validate_json(_found(row, attachment_id)["payload"])

    async def delete_attachment(self, attachment_id: str, context: TContext) -> None:
        """Delete an attachment, if this user has it."""
        delete = f"DELETE FROM chatkit_attachments WHERE id = :id AND {OWNED}"
        await self._change(delete, id=attachment_id, user_id=self._user_of(context))

    def _stamped(self, one: str, created_at: datetime, context: TContext) -> dict[str, Any]:
        """Return the columns that a model checks: the package's own classes have no rules, and may have naive times."""
        if not 0 < len(one) <= _ID_CHARACTERS or not is_storable(one):
            raise RuleViolated(f"id: an identifier has 1 to {_ID_CHARACTERS} characters", rule="value", field="id")
        aware = created_at if created_at.tzinfo else created_at.astimezone(UTC)
        return {"id": one} | _Stamp.of({"user_id": self._user_of(context), "created_at": aware}).model_dump()

    async def _upsert(self, update: str, changed: dict[str, Any], insert: str, made: dict[str, Any]) -> None:
        # No form of "insert or update" is portable.
        if await self._change(update, **changed):
            return
        try:
            async with self._db_manager.transaction():
                await self._change(insert, **made)
        except RuleViolated as error:
            # Another request has created it in the meantime, or it belongs to another user, which counts as missing.
            if error.rule != "unique":
                raise
            if not await self._change(update, **changed):
                raise NotFoundError(f"there is no {made['id']}") from None


def _payload(record: BaseModel, exclude: set[str] | None = None) -> str:
    try:
        text = record.model_dump_json(exclude=exclude)
        json.loads(text, parse_int=_of_64_bits)
    except (PydanticSerializationError, OverflowError):
        told = "payload: it contains a text or value that JSON cannot hold, or an integer of more than 64 bits"
        raise RuleViolated(told, rule="value", field="payload") from None
    return text


def _of_64_bits(digits: str) -> None:
    # MySQL's JSON turns a larger integer into a float, or an error.
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
        raise OverflowError


def _found(row: dict[str, Any] | None, one: str) -> dict[str, Any]:
    if row is None:
        raise NotFoundError(f"there is no {one}")
    return row


T = TypeVar("T")


def _page(rows: Sequence[dict[str, Any]], limit: int, read: Callable[[dict[str, Any]], Any]) -> Page[Any]:
    """Return a page of `limit` rows. The query asked for one more, which shows whether another page follows."""
    kept = rows[:limit]
    return Page(data=[read(row) for row in kept], has_more=len(rows) > limit, after=kept[-1]["id"] if kept else None)
