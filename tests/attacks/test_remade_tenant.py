"""PostgreSQL: a tenant's schema that another role has recreated is refused, together with its history."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks import planted
from tests.attacks.test_place import user
from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import ConfigurationError, TenantState, migrate, onboard, sync_tenants, tenant_manager, tenant_status

pytestmark = pytest.mark.only("postgresql")


@pytest.fixture
def blueprint(tmp_path: Path) -> str:
    return write_set(tmp_path / "sql" / "tenant", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"})


@pytest.fixture
def app(url: str) -> Iterator[str]:
    name = url.rpartition("/")[2]
    grants = ("GRANT CREATE ON SCHEMA public TO {role}", f"GRANT CREATE ON DATABASE {name} TO {{role}}")
    with planted.role(url, "app", *grants) as role:
        yield planted.as_role(url, role)


@pytest.fixture
def mallory(url: str) -> Iterator[str]:
    with planted.role(url, "mallory", f"GRANT CREATE ON DATABASE {url.rpartition('/')[2]} TO {{role}}") as role:
        yield planted.as_role(url, role)


def remake(url: str, mallory: str, blueprint: str, *, history: bool) -> None:
    """Let mallory recreate the dropped schema, with a history that says that everything is applied."""
    run_sql(url, "DROP SCHEMA acme CASCADE")
    run_sql(mallory, "CREATE SCHEMA acme")
    if history:
        asyncio.run(migrate(mallory, blueprint, schema="acme"))
    run_sql(mallory, "GRANT ALL ON SCHEMA acme TO PUBLIC", "GRANT ALL ON ALL TABLES IN SCHEMA acme TO PUBLIC")


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize("superuser", [True, False])
def test_a_schema_that_a_stranger_has_made_anew_is_not_the_tenants(
    url: str, app: str, mallory: str, blueprint: str, history: bool, superuser: bool, database: str
) -> None:
    address = url if superuser else app
    for name in ("acme", "zeta"):
        asyncio.run(onboard(address, name, blueprint))
    remake(url, mallory, blueprint, history=history)
    write_set(Path(blueprint), {"V2__u.sql": "CREATE TABLE u (id INTEGER);"})
    if history:
        asyncio.run(migrate(mallory, blueprint, schema="acme"))
    for verify in (False, True):
        report = asyncio.run(sync_tenants(address, blueprint, verify=verify))
        assert [one.name for one in report.failed] == ["acme"]
        assert "does not trust" in report.failed[0].error
    states = {one.name: one for one in asyncio.run(tenant_status(address, blueprint))}
    assert (states["acme"].state, states["zeta"].state) == (TenantState.FAILED, TenantState.UP_TO_DATE)
    # The report does not present the stranger's history as the tenant's.
    assert states["acme"].versions == {}
    with pytest.raises(ConfigurationError, match=r"does not trust(.|\n)*next: "):
        asyncio.run(onboard(address, "acme", blueprint))
    run_sql(url, "DROP SCHEMA acme CASCADE")
    assert len(asyncio.run(onboard(address, "acme", blueprint)).applied) == 2


def test_whoever_may_write_to_the_table_of_tenants_may_make_their_schemas(
    url: str, app: str, blueprint: str, database: str
) -> None:
    asyncio.run(onboard(url, "acme", blueprint))
    tables = "whimbrel_history, whimbrel_journal, whimbrel_tenants"
    run_sql(url, f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {user(app)}")
    asyncio.run(onboard(app, "zeta", blueprint))
    write_set(Path(blueprint), {"V2__u.sql": "CREATE TABLE u (id INTEGER);"})
    assert asyncio.run(sync_tenants(url, blueprint)).done == ("acme", "zeta")


def test_a_schema_of_another_role_is_taken_over_when_it_is_asked_for(
    url: str, app: str, mallory: str, blueprint: str, database: str
) -> None:
    asyncio.run(onboard(app, "zeta", blueprint))
    run_sql(mallory, "CREATE SCHEMA acme", "GRANT ALL ON SCHEMA acme TO PUBLIC")
    with pytest.raises(ConfigurationError, match="belongs to no tenant"):
        asyncio.run(onboard(app, "acme", blueprint))
    asyncio.run(onboard(app, "acme", blueprint, adopt=True))
    write_set(Path(blueprint), {"V2__u.sql": "CREATE TABLE u (id INTEGER);"})
    assert asyncio.run(sync_tenants(app, blueprint)).done == ("acme", "zeta")


@pytest.mark.parametrize("history", [True, False])
def test_a_tenants_pool_does_not_connect_to_a_strangers_schema(
    url: str, app: str, mallory: str, blueprint: str, history: bool, database: str
) -> None:
    asyncio.run(onboard(app, "acme", blueprint))
    with planted.role(url, "reader") as name:
        reader = planted.as_role(url, name)
        # First the role cannot read the table of tenants, then it can.
        assert asyncio.run(count(app)) == 0
        for grant in (
            "GRANT USAGE ON SCHEMA acme TO {}",
            "GRANT SELECT ON acme.t TO {}",
            "GRANT SELECT ON whimbrel_tenants TO {}",
        ):
            run_sql(url, grant.format(name))
        assert asyncio.run(count(reader)) == 0
        remake(url, mallory, blueprint, history=history)
        for address in (app, reader):
            with pytest.raises(ConfigurationError, match=r"schema acme belongs to mallory(.|\n)*next: "):
                asyncio.run(count(address))


def test_a_tenants_pool_connects_without_a_table_of_tenants(url: str, mallory: str, blueprint: str, database: str) -> None:
    run_sql(mallory, "CREATE SCHEMA acme")
    asyncio.run(migrate(mallory, blueprint, schema="acme"))
    assert asyncio.run(count(url)) == 0


async def count(address: str) -> object:
    async with tenant_manager(address, "acme") as manager:
        return await manager.fetch_value("SELECT count(*) FROM t")
