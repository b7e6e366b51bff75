"""The server's own figures about a run, read beside it by SQL of its own, and the comparison of the live line with them."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from threading import Event, Thread
from typing import Any, NamedTuple

from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

__all__ = ["DONE", "PERCENT", "ROWS", "SECONDS", "Compared", "Sample", "compare", "questions", "sampled"]

# The name of a figure, and its pattern in the line.
PERCENT, ROWS, SECONDS, DONE = "percent", "rows", "seconds", "tenants done"
_PATTERNS = {
    PERCENT: r"([0-9.]+) %",
    ROWS: r"([0-9,]+) rows?\b",
    SECONDS: r"statements? [0-9-]+ of [0-9]+[^,]*, ([0-9]+) s",
    DONE: r"^([0-9]+) of [0-9]+ tenants",
}
# A line is as old as the second between two lines, and an answer that took long is part of the next one.
_OLD_SECONDS, _YOUNG_SECONDS, _PAUSE_SECONDS = 2.0, 1.5, 0.2
_POSTGRESQL = "datname = current_database() AND pid <> pg_backend_pid()"
_MYSQL = "FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
_STAGES = "FROM performance_schema.events_stages_current s JOIN performance_schema.threads t ON t.thread_id = s.thread_id "
_ROWS = "SELECT 'rows' AS figure, trx_mysql_thread_id AS label, trx_rows_modified AS value FROM information_schema.innodb_trx"
_QUESTIONS = {
    "postgresql": (
        f"SELECT 'seconds' AS figure, query AS label, extract(epoch FROM clock_timestamp() - query_start) AS value "
        f"FROM pg_stat_activity WHERE {_POSTGRESQL} AND state = 'active' AND backend_type = 'client backend'",
        f"SELECT 'percent' AS figure, phase AS label, 100.0 * CASE WHEN phase LIKE '%loading tuples%' THEN "
        f"tuples_done / nullif(tuples_total, 0)::numeric ELSE blocks_done / nullif(blocks_total, 0)::numeric END AS value "
        f"FROM pg_stat_progress_create_index WHERE {_POSTGRESQL}",
        f"SELECT 'rows' AS figure, phase AS label, tuples_done AS value FROM pg_stat_progress_create_index "
        f"WHERE {_POSTGRESQL} AND phase LIKE '%loading tuples%'",
        f"SELECT 'rows' AS figure, phase AS label, heap_tuples_scanned AS value "
        f"FROM pg_stat_progress_cluster WHERE {_POSTGRESQL}",
    ),
    "mysql": (
        f"SELECT 'seconds' AS figure, info AS label, time AS value {_MYSQL} AND info IS NOT NULL",
        f"SELECT 'percent' AS figure, s.event_name AS label, 100 * work_completed / work_estimated AS value {_STAGES}"
        "WHERE t.processlist_db = DATABASE() AND s.work_estimated > 0",
        _ROWS,
    ),
    "mariadb": (
        f"SELECT 'seconds' AS figure, info AS label, time AS value {_MYSQL} AND info IS NOT NULL",
        f"SELECT 'percent' AS figure, concat(info, stage) AS label, progress AS value {_MYSQL} AND max_stage > 0",
        _ROWS,
    ),
    "sqlite": (),
}


class Sample(NamedTuple):
    """A figure of the server at a time; figures with the same label belong to the same stage."""

    at: float
    figure: str
    label: str
    value: float


class Compared(NamedTuple):
    """How many lines had a figure with samples beside them, how many were off, by how much at most, and the worst line."""

    lines: int = 0
    off: int = 0
    most: float = 0.0
    worst: str = ""


def questions(scene: str, database: str) -> tuple[str, ...]:
    """Return the queries for a scene."""
    if scene == "fleet":
        return (
            "SELECT 'tenants done' AS figure, '' AS label, count(*) AS value FROM whimbrel_tenants WHERE versions LIKE '%2%'",
        )
    return _QUESTIONS[database] if scene == "large" else ()


@contextmanager
def sampled(url: str, asked: Sequence[str]) -> Iterator[list[Sample]]:
    """Ask all the time, in a thread, during the block."""
    found: list[Sample] = []
    stop = Event()
    thread = Thread(target=lambda: asyncio.run(_sample(url, asked, found, stop.is_set)))
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


async def _sample(url: str, asked: Sequence[str], found: list[Sample], stopped: Callable[[], bool]) -> None:
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    try:
        while not stopped():
            for question in asked:
                rows: list[Any] = await connection.fetch_all(question)
                now = time.monotonic()
                found += [
                    Sample(now, row["figure"], str(row["label"]), float(row["value"])) for row in rows if row["value"] is not None
                ]
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        await connection.close()


def compare(lines: Sequence[tuple[float, str]], samples: Sequence[Sample], figure: str, slack: float) -> Compared:
    """Compare each line that has the figure with the samples just before it, all of one stage.

    The figure is true if it lies between two samples that follow each other, or within `slack` of them. Where the stage changes,
    nobody knows what came between two samples.
    """
    found = Compared()
    mine = [one for one in samples if one.figure == figure]
    for at, line in lines:
        told = re.search(_PATTERNS[figure], line)
        near = [one for one in mine if at - _OLD_SECONDS <= one.at <= at + 2 * _PAUSE_SECONDS]
        if told is None or len({one.label for one in near}) != 1 or near[0].at > at - _YOUNG_SECONDS:
            continue
        value = float(told[1].replace(",", ""))
        distance = min(_distance(value, one, other) for one, other in pairwise([near[0], *near]))
        worst = f"{line} | the server: {near[0].value:.1f} to {near[-1].value:.1f}" if distance > found.most else found.worst
        found = Compared(found.lines + 1, found.off + (distance > slack), max(found.most, distance), worst)
    return found


def _distance(value: float, one: Sample, other: Sample) -> float:
    low, high = sorted((one.value, other.value))
    return max(0.0, low - value, value - high)
