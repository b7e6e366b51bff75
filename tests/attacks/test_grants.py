"""PostgreSQL: if a role lacks a right, or an object blocks our tables, the error names the statement that solves it."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks import planted
from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import ConfigurationError, info, migrate, onboard, sync_tenants, validate
from whimbrel.tenants import tenant_status, tenants_listed

pytestmark = pytest.mark.only("postgresql")


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return write_set(tmp_path / "sql" / "ours", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"})


@pytest.fixture
def blueprint(tmp_path: Path) -> str:
    return write_set(tmp_path / "sql" / "tenant", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"})


@pytest.fixture
def reader(url: str) -> Iterator[str]:
    """The address of a role that must be quoted, and has no rights but to use the schema."""
    name = "Some-Reader"
    run_sql(url, f'CREATE ROLE "{name}" LOGIN')
    yield planted.as_role(url, name)
    run_sql(url, f'DROP OWNED BY "{name}" CASCADE', f'DROP ROLE "{name}"')


def obey(url: str, verb: Callable[[], Coroutine[Any, Any, object]]) -> list[str]:
    """Run a verb until it succeeds. After each refusal, run the statement that it advises. Return those statements."""
    said: list[str] = []
    for _ in range(6):
        try:
            asyncio.run(verb())
        except ConfigurationError as error:
            grants = re.findall(r"GRANT [^;\n]*", str(error).partition("next: ")[2])
            assert grants, str(error)
            assert not set(grants) <= set(said), str(error)
            said += grants
            run_sql(url, *grants)
        else:
            return said
    raise AssertionError(said)


@pytest.mark.parametrize("verb", [info, validate, migrate])
def test_a_history_that_may_not_be_read(
    url: str, reader: str, folder: str, verb: Callable[..., Coroutine[Any, Any, object]], database: str
) -> None:
    asyncio.run(migrate(url, folder))
    said = obey(url, lambda: verb(reader, folder))
    assert 'GRANT SELECT ON "public"."whimbrel_history" TO "Some-Reader"' in said


def test_a_history_in_a_schema_that_may_not_be_used(url: str, reader: str, folder: str, database: str) -> None:
    run_sql(url, 'CREATE SCHEMA "Own"')
    asyncio.run(migrate(url, folder, schema="Own"))
    said = obey(url, lambda: info(reader, folder, schema="Own"))
    assert said[0] == 'GRANT USAGE ON SCHEMA "Own" TO "Some-Reader"'


def test_a_history_that_may_not_be_written(url: str, reader: str, folder: str, database: str) -> None:
    asyncio.run(migrate(url, folder))
    write_set(Path(folder), {"V2__b.sql": "SELECT 1;"})
    run_sql(url, 'GRANT SELECT ON whimbrel_history, whimbrel_journal TO "Some-Reader"')
    tables = ", ".join(f'"public"."whimbrel_{name}"' for name in ("history", "journal", "model"))
    assert obey(url, lambda: migrate(reader, folder)) == [f'GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO "Some-Reader"']


def test_a_history_that_may_not_be_made(url: str, reader: str, folder: str, database: str) -> None:
    said = obey(url, lambda: migrate(reader, folder))
    assert said == ['GRANT USAGE, CREATE ON SCHEMA "public" TO "Some-Reader"']


@pytest.mark.parametrize("verb", ["list", "status", "sync"])
def test_a_table_of_tenants_that_may_not_be_read(url: str, reader: str, blueprint: str, verb: str, database: str) -> None:
    verbs: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "list": lambda: tenants_listed(reader),
        "status": lambda: tenant_status(reader, blueprint),
        "sync": lambda: sync_tenants(reader, blueprint),
    }
    asyncio.run(onboard(url, "acme", blueprint))
    assert obey(url, verbs[verb])[-1] == 'GRANT SELECT ON "public"."whimbrel_tenants" TO "Some-Reader"'


def test_a_table_of_tenants_that_may_not_be_written(url: str, reader: str, blueprint: str, database: str) -> None:
    asyncio.run(onboard(url, "acme", blueprint))
    run_sql(url, f'GRANT CREATE ON DATABASE {url.rpartition("/")[2]} TO "Some-Reader"')
    said = obey(url, lambda: onboard(reader, "zeta", blueprint))
    assert any(one.startswith("GRANT SELECT, INSERT, UPDATE, DELETE ON") and '"public"."whimbrel_tenants"' in one for one in said)


TYPES = {"DOMAIN": "CREATE DOMAIN {name} AS TEXT", "TYPE": "CREATE TYPE {name} AS ENUM ('a')"}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("table", ["whimbrel_history", "whimbrel_journal", "whimbrel_tenants"])
def test_a_type_of_the_name_of_our_table(url: str, folder: str, blueprint: str, kind: str, table: str, database: str) -> None:
    run_sql(url, TYPES[kind].format(name=table))
    verb = onboard(url, "acme", blueprint) if table == "whimbrel_tenants" else migrate(url, folder)
    with pytest.raises(ConfigurationError, match=rf'next: public\.{table} is a .*postgres.*DROP {kind} "public"\."{table}"'):
        asyncio.run(verb)
    run_sql(url, f'DROP {kind} "public"."{table}"')
    asyncio.run(onboard(url, "acme", blueprint) if table == "whimbrel_tenants" else migrate(url, folder))
