"""PostgreSQL: the history stays in its schema, whichever schemas are created and whichever search_path is set."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from application.tenants import check_free
from database import initialize_database
from tests.attacks import planted
from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import ConfigurationError, DatabaseManager, MigrationsPending, RuleViolated, info, migrate, onboard, repair, resolve
from whimbrel.startup.modes import Wanted, prepare
from whimbrel.startup.readiness import Startup
from whimbrel.tenants import tenants_listed

pytestmark = pytest.mark.only("postgresql")

FILES = {"V1__a.sql": "CREATE TABLE a (id INTEGER);", "V2__b.sql": "CREATE TABLE b (id INTEGER);"}
CREATES = ("GRANT CREATE ON SCHEMA public TO {role}", "GRANT ALL ON DATABASE {name} TO {{role}}")


@pytest.fixture
def app(url: str) -> Iterator[str]:
    """Yield the address of an application's own role, which may create schemas, and tables in `public`."""
    grants = (CREATES[0], CREATES[1].format(name=url.rpartition("/")[2]))
    with planted.role(url, "app", *grants) as name:
        yield planted.as_role(url, name)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return write_set(tmp_path / "sql" / "ours", FILES)


def user(address: str) -> str:
    return address.partition("//")[2].partition("@")[0]


def test_no_tenant_has_the_name_of_a_role_or_of_a_schema_in_a_search_path(
    url: str, app: str, tmp_path: Path, database: str
) -> None:
    blueprint = write_set(tmp_path / "sql" / "tenant", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"})
    name = url.rpartition("/")[2]
    run_sql(url, f'ALTER DATABASE {name} SET search_path TO public, "Later", soon')
    with planted.role(url, "chief", login="NOLOGIN") as chief:
        asyncio.run(initialize_database(app))
        for tenant in (user(app), "postgres", chief, "later", "soon"):
            for adopt in (False, True):
                with pytest.raises(ConfigurationError, match="cannot be a tenant"):
                    asyncio.run(onboard(app, tenant, blueprint, adopt=adopt))
    assert asyncio.run(tenants_listed(app)) == []
    asyncio.run(onboard(app, "acme", blueprint))


@pytest.mark.asyncio
async def test_no_organization_gets_the_name_of_a_role_or_schema(app: str, database: str) -> None:
    async with DatabaseManager(app) as db_manager:
        for tenant in (user(app), "postgres", "public"):
            with pytest.raises(RuleViolated):
                await check_free(db_manager, tenant)
        await check_free(db_manager, "acme")


def test_a_file_that_creates_the_schema_named_like_the_role_is_applied_once(app: str, folder: str, database: str) -> None:
    write_set(
        Path(folder), {"V3__s.sql": f"CREATE SCHEMA IF NOT EXISTS {user(app)};\nCREATE TABLE {user(app)}.own (id INTEGER);"}
    )
    assert len(asyncio.run(migrate(app, folder)).applied) == 3
    assert asyncio.run(migrate(app, folder)).already == 3


def test_a_schema_named_like_the_role_does_not_hide_the_history(
    app: str, folder: str, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(asyncio.run(migrate(app, folder)).applied) == 2
    run_sql(app, f"CREATE SCHEMA {user(app)}")
    for _ in range(2):
        report = asyncio.run(migrate(app, folder))
        assert (report.applied, report.already) == ((), 2)
    assert "the history of these migrations is in schema public" in caplog.text
    assert f'ALTER ROLE "{user(app)}" SET search_path' in caplog.text
    for mode in ("migrate", "check", "wait"):
        asyncio.run(prepare(app, Startup(), wanted=Wanted([folder], mode, 1)))
    assert [str(one.state) for one in asyncio.run(info(app, folder))] == ["success"] * 2
    assert asyncio.run(repair(app, folder)) == []
    write_set(Path(folder), {"V3__c.sql": "CREATE TABLE c (id INTEGER);"})
    assert len(asyncio.run(migrate(app, folder)).applied) == 1

    async def made() -> object:
        async with DatabaseManager(app) as db_manager:
            return await db_manager.fetch_value("SELECT to_regclass('public.c') IS NOT NULL")

    assert asyncio.run(made()) is True


@pytest.mark.parametrize("setting", ["ALTER ROLE {app}", "ALTER ROLE {app} IN DATABASE {name}", "ALTER DATABASE {name}"])
def test_a_search_path_without_the_historys_schema_does_not_hide_the_history(
    url: str, app: str, folder: str, setting: str, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(asyncio.run(migrate(app, folder)).applied) == 2
    changed = setting.format(app=user(app), name=url.rpartition("/")[2])
    run_sql(url, f"CREATE SCHEMA own AUTHORIZATION {user(app)}", f"{changed} SET search_path TO own")
    lines: list[str] = []
    report = asyncio.run(migrate(app, folder, progress=lines.append))
    assert (report.applied, report.already) == ((), 2)
    assert any("in schema public" in line for line in lines)
    assert [record.levelno for record in caplog.records if "in schema public" in record.message] == [logging.WARNING]
    assert len(asyncio.run(migrate(app, folder, schema="own")).applied) == 2
    assert asyncio.run(migrate(app, folder)).already == 2


def test_a_history_of_other_files_elsewhere_is_ignored(url: str, app: str, folder: str, tmp_path: Path, database: str) -> None:
    other = write_set(tmp_path / "other" / "ours", {"V1__x.sql": "CREATE TABLE x (id INTEGER);"})
    run_sql(url, f"CREATE SCHEMA theirs AUTHORIZATION {user(app)}")
    asyncio.run(migrate(app, other, schema="theirs"))
    assert len(asyncio.run(migrate(app, folder)).applied) == 2


def test_two_histories_elsewhere_are_named(url: str, app: str, folder: str, database: str) -> None:
    for name in ("one", "two"):
        run_sql(url, f"CREATE SCHEMA {name} AUTHORIZATION {user(app)}")
        asyncio.run(migrate(app, folder, schema=name))
    with pytest.raises(ConfigurationError, match=r"more than one schema(.|\n)*one, two(.|\n)*--schema"):
        asyncio.run(migrate(app, folder))
    assert len(asyncio.run(migrate(app, folder, schema="public")).applied) == 2
    assert asyncio.run(migrate(app, folder)).already == 2


def test_another_roles_history_elsewhere_is_reported_with_both_next_steps(url: str, app: str, folder: str, database: str) -> None:
    run_sql(url, "CREATE SCHEMA theirs")
    asyncio.run(migrate(url, folder, schema="theirs"))
    run_sql(url, f"GRANT USAGE ON SCHEMA theirs TO {user(app)}")
    run_sql(url, f"GRANT SELECT ON ALL TABLES IN SCHEMA theirs TO {user(app)}")
    for verb in (migrate(app, folder), info(app, folder), repair(app, folder)):
        with pytest.raises(
            ConfigurationError, match=r"--schema theirs to continue there, or with --schema public to start a new"
        ):
            asyncio.run(verb)
    assert len(asyncio.run(migrate(app, folder, schema="public")).applied) == 2


def test_tenants_histories_are_their_own(app: str, tmp_path: Path, database: str) -> None:
    blueprint = write_set(tmp_path / "sql" / "tenant" / "ours", FILES)
    asyncio.run(onboard(app, "acme", blueprint))
    ours = write_set(tmp_path / "plain" / "ours", FILES)
    assert len(asyncio.run(migrate(app, ours)).applied) == 2


def test_the_table_of_tenants_is_found_again(url: str, app: str, tmp_path: Path, database: str) -> None:
    blueprint = write_set(tmp_path / "sql" / "tenant", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"})
    asyncio.run(onboard(app, "acme", blueprint))
    run_sql(url, f"CREATE SCHEMA {user(app)} AUTHORIZATION {user(app)}")
    assert [one.name for one in asyncio.run(tenants_listed(app))] == ["acme"]
    run_sql(url, f"CREATE SCHEMA own AUTHORIZATION {user(app)}", f"ALTER ROLE {user(app)} SET search_path TO own")
    assert [one.name for one in asyncio.run(tenants_listed(app))] == ["acme"]
    assert asyncio.run(onboard(app, "acme", blueprint)).already == 1
    assert asyncio.run(onboard(app, "zeta", blueprint)).applied
    assert [one.name for one in asyncio.run(tenants_listed(app))] == ["acme", "zeta"]


def test_resolve_finds_the_journal_where_the_history_is(url: str, app: str, tmp_path: Path, database: str) -> None:
    broken = write_set(tmp_path / "sql" / "half", {"V1__a.sql": "-- whimbrel: transaction=off\nCREATE TABLE a (id INTEGER);"})
    asyncio.run(migrate(app, broken))
    run_sql(
        app,
        "INSERT INTO whimbrel_journal (set_name, version, first_statement, last_statement, state, kind, digest, catalog_before, "
        "shown, started_on) VALUES ('half', '1', 1, 1, 'intent', 'CREATE', '', '', '', now())",
    )
    run_sql(url, f"CREATE SCHEMA own AUTHORIZATION {user(app)}", f"ALTER ROLE {user(app)} SET search_path TO own")
    asyncio.run(resolve(app, "half", "1", 1, applied=True))


def test_no_history_is_begun_in_a_strangers_schema_named_like_the_role(url: str, app: str, folder: str, database: str) -> None:
    with planted.role(url, "stranger") as stranger:
        run_sql(url, f"CREATE SCHEMA {user(app)} AUTHORIZATION {stranger}")
        run_sql(url, f"GRANT ALL ON SCHEMA {user(app)} TO {user(app)}")
        with pytest.raises(ConfigurationError, match=r'first in the search_path by "\$user"'):
            asyncio.run(migrate(app, folder))
        assert len(asyncio.run(migrate(app, folder, schema="public")).applied) == 2
        assert asyncio.run(migrate(app, folder)).already == 2


def test_a_strangers_history_in_the_schema_named_like_the_role_is_ignored(url: str, app: str, folder: str, database: str) -> None:
    asyncio.run(migrate(app, folder))
    with planted.role(url, "stranger", f"GRANT CREATE ON DATABASE {url.rpartition('/')[2]} TO {{role}}") as stranger:
        address = planted.as_role(url, stranger)
        schema, number = user(app), 3
        run_sql(address, f"CREATE SCHEMA {schema}", f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC")
        asyncio.run(migrate(address, folder, schema=schema))
        run_sql(address, f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO PUBLIC")
        for grant in ("GRANT CREATE ON SCHEMA {} TO PUBLIC", "REVOKE CREATE ON SCHEMA {} FROM PUBLIC"):
            run_sql(address, grant.format(schema))
            write_set(Path(folder), {f"V{number}__c.sql": f"CREATE TABLE c{number} (id INTEGER);"})
            # The stranger's history says that nothing is pending.
            asyncio.run(migrate(address, folder, schema=schema))
            with pytest.raises(MigrationsPending):
                asyncio.run(prepare(app, Startup(), wanted=Wanted([folder], "check", 1)))
            assert len(asyncio.run(migrate(app, folder)).applied) == 1
            number += 1
        assert asyncio.run(migrate(app, folder)).already == 4


def test_a_strangers_history_in_the_schema_named_like_the_role_is_never_trusted(
    url: str, app: str, folder: str, database: str
) -> None:
    """Nothing is applied yet, but the history says that everything is."""
    with planted.role(url, "stranger", f"GRANT CREATE ON DATABASE {url.rpartition('/')[2]} TO {{role}}") as stranger:
        address, schema = planted.as_role(url, stranger), user(app)
        run_sql(address, f"CREATE SCHEMA {schema}", f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC")
        asyncio.run(migrate(address, folder, schema=schema))
        run_sql(address, f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO PUBLIC")
        for mode in ("migrate", "check", "wait"):
            with pytest.raises(ConfigurationError, match="does not trust"):
                asyncio.run(prepare(app, Startup(), wanted=Wanted([folder], mode, 1)))
