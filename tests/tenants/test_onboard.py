"""A new tenant: row, schema and migrations in one step, despite crashes and simultaneous calls."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.files import write_set
from tests.fleet import Fleet
from whimbrel import (
    ConfigurationError,
    DatabaseManager,
    MigrationFailed,
    TenantState,
    ValidationFailed,
    baseline,
    detect_baseline,
    migrate,
    onboard,
    sync_tenants,
    tenant_status,
)
from whimbrel.dialects.tenancy import find_tenancy
from whimbrel.session.connect import open_session
from whimbrel.tenants.registry import Registry
from whimbrel.tenants.upgrade import Work
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio


class Died(BaseException):
    """An exception that no code handles, like the end of the process."""


@pytest.fixture(params=["once the schema is made", "before the first migration"])
def killed(request: pytest.FixtureRequest, fleet: Fleet) -> Callable[[str, str], Awaitable[None]]:
    """Return a function that onboards a tenant and crashes at the given point."""
    tenancy = type(find_tenancy(parse_url(fleet.url)))
    create = tenancy.create

    async def create_and_die(*arguments: Any) -> None:
        await create(*arguments)
        raise Died

    async def die(*_: object, **__: object) -> None:
        raise Died

    async def onboard_and_die(name: str, folder: str) -> None:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
            if request.param == "once the schema is made":
                patch.setattr(tenancy, "create", create_and_die)
            else:
                patch.setattr(Work, "bring_up", die)
            await onboard(fleet.url, name, folder)

    return onboard_and_die


async def test_one_call_creates_a_tenant_and_a_second_one_finds_nothing_to_do(fleet: Fleet) -> None:
    folder, name = fleet.write(5), fleet.name(1)
    assert len((await onboard(fleet.url, name, folder)).applied) == 5
    await fleet.judge([name], 5)
    assert (await onboard(fleet.url, name, folder)).applied == ()
    (status,) = await tenant_status(fleet.url, folder)
    assert (status.name, status.state, status.versions, status.lacks) == (name, TenantState.UP_TO_DATE, {"tenant": "5"}, ())


async def test_a_manager_works_as_a_target_like_an_address(fleet: Fleet) -> None:
    folder, name = fleet.write(1), fleet.name(1)
    async with DatabaseManager(fleet.url) as db_manager:
        assert len((await onboard(db_manager, name, folder)).applied) == 1
        assert (await sync_tenants(db_manager, folder)).up_to_date == 1
        assert [one.name for one in await tenant_status(db_manager, folder)] == [name]


async def test_eight_processes_that_add_the_same_tenant_at_once_create_it_once(fleet: Fleet) -> None:
    folder, name = fleet.write(5), fleet.name(1)
    reports = await asyncio.gather(*(onboard(fleet.url, name, folder) for _ in range(8)))
    assert sum(len(report.applied) for report in reports) == 5
    await fleet.judge([name], 5)


@pytest.mark.usefixtures("slow_reader")
async def test_three_processes_that_all_found_no_tenant_create_it_once_and_keep_its_row(fleet: Fleet) -> None:
    folder, name = fleet.write(3), fleet.name(1)
    reports = await asyncio.gather(*(onboard(fleet.url, name, folder) for _ in range(3)))
    assert sum(len(report.applied) for report in reports) == 3
    assert [(one.name, one.state) for one in await tenant_status(fleet.url, folder)] == [(name, TenantState.UP_TO_DATE)]
    await fleet.judge([name], 3)


async def test_eight_processes_add_eight_tenants_at_once_without_conflicts(fleet: Fleet) -> None:
    folder = fleet.write(2)
    await asyncio.gather(*(onboard(fleet.url, name, folder) for name in fleet.names(8)))
    await fleet.judge(fleet.names(8), 2)
    assert [one.name for one in await tenant_status(fleet.url, folder)] == fleet.names(8)


async def test_a_schema_of_no_tenant_is_refused_unless_it_is_adopted(fleet: Fleet) -> None:
    folder, name = fleet.write(2), fleet.name(1)
    async with open_session(fleet.url) as control:
        await find_tenancy(parse_url(fleet.url)).create(control.connection, parse_url(fleet.url), name)
    await fleet.run(name, "CREATE TABLE {schema}.precious (id INTEGER)")
    with pytest.raises(ConfigurationError, match=f"schema {name} exists already, and it belongs to no tenant"):
        await onboard(fleet.url, name, folder)
    assert await tenant_status(fleet.url, folder) == []
    await onboard(fleet.url, name, folder, adopt=True)
    await fleet.judge([name], 2)
    await fleet.run(name, "SELECT id FROM {schema}.precious")


async def test_the_control_schema_cannot_be_a_tenant(fleet: Fleet, database: str) -> None:
    folder = fleet.write(1)
    own = parse_url(fleet.url).database if database in ("mysql", "mariadb") else {"postgresql": "public"}.get(database, "main")
    with pytest.raises(ConfigurationError, match="cannot be a tenant"):
        await onboard(fleet.url, own, folder, adopt=True)


async def test_a_row_without_a_schema_is_reported_and_repaired(fleet: Fleet) -> None:
    folder = fleet.write(3)
    await onboard(fleet.url, fleet.name(1), folder)
    async with open_session(fleet.url) as control:
        await Registry(control, find_tenancy(parse_url(fleet.url)), parse_url(fleet.url)).add(fleet.name(2))
    assert [one.state for one in await tenant_status(fleet.url, folder)] == [TenantState.UP_TO_DATE, TenantState.MISSING]
    report = await sync_tenants(fleet.url, folder)
    assert (report.skipped, report.up_to_date, report.exit_code) == ((fleet.name(2),), 1, 0)
    assert fleet.name(2) not in await fleet.schemas()
    await onboard(fleet.url, fleet.name(2), folder)
    await fleet.judge(fleet.names(3)[1:], 3)


async def test_the_next_call_completes_a_tenant_whose_creation_crashed(
    fleet: Fleet, killed: Callable[[str, str], Awaitable[None]]
) -> None:
    folder, name = fleet.write(3), fleet.name(1)
    await killed(name, folder)
    assert len((await onboard(fleet.url, name, folder)).applied) == 3
    assert [one.state for one in await tenant_status(fleet.url, folder)] == [TenantState.UP_TO_DATE]
    await fleet.judge([name], 3)


async def test_a_recreated_schema_does_not_count_as_up_to_date(
    fleet: Fleet, killed: Callable[[str, str], Awaitable[None]]
) -> None:
    folder, name = fleet.write(3), fleet.name(1)
    await onboard(fleet.url, name, folder)
    await fleet.drop([name])
    await killed(name, folder)
    # If the schema was rolled back with the row, the row still describes the dropped schema, which is harmless.
    (status,) = await tenant_status(fleet.url, folder)
    assert status.state is (TenantState.BEHIND if name in await fleet.schemas() else TenantState.MISSING)
    assert status.versions == {} or status.state is TenantState.MISSING
    await sync_tenants(fleet.url, folder)
    assert len((await onboard(fleet.url, name, folder)).applied) == (3 if status.state is TenantState.MISSING else 0)
    await fleet.judge([name], 3)


async def test_migrations_applied_before_a_failure_stay_and_the_next_call_continues(fleet: Fleet) -> None:
    fleet.write(5)
    folder = write_set(fleet.folder / "sql" / "tenant", {"V4__m.sql": "SELEC 1;"})
    with pytest.raises(MigrationFailed):
        await onboard(fleet.url, fleet.name(1), folder)
    (status,) = await tenant_status(fleet.url, folder)
    assert (status.state, status.versions, status.lacks) == (TenantState.FAILED, {"tenant": "3"}, ("tenant 4", "tenant 5"))
    assert "V4__m.sql:1:1: statement 1 of 1 (SELEC) failed" in status.last_error
    assert [len((await onboard(fleet.url, fleet.name(1), fleet.write(5))).applied)] == [2]
    await fleet.judge([fleet.name(1)], 5)
    assert [one.last_error for one in await tenant_status(fleet.url, folder)] == [""]


async def test_no_tenant_uses_the_history_of_the_control_schema(fleet: Fleet, database: str) -> None:
    """The control schema's tables and history of the same set do not make a tenant up to date."""
    folder, own = fleet.write(5), {"postgresql": "public", "sqlite": "main"}.get(database, parse_url(fleet.url).database)
    assert len((await migrate(fleet.url, folder, schema=own)).applied) == 5
    assert len((await onboard(fleet.url, fleet.name(1), folder)).applied) == 5
    await fleet.judge([fleet.name(1)], 5)


async def test_invalid_files_create_no_tenant(fleet: Fleet) -> None:
    folder = write_set(fleet.folder / "sql" / "tenant", {"V1__a.sql": "SELECT 1;", "V2__b.sql": "SELECT 1;\nCOMMIT;"})
    with pytest.raises(Exception, match=r"V2__b\.sql:2:1: COMMIT"):
        await onboard(fleet.url, fleet.name(1), folder)
    assert fleet.name(1) not in await fleet.schemas()
    assert await tenant_status(fleet.url, folder) == []


async def test_a_database_in_memory_has_no_tenants(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "tenant", {"V1__a.sql": "SELECT 1;"})
    with pytest.raises(ConfigurationError, match="in memory has no tenants"):
        await onboard("sqlite://", "acme", folder)


async def test_a_schema_that_holds_what_the_blueprints_touch_is_not_adopted_until_that_is_accepted(fleet: Fleet) -> None:
    folder, name = fleet.write(3), fleet.name(1)
    async with open_session(fleet.url) as control:
        await find_tenancy(parse_url(fleet.url)).create(control.connection, parse_url(fleet.url), name)
    await fleet.run(name, "CREATE TABLE {schema}.counter (precious INTEGER)")
    with pytest.raises(ValidationFailed, match="table counter exists already"):
        await onboard(fleet.url, name, folder, adopt=True)
    assert await tenant_status(fleet.url, folder) == []
    await fleet.run(name, "SELECT precious FROM {schema}.counter")
    write_set(Path(folder), {"V1__m.sql": "CREATE TABLE IF NOT EXISTS counter (precious INTEGER);", "V2__m.sql": "SELECT 1;"})
    write_set(Path(folder), {"V3__m.sql": "INSERT INTO counter VALUES (1);"})
    with pytest.raises(ValidationFailed, match="INSERT: table counter exists already"):
        await onboard(fleet.url, name, folder, adopt=True)
    assert len((await onboard(fleet.url, name, folder, adopt=True, accept_existing=True)).applied) == 3


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_schema_that_has_everything_is_recorded_and_then_taken_over(fleet: Fleet) -> None:
    folder, name = fleet.write(5), fleet.name(0)
    async with open_session(fleet.url) as control:
        await control.connection.run(f"CREATE SCHEMA {name}")
    await fleet.run(name, "CREATE TABLE {schema}.counter (version INTEGER PRIMARY KEY, n INTEGER NOT NULL, more INTEGER)")
    await fleet.run(name, "CREATE TABLE {schema}.made (id INTEGER PRIMARY KEY)")
    detected = await detect_baseline(fleet.url, folder, schema=name)
    assert (detected.version, detected.unknown) == ("5", ("V2__m.sql", "V4__m.sql"))
    await baseline(fleet.url, folder, version="5", schema=name)
    assert (await onboard(fleet.url, name, folder, adopt=True)).applied == ()
    assert [one.state for one in await tenant_status(fleet.url, folder)] == [TenantState.UP_TO_DATE]
