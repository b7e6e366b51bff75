"""A session is opened on an address or on a manager's database."""

import pytest

from whimbrel import DatabaseManager
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.session.connect import open_connection, open_session, parse_target
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio


async def test_an_address_is_parsed_and_a_manager_kept() -> None:
    url = parse_url("sqlite:///a.db")
    assert parse_target("sqlite:///a.db") == url
    assert parse_target(url) is url
    manager = DatabaseManager("sqlite://")
    assert parse_target(manager) is manager


async def test_two_sessions_on_an_address_in_memory_have_two_databases() -> None:
    async with open_session("sqlite://") as one, open_session("sqlite://") as other:
        await one.connection.run("CREATE TABLE t (a INTEGER)")
        assert await other.connection.fetch_all("SELECT name FROM sqlite_master") == []


async def test_a_managers_database_in_memory_is_reached_through_its_own_connection() -> None:
    async with DatabaseManager("sqlite://") as manager:
        async with open_session(manager) as session:
            await session.connection.run("CREATE TABLE t (a INTEGER)")
            await session.enter(portable=False)
            assert await session.connection.fetch_value("PRAGMA foreign_keys") == 0
        # The application's connection is in the portable session again.
        assert await manager.fetch_value("PRAGMA foreign_keys") == 1
        assert await manager.fetch_all("SELECT * FROM t") == []


async def test_a_session_knows_its_schema_its_user_and_the_option_for_commands() -> None:
    async with open_session("sqlite://") as session:
        assert (session.schema, session.user, session.where, session.database) == ("main", "", "", "sqlite")
    async with open_session("sqlite://", "main") as session:
        assert (session.schema, session.where) == ("main", "--schema main")
    with pytest.raises(ConfigurationError, match="there is no schema other"):
        async with open_session("sqlite://", "other one"):
            pass


@pytest.mark.parametrize(("own", "wanted", "where"), [("", "", ""), ("main", "", "--schema main"), ("", "main", "--schema main")])
async def test_a_session_uses_the_managers_schema_unless_another_is_named(own: str, wanted: str, where: str) -> None:
    async with DatabaseManager("sqlite://", schema=own) as manager, open_session(manager, wanted) as session:
        assert (session.schema, session.where) == ("main", where)


async def test_a_connection_is_closed_at_the_end() -> None:
    async with open_connection("sqlite://") as connection:
        await connection.run("SELECT 1")
    with pytest.raises(DatabaseError):
        await connection.run("SELECT 1")
