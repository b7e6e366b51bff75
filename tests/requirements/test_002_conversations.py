"""Requirement 002: conversations and their messages, every query filtered by the user."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from database.repositories import integer_keys as keys
from database.repositories.conversations import ConversationMessage, ConversationRepository
from tests.cases import each_case
from whimbrel import ConstraintViolated, DatabaseError, DatabaseManager, RuleViolated

SETS = ("conversations",)
pytestmark = pytest.mark.asyncio(loop_scope="function")


@pytest.fixture
def conversations(db_manager: DatabaseManager) -> ConversationRepository:
    return ConversationRepository(db_manager)


async def filled(conversations: ConversationRepository, user: str, count: int) -> int:
    conversation = await conversations.create_conversation(user)
    for number in range(count):
        await conversations.add_message(user, conversation.id, "user", str(number))
    return conversation.id


def contents(messages: list[ConversationMessage] | None) -> list[str]:
    assert messages is not None
    return [one.content for one in messages]


# Conversation


async def test_a_conversation_is_stored_as_it_was_made(conversations: ConversationRepository, ada: str) -> None:
    made = await conversations.create_conversation(ada)
    assert await conversations.get_conversation(ada, made.id) == made
    assert (made.user_id, made.summary, made.created_at) == (ada, None, made.updated_at)


async def test_ids_are_integers_that_grow_and_that_json_keeps_exact(conversations: ConversationRepository, ada: str) -> None:
    made = [(await conversations.create_conversation(ada)).id for _ in range(5)]
    assert made == sorted(set(made))
    assert all(0 < one < 2**53 for one in made)


async def test_an_id_that_another_process_has_taken_is_passed_over(
    conversations: ConversationRepository, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = (await conversations.create_conversation(ada)).id
    await conversations.add_message(ada, taken, "user", "x")
    monkeypatch.setattr(keys, "_last", taken - 1)
    monkeypatch.setattr(keys, "time_ns", lambda: 0)
    assert (await conversations.create_conversation(ada)).id > taken


@each_case("user_id", ["", "x" * 256, "a\0b"])
async def test_a_conversation_has_a_user_identifier(conversations: ConversationRepository, user_id: str) -> None:
    with pytest.raises(RuleViolated) as caught:
        await conversations.create_conversation(user_id)
    assert (caught.value.rule, caught.value.field) == ("value", "user_id")


# Message


async def test_a_message_is_stored_as_it_was_written(conversations: ConversationRepository, ada: str) -> None:
    conversation = await filled(conversations, ada, 0)
    for role in ("user", "assistant", "system"):
        added = await conversations.add_message(ada, conversation, role, "größer 😀")
        assert added is not None
        assert await conversations.last_messages(ada, conversation, limit=1) == [added]
        assert (added.user_id, added.role, added.content) == (ada, role, "größer 😀")


@each_case("character", ["x", "ü", "😀", " "])
async def test_content_has_at_most_1000_characters_whatever_they_take_in_bytes(
    conversations: ConversationRepository, ada: str, character: str
) -> None:
    conversation = await filled(conversations, ada, 0)
    await conversations.add_message(ada, conversation, "user", character * 1000)
    with pytest.raises(RuleViolated) as caught:
        await conversations.add_message(ada, conversation, "user", character * 1001)
    assert str(caught.value) == "NewConversationMessage: content: String should have at most 1000 characters"
    assert contents(await conversations.last_messages(ada, conversation)) == [character * 1000]


@each_case(
    ("role", "content", "field"),
    [
        ("USER", "x", "role"),
        ("tool", "x", "role"),
        ("user", "", "content"),
        ("user", None, "content"),
        ("user", "\ud83d", "content"),
    ],
)
async def test_role_is_one_of_three_and_content_is_not_empty(
    conversations: ConversationRepository, ada: str, role: str, content: Any, field: str
) -> None:
    conversation = await filled(conversations, ada, 0)
    with pytest.raises(RuleViolated) as caught:
        await conversations.add_message(ada, conversation, role, content)
    assert (caught.value.rule, caught.value.field) == ("value", field)
    assert await conversations.last_messages(ada, conversation) == []


@each_case(
    ("fields", "kind", "name"),
    [
        ({"role": "USER"}, "check", "ck_conversation_messages_role"),
        ({"role": "tool"}, "check", "ck_conversation_messages_role"),
        ({"content": ""}, "check", "ck_conversation_messages_content"),
        ({"content": "😀" * 1001}, "check", "ck_conversation_messages_content"),
        ({"content": "x" * 1000 + " "}, "check", "ck_conversation_messages_content"),
        ({"conversation_id": 1}, "foreign_key", None),
        ({"user_id": "somebody else"}, "foreign_key", None),
        ({"user_id": None}, "not_null", "user_id"),
    ],
)
async def test_the_rules_of_messages_hold_in_the_database_itself(
    conversations: ConversationRepository,
    db_manager: DatabaseManager,
    ada: str,
    fields: dict[str, Any],
    kind: str,
    name: str | None,
) -> None:
    row = {"id": keys.new_key(), "conversation_id": await filled(conversations, ada, 0), "user_id": ada, "role": "user"}
    row |= {"content": "😀" * 1000, "at": datetime.now(UTC)}
    insert = (
        "INSERT INTO conversation_messages (id, conversation_id, user_id, role, content, created_at) "
        "VALUES (:id, :conversation_id, :user_id, :role, :content, :at)"
    )
    with pytest.raises(ConstraintViolated) as caught:
        await db_manager.execute(insert, row | fields)
    assert caught.value.kind == kind
    assert name is None or caught.value.name == name
    assert await db_manager.execute(insert, row) == 1


async def test_the_database_itself_refuses_a_preview_of_more_than_100_characters(
    conversations: ConversationRepository, db_manager: DatabaseManager, ada: str
) -> None:
    conversation = await filled(conversations, ada, 1)
    summarize = "UPDATE {} SET summary = :summary WHERE user_id = :user_id"
    for table in ("conversations", "conversation_messages"):
        assert await db_manager.execute(summarize.format(table), {"summary": "😀" * 100, "user_id": ada}) == 1
    assert (await conversations.get_conversation(ada, conversation)) is not None
    # VARCHAR(100) refuses it on three databases before the CHECK is asked, SQLite has the CHECK alone.
    for table in ("conversations", "conversation_messages"):
        with pytest.raises(DatabaseError, match=r"(?i)too long|ck_conversation"):
            await db_manager.execute(summarize.format(table), {"summary": "😀" * 101, "user_id": ada})


@each_case("character", ["x", "ü", "😀"])
async def test_the_preview_is_the_first_100_characters(conversations: ConversationRepository, ada: str, character: str) -> None:
    conversation = await filled(conversations, ada, 0)
    first = await conversations.add_message(ada, conversation, "user", character * 101)
    await conversations.add_message(ada, conversation, "user", "second")
    assert first is not None
    assert first.summary == character * 100
    found = await conversations.get_conversation(ada, conversation)
    assert found is not None
    assert found.summary == character * 100


async def test_messages_are_had_in_order_page_by_page_and_the_last_n(conversations: ConversationRepository, ada: str) -> None:
    conversation = await filled(conversations, ada, 5)
    first = await conversations.list_messages(ada, conversation, limit=3) or []
    rest = await conversations.list_messages(ada, conversation, after=first[-1].id, limit=3) or []
    assert contents([*first, *rest]) == ["0", "1", "2", "3", "4"]
    last = await conversations.last_messages(ada, conversation, limit=2) or []
    assert contents(last) == ["3", "4"]
    assert contents(await conversations.last_messages(ada, conversation, before=last[0].id, limit=2)) == ["1", "2"]


async def test_a_message_touches_its_conversation_which_comes_first_then(conversations: ConversationRepository, ada: str) -> None:
    made = [await filled(conversations, ada, 0) for _ in range(4)]
    await conversations.add_message(ada, made[1], "user", "x")
    first = await conversations.list_conversations(ada, limit=2)
    rest = await conversations.list_conversations(ada, before=first[-1].key, limit=3)
    assert [one.id for one in (*first, *rest)] == [made[1], made[3], made[2], made[0]]


async def test_twenty_messages_at_once_are_all_kept_with_ids_of_their_own(
    conversations: ConversationRepository, ada: str
) -> None:
    conversation = await filled(conversations, ada, 0)
    await asyncio.gather(*(conversations.add_message(ada, conversation, "user", str(number)) for number in range(20)))
    messages = await conversations.list_messages(ada, conversation) or []
    assert len({one.id for one in messages}) == 20
    assert sorted(contents(messages), key=int) == [str(number) for number in range(20)]


async def test_a_conversation_is_deleted_with_its_messages(
    conversations: ConversationRepository, db_manager: DatabaseManager, ada: str
) -> None:
    conversation = await filled(conversations, ada, 3)
    assert await conversations.delete_conversation(ada, conversation)
    assert await conversations.list_messages(ada, conversation) is None
    count = "SELECT COUNT(*) AS n FROM conversation_messages WHERE conversation_id = :id"
    assert await db_manager.fetch_value(count, {"id": conversation}) == 0


# Security considerations


async def test_a_conversation_of_another_user_is_as_if_it_were_not_there(
    conversations: ConversationRepository, ada: str, bob: str
) -> None:
    conversation = await filled(conversations, ada, 2)
    before = await conversations.get_conversation(ada, conversation)
    for other in (bob, ada.upper(), ada.lower(), ada + " ", "", "a\0b"):
        assert await conversations.get_conversation(other, conversation) is None
        assert await conversations.list_conversations(other) == []
        assert await conversations.add_message(other, conversation, "user", "x") is None
        assert await conversations.list_messages(other, conversation) is None
        assert await conversations.last_messages(other, conversation) is None
        assert not await conversations.delete_conversation(other, conversation)
    assert await conversations.get_conversation(ada, conversation) == before
    assert contents(await conversations.list_messages(ada, conversation)) == ["0", "1"]


@each_case("conversation", [0, -1, 2**63 - 1, 2**63, -(2**70)])
async def test_what_is_no_conversation_is_not_found(conversations: ConversationRepository, ada: str, conversation: int) -> None:
    assert await conversations.get_conversation(ada, conversation) is None
    assert await conversations.add_message(ada, conversation, "user", "x") is None
    assert not await conversations.delete_conversation(ada, conversation)
