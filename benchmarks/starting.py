"""The cost of Whimbrel's presence: its import, its command, their memory."""

import asyncio
import json
import shutil
import sys
import sysconfig
from collections.abc import Iterator

from benchmarks.clock import Turn, interleaved, run_process, timed_process
from benchmarks.sizes import MANY_ROUNDS
from benchmarks.tables import Table

DRIVERS = ("aiomysql", "aiosqlite", "asyncpg", "pymysql", "sqlite3")
# Its report at its end: the number of modules, the drivers among them, and its peak memory, in MiB. The figure of
# getrusage would include what the parent had when it forked.
_TELL = (
    "; import sys, json; from pathlib import Path; "
    f"print(json.dumps([len(sys.modules), sorted(set(sys.modules) & set({DRIVERS!r})), "
    "int(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0]) / 1024]))"
)
_WORK = {"nothing": "pass", "import whimbrel": "import whimbrel", "import whimbrel.cli": "import whimbrel.cli"}


def tables() -> Iterator[Table]:
    """Measure the time, then the loaded modules and the memory."""
    took = asyncio.run(interleaved(_turns(), MANY_ROUNDS))
    nothing = took["nothing"]
    wanted = {"import whimbrel": ("more", 60.0), "whimbrel --version": ("whole", 120.0)}
    rows: list[list[str | float | None]] = []
    for name, seconds in took.items():
        what, limit = wanted.get(name, ("-", None))
        rows.append([name, seconds * 1_000, (seconds - nothing) * 1_000, seconds / nothing, limit, what])
    yield Table(
        f"Starting, median of {MANY_ROUNDS} processes",
        "Milliseconds of a whole process; 'more' is what it takes beyond the floor, `python -c pass`. 'of' says which of the\n"
        "two the wanted figure is about.",
        ("process", "whole", "more", "x floor", "wanted", "of"),
        rows,
    )
    yield Table(
        "What is loaded then",
        "MiB is the most memory that the process has had. Wanted: no driver.",
        ("process", "modules", "MiB", "drivers"),
        [_loaded(name, code) for name, code in _WORK.items()],
    )


def _turns() -> dict[str, Turn]:
    def process(command: list[str]) -> Turn:
        async def turn() -> float:
            return timed_process(command)

        return turn

    commands = {name: [sys.executable, "-c", code] for name, code in _WORK.items()}
    commands["whimbrel --version"] = [*_whimbrel(), "--version"]
    return {name: process(command) for name, command in commands.items()}


def _whimbrel() -> list[str]:
    """Return the installed command, or the module where none is."""
    script = shutil.which("whimbrel", path=sysconfig.get_path("scripts"))
    return [script] if script else [sys.executable, "-m", "whimbrel"]


def _loaded(name: str, code: str) -> list[str | float | None]:
    modules, drivers, memory = json.loads(run_process([sys.executable, "-c", code + _TELL]))
    return [name, modules, memory, ", ".join(drivers) or "none"]
