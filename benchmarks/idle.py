"""A start with nothing to do: its duration, and the queries that the server gets."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import workloads
from benchmarks.clock import Turn, at_best, medians, samples, timed, timed_process
from benchmarks.databases import Home, homes
from benchmarks.floors import COLUMNS, nothing_to_do
from benchmarks.sizes import COUNTS, MANY_ROUNDS, ROUNDS
from benchmarks.tables import Goal, Table, told
from benchmarks.wire import Asked, counted
from whimbrel import migrate

WANTED = 1.2
Row = list[str | float | None]


def tables() -> Iterator[Table]:
    """Measure the call, then the whole process, and count."""
    calls: list[Row] = []
    processes: list[Row] = []
    questions: list[Row] = []
    for home in homes():
        asyncio.run(_measure(home, calls, processes, questions))
    asked = [Goal(f"nothing to do, {row[1]} applied: queries", str(row[0]), 1, _number(row[5])) for row in questions]
    locks = [Goal(f"nothing to do, {row[1]} applied: locks", str(row[0]), 0, _number(row[6])) for row in questions]
    columns = ("database", "applied", "Whimbrel", "floor", "x floor", "wanted", "at best")
    yield Table(
        f"Nothing to do: `await migrate(url, folder)` on a running event loop, median of {MANY_ROUNDS}",
        "Milliseconds. The floor is the bare driver (asyncpg, aiomysql, aiosqlite) that connects, reads the same columns of\n"
        "the same rows, closes, and reads and hashes (SHA-256) the same files. 'at best' compares the fastest of each.",
        columns,
        calls,
        [_goal("the call", row) for row in calls],
    )
    yield Table(
        f"Nothing to do: the whole process, `python -m whimbrel migrate`, median of {ROUNDS * 2}",
        "Milliseconds. The floor is a process with the bare driver that does the same as above.",
        columns,
        processes,
        [_goal("the process", row) for row in processes],
    )
    yield Table(
        "Nothing to do: what the server is asked",
        "Counted on the wire; on SQLite by its trace. 'login' has the round trips until the server is ready for queries,\n"
        "'trips' those after it, 'queries' how many it carried out (each takes two trips through asyncpg, which prepares it),\n"
        "'locks' how many of these begin a transaction or take a lock. Wanted: 1 query, 0 locks. SQLite has no trips; its\n"
        "connections are how many times the file is opened.",
        ("database", "applied", "connections", "login", "trips", "queries", "locks", "floor: login", "trips", "queries"),
        questions,
        [*asked, *locks],
    )


def _goal(what: str, row: Row) -> Goal:
    return Goal(f"nothing to do, {row[1]} applied: {what}, x bare driver", str(row[0]), WANTED, _number(row[4]))


def _number(cell: str | float | None) -> float | None:
    return None if isinstance(cell, str) else cell


async def _measure(home: Home, calls: list[Row], processes: list[Row], questions: list[Row]) -> None:
    for count in COUNTS:
        folder = workloads.small(home.folder / str(count) / "small", count)
        async with home.empty() as url:
            await migrate(url, str(folder))
            calls.append(_row(home, count, await samples(_calls(url, folder), MANY_ROUNDS)))
            processes.append(_row(home, count, await samples(_processes(url, folder), ROUNDS * 2)))
            ours, floor = await _count(url, folder)
            trips: Row = [ours.connections, ours.connecting, ours.trips, ours.queries, ours.locks]
            questions.append([home.label, count, *trips, floor.connecting, floor.trips, floor.queries])


def _row(home: Home, applied: int, seconds: dict[str, list[float]]) -> Row:
    took = medians(seconds)
    ours, floor = took["ours"] * 1_000, took["floor"] * 1_000
    return told([home.label, applied, ours, floor, ours / floor, WANTED, at_best(seconds, "ours", "floor")])


def _calls(url: str, folder: Path) -> dict[str, Turn]:
    return {"ours": lambda: timed(migrate(url, str(folder))), "floor": lambda: timed(nothing_to_do(url, folder))}


def _processes(url: str, folder: Path) -> dict[str, Turn]:
    async def ours() -> float:
        return timed_process([sys.executable, "-m", "whimbrel", "migrate", "--url", url, "--sql", str(folder)])

    async def floor() -> float:
        return timed_process([sys.executable, "-m", "benchmarks.floors", url, str(folder)])

    return {"ours": ours, "floor": floor}


async def _count(url: str, folder: Path) -> tuple[Asked, Asked]:
    async with counted(url) as (address, ours):
        await migrate(address, str(folder))
    async with counted(url) as (address, floor):
        await nothing_to_do(address, folder)
    # PostgreSQL's question holds the query as a text, inside of the question whether the table can be trusted.
    if not any(COLUMNS.removeprefix("SELECT ") in text for text in ours.texts):
        raise RuntimeError(f"the floor reads other columns, {COLUMNS}, than: {'; '.join(ours.texts)}")
    return ours, floor
