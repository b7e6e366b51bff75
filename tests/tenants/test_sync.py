"""A sync upgrades every tenant that is behind; a problem with one tenant does not stop the others."""

import asyncio
import random
from threading import Thread

import pytest

from tests.files import write_set
from tests.fleet import Fleet, add
from tests.patience import PATIENCE, until
from whimbrel import ConfigurationError, DatabaseManager, TenantState, ValidationFailed, onboard, sync_tenants, tenant_status
from whimbrel.session.connect import open_session
from whimbrel.tenants import Progress
from whimbrel.tenants.course import FleetCourse

pytestmark = pytest.mark.asyncio


async def run(fleet: Fleet, sql: str) -> None:
    async with DatabaseManager(fleet.url) as db_manager:
        await db_manager.execute(sql)


async def test_a_sync_upgrades_every_tenant_that_is_behind(fleet: Fleet) -> None:
    await add(fleet, 6, 2)
    folder = fleet.write(5)
    statuses = await tenant_status(fleet.url, folder)
    assert [(one.state, one.lacks) for one in statuses] == [(TenantState.BEHIND, ("tenant 3", "tenant 4", "tenant 5"))] * 6
    report = await sync_tenants(fleet.url, folder)
    assert (report.done, report.migrations, report.exit_code) == (tuple(fleet.names(6)), 18, 0)
    await fleet.judge(fleet.names(6), 5)
    again = await sync_tenants(fleet.url, folder)
    assert (again.done, again.up_to_date, again.exit_code) == ((), 6, 0)


async def test_a_sync_notes_where_it_is(fleet: Fleet) -> None:
    await add(fleet, 3, 1)
    course, lines = FleetCourse(), list[str]()
    report = await sync_tenants(
        fleet.url, fleet.write(2), course=course, concurrency=1, progress=lambda _: lines.append(course.line())
    )
    assert len(report.done) == 3
    assert lines == ["1 of 3 tenants, 0 at work", "2 of 3 tenants, 0 at work", "3 of 3 tenants, 0 at work"]


async def test_a_sync_with_nothing_to_do_reads_one_table_once_and_touches_no_tenant(fleet: Fleet, database: str) -> None:
    folder = await add(fleet, 4, 1)
    for name in fleet.names(4):
        await fleet.run(name, "DROP TABLE {schema}.whimbrel_history")
    scans = "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'whimbrel_tenants'"
    async with DatabaseManager(fleet.url) as db_manager:
        counted = await db_manager.fetch_value(scans) if database == "postgresql" else 0
        assert (await sync_tenants(fleet.url, folder)).up_to_date == 4
        if database == "postgresql":
            # Another session's counts arrive when it ends: https://www.postgresql.org/docs/current/monitoring-stats.html
            async with asyncio.timeout(PATIENCE):
                while (now := await db_manager.fetch_value(scans)) == counted:
                    await asyncio.sleep(0.1)
            assert now - counted == 1
    for name in fleet.names(4):
        with pytest.raises(Exception, match="whimbrel_history"):
            await fleet.run(name, "SELECT * FROM {schema}.whimbrel_history")


async def test_a_failing_tenant_stops_no_other_and_the_next_sync_touches_only_it(fleet: Fleet) -> None:
    await add(fleet, 6, 3)
    folder, broken = fleet.write(5), fleet.name(2)
    await fleet.run(broken, "CREATE TABLE {schema}.made (id INTEGER)")
    told: list[Progress] = []
    report = await sync_tenants(fleet.url, folder, progress=told.append)
    others = [name for name in fleet.names(6) if name != broken]
    assert (report.exit_code, list(report.done), [one.name for one in report.failed]) == (1, others, [broken])
    assert "V5__m.sql:1:14: statement 1 of 2 (CREATE TABLE) failed: " in report.failed[0].error
    assert broken in str(report)
    assert (told[-1].done, told[-1].total, told[-1].failed) == (6, 6, 1)
    await fleet.judge(others, 5)
    (status,) = [one for one in await tenant_status(fleet.url, folder) if one.state is not TenantState.UP_TO_DATE]
    assert (status.name, status.state, status.lacks) == (broken, TenantState.FAILED, ("tenant 5",))

    before = {one.name: one.synced_on for one in await tenant_status(fleet.url, folder)}
    await fleet.run(broken, "DROP TABLE {schema}.made")
    again = await sync_tenants(fleet.url, folder)
    assert (again.exit_code, again.done, again.up_to_date) == (0, (broken,), 5)
    await fleet.judge(fleet.names(6), 5)
    after = {one.name: one.synced_on for one in await tenant_status(fleet.url, folder)}
    assert [name for name in before if before[name] != after[name]] == [broken]


async def test_a_failing_canary_leaves_all_other_tenants_untouched(fleet: Fleet) -> None:
    await add(fleet, 4, 4)
    folder, canary = fleet.write(5), fleet.name(3)
    await fleet.run(canary, "CREATE TABLE {schema}.made (id INTEGER)")
    report = await sync_tenants(fleet.url, folder, canary=canary)
    assert ([one.name for one in report.failed], list(report.behind), report.done) == ([canary], fleet.names(3), ())
    assert report.exit_code == 1
    await fleet.judge(fleet.names(3), 4)
    await fleet.run(canary, "DROP TABLE {schema}.made")
    assert (await sync_tenants(fleet.url, folder, canary=canary)).done == tuple(fleet.names(4))
    with pytest.raises(ConfigurationError, match="no such tenant: nobody"):
        await sync_tenants(fleet.url, folder, canary="nobody")


async def test_only_the_named_tenants_are_upgraded(fleet: Fleet) -> None:
    await add(fleet, 4, 1)
    report = await sync_tenants(fleet.url, fleet.write(2), only=[fleet.name(1)])
    assert (report.done, report.up_to_date, report.behind) == ((fleet.name(1),), 0, ())
    await fleet.judge([fleet.name(1)], 2)
    await fleet.judge([fleet.name(2)], 1)


async def test_a_dropped_schema_is_skipped_and_named(fleet: Fleet) -> None:
    await add(fleet, 4, 1)
    await fleet.drop([fleet.name(0)])
    report = await sync_tenants(fleet.url, fleet.write(2))
    assert (report.skipped, report.done, report.exit_code) == ((fleet.name(0),), tuple(fleet.names(4)[1:]), 0)
    assert fleet.name(0) not in await fleet.schemas()


async def test_a_tenant_dropped_before_its_turn_is_skipped_without_a_failure(fleet: Fleet) -> None:
    await add(fleet, 5, 1)
    dropped: list[str] = []

    async def drop_another() -> None:
        waiting = [one.name for one in await tenant_status(fleet.url, folder) if one.state is TenantState.BEHIND]
        await fleet.drop(waiting[:1])
        dropped.extend(waiting[:1])

    def first(progress: Progress) -> None:
        if not dropped:
            # This runs in another thread, so that the sync pauses meanwhile.
            thread = Thread(target=asyncio.run, args=(drop_another(),))
            thread.start()
            thread.join()

    folder = fleet.write(5)
    report = await sync_tenants(fleet.url, folder, concurrency=1, progress=first)
    left = [name for name in fleet.names(5) if name not in dropped]
    assert (report.failed, list(report.skipped), list(report.done), report.exit_code) == ((), dropped, left, 0)
    assert len(dropped) == 1
    await fleet.judge(left, 5)


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_lock_held_by_another_process_delays_no_other_tenant(fleet: Fleet, database: str) -> None:
    await add(fleet, 6, 1)
    folder, held = fleet.write(2), fleet.name(3)
    async with open_session(fleet.url) as control, fleet.inside(control, held) as holder:
        async with holder.locked(1):
            sync = asyncio.create_task(sync_tenants(fleet.url, folder, concurrency=1, lock_wait=PATIENCE))

            async def only_one_is_behind() -> bool:
                behind = [one.name for one in await tenant_status(fleet.url, folder) if one.state is TenantState.BEHIND]
                return behind == [held]

            await until(only_one_is_behind)
        assert (await sync).done == tuple(fleet.names(6))


async def test_a_row_that_wrongly_says_behind_is_corrected(fleet: Fleet) -> None:
    folder = await add(fleet, 2, 2)
    await run(fleet, "UPDATE whimbrel_tenants SET digest = '', versions = '{}'")
    report = await sync_tenants(fleet.url, folder)
    assert (report.done, report.up_to_date) == ((), 2)
    assert {one.state for one in await tenant_status(fleet.url, folder)} == {TenantState.UP_TO_DATE}
    await fleet.judge(fleet.names(2), 2)


async def test_verify_finds_a_restored_backup_by_each_tenants_history(fleet: Fleet) -> None:
    folder = await add(fleet, 2, 5)
    await fleet.run(fleet.name(1), "DELETE FROM {schema}.whimbrel_history WHERE version = '5'")
    await fleet.run(fleet.name(1), "DROP TABLE {schema}.made")
    await fleet.run(fleet.name(1), "DELETE FROM {schema}.counter WHERE version = 5")
    assert (await sync_tenants(fleet.url, folder)).done == ()
    assert (await sync_tenants(fleet.url, folder, verify=True)).done == (fleet.name(1),)
    await fleet.judge(fleet.names(2), 5)


async def test_an_older_build_does_not_set_back_the_table_of_tenants(fleet: Fleet) -> None:
    await add(fleet, 2, 2)
    assert len((await sync_tenants(fleet.url, fleet.write(3))).done) == 2
    (fleet.folder / "sql" / "tenant" / "V3__m.sql").unlink()
    report = await sync_tenants(fleet.url, fleet.write(2))
    assert (report.done, report.exit_code) == ((), 0)
    assert {one.state for one in await tenant_status(fleet.url, fleet.write(3))} == {TenantState.UP_TO_DATE}


async def test_an_edited_file_fails_every_tenant_and_runs_in_none(fleet: Fleet) -> None:
    await add(fleet, 2, 1)
    folder = write_set(fleet.folder / "sql" / "tenant", {"V1__m.sql": "CREATE TABLE other (id INTEGER);"})
    report = await sync_tenants(fleet.url, folder)
    assert (report.exit_code, [one.exit_code for one in report.failed]) == (1, [3, 3])
    assert "was edited after it was applied" in report.failed[0].error


async def test_invalid_files_stop_the_sync_before_the_first_tenant(fleet: Fleet) -> None:
    await add(fleet, 2, 1)
    folder = write_set(fleet.folder / "sql" / "tenant", {"V2__b.sql": "SELECT 1;\nCOMMIT;"})
    with pytest.raises(ValidationFailed, match=r"V2__b\.sql:2:1"):
        await sync_tenants(fleet.url, folder)
    assert {one.last_error for one in await tenant_status(fleet.url, folder)} == {""}


async def test_a_tenant_locked_by_another_session_is_retried_later(fleet: Fleet) -> None:
    await add(fleet, 3, 1)
    folder, held = fleet.write(2), fleet.name(1)
    others = (fleet.name(0), fleet.name(2))
    async with open_session(fleet.url) as control, fleet.inside(control, held) as holder:
        async with holder.locked(1), holder.transaction():
            report = await sync_tenants(fleet.url, folder, lock_wait=1)
        assert (report.done, report.behind, report.exit_code) == (others, (held,), 5)
        assert (await sync_tenants(fleet.url, folder)).done == (held,)


async def test_tenants_come_and_go_during_twenty_syncs(fleet: Fleet) -> None:
    chance, names = random.Random(7), iter(fleet.names(10_000))
    folder, alive = fleet.write(1), set[str]()
    for _ in range(6):
        alive.add(name := next(names))
        await onboard(fleet.url, name, folder)

    async def come_and_go() -> None:
        for _ in range(2):
            alive.add(name := next(names))
            await onboard(fleet.url, name, folder)
            gone = chance.choice(sorted(alive))
            alive.discard(gone)
            await fleet.drop([gone])

    for round_ in range(20):
        folder = fleet.write(min(1 + round_ // 4, 5))
        report, _ = await asyncio.gather(sync_tenants(fleet.url, folder, lock_wait=PATIENCE), come_and_go())
        assert report.failed == ()
    assert (await sync_tenants(fleet.url, folder)).exit_code == 0
    assert {one.name for one in await tenant_status(fleet.url, folder) if one.state is TenantState.UP_TO_DATE} == alive
    await fleet.judge(sorted(alive), 5)


@pytest.mark.only("mysql", "mariadb")
async def test_a_table_without_transactions_is_noticed_in_a_schema_whose_neighbour_has_none(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = "CREATE TABLE orders (id INTEGER);\nCREATE TABLE log (id INTEGER PRIMARY KEY);"
    folder = write_set(fleet.folder / "sql" / "tenant", {"V1__m.sql": made})
    first, second = fleet.names(2)
    for name in (first, second):
        await onboard(fleet.url, name, folder)
    await fleet.run(second, "ALTER TABLE {schema}.orders ENGINE=MyISAM")
    await fleet.run(second, "INSERT INTO {schema}.log VALUES (1)")
    write_set(fleet.folder / "sql" / "tenant", {"V2__m.sql": "INSERT INTO orders VALUES (1);\nINSERT INTO log VALUES (1);"})
    # The tenants run in a fixed order, on one connection.
    monkeypatch.setattr(random, "shuffle", list.sort)
    report = await sync_tenants(fleet.url, folder, concurrency=1)
    assert report.done == (first,)
    assert "table orders uses an engine without transactions" in report.failed[0].error
    async with open_session(fleet.url) as control, fleet.inside(control, second) as tenant:
        count = "SELECT count(*) FROM {}.orders"
        assert await tenant.connection.fetch_value(count.format(tenant.dialect.quote(tenant.schema))) == 0


@pytest.mark.parametrize("kept", [True, False])
async def test_a_squashed_file_is_applied_to_new_tenants_and_recorded_on_old_ones(fleet: Fleet, kept: bool) -> None:
    await add(fleet, 2, 3)
    folder = fleet.write(4)
    for number in [] if kept else (1, 2, 3):
        (fleet.folder / "sql" / "tenant" / f"V{number}__m.sql").unlink()
    write_set(
        fleet.folder / "sql" / "tenant",
        {
            "V3.1__squashed.sql": "-- whimbrel: replaces=1-3\n"
            "CREATE TABLE counter (version INTEGER PRIMARY KEY, n INTEGER NOT NULL, more INTEGER);\n"
            "INSERT INTO counter VALUES (1, 1, NULL);\nINSERT INTO counter VALUES (2, 1, NULL);\n"
            "INSERT INTO counter VALUES (3, 0, 0);"
        },
    )
    await onboard(fleet.url, fleet.name(2), folder)
    assert [one.state for one in await tenant_status(fleet.url, folder)].count(TenantState.UP_TO_DATE) == 1
    report = await sync_tenants(fleet.url, folder)
    assert (report.done, report.exit_code) == (tuple(fleet.names(2)), 0)
    async with open_session(fleet.url) as control:
        for name in fleet.names(3):
            async with fleet.inside(control, name) as tenant:
                schema = tenant.dialect.quote(tenant.schema)
                rows = await tenant.connection.fetch_all(f"SELECT version, n FROM {schema}.counter")
                assert {row["version"]: row["n"] for row in rows} == {1: 2, 2: 2, 3: 1, 4: 0}
    assert {one.state for one in await tenant_status(fleet.url, folder)} == {TenantState.UP_TO_DATE}
    assert (await sync_tenants(fleet.url, folder)).up_to_date == 3
