"""The tenants' half of document 000, from top to bottom: blueprints, onboarding, syncing, and the golden rule."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tests.files import write_set
from tests.fleet import Fleet, clear_away, new_fleet
from whimbrel import (
    ConfigurationError,
    DatabaseError,
    DatabaseManager,
    TenantState,
    migrate,
    onboard,
    sync_tenants,
    tenant_manager,
    tenant_status,
)

pytestmark = pytest.mark.asyncio
NOW = datetime(2026, 11, 25, 12, 30, 15, 250_000, tzinfo=UTC)

# `Organization` and `OTP`: {"schema": "public"}.
GLOBAL = """
CREATE TABLE organizations (id VARCHAR(36) PRIMARY KEY, name VARCHAR(200) NOT NULL, tenant VARCHAR(63) NOT NULL UNIQUE);
CREATE TABLE otps (id VARCHAR(36) PRIMARY KEY, code VARCHAR(10) NOT NULL);
"""
# `ChatHistory`, with no schema anywhere in its text.
CHAT_HISTORY = """
CREATE TABLE chat_history (
    id VARCHAR(36) PRIMARY KEY,
    question TEXT NOT NULL CHECK (question <> ''),
    answer TEXT NOT NULL CHECK (answer <> ''),
    citation TEXT,
    latency INTEGER,
    token_prompt INTEGER,
    token_completion INTEGER,
    created_at TIMESTAMP(6) NOT NULL,
    updated_at TIMESTAMP(6) NOT NULL
);
"""
USERS = "CREATE TABLE users (id VARCHAR(36) PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE);"
CATEGORIES = "CREATE TABLE categories (id VARCHAR(36) PRIMARY KEY, name VARCHAR(100) NOT NULL);"


@pytest.fixture
def fleet(url: str, database: str, tmp_path: Path) -> Iterator[Fleet]:
    """Yield the tenants of two organizations, and a project with both kinds of sets."""
    made = new_fleet(url, database, tmp_path)
    write_set(tmp_path / "sql" / "tenancy", {"V1__organizations.sql": GLOBAL})
    write_set(tmp_path / "sql" / "tenant", {"V1__chat_history.sql": CHAT_HISTORY})
    yield made
    clear_away(made)


def blueprints(fleet: Fleet) -> str:
    return str(fleet.folder / "sql" / "tenant")


async def ask(manager: DatabaseManager, question: str, answer: str = "42") -> str:
    key = str(uuid4())
    await manager.execute(
        "INSERT INTO chat_history (id, question, answer, citation, latency, created_at, updated_at) "
        "VALUES (:id, :question, :answer, :citation, :latency, :now, :now)",
        {"id": key, "question": question, "answer": answer, "citation": json.dumps({"page": 7}), "latency": 120, "now": NOW},
    )
    return key


async def test_global_tables_are_created_once_and_in_no_tenant(fleet: Fleet) -> None:
    await migrate(fleet.url, str(fleet.folder / "sql" / "tenancy"))
    await onboard(fleet.url, fleet.name(1), blueprints(fleet))
    async with DatabaseManager(fleet.url) as db_manager:
        assert await db_manager.fetch_all("SELECT * FROM organizations") == []
        assert await db_manager.fetch_all("SELECT * FROM otps") == []
        with pytest.raises(DatabaseError, match="chat_history"):
            await db_manager.fetch_all("SELECT * FROM chat_history")
    async with tenant_manager(fleet.url, fleet.name(1)) as tenant:
        with pytest.raises(DatabaseError, match="organizations"):
            await tenant.fetch_all("SELECT * FROM organizations")


async def test_onboarding_discovers_every_blueprint(fleet: Fleet) -> None:
    write_set(fleet.folder / "sql" / "tenant" / "people", {"V1__users.sql": USERS})
    report = await onboard(fleet.url, fleet.name(1), blueprints(fleet))
    assert [one.script for one in report.applied] == ["V1__chat_history.sql", "V1__users.sql"]
    async with tenant_manager(fleet.url, fleet.name(1)) as tenant:
        for table in ("chat_history", "users"):
            assert await tenant.fetch_all(f"SELECT * FROM {table}") == []


async def test_the_chat_history_table_of_the_document_keeps_values_and_rules(fleet: Fleet) -> None:
    await onboard(fleet.url, fleet.name(1), blueprints(fleet))
    async with tenant_manager(fleet.url, fleet.name(1)) as tenant:
        key = await ask(tenant, "größer 😀?")
        row = await tenant.fetch_one("SELECT * FROM chat_history WHERE id = :id", {"id": key})
        assert row is not None
        assert (row["question"], json.loads(row["citation"]), row["latency"]) == ("größer 😀?", {"page": 7}, 120)
        assert (row["token_prompt"], row["created_at"], row["updated_at"]) == (None, NOW, NOW)
        for question, answer in (("", "x"), ("x", "")):
            with pytest.raises(DatabaseError):
                await ask(tenant, question, answer)


async def test_each_tenant_has_a_separate_table_in_its_private_schema(fleet: Fleet) -> None:
    for name in fleet.names(2):
        await onboard(fleet.url, name, blueprints(fleet))
        async with tenant_manager(fleet.url, name) as tenant:
            await ask(tenant, f"from {name}")
    for name in fleet.names(2):
        async with tenant_manager(fleet.url, name) as tenant:
            assert await tenant.fetch_all("SELECT question FROM chat_history") == [{"question": f"from {name}"}]


async def test_syncing_creates_a_new_blueprint_in_every_tenant_that_lacks_it(fleet: Fleet) -> None:
    for name in fleet.names(3):
        await onboard(fleet.url, name, blueprints(fleet))
        async with tenant_manager(fleet.url, name) as tenant:
            await ask(tenant, "before")
    write_set(fleet.folder / "sql" / "tenant", {"V2__categories.sql": CATEGORIES})
    await onboard(fleet.url, fleet.name(3), blueprints(fleet))

    states = [one.state for one in await tenant_status(fleet.url, blueprints(fleet))]
    assert states == [TenantState.BEHIND] * 3 + [TenantState.UP_TO_DATE]
    report = await sync_tenants(fleet.url, blueprints(fleet))
    assert (report.done, report.up_to_date) == (tuple(fleet.names(3)), 1)
    for name in fleet.names(3):
        async with tenant_manager(fleet.url, name) as tenant:
            assert await tenant.fetch_all("SELECT * FROM categories") == []
            assert await tenant.fetch_all("SELECT question FROM chat_history") == [{"question": "before"}]


async def test_the_golden_rule_is_the_path_and_each_side_refuses_the_others_sets(fleet: Fleet) -> None:
    with pytest.raises(ConfigurationError, match="is a blueprint: it belongs in each tenant's schema"):
        await migrate(fleet.url, blueprints(fleet))
    with pytest.raises(ConfigurationError, match="is a global set"):
        await onboard(fleet.url, fleet.name(1), str(fleet.folder / "sql" / "tenancy"))
    assert fleet.name(1) not in await fleet.schemas()
