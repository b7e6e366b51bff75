"""Requirement 001: the chat history of a widget, by sessions that it names itself."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest

from database.repositories.widget_sessions import WidgetMessage, WidgetRepository
from tests.cases import each_case
from whimbrel import ConstraintViolated, DatabaseManager, RuleViolated

SETS = ("chatkit",)
pytestmark = pytest.mark.asyncio(loop_scope="function")


@pytest.fixture
def widget(db_manager: DatabaseManager) -> WidgetRepository:
    return WidgetRepository(db_manager)


async def filled(widget: WidgetRepository, count: int) -> UUID:
    session = await widget.open_session(uuid4())
    await widget.add_messages(session.session_id, [{"role": "user", "content": str(number)} for number in range(count)])
    return session.session_id


def contents(messages: list[WidgetMessage] | None) -> list[str]:
    assert messages is not None
    return [one.content for one in messages]


# Entity: ChatHistory


async def test_a_message_is_stored_as_it_was_written(widget: WidgetRepository) -> None:
    session = await widget.open_session(uuid4())
    moment = (datetime.now(UTC) - timedelta(days=1, microseconds=1)).astimezone(timezone(timedelta(hours=5)))
    added = await widget.add_message(session.session_id, role="assistant", content="größer 😀", timestamp=moment)
    assert added is not None
    assert await widget.last_messages(session.session_id) == [added]
    assert (added.role, added.content, added.timestamp) == ("assistant", "größer 😀", moment)
    assert added.timestamp.utcoffset() == timedelta(0)
    assert (added.id.version, added.session_id, added.created_at >= moment) == (4, session.session_id, True)


async def test_a_message_without_a_time_is_of_now(widget: WidgetRepository) -> None:
    before = datetime.now(UTC)
    added = await widget.add_message(await filled(widget, 0), role="user", content="x")
    assert added is not None
    assert before <= added.timestamp <= added.created_at <= datetime.now(UTC)


# Validation rules of ChatHistory


@each_case("session_id", ["", "no uuid", "12345678-1234-1234-1234-12345678901z", "a\0b"])
async def test_session_id_must_be_a_valid_uuid(widget: WidgetRepository, session_id: str) -> None:
    for attempt in (widget.open_session(session_id), widget.add_message(session_id, role="user", content="x")):
        with pytest.raises(RuleViolated) as caught:
            await attempt
        assert (caught.value.rule, caught.value.field) == ("value", "session_id")
    assert await widget.get_session(session_id) is None
    assert await widget.last_messages(session_id) is None


async def test_a_uuid_is_one_however_it_is_written(widget: WidgetRepository) -> None:
    session_id = await filled(widget, 1)
    for form in (str(session_id).upper(), session_id.hex, f"{{{session_id}}}", session_id.urn):
        assert contents(await widget.last_messages(form)) == ["0"]


FUTURE = datetime.now(UTC) + timedelta(hours=1)


@each_case(
    ("fields", "field"),
    [
        ({"role": "system"}, "role"),
        ({"role": "User"}, "role"),
        ({"role": ""}, "role"),
        ({"content": ""}, "content"),
        ({"content": None}, "content"),
        ({"content": "a\0b"}, "content"),
        ({"timestamp": FUTURE}, "timestamp"),
        ({"timestamp": FUTURE.astimezone(timezone(timedelta(hours=-12)))}, "timestamp"),
        ({"timestamp": datetime(2026, 1, 1)}, "timestamp"),  # its time zone is unknown
        ({"timestamp": datetime(1969, 1, 1, tzinfo=UTC)}, "timestamp"),
    ],
)
async def test_role_is_user_or_assistant_content_is_not_empty_and_time_is_not_in_the_future(
    widget: WidgetRepository, fields: dict[str, Any], field: str
) -> None:
    session_id = await filled(widget, 0)
    with pytest.raises(RuleViolated) as caught:
        await widget.add_messages(session_id, [{"role": "user", "content": "good"}, {"role": "user", "content": "x"} | fields])
    assert (caught.value.rule, caught.value.field) == ("value", field)
    assert await widget.last_messages(session_id) == []


@each_case(
    ("fields", "kind", "name"),
    [
        ({"role": "system"}, "check", "ck_chatkit_messages_role"),
        ({"role": "USER"}, "check", "ck_chatkit_messages_role"),
        ({"role": "user "}, "check", "ck_chatkit_messages_role"),
        ({"role": "useruser"}, "check", "ck_chatkit_messages_role"),
        ({"role": None}, "not_null", "role"),
        ({"content": ""}, "check", "ck_chatkit_messages_content"),
        ({"content": None}, "not_null", "content"),
        ({"timestamp": FUTURE}, "check", "ck_chatkit_messages_timestamp"),
        ({"session_id": str(uuid4())}, "foreign_key", None),
        ({"sequence_number": 1}, "unique", None),
    ],
)
async def test_the_rules_of_messages_hold_in_the_database_itself(
    widget: WidgetRepository, db_manager: DatabaseManager, fields: dict[str, Any], kind: str, name: str | None
) -> None:
    session_id, moment = await filled(widget, 1), datetime.now(UTC)
    row = {"id": str(uuid4()), "session_id": str(session_id), "sequence_number": 2, "role": "user", "content": "x"}
    row |= {"timestamp": moment, "created_at": moment} | fields
    with pytest.raises(ConstraintViolated) as caught:
        await db_manager.execute(
            "INSERT INTO chatkit_messages (id, session_id, sequence_number, role, content, timestamp, created_at) "
            "VALUES (:id, :session_id, :sequence_number, :role, :content, :timestamp, :created_at)",
            row,
        )
    assert caught.value.kind == kind
    assert name is None or caught.value.name == name


# Entity: ChatSession


async def test_a_session_has_an_id_of_ours_and_one_of_the_widget(widget: WidgetRepository) -> None:
    session_id = uuid4()
    session = await widget.open_session(str(session_id))
    assert session.session_id == session_id != session.id
    assert session.created_at == session.updated_at
    assert await widget.get_session(session_id) == session


async def test_a_session_that_is_opened_again_is_the_same_also_by_twenty_at_once(widget: WidgetRepository) -> None:
    session_id = uuid4()
    sessions = await asyncio.gather(*(widget.open_session(session_id) for _ in range(20)))
    assert len({one.id for one in sessions}) == 1


@each_case(
    ("fields", "name"),
    [
        ({"session_id": "no uuid"}, "ck_chatkit_sessions_session_id"),
        ({"updated_at": datetime(2020, 1, 1, tzinfo=UTC)}, "ck_chatkit_sessions_updated_at"),
    ],
)
async def test_a_session_has_a_uuid_and_is_never_updated_before_it_was_created(
    db_manager: DatabaseManager, fields: dict[str, Any], name: str
) -> None:
    moment = datetime.now(UTC)
    row = {"id": str(uuid4()), "session_id": str(uuid4()), "created_at": moment, "updated_at": moment} | fields
    with pytest.raises(ConstraintViolated) as caught:
        await db_manager.execute(
            "INSERT INTO chatkit_sessions (id, session_id, created_at, updated_at) "
            "VALUES (:id, :session_id, :created_at, :updated_at)",
            row,
        )
    assert (caught.value.kind, caught.value.name) == ("check", name)


async def test_one_session_has_many_messages_and_takes_them_with_it(
    widget: WidgetRepository, db_manager: DatabaseManager
) -> None:
    session_id = await filled(widget, 3)
    assert await widget.delete_session(session_id)
    assert await widget.last_messages(session_id) is None
    count = "SELECT COUNT(*) AS n FROM chatkit_messages WHERE session_id = :id"
    assert await db_manager.fetch_value(count, {"id": str(session_id)}) == 0
    assert not await widget.delete_session(session_id)


# Query patterns


async def test_all_messages_of_a_session_are_had_page_by_page(widget: WidgetRepository) -> None:
    session_id = await filled(widget, 7)
    seen: list[str] = []
    page = await widget.list_messages(session_id, limit=3)
    while page:
        seen += contents(page)
        page = await widget.list_messages(session_id, after=page[-1].sequence_number, limit=3)
    assert seen == [str(number) for number in range(7)]


async def test_the_last_n_messages_are_had_in_order_and_those_before_them(widget: WidgetRepository) -> None:
    session_id = await filled(widget, 7)
    last = await widget.last_messages(session_id, limit=3) or []
    assert contents(last) == ["4", "5", "6"]
    assert contents(await widget.last_messages(session_id, before=last[0].sequence_number, limit=3)) == ["1", "2", "3"]


async def test_a_new_message_updates_the_sessions_time_in_one_transaction(
    widget: WidgetRepository, db_manager: DatabaseManager
) -> None:
    session = await widget.open_session(uuid4())
    await widget.add_message(session.session_id, role="user", content="x")
    touched = await widget.get_session(session.session_id)
    assert touched is not None
    assert touched.updated_at > session.updated_at
    with pytest.raises(RuntimeError, match="later"):
        async with db_manager.transaction():
            await widget.add_message(session.session_id, role="user", content="y")
            raise RuntimeError("something went wrong later")
    assert await widget.get_session(session.session_id) == touched
    assert contents(await widget.last_messages(session.session_id)) == ["x"]


async def test_twenty_appends_at_once_get_twenty_numbers(widget: WidgetRepository) -> None:
    session_id = await filled(widget, 0)
    await asyncio.gather(*(widget.add_message(session_id, role="user", content=str(number)) for number in range(20)))
    messages = await widget.list_messages(session_id) or []
    assert [one.sequence_number for one in messages] == list(range(1, 21))
    assert sorted(contents(messages), key=int) == [str(number) for number in range(20)]


# Another session


async def test_messages_of_another_session_are_as_if_they_were_not_there(widget: WidgetRepository) -> None:
    mine, other = await filled(widget, 2), await filled(widget, 3)
    assert contents(await widget.list_messages(mine)) == ["0", "1"]
    await widget.add_message(other, role="user", content="x")
    assert await widget.delete_session(other)
    assert contents(await widget.last_messages(mine)) == ["0", "1"]


async def test_a_session_that_is_not_there_takes_no_message(widget: WidgetRepository) -> None:
    assert await widget.add_message(uuid4(), role="user", content="x") is None
    assert await widget.list_messages(uuid4()) is None
