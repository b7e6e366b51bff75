"""The shipped schemas: the same tables, rules and order on every database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import ia_auth_sessions
import pytest
import pytest_asyncio

from database import drop_chat_tables, initialize_chat_schema, initialize_database
from tests.cases import each_case
from tests.files import CHAT
from whimbrel import DatabaseError, DatabaseManager, migrate

pytestmark = pytest.mark.asyncio(loop_scope="function")
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def db_manager(url: str) -> AsyncIterator[DatabaseManager]:
    async with DatabaseManager(url) as db_manager:
        yield db_manager


async def add_user(db_manager: DatabaseManager, name: str) -> None:
    await db_manager.execute(
        "INSERT INTO users (id, email, username, hashed_password, created_at) VALUES (:id, :email, :name, 'x', :now)",
        {"id": name, "email": f"{name}@example.org", "name": name, "now": NOW},
    )


async def add_session(db_manager: DatabaseManager, name: str, user: str, updated_at: datetime = NOW) -> None:
    await db_manager.execute(
        "INSERT INTO chat_sessions (id, user_id, title, created_at, updated_at) VALUES (:id, :user, 'Title 😀', :now, :updated)",
        {"id": name, "user": user, "now": NOW, "updated": updated_at},
    )


async def add_message(db_manager: DatabaseManager, name: str, moment: datetime, number: int = 0, role: str = "user") -> None:
    await db_manager.execute(
        "INSERT INTO chat_messages (id, session_id, sequence_number, role, content, created_at) "
        "VALUES (:id, 's', :number, :role, 'größer 😀', :moment)",
        {"id": name, "number": number, "role": role, "moment": moment},
    )


async def set_up(db_manager: DatabaseManager) -> None:
    await initialize_database(db_manager)
    await initialize_chat_schema(db_manager)
    await add_user(db_manager, "ada")
    await add_session(db_manager, "s", "ada")


@pytest_asyncio.fixture
async def with_session(db_manager: DatabaseManager) -> None:
    await set_up(db_manager)


async def test_auth_then_chat_and_again(db_manager: DatabaseManager) -> None:
    assert len((await initialize_database(db_manager)).applied) == 1
    assert len((await initialize_chat_schema(db_manager)).applied) == 1
    assert (await initialize_database(db_manager)).applied == ()
    assert (await initialize_chat_schema(db_manager)).applied == ()


async def test_an_address_serves_as_well_as_a_manager(url: str) -> None:
    assert len((await initialize_database(url)).applied) == 1
    assert len((await initialize_chat_schema(url)).applied) == 1
    await drop_chat_tables(url)
    assert len((await initialize_chat_schema(url)).applied) == 1


async def test_tables_are_dropped_and_made_again(db_manager: DatabaseManager) -> None:
    await set_up(db_manager)
    await drop_chat_tables(db_manager)
    await drop_chat_tables(db_manager)
    with pytest.raises(DatabaseError):
        await db_manager.fetch_all("SELECT * FROM chat_sessions")
    assert len((await initialize_chat_schema(db_manager)).applied) == 1
    assert await db_manager.fetch_all("SELECT * FROM chat_sessions") == []
    assert len(await db_manager.fetch_all("SELECT * FROM users")) == 1


async def test_two_messages_of_one_second_keep_their_order(db_manager: DatabaseManager) -> None:
    await set_up(db_manager)
    await add_message(db_manager, "z", NOW, 1)
    await add_message(db_manager, "a", NOW, 2, "assistant")
    await add_message(db_manager, "y", NOW + timedelta(microseconds=600_000))
    await add_message(db_manager, "b", NOW + timedelta(microseconds=600_001))
    query = "SELECT id FROM chat_messages WHERE session_id = 's' ORDER BY created_at, sequence_number"
    assert [row["id"] for row in await db_manager.fetch_all(query)] == ["z", "a", "y", "b"]


@each_case(
    "statement",
    [
        "INSERT INTO chat_messages (id, session_id, role, content, created_at) VALUES ('m', 's', 'robot', 'x', :now)",
        "INSERT INTO chat_messages (id, session_id, role, content, created_at) VALUES ('m', 'none', 'user', 'x', :now)",
        "INSERT INTO chat_messages (id, session_id, role, created_at) VALUES ('m', 's', 'user', :now)",
        "INSERT INTO chat_sessions (id, user_id, created_at, updated_at) VALUES ('x', 'nobody', :now, :now)",
        "INSERT INTO pipeline_executions (id, user_id, pipeline_name, status, created_at) VALUES ('p', 'ada', 'n', 'odd', :now)",
        "INSERT INTO users (id, email, username, hashed_password, created_at) VALUES ('b', 'ada@example.org', 'b', 'x', :now)",
    ],
)
async def test_the_database_itself_keeps_the_rules(db_manager: DatabaseManager, with_session: None, statement: str) -> None:
    with pytest.raises(DatabaseError):
        await db_manager.execute(statement, dict.fromkeys(("now",), NOW))


async def test_what_belongs_to_a_user_goes_with_the_user(db_manager: DatabaseManager) -> None:
    await set_up(db_manager)
    await add_message(db_manager, "m", NOW)
    await db_manager.execute(
        "INSERT INTO pipeline_executions (id, user_id, pipeline_name, status, created_at) "
        "VALUES ('p', 'ada', 'summary', 'running', :now)",
        {"now": NOW},
    )
    assert await db_manager.execute("DELETE FROM users WHERE id = 'ada'") == 1
    for table in ("chat_sessions", "chat_messages", "pipeline_executions"):
        assert await db_manager.fetch_all(f"SELECT * FROM {table}") == []


async def test_the_indexes_that_the_queries_need_are_there(db_manager: DatabaseManager, database: str) -> None:
    await set_up(db_manager)
    queries = {
        "postgresql": "SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema()",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
    }
    default = "SELECT DISTINCT index_name AS name FROM information_schema.statistics WHERE table_schema = DATABASE()"
    names = {row["name"] for row in await db_manager.fetch_all(queries.get(database, default))}
    wanted = {"idx_sessions_user_id", "idx_chat_sessions_user_updated", "idx_chat_messages_order", "idx_pipeline_executions_user"}
    assert wanted <= names


async def test_the_published_auth_package_works_with_our_manager_and_our_chat_set(db_manager: DatabaseManager) -> None:
    assert await ia_auth_sessions.initialize_database(db_manager) is True
    assert await ia_auth_sessions.initialize_database(db_manager) is True
    assert len((await migrate(db_manager, CHAT)).applied) == 1
    await add_user(db_manager, "ada")
    await add_session(db_manager, "s", "ada")
    await add_message(db_manager, "m", NOW)
    row = await db_manager.fetch_one("SELECT is_active, is_verified, created_at, last_login FROM users")
    assert row == {"is_active": True, "is_verified": False, "created_at": NOW, "last_login": None}
    assert len((await initialize_database(db_manager)).applied) == 1
    await drop_chat_tables(db_manager)
    assert await ia_auth_sessions.drop_tables(db_manager) is True
