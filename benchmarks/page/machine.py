"""The machine, the programs and the servers of a run, as the page shows them."""

import asyncio
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.databases import homes
from benchmarks.floors import connect
from benchmarks.peers.entrants import admitted
from benchmarks.sizes import QUICK

_DRIVERS = ("asyncpg", "aiomysql", "PyMySQL", "aiosqlite")
_GIB = 2**30


def describe() -> dict[str, str]:
    """Return names and values; starts each server once, and installs the peers."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return {
        "date": f"{datetime.now(UTC):%-d %B %Y, %H:%M} UTC",
        "machine": f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}",
        "load at the start": load(),
        "Whimbrel": f"{version('whimbrel')}, on Python {platform.python_version()}",
        "drivers": ", ".join(f"{name} {version(name)}" for name in _DRIVERS),
        "servers": ", ".join(f"{home.database} {asyncio.run(_release(home.address or 'sqlite:///'))}" for home in homes()),
        "peers": "; ".join(admitted().versions[1:]),
    }


def load() -> str:
    """Return the mean number of processes that ran or wanted to, in the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def warnings() -> list[str]:
    """Return the reasons why the figures of a run that begins now are to be trusted less."""
    found = []
    if QUICK:
        found.append("The sizes are small (`--quick`): this run shows that the benchmarks work, and little else.")
    if os.getloadavg()[0] > (os.cpu_count() or 1) / 2:
        found.append("The machine was busy with other work at the start: seconds, and ratios of short works, say little.")
    return found


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.processor() or platform.machine())


async def _release(url: str) -> str:
    sqlite = url.startswith("sqlite")
    bare = await connect("sqlite:///:memory:" if sqlite else url)
    try:
        rows = await bare.rows("SELECT sqlite_version()" if sqlite else "SELECT version()")
    finally:
        await bare.close()
    words = str(rows[0][0]).split()
    # PostgreSQL answers with its name, its version and its compiler.
    return words[1] if words[0] == "PostgreSQL" else words[0]
