"""Requirement 003: an agent's messages with a user, and the user's tasks."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from database.repositories.agent_messages import MessageRepository
from database.repositories.tasks import TaskRepository
from tests.cases import each_case
from whimbrel import ConstraintViolated, DatabaseManager, RuleViolated

SETS = ("agent", "conversations")
pytestmark = pytest.mark.asyncio(loop_scope="function")


@pytest.fixture
def messages(db_manager: DatabaseManager) -> MessageRepository:
    return MessageRepository(db_manager)


@pytest.fixture
def tasks(db_manager: DatabaseManager) -> TaskRepository:
    return TaskRepository(db_manager)


# Messages table and repository


async def test_a_message_is_stored_as_it_was_written(messages: MessageRepository, ada: str) -> None:
    made = [await messages.create(ada, role, f"größer 😀 {role}") for role in ("user", "assistant")]
    assert await messages.get_history(ada) == made
    assert [(one.user_id, one.role, one.content) for one in made] == [
        (ada, "user", "größer 😀 user"),
        (ada, "assistant", "größer 😀 assistant"),
    ]


@each_case(
    ("user_id", "role", "content", "field"),
    [
        ("", "user", "x", "user_id"),
        ("x" * 256, "user", "x", "user_id"),
        ("x", "User", "x", "role"),
        ("x", "system", "x", "role"),
        ("x", "user", "", "content"),
        ("x", "user", "ü" * 32_768, "content"),
    ],
)
async def test_a_message_has_a_user_one_of_two_roles_and_content(
    messages: MessageRepository, user_id: str, role: str, content: str, field: str
) -> None:
    with pytest.raises(RuleViolated) as caught:
        await messages.create(user_id, role, content)
    assert (caught.value.rule, caught.value.field) == ("value", field)


async def test_history_is_ordered_by_time_and_has_50_messages_unless_more_are_asked_for(
    messages: MessageRepository, ada: str
) -> None:
    for number in range(55):
        await messages.create(ada, "user", str(number))
    assert [one.content for one in await messages.get_history(ada)] == [str(number) for number in range(50)]
    assert [one.content for one in await messages.get_history(ada, limit=2)] == ["0", "1"]
    assert len(await messages.get_history(ada, limit=100)) == 55


async def test_the_latest_messages_are_ordered_by_time_too(messages: MessageRepository, ada: str) -> None:
    for number in range(5):
        await messages.create(ada, "user", str(number))
    assert [one.content for one in await messages.get_latest(ada, limit=3)] == ["2", "3", "4"]


async def test_messages_of_one_moment_keep_their_order(
    messages: MessageRepository, db_manager: DatabaseManager, ada: str
) -> None:
    for number in range(5):
        await messages.create(ada, "user", str(number))
    await db_manager.execute("UPDATE messages SET created_at = :at WHERE user_id = :ada", {"at": datetime.now(UTC), "ada": ada})
    assert [one.content for one in await messages.get_history(ada)] == ["0", "1", "2", "3", "4"]


async def test_to_clear_deletes_all_messages_of_a_user(messages: MessageRepository, ada: str) -> None:
    await asyncio.gather(*(messages.create(ada, "user", str(number)) for number in range(20)))
    assert await messages.clear(ada) == 20
    assert await messages.get_history(ada) == []


@each_case(
    ("fields", "name"),
    [
        ({"role": "USER"}, "ck_messages_role"),
        ({"role": "system"}, "ck_messages_role"),
        ({"content": ""}, "ck_messages_content"),
        ({"user_id": ""}, "ck_messages_user_id"),
    ],
)
async def test_the_rules_of_messages_hold_in_the_database_itself(
    db_manager: DatabaseManager, fields: dict[str, Any], name: str
) -> None:
    row = {"id": 1, "user_id": "x", "role": "user", "content": "x", "at": datetime.now(UTC)} | fields
    with pytest.raises(ConstraintViolated) as caught:
        await db_manager.execute(
            "INSERT INTO messages (id, user_id, role, content, created_at) VALUES (:id, :user_id, :role, :content, :at)", row
        )
    assert (caught.value.kind, caught.value.name) == ("check", name)


# Entity table and repository


async def test_a_task_is_stored_as_it_was_made_and_is_not_completed(tasks: TaskRepository, ada: str) -> None:
    made = await tasks.create(ada, "größer 😀", "a description")
    assert await tasks.get(ada, made.id) == made
    assert (made.completed, made.description, made.created_at) == (False, "a description", made.updated_at)
    assert (await tasks.create(ada, "x")).description == ""


@pytest.mark.parametrize("title", ["", "x" * 256, "x" * 255 + " ", "a\0b"])
async def test_a_title_has_1_to_255_characters(tasks: TaskRepository, ada: str, title: str) -> None:
    made = await tasks.create(ada, "😀" * 255)
    for attempt in (tasks.create(ada, title), tasks.update(ada, made.id, title=title)):
        with pytest.raises(RuleViolated) as caught:
            await attempt
        assert (caught.value.rule, caught.value.field) == ("value", "title")
    assert await tasks.list(ada) == [made]


async def test_tasks_are_listed_newest_first_all_pending_or_completed(tasks: TaskRepository, ada: str) -> None:
    made = [await tasks.create(ada, str(number)) for number in range(4)]
    for number in (1, 2):
        await tasks.complete(ada, made[number].id)
    assert [one.title for one in await tasks.list(ada)] == ["3", "2", "1", "0"]
    assert [one.title for one in await tasks.list(ada, "pending")] == ["3", "0"]
    assert [one.title for one in await tasks.list(ada, status="completed")] == ["2", "1"]
    with pytest.raises(RuleViolated, match="status: Input should be 'all', 'pending' or 'completed'"):
        await tasks.list(ada, "lost")


@pytest.mark.parametrize("status", ["all", "pending"])
async def test_tasks_are_listed_page_by_page(tasks: TaskRepository, ada: str, status: str) -> None:
    for number in range(5):
        await tasks.create(ada, str(number))
    first = await tasks.list(ada, status, limit=2)
    second = await tasks.list(ada, status, before=first[-1].key, limit=2)
    third = await tasks.list(ada, status, before=second[-1].key, limit=2)
    assert [one.title for one in (*first, *second, *third)] == ["4", "3", "2", "1", "0"]


async def test_a_task_is_changed_in_what_is_given_and_tells_when(tasks: TaskRepository, ada: str) -> None:
    made = await tasks.create(ada, "before", "kept")
    changed = await tasks.update(ada, made.id, title="after")
    assert changed is not None
    assert (changed.title, changed.description, changed.created_at) == ("after", "kept", made.created_at)
    assert changed.updated_at > made.updated_at
    emptied = await tasks.update(ada, made.id, description="")
    assert emptied is not None
    assert (emptied.title, emptied.description) == ("after", "")


async def test_a_task_is_completed(tasks: TaskRepository, ada: str) -> None:
    made = await tasks.create(ada, "x")
    done = await tasks.complete(ada, made.id)
    assert done is not None
    assert done.completed is True
    assert done.updated_at > made.updated_at
    assert await tasks.get(ada, made.id) == done


async def test_a_task_is_deleted(tasks: TaskRepository, ada: str) -> None:
    made = await tasks.create(ada, "x")
    assert await tasks.delete(ada, made.id)
    assert await tasks.get(ada, made.id) is None
    assert not await tasks.delete(ada, made.id)


@each_case(
    ("fields", "name"),
    [
        ({"title": ""}, "ck_tasks_title"),
        ({"user_id": ""}, "ck_tasks_user_id"),
        ({"updated_at": datetime(2020, 1, 1, tzinfo=UTC)}, "ck_tasks_updated_at"),
    ],
)
async def test_the_rules_of_tasks_hold_in_the_database_itself(
    db_manager: DatabaseManager, fields: dict[str, Any], name: str
) -> None:
    moment = datetime.now(UTC)
    row = {"id": 1, "user_id": "x", "title": "x", "created_at": moment, "updated_at": moment} | fields
    with pytest.raises(ConstraintViolated) as caught:
        await db_manager.execute(
            "INSERT INTO tasks (id, user_id, title, created_at, updated_at) "
            "VALUES (:id, :user_id, :title, :created_at, :updated_at)",
            row,
        )
    assert (caught.value.kind, caught.value.name) == ("check", name)


async def test_a_task_of_defaults_is_not_completed_and_has_no_description(
    db_manager: DatabaseManager, tasks: TaskRepository, ada: str
) -> None:
    await db_manager.execute(
        "INSERT INTO tasks (id, user_id, title, created_at, updated_at) VALUES (7, :ada, 'x', :at, :at)",
        {"ada": ada, "at": datetime.now(UTC)},
    )
    (task,) = await tasks.list(ada)
    assert (task.completed, task.description) == (False, "")


# Key points: user_id in both tables


async def test_a_task_of_another_user_is_as_if_it_were_not_there(tasks: TaskRepository, ada: str, bob: str) -> None:
    made = await tasks.create(ada, "x")
    for other in (bob, ada.upper(), ada.lower(), ada + " "):
        assert await tasks.get(other, made.id) is None
        assert await tasks.list(other) == []
        assert await tasks.update(other, made.id, title="mine") is None
        assert await tasks.complete(other, made.id) is None
        assert not await tasks.delete(other, made.id)
    assert await tasks.list(ada) == [made]


async def test_messages_of_another_user_are_as_if_they_were_not_there(messages: MessageRepository, ada: str, bob: str) -> None:
    made = await messages.create(ada, "user", "x")
    for other in (bob, ada.upper(), ada + " "):
        assert await messages.get_history(other) == []
        assert await messages.get_latest(other) == []
        assert await messages.clear(other) == 0
    assert await messages.get_history(ada) == [made]
