"""A fresh apply of many small migrations, against one round trip a file and one a statement."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from benchmarks import floors, workloads
from benchmarks.clock import Turn, at_best, medians, samples, timed
from benchmarks.databases import Home, homes
from benchmarks.sizes import COUNTS, PAGE, ROUNDS
from benchmarks.tables import Goal, Table, told
from whimbrel import migrate

WANTED = {"postgresql": 1.25, "sqlite": 1.25, "mysql": 1.6, "mariadb": 1.6}
Row = list[str | float | None]


def tables() -> Iterator[Table]:
    """Measure on each database, with each number of files."""
    rows: list[Row] = []
    goals: list[Goal] = []
    for home in homes(disk=not PAGE):
        asyncio.run(_measure(home, rows, goals))
    yield Table(
        f"Fresh apply of small migrations, median of up to {ROUNDS}",
        "Seconds of `migrate()` on an empty database. 'by file' is the floor: the bare driver (on SQLite Python's own module)\n"
        "sends each file in one message, its statements and a row of a history, on one connection; where DDL can be rolled\n"
        "back, BEGIN and COMMIT are in it. 'by statement' sends each statement, BEGIN, the row and COMMIT in its own message.\n"
        "Nothing waits for the disk, except where it says durable. 'at best' compares the fastest of each with 'by file'.",
        ("database", "files", "Whimbrel", "by file", "by statement", "x by file", "wanted", "at best", "x by statement"),
        rows,
        goals,
    )


async def _measure(home: Home, rows: list[Row], goals: list[Goal]) -> None:
    for count in COUNTS:
        folder = workloads.small(home.folder / str(count) / "small", count)
        seconds = await samples(_turns(home, folder), ROUNDS)
        took, best = medians(seconds), at_best(seconds, "ours", "file")
        ours, file, statement = took["ours"], took["file"], took.get("statement")
        compared = [ours / file, WANTED[home.database], best, ours / statement if statement else None]
        rows.append(told([home.label, count, ours, file, statement, *compared]))
        if count > 1:
            what = f"fresh, {count:,} files: the call, x one message a file"
            goals.append(Goal(what, home.label, WANTED[home.database], ours / file))


def _turns(home: Home, folder: Path) -> dict[str, Turn]:
    async def ours() -> float:
        async with home.empty() as url:
            return await timed(migrate(url, str(folder)))

    async def file() -> float:
        async with home.empty() as url:
            return await timed(floors.apply_files(url, folder))

    async def statement() -> float:
        async with home.empty() as url:
            return await timed(floors.apply_statements(url, folder))

    compared: dict[str, Turn] = {"ours": ours, "file": file}
    # On the page, the time is better spent on another round.
    return compared if PAGE else {**compared, "statement": statement}
