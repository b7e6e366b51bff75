"""Requirement 004: users' chat sessions and their messages."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from database.repositories.chat_sessions import ChatMessage, ChatRepository, ChatSession
from tests.cases import each_case
from whimbrel import ConstraintViolated, DatabaseManager, RuleViolated

SETS = ("auth", "chat")
pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.usefixtures("users")]


@pytest.fixture
def chat(db_manager: DatabaseManager) -> ChatRepository:
    return ChatRepository(db_manager)


async def filled(chat: ChatRepository, user: str, count: int) -> ChatSession:
    session = await chat.create_session(user, "a title")
    await chat.add_messages(user, session.id, [{"role": "user", "content": str(number)} for number in range(count)])
    return session


def contents(messages: list[ChatMessage] | None) -> list[str]:
    assert messages is not None
    return [one.content for one in messages]


# chat_sessions


async def test_a_session_is_stored_as_it_was_made(chat: ChatRepository, ada: str) -> None:
    session = await chat.create_session(ada, "größer 😀")
    assert await chat.get_session(ada, session.id) == session
    assert (session.title, session.created_at) == ("größer 😀", session.updated_at)


async def test_a_session_needs_a_user_that_is_there(chat: ChatRepository) -> None:
    with pytest.raises(RuleViolated) as caught:
        await chat.create_session("nobody")
    assert (caught.value.rule, caught.value.field) == ("foreign_key", "")


async def test_a_title_has_at_most_255_characters(chat: ChatRepository, ada: str) -> None:
    assert (await chat.create_session(ada, "😀" * 255)).title == "😀" * 255
    with pytest.raises(RuleViolated, match="title: String should have at most 255 characters"):
        await chat.create_session(ada, "x" * 255 + " ")


async def test_sessions_are_listed_by_last_message_newest_first_page_by_page(chat: ChatRepository, ada: str) -> None:
    made = [await chat.create_session(ada, str(number)) for number in range(5)]
    await chat.add_message(ada, made[0].id, role="user", content="hello")
    first = await chat.list_sessions(ada, limit=3)
    rest = await chat.list_sessions(ada, before=first[-1].key, limit=3)
    assert [one.title for one in (*first, *rest)] == ["0", "4", "3", "2", "1"]


async def test_a_page_loses_no_session_of_one_moment(chat: ChatRepository, db_manager: DatabaseManager, ada: str) -> None:
    made = [await chat.create_session(ada) for _ in range(5)]
    await db_manager.execute(
        "UPDATE chat_sessions SET updated_at = :at WHERE user_id = :ada", {"at": made[0].created_at, "ada": ada}
    )
    seen: list[str] = []
    page = await chat.list_sessions(ada, limit=2)
    while page:
        seen += [one.id for one in page]
        page = await chat.list_sessions(ada, before=page[-1].key, limit=2)
    assert sorted(seen) == sorted(one.id for one in made)


async def test_a_session_that_is_renamed_keeps_its_place(chat: ChatRepository, ada: str) -> None:
    session = await chat.create_session(ada, "before")
    renamed = await chat.rename_session(ada, session.id, "after")
    assert renamed == session.model_copy(update={"title": "after"})


async def test_a_session_is_deleted_with_its_messages(chat: ChatRepository, db_manager: DatabaseManager, ada: str) -> None:
    session = await filled(chat, ada, 3)
    assert await chat.delete_session(ada, session.id)
    assert await chat.get_session(ada, session.id) is None
    count = "SELECT COUNT(*) AS n FROM chat_messages WHERE session_id = :id"
    assert await db_manager.fetch_value(count, {"id": session.id}) == 0


# chat_messages


async def test_a_message_is_stored_as_it_was_written(chat: ChatRepository, ada: str) -> None:
    session = await chat.create_session(ada)
    told = {"role": "assistant", "content": "größer 😀", "model": "m-1", "tokens_used": 7, "metadata": {"a": [1, "ü", None]}}
    added = await chat.add_message(ada, session.id, **told)
    assert added is not None
    assert await chat.last_messages(ada, session.id) == [added]
    assert added.model_dump(include=set(told)) == told


@each_case(
    ("fields", "field"),
    [
        ({"role": "USER"}, "role"),
        ({"role": "tool"}, "role"),
        ({"content": ""}, "content"),
        ({"content": None}, "content"),
        ({"content": "a\0b"}, "content"),
        ({"content": "\ud83d"}, "content"),
        ({"content": "ü" * 32_768}, "content"),
        ({"tokens_used": -1}, "tokens_used"),
        ({"tokens_used": 2**31}, "tokens_used"),
        ({"model": "m" * 101}, "model"),
        ({"metadata": {"a": float("nan")}}, "metadata"),
        ({"metadata": ["no object"]}, "metadata"),
        ({"metadata": {"a": "x" * 65_535}}, "metadata"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_a_message_that_breaks_a_rule_is_refused_and_changes_nothing(
    chat: ChatRepository, ada: str, fields: dict[str, Any], field: str
) -> None:
    session = await chat.create_session(ada)
    with pytest.raises(RuleViolated) as caught:
        await chat.add_messages(ada, session.id, [{"role": "user", "content": "good"}, {"role": "user", "content": "x"} | fields])
    assert (caught.value.rule, caught.value.field) == ("value", field)
    assert await chat.last_messages(ada, session.id) == []
    assert await chat.get_session(ada, session.id) == session


async def test_the_database_itself_refuses_other_roles_and_negative_tokens(
    chat: ChatRepository, db_manager: DatabaseManager, ada: str
) -> None:
    session = await chat.create_session(ada)
    columns = "(id, session_id, role, content, tokens_used, created_at)"
    insert = f"INSERT INTO chat_messages {columns} VALUES ('1', :id, :role, 'x', :n, :at)"
    for role, tokens, name in (("tool", 1, "ck_chat_messages_role"), ("user", -1, "ck_chat_messages_tokens")):
        with pytest.raises(ConstraintViolated) as caught:
            await db_manager.execute(insert, {"id": session.id, "role": role, "n": tokens, "at": session.created_at})
        assert (caught.value.kind, caught.value.name) == ("check", name)


async def test_a_text_of_65_535_bytes_is_kept_whole(chat: ChatRepository, ada: str) -> None:
    session = await chat.create_session(ada)
    content = "ü" * 32_767 + "x"
    await chat.add_message(ada, session.id, role="user", content=content)
    assert contents(await chat.last_messages(ada, session.id)) == [content]


async def test_messages_have_the_order_in_which_they_were_added(chat: ChatRepository, ada: str) -> None:
    session = await filled(chat, ada, 3)
    await chat.add_message(ada, session.id, role="assistant", content="3")
    messages = await chat.list_messages(ada, session.id)
    assert contents(messages) == ["0", "1", "2", "3"]
    assert [one.sequence_number for one in messages or []] == [1, 2, 3, 4]


async def test_messages_are_paged_forward_and_back_by_key(chat: ChatRepository, ada: str) -> None:
    session = await filled(chat, ada, 7)
    first = await chat.list_messages(ada, session.id, limit=3) or []
    assert contents(first) == ["0", "1", "2"]
    assert contents(await chat.list_messages(ada, session.id, after=first[-1].key, limit=3)) == ["3", "4", "5"]
    last = await chat.last_messages(ada, session.id, limit=3) or []
    assert contents(last) == ["4", "5", "6"]
    assert contents(await chat.last_messages(ada, session.id, before=last[0].key, limit=3)) == ["1", "2", "3"]
    assert await chat.list_messages(ada, session.id, after=last[-1].key) == []


async def test_a_message_touches_its_session_in_one_transaction(chat: ChatRepository, ada: str) -> None:
    session = await chat.create_session(ada)
    added = await chat.add_message(ada, session.id, role="user", content="x")
    after = await chat.get_session(ada, session.id)
    assert added is not None
    assert after is not None
    assert after.updated_at == added.created_at >= session.updated_at


async def test_a_clock_that_goes_back_changes_no_order(chat: ChatRepository, db_manager: DatabaseManager, ada: str) -> None:
    session = await filled(chat, ada, 1)
    ahead = datetime(2037, 1, 1, tzinfo=UTC)
    await db_manager.execute("UPDATE chat_sessions SET updated_at = :at WHERE id = :id", {"at": ahead, "id": session.id})
    for content in ("1", "2"):
        await chat.add_message(ada, session.id, role="user", content=content)
    assert contents(await chat.list_messages(ada, session.id)) == ["0", "1", "2"]
    assert (await chat.list_sessions(ada))[0].updated_at == ahead


async def test_twenty_appends_at_once_get_twenty_numbers(chat: ChatRepository, ada: str) -> None:
    session = await chat.create_session(ada)
    await asyncio.gather(*(chat.add_message(ada, session.id, role="user", content=str(number)) for number in range(20)))
    messages = await chat.list_messages(ada, session.id) or []
    assert [one.sequence_number for one in messages] == list(range(1, 21))
    assert sorted(contents(messages), key=int) == [str(number) for number in range(20)]


async def test_appends_inside_transactions_that_have_read_before_get_different_numbers(
    url: str, chat: ChatRepository, ada: str
) -> None:
    session = await chat.create_session(ada)

    async def one(number: int) -> None:
        async with DatabaseManager(url) as own, own.transaction():
            mine = ChatRepository(own)
            await mine.list_messages(ada, session.id)
            await mine.add_message(ada, session.id, role="user", content=str(number))

    await asyncio.gather(*(one(number) for number in range(6)))
    assert [message.sequence_number for message in await chat.list_messages(ada, session.id) or []] == [1, 2, 3, 4, 5, 6]


@each_case("limit", [0, -1, 1001])
async def test_a_page_has_between_1_and_1000_rows(chat: ChatRepository, ada: str, limit: int) -> None:
    with pytest.raises(RuleViolated, match="limit"):
        await chat.list_sessions(ada, limit=limit)


@each_case("session_id", ["", "nowhere", "a\0b", "\ud83d", "x" * 10_000, "' OR 1=1 --"])
async def test_what_is_no_session_is_not_found(chat: ChatRepository, ada: str, session_id: str) -> None:
    assert await chat.get_session(ada, session_id) is None
    assert await chat.add_message(ada, session_id, role="user", content="x") is None
    assert not await chat.delete_session(ada, session_id)


# Another user


async def test_a_session_of_another_user_is_as_if_it_were_not_there(chat: ChatRepository, ada: str, bob: str) -> None:
    session = await chat.get_session(ada, (await filled(chat, ada, 2)).id)
    assert session is not None
    assert await chat.get_session(bob, session.id) is None
    assert await chat.list_sessions(bob) == []
    assert await chat.rename_session(bob, session.id, "mine") is None
    assert await chat.add_message(bob, session.id, role="user", content="x") is None
    assert await chat.list_messages(bob, session.id) is None
    assert await chat.last_messages(bob, session.id) is None
    assert not await chat.delete_session(bob, session.id)
    assert await chat.get_session(ada, session.id) == session
    assert contents(await chat.list_messages(ada, session.id)) == ["0", "1"]


async def test_a_user_whose_name_differs_in_capitals_is_another_user(chat: ChatRepository, ada: str) -> None:
    session = await chat.create_session(ada)
    for other in (ada.upper(), ada + " "):
        assert await chat.get_session(other, session.id) is None
        assert not await chat.delete_session(other, session.id)
