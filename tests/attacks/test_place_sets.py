"""PostgreSQL: a set that is applied in another schema is named, and never applied again in silence."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks import planted
from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import ConfigurationError, DatabaseManager, ValidationFailed, info, migrate, onboard, repair, validate

pytestmark = pytest.mark.only("postgresql")

AUTH = {"V1__users.sql": "CREATE TABLE IF NOT EXISTS users (id INTEGER);\nINSERT INTO users VALUES (1);"}
CHAT = {
    "V1__a.sql": "CREATE TABLE IF NOT EXISTS a (id INTEGER);\nINSERT INTO a VALUES (1);",
    "V2__b.sql": "INSERT INTO a VALUES (2);",
    "V3__c.sql": "INSERT INTO a VALUES (3);",
}


@pytest.fixture
def app(url: str) -> Iterator[str]:
    """The address of a role of the application's own, which may make tables in `public`, and schemas."""
    grants = ("GRANT CREATE ON SCHEMA public TO {role}", f"GRANT ALL ON DATABASE {url.rpartition('/')[2]} TO {{role}}")
    with planted.role(url, "app", *grants) as name:
        yield planted.as_role(url, name)


@pytest.fixture
def auth(tmp_path: Path) -> str:
    return write_set(tmp_path / "sql" / "auth", AUTH)


@pytest.fixture
def chat(tmp_path: Path) -> str:
    return write_set(tmp_path / "sql" / "chat", CHAT)


def user(address: str) -> str:
    return address.partition("//")[2].partition("@")[0]


def move(url: str, app: str, path: str) -> None:
    run_sql(
        url, f"CREATE SCHEMA IF NOT EXISTS own AUTHORIZATION {user(app)}", f"ALTER ROLE {user(app)} SET search_path TO {path}"
    )


def numbers(app: str, table: str) -> list[int]:
    async def read() -> list[int]:
        async with DatabaseManager(app) as db_manager:
            return [row["id"] for row in await db_manager.fetch_all(f"SELECT id FROM {table} ORDER BY id")]

    return asyncio.run(read())


def tables(url: str) -> set[str]:
    async def read() -> set[str]:
        async with DatabaseManager(url) as db_manager:
            rows = await db_manager.fetch_all("SELECT schemaname || '.' || tablename AS name FROM pg_catalog.pg_tables")
            return {row["name"] for row in rows}

    return asyncio.run(read())


def test_what_the_first_run_makes_by_its_own_files_is_not_applied_again(app: str, tmp_path: Path, database: str) -> None:
    files = {
        "V1__stock.sql": "CREATE TABLE IF NOT EXISTS stock (id INTEGER);\nINSERT INTO stock VALUES (1);",
        "V2__schema.sql": f"CREATE SCHEMA IF NOT EXISTS {user(app)};",
    }
    folder = write_set(tmp_path / "shop", files)
    assert len(asyncio.run(migrate(app, folder)).applied) == 2
    for _ in range(2):
        report = asyncio.run(migrate(app, folder))
        assert (report.applied, report.already) == ((), 2)
    assert numbers(app, "stock") == [1]


@pytest.mark.parametrize("path", ["own, public", "own"])
def test_a_set_in_another_schema_than_the_others_is_named(
    url: str, app: str, auth: str, chat: str, path: str, database: str
) -> None:
    asyncio.run(migrate(app, chat))
    move(url, app, path)
    asyncio.run(migrate(app, auth, schema="own"))
    before = tables(url)
    for call in (migrate(app, auth, chat), migrate(app, chat, auth, dry_run=True), info(app, auth, chat)):
        with pytest.raises(ConfigurationError, match=r"set chat is in schema public, and that of the others in schema own"):
            asyncio.run(call)
    assert tables(url) == before
    assert len(asyncio.run(migrate(app, auth, chat, schema="own")).applied) == 3
    assert asyncio.run(migrate(app, auth, chat)).already == 4


def test_a_set_of_other_files_in_another_schema_is_none_of_ours(
    url: str, app: str, auth: str, chat: str, tmp_path: Path, database: str
) -> None:
    other = write_set(tmp_path / "other" / "chat", {"V1__x.sql": "CREATE TABLE x (id INTEGER);"})
    asyncio.run(migrate(app, other))
    move(url, app, "own, public")
    asyncio.run(migrate(app, auth, schema="own"))
    assert len(asyncio.run(migrate(app, auth, chat)).applied) == 3


def test_a_tenants_set_is_not_asked_for(url: str, app: str, auth: str, tmp_path: Path, database: str) -> None:
    blueprint = write_set(tmp_path / "sql" / "tenant" / "chat", CHAT)
    asyncio.run(migrate(app, auth))
    asyncio.run(onboard(app, "acme", blueprint))
    plain = write_set(tmp_path / "plain" / "chat", CHAT)
    assert len(asyncio.run(migrate(app, auth, plain)).applied) == 3


def test_what_a_newer_build_applied_elsewhere_is_gone_on_with(
    url: str, app: str, chat: str, tmp_path: Path, database: str
) -> None:
    asyncio.run(migrate(app, chat))
    move(url, app, "own")
    older = write_set(tmp_path / "older" / "chat", {"V1__a.sql": CHAT["V1__a.sql"], "V2__b.sql": CHAT["V2__b.sql"]})
    report = asyncio.run(migrate(app, older))
    assert (report.applied, report.already) == ((), 2)
    assert numbers(url, "a") == [1, 2, 3]


def test_a_history_elsewhere_of_which_a_file_was_edited_is_named(url: str, app: str, chat: str, database: str) -> None:
    asyncio.run(migrate(app, chat))
    move(url, app, "own")
    write_set(Path(chat), {"V2__b.sql": "INSERT INTO a VALUES (22);"})
    for call in (migrate(app, chat), info(app, chat), validate(app, chat)):
        with pytest.raises(
            ConfigurationError, match=r"in schema public(.|\n)*--schema public to continue there(.|\n)*--schema own"
        ):
            asyncio.run(call)
    assert "own.a" not in tables(url)
    assert asyncio.run(repair(app, chat, schema="public")) == ["chat/V2__b.sql"]
    assert asyncio.run(migrate(app, chat)).already == 3


def test_a_set_that_was_renamed_too_is_known_where_the_search_path_leads(
    url: str, app: str, chat: str, tmp_path: Path, database: str
) -> None:
    asyncio.run(migrate(app, chat))
    move(url, app, "own, public")
    renamed = write_set(tmp_path / "db" / "talk", CHAT)
    with pytest.raises(ValidationFailed, match="--rename-set chat"):
        asyncio.run(migrate(app, renamed))
    assert asyncio.run(repair(app, renamed, rename_set="chat")) == ["talk"]
    assert asyncio.run(migrate(app, renamed)).already == 3
    assert numbers(url, "public.a") == [1, 2, 3]
    # With a named schema the run does not look into any other.
    assert len(asyncio.run(migrate(app, write_set(tmp_path / "third", CHAT), schema="own")).applied) == 3


def test_a_history_of_a_role_that_is_not_trusted_is_named_and_a_superuser_is_told_of_it(
    url: str, app: str, chat: str, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    with planted.role(url, "deploy", "GRANT CREATE ON SCHEMA public TO {role}") as deploy:
        asyncio.run(migrate(planted.as_role(url, deploy), chat))
        run_sql(planted.as_role(url, deploy), "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC")
        move(url, app, "own")
        for call in (migrate(app, chat), info(app, chat)):
            with pytest.raises(ConfigurationError, match="has already applied these migrations in schema public"):
                asyncio.run(call)
        run_sql(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET search_path TO own")
        assert asyncio.run(info(url, chat))
        assert f"schema public also has a history, which was not read: postgres does not trust its owner {deploy}" in caplog.text
