"""The fixture of the application's tests: a manager with newly created chat tables.

A project imports it in its conftest.py: `from database.testing import chat_manager`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from database.schemas import drop_chat_tables, initialize_chat_schema, initialize_database
from whimbrel import DatabaseManager

__all__ = ["chat_manager"]


@pytest_asyncio.fixture
async def chat_manager(whimbrel_url: Any) -> AsyncIterator[DatabaseManager]:
    """Yield a manager on the test's own database. The auth tables stay as they are, and the chat tables are empty."""
    async with DatabaseManager(whimbrel_url) as db_manager:
        await initialize_database(db_manager)
        await drop_chat_tables(db_manager)
        await initialize_chat_schema(db_manager)
        yield db_manager
