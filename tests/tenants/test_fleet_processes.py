"""Processes that share a fleet over several servers, each with its shard, as the pods of an indexed job have.

TENANTS=full runs 10,000 tenants on four servers of PostgreSQL.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest

from tests.conftest import run_sql
from tests.fleet import Fleet
from tests.patience import PATIENCE, wait_until
from tests.servers import running
from tests.warm import warm
from whimbrel import TenantState, onboard, tenant_status

pytestmark = pytest.mark.only("postgresql")
PROCESSES = 4
_COLUMNS = "(name, digest, versions, created_on, synced_on, last_error)"
_PLACED = "(name, digest, versions, created_on, synced_on, last_error, placement)"
_MEASURED = (
    "import sys; from pathlib import Path; from whimbrel.cli import main; code = main(sys.argv[1:]); "
    "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0]); sys.exit(code)"
)


@pytest.fixture
def others(full: bool, fresh: Callable[[], str]) -> Iterator[dict[str, str]]:
    """The further servers: three real ones in full, otherwise a database of the same one."""
    if not full:
        yield {"eu2": fresh()}
        return
    with ExitStack() as stack:
        yield {f"eu{number}": stack.enter_context(running("postgresql")).url for number in (2, 3, 4)}


def _rows(names: list[str], place: str = "") -> str:
    return ", ".join(f"('{name}', '', '{{}}', now(), NULL, ''{place})" for name in names)


def register(fleet: Fleet, others: dict[str, str], many: int, folder: str) -> dict[str, list[str]]:
    """Place tenants in turn on all servers, as calls of `onboard` leave them that die before the first migration."""
    servers = {"": fleet.url, **others}
    shares = {server: fleet.names(many)[number :: len(servers)] for number, server in enumerate(servers)}
    for server, names in shares.items():
        asyncio.run(onboard(fleet.url, names[0], folder, server=server, servers=others))
    for server, names in shares.items():
        for first in range(1, len(names), 200):
            some = names[first : first + 200]
            schemas = "".join(f"CREATE SCHEMA {name}; " for name in some)
            run_sql(servers[server], f"{schemas}INSERT INTO whimbrel_tenants {_COLUMNS} VALUES {_rows(some)}")
            if server:
                run_sql(fleet.url, f"INSERT INTO whimbrel_tenants {_PLACED} VALUES {_rows(some, f', {server!r}')}")
    return shares


def configure(folder: Path, others: dict[str, str]) -> None:
    addresses = "".join(f"{name} = '{url}'\n" for name, url in others.items())
    (folder / "pyproject.toml").write_text(f"[tool.whimbrel.servers]\n{addresses}")


def start(number: int, fleet: Fleet, folder: str, where: Path, *options: str, full: bool = False) -> subprocess.Popen[str]:
    arguments = ["tenants", "sync", "--url", fleet.url, "--sql", folder, "--json", "--concurrency", "2"]
    arguments += ["--shard", f"{number}/{PROCESSES}", *options]
    if not full:
        return warm("-m", "whimbrel", *arguments, cwd=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # A process that is forked has the memory of its parent.
    command = [sys.executable, "-c", _MEASURED, *arguments]
    return subprocess.Popen(command, text=True, cwd=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[str], seconds: float, *, full: bool) -> tuple[dict[str, list[str]], int]:
    """Return the document of a process and, in full, its memory in MiB."""
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == 0, out + err
    if not full:
        return json.loads(out), 0
    text, _, memory = out.rstrip().rpartition("\n")
    return json.loads(text), int(memory) // 1024


@pytest.mark.timeout(3_600)
def test_four_processes_share_the_servers_although_one_is_killed(
    fleet: Fleet, others: dict[str, str], full: bool, tmp_path: Path, figure: Callable[[str, object], None]
) -> None:
    many = 10_000 if full else 40
    folder, started = fleet.write(1), monotonic()
    shares = register(fleet, others, many, folder)
    figure(f"placing {many} tenants on {len(shares)} servers, seconds", round(monotonic() - started, 1))
    configure(tmp_path, others)

    def done() -> int:
        statuses = asyncio.run(tenant_status(fleet.url, folder, servers=others))
        return sum(one.state is TenantState.UP_TO_DATE for one in statuses)

    started = monotonic()
    processes = [start(number, fleet, folder, tmp_path, full=full) for number in range(PROCESSES)]
    wait_until(lambda: done() >= len(shares) + many // 20)
    killed = processes.pop()
    killed.kill()
    killed.communicate()
    answers = [finish(process, 3_000 if full else PATIENCE, full=full) for process in processes]
    seconds = monotonic() - started
    # No two processes did the same tenant, and the three that lived finished the share of the killed one.
    names = [name for report, _ in answers for name in report["done"]]
    assert len(names) == len(set(names))
    assert done() == many
    assert all(report["failed"] == report["behind"] == report["unreachable"] == [] for report, _ in answers)
    for server, share in shares.items():
        there = Fleet(others.get(server, fleet.url), fleet.database, fleet.folder, fleet.prefix)
        asyncio.run(there.judge(share[:: max(1, len(share) // 50)], 1))
    figure(f"{many} tenants by 4 processes with 2 connections to each server, one killed, seconds", round(seconds, 1))
    figure("each did, and its memory in MiB", [(len(report["done"]), memory) for report, memory in answers])
    started = monotonic()
    assert done() == many
    figure(f"the status of {many} tenants, seconds", round(monotonic() - started, 2))


def test_waves_hold_for_all_processes(fleet: Fleet, others: dict[str, str], tmp_path: Path) -> None:
    folder = fleet.write(1)
    shares = register(fleet, others, 12, folder)
    configure(tmp_path, others)
    for server, share in shares.items():
        for name in share[1:]:
            run_sql(others.get(server, fleet.url), f"CREATE TABLE {name}.counter (id INTEGER)")
    processes = [start(number, fleet, folder, tmp_path, "--wave", "1,100%", "--accept-existing") for number in range(2)]
    for process in processes:
        process.communicate(timeout=PATIENCE)
    assert [process.returncode for process in processes] == [1, 1]
    statuses = asyncio.run(tenant_status(fleet.url, folder, servers=others))
    # Both begin with the same tenant; one of them tries it, and the other one sees that it failed.
    assert [one.state for one in statuses].count(TenantState.FAILED) == 1
