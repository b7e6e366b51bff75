"""A thousand tenants, some of them broken: time with nothing to do, and memory."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from time import monotonic

import pytest

from tests.files import ROOT
from tests.fleet import Fleet
from whimbrel import TenantState, onboard, sync_tenants, tenant_status
from whimbrel.dialects.tenancy import find_tenancy
from whimbrel.session.connect import open_session
from whimbrel.tenants.registry import Registry
from whimbrel.url import parse_url

Figure = Callable[[str, object], None]

# Runs one command and prints, as its last line, its maximum memory in KiB. getrusage would include the parent's memory at the
# fork.
_MEASURED = (
    "import sys; from pathlib import Path; from whimbrel.cli import main; code = main(sys.argv[1:]); "
    "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0]); sys.exit(code)"
)


def sync(fleet: Fleet, folder: str) -> tuple[int, dict[str, object], float, float]:
    """Run `whimbrel tenants sync`; return its exit code, its document, and its seconds and MiB."""
    command = [sys.executable, "-c", _MEASURED, "tenants", "sync", "--url", fleet.url, "--sql", folder, "--json"]
    started = monotonic()
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    seconds = monotonic() - started
    text, _, memory = done.stdout.rstrip().rpartition("\n")
    return done.returncode, json.loads(text), seconds, int(memory) / 1024


async def add(fleet: Fleet, many: int, folder: str) -> None:
    names = iter(fleet.names(many))

    async def one_after_the_other() -> None:
        for name in names:
            await onboard(fleet.url, name, folder)

    await asyncio.gather(*(one_after_the_other() for _ in range(4)))


@pytest.mark.timeout(3_600)
def test_with_three_broken_tenants_all_others_are_upgraded(fleet: Fleet, many: int, figure: Figure) -> None:
    started = monotonic()
    asyncio.run(add(fleet, many, fleet.write(2)))
    figure(f"onboarding {many} tenants with 2 migrations, seconds", round(monotonic() - started, 1))
    folder, broken = fleet.write(5), [fleet.name(number) for number in (1, many // 2, many - 1)]
    for name in broken:
        asyncio.run(fleet.run(name, "CREATE TABLE {schema}.made (id INTEGER)"))

    code, report, seconds, memory = sync(fleet, folder)
    figure(f"syncing {many} tenants, 3 migrations each, seconds and MiB", (round(seconds, 1), round(memory)))
    assert isinstance(report["done"], list)
    assert isinstance(report["failed"], list)
    assert (code, [one["name"] for one in report["failed"]], len(report["done"])) == (1, broken, many - 3)
    others = [name for name in fleet.names(many) if name not in broken]
    asyncio.run(fleet.judge(others, 5))
    failed = [one.name for one in asyncio.run(tenant_status(fleet.url, folder)) if one.state is TenantState.FAILED]
    assert failed == broken
    assert memory < 150

    for name in broken:
        asyncio.run(fleet.run(name, "DROP TABLE {schema}.made"))
    code, report, seconds, _ = sync(fleet, folder)
    assert (code, report["done"], report["up_to_date"]) == (0, broken, many - 3)
    asyncio.run(fleet.judge(broken, 5))

    code, report, seconds, memory = sync(fleet, folder)
    figure(f"a sync of {many} tenants with nothing to do, seconds and MiB", (round(seconds, 2), round(memory)))
    assert (code, report["done"], report["up_to_date"]) == (0, [], many)
    assert memory < 150
    assert isinstance(report["seconds"], float)
    assert report["seconds"] < 2


@pytest.mark.only("postgresql")
@pytest.mark.timeout(3_600)
def test_ten_thousand_tenants_with_nothing_to_do(fleet: Fleet, database: str, full: bool, figure: Figure) -> None:
    many = 10_000 if full else 100
    folder = fleet.write(1)

    async def register() -> None:
        """The state after as many calls of `onboard` that all crashed before the first migration; the sync does the rest."""
        url = parse_url(fleet.url)
        await onboard(url, fleet.name(0), folder)
        async with open_session(url) as control:
            tenancy = find_tenancy(url)
            for name in fleet.names(many)[1:]:
                await Registry(control, tenancy, url).add(name)
                await tenancy.create(control.connection, url, name)

    asyncio.run(register())
    code, report, seconds, memory = sync(fleet, folder)
    figure(f"syncing {many} tenants, 1 migration each, seconds and MiB", (round(seconds, 1), round(memory)))
    assert (code, report["migrations"], memory < 150) == (0, many - 1, True)
    code, report, seconds, memory = sync(fleet, folder)
    figure(f"a sync of {many} tenants with nothing to do, seconds and MiB", (round(seconds, 2), round(memory)))
    assert (code, report["up_to_date"], memory < 150) == (0, many, True)
    assert isinstance(report["seconds"], float)
    assert report["seconds"] < 5
    assert asyncio.run(sync_tenants(fleet.url, folder)).done == ()
