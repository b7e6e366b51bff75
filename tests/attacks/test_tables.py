"""Views and triggers with the names of Whimbrel's tables: every verb refuses them on every database, and records nothing."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import ConfigurationError, DatabaseManager, info, migrate, onboard, repair, resolve, sync_tenants, validate
from whimbrel.startup.modes import Wanted, prepare
from whimbrel.startup.readiness import Startup

pytestmark = pytest.mark.only("mysql", "mariadb", "sqlite")

COLUMNS = (
    "set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, "
    "execution_time, min_app, success"
)
VIEW = f"CREATE VIEW {{table}} AS SELECT {', '.join(f'kept.{name}' for name in COLUMNS.split(', '))}, 'x' AS name FROM kept"
KEPT = "CREATE TABLE kept (" + ", ".join(f"{name} VARCHAR(99)" for name in COLUMNS.split(", ")) + ")"
Verb = Callable[[str, str], Coroutine[Any, Any, object]]
VERBS: dict[str, Verb] = {
    "migrate": lambda url, folder: migrate(url, folder),
    "dry run": lambda url, folder: migrate(url, folder, dry_run=True),
    "info": lambda url, folder: info(url, folder),
    "validate": lambda url, folder: validate(url, folder),
    "repair": lambda url, folder: repair(url, folder),
    "resolve": lambda url, _: resolve(url, "ours", "1", 1, applied=True),
    "check": lambda url, folder: prepare(url, Startup(), wanted=Wanted([folder], "check", 1)),
}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return write_set(tmp_path / "sql" / "ours", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"})


def refused(url: str, folder: str, table: str, verbs: dict[str, Verb] = VERBS) -> None:
    for verb in verbs.values():
        with pytest.raises(ConfigurationError, match=rf"{table} cannot be trusted"):
            asyncio.run(verb(url, folder))


OURS = ["whimbrel_history", "whimbrel_identity", "whimbrel_journal", "whimbrel_lease", "whimbrel_model", "whimbrel_tenants"]


@pytest.mark.parametrize("table", OURS)
def test_a_view_named_like_a_whimbrel_table_is_refused(url: str, folder: str, table: str, database: str) -> None:
    run_sql(url, KEPT, VIEW.format(table=table))
    refused(url, folder, table)


def trigger(database: str, table: str) -> str:
    body = "BEGIN UPDATE kept SET script = 'x'; END" if database == "sqlite" else "UPDATE kept SET script = 'x'"
    each = "" if database == "sqlite" else "FOR EACH ROW "
    return f"CREATE TRIGGER spy BEFORE INSERT ON {table} {each}{body}"


@pytest.mark.parametrize("table", ["whimbrel_history", "whimbrel_journal", "whimbrel_model", "whimbrel_identity"])
def test_triggers_on_our_tables_are_refused_before_anything_is_written(url: str, folder: str, table: str, database: str) -> None:
    asyncio.run(migrate(url, folder))
    run_sql(url, KEPT, trigger(database, table))
    # With nothing pending, the only query reads the history's rows, which no trigger changes.
    assert asyncio.run(migrate(url, folder)).already == 1
    write_set(Path(folder), {"V2__b.sql": "CREATE TABLE b (id INTEGER);"})
    refused(url, folder, table)


def test_a_view_in_place_of_the_history_is_not_trusted(url: str, folder: str, database: str) -> None:
    """Even with nothing pending, a view with the history's rows is refused."""
    asyncio.run(migrate(url, folder))
    rename = "ALTER TABLE whimbrel_history RENAME TO kept"
    run_sql(url, rename, f"CREATE VIEW whimbrel_history AS SELECT {COLUMNS} FROM kept")
    refused(url, folder, "whimbrel_history")


@pytest.mark.parametrize("kind", ["view", "trigger"])
def test_a_foreign_table_of_tenants_is_refused(url: str, tmp_path: Path, kind: str, database: str) -> None:
    blueprint = write_set(tmp_path / "sql" / "tenant", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"})
    if kind == "view":
        run_sql(url, KEPT, VIEW.format(table="whimbrel_tenants"))
    else:
        run_sql(url, KEPT, "CREATE TABLE whimbrel_tenants (name VARCHAR(63))", trigger(database, "whimbrel_tenants"))
    verbs: dict[str, Verb] = {
        "add": lambda url, folder: onboard(url, "acme-attacked", folder),
        "sync": lambda url, folder: sync_tenants(url, folder),
    }
    refused(url, blueprint, "whimbrel_tenants", verbs)


@pytest.mark.only("sqlite")
def test_a_virtual_table_is_not_accepted_as_a_whimbrel_table(url: str, folder: str, database: str) -> None:
    run_sql(url, "CREATE VIRTUAL TABLE whimbrel_history USING fts5(set_name)")
    refused(url, folder, "whimbrel_history")


@pytest.mark.only("mysql", "mariadb")
def test_a_view_runs_no_function_with_the_migrating_users_privileges(url: str, folder: str, database: str) -> None:
    """A function in a view runs with the privileges of the user who reads the view."""
    body = "BEGIN INSERT INTO loot VALUES (1); RETURN 1; END"
    function = f"CREATE FUNCTION spied() RETURNS INT NOT DETERMINISTIC MODIFIES SQL DATA {body}"
    selected = "SELECT set_name, version, description, checksum, success FROM kept WHERE spied() = 1"
    view = f"CREATE SQL SECURITY INVOKER VIEW whimbrel_history AS {selected}"
    run_sql(url, KEPT, "INSERT INTO kept (set_name) VALUES ('ours')", "CREATE TABLE loot (id INT)", function, view)
    refused(url, folder, "whimbrel_history")

    async def count() -> int:
        async with DatabaseManager(url) as db_manager:
            found = int(await db_manager.fetch_value("SELECT COUNT(*) FROM loot"))
            await db_manager.fetch_all("SELECT * FROM whimbrel_history")
            assert await db_manager.fetch_value("SELECT COUNT(*) FROM loot") == found + 1
            return found

    assert asyncio.run(count()) == 0
