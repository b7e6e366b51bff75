"""A fleet over several servers. On PostgreSQL two databases of one server count as two, on SQLite two folders."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from tests.fleet import Fleet
from whimbrel import ConfigurationError, DatabaseManager, TenantState, onboard, sync_tenants, tenant_manager, tenant_status
from whimbrel.cli import main
from whimbrel.tenants import tenants_listed

pytestmark = pytest.mark.only("postgresql", "sqlite")
NOWHERE = {"postgresql": "postgresql://127.0.0.1:1/nowhere", "sqlite": "sqlite:////nowhere/a.db"}


@pytest.fixture
def others(fresh: Callable[[], str]) -> dict[str, str]:
    return {"eu2": fresh()}


@pytest.fixture
def further(fleet: Fleet, others: dict[str, str]) -> Fleet:
    """The same fleet, seen on the further server."""
    return replace(fleet, url=others["eu2"])


def place(fleet: Fleet, others: dict[str, str], many: int) -> str:
    """Add tenants at the first version, each second one on the further server, and return the folder."""
    folder = fleet.write(1)

    async def add() -> None:
        for number, name in enumerate(fleet.names(many)):
            await onboard(fleet.url, name, folder, server="eu2" if number % 2 else "", servers=others)

    asyncio.run(add())
    return folder


def states(fleet: Fleet, folder: str, others: dict[str, str]) -> list[tuple[str, str]]:
    return [(str(one.state), one.server) for one in asyncio.run(tenant_status(fleet.url, folder, servers=others))]


def test_tenants_are_placed_synced_and_reported_on_their_servers(
    fleet: Fleet, further: Fleet, others: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EU2_URL", others["eu2"])
    (tmp_path / "pyproject.toml").write_text("[tool.whimbrel.servers]\neu2 = '${EU2_URL}'\n")
    common = ("--url", fleet.url, "--sql", fleet.write(1))
    for number, name in enumerate(fleet.names(4)):
        for _ in range(2):
            # The call is safe to repeat.
            assert main(["tenants", "add", name, *common, *(["--server", "eu2"] if number % 2 else [])]) == 0
    folder = fleet.write(3)
    assert main(["tenants", "status", *common, "--check"]) == 4
    assert main(["tenants", "sync", *common, "--concurrency", "1", "--shard", "0/2"]) == 0
    assert "4 done (8 migrations), 0 already up to date" in capsys.readouterr().out
    assert main(["tenants", "list", "--url", fleet.url]) == 0
    listed = capsys.readouterr().out
    assert ["eu2" in line for line in listed.splitlines() if fleet.prefix in line] == [False, True] * 2
    asyncio.run(fleet.judge(fleet.names(4)[::2], 3))
    asyncio.run(further.judge(fleet.names(4)[1::2], 3))
    assert states(fleet, folder, others) == [("up to date", ""), ("up to date", "eu2")] * 2
    # The further server is complete by itself, and no address is stored.
    assert states(further, folder, {}) == [("up to date", "")] * 2
    assert asyncio.run(sync_tenants(fleet.url, folder, servers=others)).up_to_date == 4
    stored = asyncio.run(tenants_listed(fleet.url))
    assert {one.server for one in stored} == {"", "eu2"}


def test_a_tenant_has_one_place(fleet: Fleet, others: dict[str, str], fresh: Callable[[], str], database: str) -> None:
    folder, name = place(fleet, others, 2), fleet.name(1)
    two = {**others, "eu3": NOWHERE[database]}
    for server, message in (("", "is placed on server eu2\n"), ("eu3", "reached|opened"), ("eu9", "there is no server eu9")):
        with pytest.raises(Exception, match=message):
            asyncio.run(onboard(fleet.url, name, folder, server=server, servers=two))
    with pytest.raises(ConfigurationError, match="is placed on the server of the registry, not on server eu2"):
        asyncio.run(onboard(fleet.url, fleet.name(0), folder, server="eu2", servers=others))
    # An unreachable server leaves no row behind.
    with pytest.raises(Exception, match=r"reached|opened"):
        asyncio.run(onboard(fleet.url, fleet.name(5), folder, server="eu3", servers=two))
    with pytest.raises(ConfigurationError, match=f"{name} is placed on server eu2, but there is no server eu2"):
        asyncio.run(sync_tenants(fleet.url, folder))
    assert states(fleet, folder, others) == [("up to date", ""), ("up to date", "eu2")]


def test_a_refused_tenant_leaves_no_row(fleet: Fleet, further: Fleet, others: dict[str, str], database: str) -> None:
    folder, name = place(fleet, others, 2), fleet.name(3)
    if database == "sqlite":
        (Path(f"{others['eu2'].removeprefix('sqlite:///')}.tenants") / f"{name}.db").touch()
    else:
        run_sql(others["eu2"], f"CREATE SCHEMA {name}")
    with pytest.raises(ConfigurationError, match="exists already, and it belongs to no tenant"):
        asyncio.run(onboard(fleet.url, name, folder, server="eu2", servers=others))
    assert len(asyncio.run(tenants_listed(fleet.url))) == 2
    asyncio.run(onboard(fleet.url, name, folder, server="eu2", servers=others, adopt=True))
    assert states(fleet, folder, others)[-1] == ("up to date", "eu2")


def test_a_tenant_that_is_dropped_or_forgotten_on_its_server_is_skipped_until_it_is_added_again(
    fleet: Fleet, further: Fleet, others: dict[str, str]
) -> None:
    place(fleet, others, 4)
    folder, dropped, forgotten = fleet.write(2), fleet.name(1), fleet.name(3)
    asyncio.run(further.drop([dropped, forgotten]))
    run_sql(others["eu2"], f"DELETE FROM whimbrel_tenants WHERE name = '{forgotten}'")
    report = asyncio.run(sync_tenants(fleet.url, folder, servers=others))
    assert (report.skipped, len(report.done), report.exit_code) == ((dropped, forgotten), 2, 0)
    for name in (dropped, forgotten):
        asyncio.run(onboard(fleet.url, name, folder, server="eu2", servers=others))
    assert [state for state, _ in states(fleet, folder, others)] == ["up to date"] * 4


def test_an_unreachable_server_stops_no_other_unless_there_are_waves(
    fleet: Fleet, others: dict[str, str], database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place(fleet, others, 4)
    folder, lost = fleet.write(2), {"eu2": NOWHERE[database]}
    report = asyncio.run(sync_tenants(fleet.url, folder, servers=lost, wave="1,100%"))
    assert (report.done, len(report.behind), report.exit_code) == ((), 2, 7)
    report = asyncio.run(sync_tenants(fleet.url, folder, servers=lost))
    assert (list(report.done), report.exit_code) == (fleet.names(4)[::2], 7)
    (told,) = report.unreachable
    assert (told.server, list(told.tenants), told.exit_code) == ("eu2", fleet.names(4)[1::2], 7)
    assert all(f"unreachable {name}: it is on server eu2" in str(report) for name in told.tenants)
    assert states(fleet, folder, lost) == [("up to date", ""), ("unreachable", "eu2")] * 2
    assert list(asyncio.run(sync_tenants(fleet.url, folder, servers=others)).done) == fleet.names(4)[1::2]


def test_waves_stop_at_the_first_failure_and_the_next_sync_goes_on(fleet: Fleet, further: Fleet, others: dict[str, str]) -> None:
    place(fleet, others, 8)
    folder, canary = fleet.write(2), fleet.name(7)
    report = asyncio.run(sync_tenants(fleet.url, folder, servers=others, canary=canary, only=[canary]))
    assert list(report.done) == [canary]
    folder = fleet.write(5)
    for name in fleet.names(7):
        asyncio.run((further if fleet.names(8).index(name) % 2 else fleet).run(name, "CREATE TABLE {schema}.made (id INTEGER)"))
    report = asyncio.run(sync_tenants(fleet.url, folder, servers=others, canary=canary, wave="1,100%", concurrency=1))
    assert (list(report.done), len(report.failed), len(report.behind), report.exit_code) == ([canary], 1, 6, 1)
    for name in fleet.names(7):
        asyncio.run((further if fleet.names(8).index(name) % 2 else fleet).run(name, "DROP TABLE {schema}.made"))
    report = asyncio.run(sync_tenants(fleet.url, folder, servers=others, wave="1,3,100%"))
    assert (len(report.done), report.up_to_date, report.exit_code) == (7, 1, 0)
    asyncio.run(fleet.judge(fleet.names(8)[::2], 5))
    asyncio.run(further.judge(fleet.names(8)[1::2], 5))


def test_what_a_server_has_beside_the_registry_is_named(
    fleet: Fleet, further: Fleet, others: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    folder = place(fleet, others, 2)
    for name in (fleet.name(0), fleet.name(5)):
        asyncio.run(onboard(others["eu2"], name, folder))
    asyncio.run(sync_tenants(fleet.url, folder, servers=others))
    assert f"the registry places elsewhere: {fleet.name(0)};" in caplog.text
    assert f"the registry does not know: {fleet.name(5)}; next:" in caplog.text
    asyncio.run(onboard(fleet.url, fleet.name(5), folder, server="eu2", servers=others))
    assert states(fleet, folder, others)[-1] == ("up to date", "eu2")


def test_a_table_of_an_earlier_release_keeps_its_form_until_a_tenant_is_placed_elsewhere(
    fleet: Fleet, others: dict[str, str]
) -> None:
    folder = place(fleet, {}, 1)

    async def columns() -> set[str]:
        async with DatabaseManager(fleet.url) as db_manager:
            return set((await db_manager.fetch_all("SELECT * FROM whimbrel_tenants"))[0])

    before = asyncio.run(columns())
    assert before == {"name", "digest", "versions", "created_on", "synced_on", "last_error"}
    asyncio.run(onboard(fleet.url, fleet.name(1), folder, server="eu2", servers=others))
    assert asyncio.run(columns()) - before == {"placement"}
    assert states(fleet, folder, others) == [("up to date", ""), ("up to date", "eu2")]


def test_the_registry_under_another_address_is_found_out(fleet: Fleet, database: str, tmp_path: Path) -> None:
    folder = place(fleet, {}, 1)
    if database == "sqlite":
        (tmp_path / "link.db").hardlink_to(tmp_path / "test.db")
    alias = f"sqlite:///{tmp_path / 'link.db'}" if database == "sqlite" else fleet.url.replace("127.0.0.1", "127.0.0.2")
    if database == "postgresql":
        alias = f"{fleet.url}?host={_sockets(fleet.url)}"
    with pytest.raises(ConfigurationError, match="it is a registry itself: that of this run, under another address"):
        asyncio.run(onboard(fleet.url, fleet.name(1), folder, server="eu1", servers={"eu1": alias}))
    assert [one.name for one in asyncio.run(tenants_listed(fleet.url))] == [fleet.name(0)]


def _sockets(url: str) -> str:
    async def read() -> str:
        async with DatabaseManager(url) as db_manager:
            return str(await db_manager.fetch_value("SHOW unix_socket_directories"))

    return asyncio.run(read())


@pytest.mark.only("sqlite")
def test_an_application_uses_the_address_of_the_tenants_server(fleet: Fleet, others: dict[str, str]) -> None:
    place(fleet, others, 2)

    async def count() -> object:
        async with tenant_manager(others["eu2"], fleet.name(1)) as db_manager:
            return await db_manager.fetch_value("SELECT count(*) AS n FROM counter")

    assert asyncio.run(count()) == 1


def test_a_file_that_is_refused_stops_a_fleet_before_its_first_tenant(fleet: Fleet, others: dict[str, str]) -> None:
    place(fleet, others, 2)
    folder = write_set(fleet.folder / "sql" / "tenant", {"V2__b.sql": "SELECT 1;\nCOMMIT;"})
    with pytest.raises(Exception, match=r"V2__b\.sql:2:1"):
        asyncio.run(sync_tenants(fleet.url, folder, servers=others))
    assert {one.state for one in asyncio.run(tenant_status(fleet.url, folder, servers=others))} == {TenantState.BEHIND}
