"""Threads, items and attachments as openai-chatkit makes them. Only a process that uses them imports the package."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatkit.store import Store
    from chatkit.types import AssistantMessageItem, FileAttachment, ThreadItem, ThreadMetadata

NOW = datetime.now(UTC)


def thread_of(store: Store[str], user: str, **fields: Any) -> ThreadMetadata:
    from chatkit.types import ThreadMetadata

    return ThreadMetadata.model_validate({"id": store.generate_thread_id(user), "created_at": NOW} | fields)


def said(thread: ThreadMetadata, number: int, text: str = "größer 😀") -> AssistantMessageItem:
    from chatkit.types import AssistantMessageContent, AssistantMessageItem

    content = [AssistantMessageContent(text=text)]
    return AssistantMessageItem(id=f"msg_{number}", thread_id=thread.id, created_at=NOW, content=content)


async def filled(store: Store[str], user: str, count: int) -> ThreadMetadata:
    thread = thread_of(store, user)
    await store.save_thread(thread, user)
    for number in range(count):
        await store.add_thread_item(thread.id, said(thread, number), user)
    return thread


def attachment_of(user: str, name: str, **fields: Any) -> FileAttachment:
    from chatkit.types import FileAttachment

    return FileAttachment(id=f"atc_{user}", name=name, mime_type="text/plain", **fields)


def ids(items: Iterable[ThreadItem | ThreadMetadata]) -> list[str]:
    return [one.id for one in items]
