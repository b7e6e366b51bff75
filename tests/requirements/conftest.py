"""A database for each module, with the sets that its document speaks of; a user of his own for each test."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.conftest import run_sql
from tests.files import ROOT
from tests.servers import Server
from whimbrel import DatabaseManager, migrate

_number = count(1)


@pytest.fixture(scope="module")
def url(
    request: pytest.FixtureRequest, database: str, servers: dict[str, Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a database to which the module's SETS have been applied."""
    if database == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('requirements') / 'test.db'}"
        apply(address, request.module.SETS, "main")
        yield address
        return
    admin = servers[database].url
    name = f"document_{os.getpid()}_{next(_number)}"
    run_sql(admin, f"CREATE DATABASE {name}")
    address = f"{admin.rpartition('/')[0]}/{name}"
    apply(address, request.module.SETS, "public" if database == "postgresql" else name)
    yield address
    run_sql(admin, f"DROP DATABASE {name}" + (" WITH (FORCE)" if database == "postgresql" else ""))


def apply(address: str, names: Sequence[str], schema: str) -> None:
    """Apply the sets, a blueprint as in a tenant's schema."""
    for name in names:
        asyncio.run(migrate(address, str(ROOT / "sql" / name), schema=schema if name == "tenant" else ""))


@pytest_asyncio.fixture
async def db_manager(url: str) -> AsyncIterator[DatabaseManager]:
    """A manager on the module's database. On a loaded machine, twenty calls at once exceed the default patience."""
    async with DatabaseManager(url, acquire_timeout=300) as db_manager:
        yield db_manager


@pytest.fixture
def ada() -> str:
    """A user."""
    return f"Ada-{uuid4().hex[:20]}"


@pytest.fixture
def bob() -> str:
    """Another user."""
    return f"Bob-{uuid4().hex[:20]}"


@pytest_asyncio.fixture
async def users(db_manager: DatabaseManager, ada: str, bob: str) -> None:
    """Make rows of both users, where the module's sets have the table."""
    for user in (ada, bob):
        await db_manager.execute(
            "INSERT INTO users (id, email, username, hashed_password, created_at) VALUES (:id, :id, :id, 'x', :now)",
            {"id": user, "now": datetime.now(UTC)},
        )
