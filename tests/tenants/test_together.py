"""Many processes that sync the same tenants share the work, and take over the tenants of a crashed process."""

import asyncio
import json
import signal
import subprocess
from collections.abc import Callable
from time import sleep

import pytest

from tests.files import ROOT, write_set
from tests.fleet import Fleet
from tests.patience import PATIENCE
from tests.warm import warm
from whimbrel import TenantState, onboard, sync_tenants, tenant_status

PROCESSES, KILLED = 8, 3


def start(url: str, folder: str) -> subprocess.Popen[str]:
    arguments = ["-m", "tests.faults.processes", "tenants", "sync", "--url", url, "--sql", folder, "--json"]
    arguments += ["--concurrency", "2"]
    return warm(*arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def let_go(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


async def add(fleet: Fleet, many: int) -> None:
    """Onboard all tenants at the first version, four at a time."""
    folder, names = fleet.write(1), iter(fleet.names(many))

    async def one_after_the_other() -> None:
        for name in names:
            await onboard(fleet.url, name, folder)

    await asyncio.gather(*(one_after_the_other() for _ in range(4)))


async def up_to_date(fleet: Fleet, folder: str) -> int:
    return sum(one.state is TenantState.UP_TO_DATE for one in await tenant_status(fleet.url, folder))


def kill_when_some_are_done(fleet: Fleet, folder: str, victims: list[subprocess.Popen[str]], many: int) -> None:
    """Kill the processes one after the other, while there is work for all."""
    for number, victim in enumerate(victims, start=1):
        while asyncio.run(up_to_date(fleet, folder)) < many * number // 10:
            sleep(0.01)
        victim.kill()


@pytest.mark.timeout(3_600)
def test_eight_processes_share_the_work_although_three_are_killed(
    fleet: Fleet, many: int, figure: Callable[[str, object], None]
) -> None:
    asyncio.run(add(fleet, many))
    folder = fleet.write(5)
    processes = [start(fleet.url, folder) for _ in range(PROCESSES)]
    let_go(processes)
    kill_when_some_are_done(fleet, folder, processes[:KILLED], many)
    answers = [process.communicate(timeout=3_000)[0] for process in processes]
    assert [process.returncode for process in processes[KILLED:]] == [0] * (PROCESSES - KILLED), answers
    reports = [json.loads(answer) for answer in answers[KILLED:]]
    assert [(report["failed"], report["behind"], report["skipped"]) for report in reports] == [([], [], [])] * len(reports)
    # One of them sees that the last tenant is done, whichever process did it; no further sync is needed.
    assert asyncio.run(up_to_date(fleet, folder)) == many
    assert asyncio.run(sync_tenants(fleet.url, folder)).migrations == 0
    asyncio.run(fleet.judge(fleet.names(many), 5))
    figure("brought up by the five that lived", sorted(len(report["done"]) for report in reports))


def test_eight_processes_share_the_work(fleet: Fleet) -> None:
    asyncio.run(add(fleet, 20))
    folder = fleet.write(5)
    processes = [start(fleet.url, folder) for _ in range(PROCESSES)]
    let_go(processes)
    answers = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES, answers
    assert sum(json.loads(answer)["migrations"] for answer in answers) == 20 * 4
    asyncio.run(fleet.judge(fleet.names(20), 5))


@pytest.mark.only("postgresql", "mysql", "mariadb")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sync_exits_with_130_and_the_next_one_continues(
    fleet: Fleet, database: str, number: signal.Signals
) -> None:
    asyncio.run(add(fleet, 8))
    slow = "SELECT pg_sleep(4);" if database == "postgresql" else "DO SLEEP(4);"
    folder = write_set(fleet.folder / "sql" / "tenant", {"V6__slow.sql": slow})
    process = start(fleet.url, folder)
    let_go([process])
    while not asyncio.run(up_to_date(fleet, folder)):
        sleep(0.01)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert 0 < asyncio.run(up_to_date(fleet, folder)) < 8
    report = asyncio.run(sync_tenants(fleet.url, folder, concurrency=8, lock_wait=PATIENCE))
    assert (report.exit_code, len(report.done) > 0, len(report.done) + report.up_to_date) == (0, True, 8)
