"""PostgreSQL: owning a schema, or a table with code, earns no trust unless the user has named the schema."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks import planted
from tests.attacks.test_trust import HISTORY, SPY
from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import ConfigurationError, info, migrate
from whimbrel.migrations.reader import read_directories

pytestmark = pytest.mark.only("postgresql")
FILES = {"V1__a.sql": "CREATE TABLE public.a (id INTEGER);", "V2__b.sql": "CREATE TABLE public.b (id INTEGER);"}
INDEX = "CREATE INDEX ON {schema}.whimbrel_history ((set_name || {schema}.spied('a')))"


@pytest.fixture
def mallory(url: str) -> Iterator[str]:
    with planted.mallory(url) as address:
        run_sql(url, f"GRANT CREATE ON DATABASE {url.rpartition('/')[2]} TO PUBLIC")
        yield address


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return write_set(tmp_path / "ours", FILES)


def forge(address: str, folder: str, schema: str, *more: str) -> None:
    """Create, as superuser, a schema with a history which says that the first file is applied."""
    (ours,) = read_directories([folder])
    first = ours.for_database("postgresql")[0]
    row = f"'ours', '1', 1, 'a', 'V1__a.sql', '{first.checksum}', '', 'postgres', now(), 1, '', TRUE"
    history = f"{schema}.whimbrel_history"
    made = [f"CREATE SCHEMA {schema}", f"CREATE TABLE {history} ({HISTORY})", f"INSERT INTO {history} VALUES ({row})"]
    grants = [f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC", f"GRANT ALL ON {history} TO PUBLIC"]
    run_sql(address, *made, *grants, *(one.format(schema=schema) for one in more))


def spy(schema: str) -> tuple[str, ...]:
    return (SPY.replace("spied(", f"{schema}.spied(", 1), INDEX)


@pytest.mark.parametrize("code", [False, True], ids=["rows", "code"])
def test_a_schemas_owner_cannot_forge_a_history_outside_of_the_search_path(
    url: str, mallory: str, folder: str, code: bool
) -> None:
    forge(mallory, folder, "evil", *(spy("evil") if code else ()))
    assert [str(one.state) for one in asyncio.run(info(url, folder))] == ["pending", "pending"]
    assert len(asyncio.run(migrate(url, folder)).applied) == 2
    assert planted.loot(url) == []


def test_a_schema_that_the_search_path_names_and_a_stranger_made_does_not_hide_the_history(
    url: str, mallory: str, folder: str
) -> None:
    assert len(asyncio.run(migrate(url, folder, version="1")).applied) == 1
    run_sql(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET search_path TO app, public")
    forge(mallory, folder, "app")
    assert len(asyncio.run(migrate(url, folder)).applied) == 1
    assert planted.loot(url) == []


def test_code_on_a_table_is_refused_for_any_present_owner(url: str, mallory: str, folder: str) -> None:
    run_sql(
        mallory,
        SPY,
        f"CREATE TABLE whimbrel_history ({HISTORY})",
        "CREATE INDEX ON whimbrel_history ((set_name || spied('a')))",
    )
    run_sql(url, "ALTER TABLE whimbrel_history OWNER TO postgres")
    for verb in (info, migrate):
        with pytest.raises(ConfigurationError, match="cannot be trusted"):
            asyncio.run(verb(url, folder))
    assert planted.loot(url) == []


def test_a_role_that_another_user_granted_to_a_superuser_is_not_trusted(url: str, mallory: str, folder: str) -> None:
    name = mallory.partition("//")[2].partition("@")[0].partition(":")[0]
    run_sql(url, f"ALTER ROLE {name} CREATEROLE")
    puppet = f"puppet_of_{name}"
    run_sql(mallory, f"CREATE ROLE {puppet}", f"GRANT {puppet} TO postgres", f"CREATE TABLE whimbrel_history ({HISTORY})")
    try:
        run_sql(url, f"ALTER TABLE whimbrel_history OWNER TO {puppet}")
        with pytest.raises(ConfigurationError, match="does not trust"):
            asyncio.run(info(url, folder))
    finally:
        run_sql(url, "DROP TABLE whimbrel_history", f"DROP ROLE {puppet}")
