"""Files of many INSERTs, and of long literals: against the whole file sent at once, and against the database's own client."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from benchmarks import floors, workloads
from benchmarks.clients import client
from benchmarks.clock import Turn, at_best, medians, run_process, samples, timed, timed_process
from benchmarks.databases import Home, homes
from benchmarks.sizes import FULL, PAGE, ROUNDS
from benchmarks.tables import Goal, Table, told
from whimbrel import migrate

WANTED = 1.5
# Memory is flat if a file of 50 times the size takes no more than this many times as much.
FLAT = 1.25
Row = list[str | float | None]
Write = Callable[[Path], Path]
_LARGEST = "500,000 INSERTs"
FILES: dict[str, Write] = {
    "10,000 INSERTs": workloads.rows,
    "long literals": workloads.long_literals,
    **({_LARGEST: partial(workloads.rows, count=workloads.LARGE_ROWS)} if FULL else {}),
}
# Runs the command, and prints the peak memory of the process in MiB. The figure of getrusage would include the parent's memory
# at the fork.
_MEASURED = (
    "import sys; from pathlib import Path; from whimbrel.cli import main; code = main(sys.argv[1:]); "
    "print(int(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0]) / 1024); sys.exit(code)"
)


def tables() -> Iterator[Table]:
    """Measure time, then memory."""
    times: list[Row] = []
    memories: list[Row] = []
    for home in homes():
        asyncio.run(_measure(home, times, memories))
    yield Table(
        f"One large file, median of {ROUNDS}",
        "Seconds of `migrate()`; the table is there before. 'whole' is the floor: the bare driver (on SQLite Python's own\n"
        "module) connects and sends the file at once, in one transaction; to MariaDB in as few messages as it takes. 'by\n"
        "statement' sends each as a message of its own (not measured for the largest file). 'client' is psql, mysql, mariadb\n"
        "or sqlite3 with the file on its standard input, between BEGIN and COMMIT. 'us' are our microseconds a statement;\n"
        "'at best' compares the fastest of each with 'whole'.",
        (
            "database",
            "file",
            "MB",
            "Whimbrel",
            "whole",
            "by statement",
            "client",
            "x whole",
            "wanted",
            "at best",
            "x client",
            "us",
        ),
        times,
        [Goal(f"{row[1]}: the call, x the file sent whole", str(row[0]), WANTED, float(row[7] or 0)) for row in times],
    )
    yield Table(
        "Peak memory of `python -m whimbrel migrate`",
        "MiB. 'more' is what it takes beyond the same command with nothing to do.",
        ("database", "file", "MB", "peak", "nothing to do", "more"),
        memories,
        list(_flat(memories)),
    )


def _flat(memories: list[Row]) -> Iterator[Goal]:
    peaks = {(row[0], row[1]): float(row[3] or 0) for row in memories}
    for (database, name), peak in peaks.items():
        if name == _LARGEST:
            what = f"{name}: peak memory, x that of 10,000"
            yield Goal(what, str(database), FLAT, peak / peaks[database, "10,000 INSERTs"])


async def _measure(home: Home, times: list[Row], memories: list[Row]) -> None:
    for name, write in FILES.items():
        folder = write(home.folder / name / "large")
        file = max(folder.iterdir())
        size = file.stat().st_size / 1e6
        largest = size > 10
        seconds = await samples(_turns(home, folder, file, largest=largest), ROUNDS, warm=not largest)
        took = medians(seconds)
        ours, whole, by_client = took["ours"], took["whole"], took.get("client")
        compared = [ours / whole, WANTED, at_best(seconds, "ours", "whole"), ours / by_client if by_client else None]
        each = ours / file.read_bytes().count(b";\n") * 1e6
        times.append(told([home.label, name, size, ours, whole, took.get("statement"), by_client, *compared, each]))
        async with _prepared(home, folder) as url:
            peak, idle = _memory(url, folder), _memory(url, folder)
            memories.append([home.label, name, size, peak, idle, peak - idle])


@asynccontextmanager
async def _prepared(home: Home, folder: Path) -> AsyncIterator[str]:
    """A database with the file's table, and the history of that."""
    async with home.empty() as url:
        await migrate(url, str(folder), version="1")
        yield url


def _turns(home: Home, folder: Path, file: Path, *, largest: bool) -> dict[str, Turn]:
    async def ours() -> float:
        async with _prepared(home, folder) as url:
            return await timed(migrate(url, str(folder)))

    async def whole() -> float:
        async with _prepared(home, folder) as url:
            return await timed(floors.send_whole(url, file))

    async def statement() -> float:
        async with _prepared(home, folder) as url:
            return await timed(floors.send_statements(url, file))

    async def by_client() -> float:
        async with _prepared(home, folder) as url:
            return timed_process(client(url) or [], script)

    script = folder.parent / "script.sql"
    script.write_text(f"BEGIN;\n{file.read_text()}COMMIT;\n")
    turns: dict[str, Turn] = {"ours": ours, "whole": whole}
    if not largest and not PAGE:
        turns["statement"] = statement
    if client(home.address or "sqlite:///"):
        turns["client"] = by_client
    return turns


def _memory(url: str, folder: Path) -> float:
    told = run_process([sys.executable, "-c", _MEASURED, "migrate", "--url", url, "--sql", str(folder)])
    return float(told.split()[-1])
