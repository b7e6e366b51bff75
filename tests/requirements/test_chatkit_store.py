"""ChatKitStore through the package's own interface and types, and under the package's own server.

The package takes seconds to import, so that only the process that runs these tests imports it, and not each that collects them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.cases import each_case
from tests.requirements.threads import NOW, attachment_of, filled, ids, said, thread_of
from whimbrel import DatabaseManager, RuleViolated

if TYPE_CHECKING:
    from chatkit.server import ChatKitServer
    from chatkit.store import Store
    from chatkit.types import (
        Attachment,
        ThreadItem,
        ThreadMetadata,
        ThreadStreamEvent,
        UserMessageItem,
    )

SETS = ("chatkit",)
pytestmark = pytest.mark.asyncio(loop_scope="function")


@pytest.fixture
def store(db_manager: DatabaseManager) -> Store[str]:
    from database.repositories.chatkit_store import ChatKitStore

    return ChatKitStore(db_manager, user_of=str)


async def test_the_store_fulfils_all_of_the_packages_interface() -> None:
    from chatkit.store import Store

    from database.repositories.chatkit_store import ChatKitStore

    assert issubclass(ChatKitStore, Store)
    assert ChatKitStore.__abstractmethods__ == frozenset()
    assert len(Store.__abstractmethods__) == 12


async def test_a_thread_is_loaded_as_it_was_saved_and_saved_again(store: Store[str], ada: str) -> None:
    from chatkit.types import LockedStatus

    thread = thread_of(store, ada, title="größer 😀", metadata={"b": [1, None], "a": {}}, allowed_image_domains=["x.org"])
    await store.save_thread(thread, ada)
    assert await store.load_thread(thread.id, ada) == thread
    locked = thread.model_copy(update={"title": None, "status": LockedStatus(reason="late")})
    await store.save_thread(locked, ada)
    assert await store.load_thread(thread.id, ada) == locked


async def test_a_thread_is_saved_without_the_items_it_came_with(store: Store[str], db_manager: DatabaseManager, ada: str) -> None:
    from chatkit.types import Page, Thread

    thread = Thread(**thread_of(store, ada).model_dump(), items=Page(data=[]))
    await store.save_thread(thread, ada)
    payload = await db_manager.fetch_value("SELECT payload FROM chatkit_threads WHERE id = :id", {"id": thread.id})
    assert "items" not in json.loads(payload)


async def test_a_thread_with_a_naive_time_as_the_package_makes_it_is_loaded_as_it_was_saved(store: Store[str], ada: str) -> None:
    thread = thread_of(store, ada, created_at=datetime.now())
    await store.save_thread(thread, ada)
    assert await store.load_thread(thread.id, ada) == thread


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_threads_are_loaded_page_by_page_in_both_orders(store: Store[str], ada: str, order: str) -> None:
    made = [thread_of(store, ada, created_at=NOW + timedelta(seconds=number // 2)) for number in range(5)]
    for thread in made:
        await store.save_thread(thread, ada)
    expected = sorted(made, key=lambda one: one.created_at, reverse=order == "desc")
    seen: list[ThreadMetadata] = []
    page = await store.load_threads(2, None, order, ada)
    while page.has_more:
        assert len(page.data) == 2
        assert page.after == page.data[-1].id
        seen += page.data
        page = await store.load_threads(2, page.after, order, ada)
    seen += page.data
    assert sorted(ids(seen)) == sorted(ids(made))
    assert [one.created_at for one in seen] == [one.created_at for one in expected]


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_items_are_loaded_page_by_page_in_both_orders(store: Store[str], ada: str, order: str) -> None:
    thread = await filled(store, ada, 5)
    seen: list[str] = []
    page = await store.load_thread_items(thread.id, None, 2, order, ada)
    while page.has_more:
        seen += ids(page.data)
        page = await store.load_thread_items(thread.id, page.after, 2, order, ada)
    seen += ids(page.data)
    assert seen == [f"msg_{number}" for number in range(5)][:: 1 if order == "asc" else -1]


async def test_every_kind_of_item_is_loaded_as_it_was_added(store: Store[str], ada: str) -> None:
    from chatkit import types, widgets

    thread = await filled(store, ada, 0)
    made: dict[str, Any] = {"thread_id": thread.id, "created_at": NOW}
    attached = types.FileAttachment(id="atc_1", name="ü.txt", mime_type="text/plain", metadata={"a": 1})
    items: list[ThreadItem] = [
        types.UserMessageItem(
            id="msg_u",
            **made,
            content=[types.UserMessageTextContent(text="hello")],
            attachments=[attached],
            inference_options=types.InferenceOptions(),
        ),
        said(thread, 1),
        types.WidgetItem(id="wid_1", **made, widget=widgets.Card(children=[widgets.Text(value="x" * 100_000)])),
        types.HiddenContextItem(id="shcx_1", **made, content={"a": [1, "😀"]}),
    ]
    for item in items:
        await store.add_thread_item(thread.id, item, ada)
    page = await store.load_thread_items(thread.id, None, 10, "asc", ada)
    assert [one.model_dump() for one in page.data] == [one.model_dump() for one in items]
    assert await store.load_item(thread.id, "msg_u", ada) == items[0]


async def test_an_item_is_saved_in_the_place_of_the_one_before_or_appended(store: Store[str], ada: str) -> None:
    thread = await filled(store, ada, 3)
    await store.save_item(thread.id, said(thread, 1, "changed"), ada)
    await store.save_item(thread.id, said(thread, 3, "new"), ada)
    page = await store.load_thread_items(thread.id, None, 10, "asc", ada)
    assert ids(page.data) == ["msg_0", "msg_1", "msg_2", "msg_3"]
    assert await store.load_item(thread.id, "msg_1", ada) == said(thread, 1, "changed")


async def test_an_item_is_added_once(store: Store[str], ada: str) -> None:
    thread = await filled(store, ada, 1)
    with pytest.raises(RuleViolated, match="it already exists"):
        await store.add_thread_item(thread.id, said(thread, 0), ada)
    other = await filled(store, ada, 1)
    assert await store.load_item(other.id, "msg_0", ada) == said(other, 0)


async def test_twenty_items_at_once_are_all_kept(store: Store[str], ada: str) -> None:
    thread = await filled(store, ada, 0)
    saves = [store.save_item(thread.id, said(thread, number % 20), ada) for number in range(40)]
    await asyncio.gather(*saves)
    page = await store.load_thread_items(thread.id, None, 100, "asc", ada)
    assert sorted(ids(page.data)) == sorted(f"msg_{number}" for number in range(20))


async def test_an_item_and_a_thread_with_its_items_are_deleted(store: Store[str], db_manager: DatabaseManager, ada: str) -> None:
    from chatkit.store import NotFoundError

    thread = await filled(store, ada, 3)
    await store.delete_thread_item(thread.id, "msg_1", ada)
    assert ids((await store.load_thread_items(thread.id, None, 10, "asc", ada)).data) == ["msg_0", "msg_2"]
    await store.delete_thread(thread.id, ada)
    with pytest.raises(NotFoundError):
        await store.load_thread(thread.id, ada)
    count = "SELECT COUNT(*) AS n FROM chatkit_items WHERE thread_id = :id"
    assert await db_manager.fetch_value(count, {"id": thread.id}) == 0


async def test_an_attachment_is_saved_loaded_changed_and_deleted(store: Store[str], ada: str) -> None:
    from chatkit.store import NotFoundError

    attachment = attachment_of(ada, "ü.txt", metadata={"a": 1})
    await store.save_attachment(attachment, ada)
    assert await store.load_attachment(attachment.id, ada) == attachment
    changed = attachment.model_copy(update={"thread_id": "thr_1"})
    await store.save_attachment(changed, ada)
    assert await store.load_attachment(attachment.id, ada) == changed
    await store.delete_attachment(attachment.id, ada)
    with pytest.raises(NotFoundError):
        await store.load_attachment(attachment.id, ada)


async def test_a_text_that_no_database_can_have_is_refused(store: Store[str], ada: str) -> None:
    thread = await filled(store, ada, 1)
    with pytest.raises(RuleViolated) as caught:
        await store.save_item(thread.id, said(thread, 0, "\ud83d"), ada)
    assert caught.value.field == "payload"
    await store.save_item(thread.id, said(thread, 0, "a\0b"), ada)
    assert await store.load_item(thread.id, "msg_0", ada) == said(thread, 0, "a\0b")


async def test_an_integer_that_json_would_change_is_refused(store: Store[str], ada: str) -> None:
    for number in (2**63, 10**30, 10**400):
        with pytest.raises(RuleViolated, match="64 bits"):
            await store.save_thread(thread_of(store, ada, metadata={"n": number}), ada)
    kept = thread_of(store, ada, metadata={"n": -(2**63)})
    await store.save_thread(kept, ada)
    assert await store.load_thread(kept.id, ada) == kept


@each_case("identifier", ["", "x" * 65, "a\0b", "\ud83d"])
async def test_an_identifier_has_1_to_64_characters(store: Store[str], ada: str, identifier: str) -> None:
    from chatkit.store import NotFoundError

    with pytest.raises(RuleViolated, match="id"):
        await store.save_thread(thread_of(store, ada, id=identifier), ada)
    with pytest.raises(NotFoundError):
        await store.load_thread(identifier, ada)


async def test_what_belongs_to_another_user_is_as_if_it_were_not_there(store: Store[str], ada: str, bob: str) -> None:
    from chatkit.store import NotFoundError

    thread = await filled(store, ada, 2)
    attachment: Attachment = attachment_of(ada, "x")
    await store.save_attachment(attachment, ada)
    for other in (bob, ada.upper(), ada + " "):
        for refused in (
            store.load_thread(thread.id, other),
            store.save_thread(thread.model_copy(update={"title": "mine"}), other),
            store.load_threads(10, thread.id, "asc", other),
            store.load_thread_items(thread.id, None, 10, "asc", other),
            store.load_thread_items(thread.id, "msg_0", 10, "asc", other),
            store.add_thread_item(thread.id, said(thread, 7), other),
            store.save_item(thread.id, said(thread, 0, "mine"), other),
            store.load_item(thread.id, "msg_0", other),
            store.save_attachment(attachment.model_copy(update={"name": "mine"}), other),
            store.load_attachment(attachment.id, other),
        ):
            with pytest.raises(NotFoundError):
                await refused
        assert (await store.load_threads(10, None, "asc", other)).data == []
        await store.delete_thread_item(thread.id, "msg_0", other)
        await store.delete_thread(thread.id, other)
        await store.delete_attachment(attachment.id, other)
    assert await store.load_thread(thread.id, ada) == thread
    assert (await store.load_thread_items(thread.id, None, 10, "asc", ada)).data == [said(thread, 0), said(thread, 1)]
    assert await store.load_attachment(attachment.id, ada) == attachment


def echo(store: Store[str]) -> ChatKitServer[str]:
    """Return a server that repeats the user's message."""
    from chatkit import types
    from chatkit.server import ChatKitServer

    class Echo(ChatKitServer[str]):
        async def respond(
            self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: str
        ) -> AsyncIterator[ThreadStreamEvent]:
            assert input_user_message is not None
            text = "".join(one.text for one in input_user_message.content)
            item_id = self.store.generate_item_id("message", thread, context)
            content = [types.AssistantMessageContent(text=f"you said {text}")]
            item = types.AssistantMessageItem(id=item_id, thread_id=thread.id, created_at=datetime.now(), content=content)
            yield types.ThreadItemDoneEvent(item=item)

    return Echo(store)


async def test_the_packages_own_server_keeps_its_conversations_in_it(store: Store[str], ada: str, bob: str) -> None:
    from chatkit.server import StreamingResult

    server = echo(store)
    message = {"content": [{"type": "input_text", "text": "größer 😀"}], "attachments": [], "inference_options": {}}
    request = {"type": "threads.create", "params": {"input": message}}
    result = await server.process(json.dumps(request), ada)
    assert isinstance(result, StreamingResult)
    events = [event async for event in result]
    assert any("you said" in event.decode() for event in events)
    (thread,) = (await store.load_threads(10, None, "desc", ada)).data
    items = (await store.load_thread_items(thread.id, None, 10, "asc", ada)).data
    assert [one.type for one in items] == ["user_message", "assistant_message"]
    assert (await store.load_threads(10, None, "desc", bob)).data == []
