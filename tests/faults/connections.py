"""The matrix of connection faults, by fault, database and entry point: the answer, the time until it comes, and the time until
recovery.

    python -m tests.faults.connections [--databases postgresql,sqlite] [--ways migrate,manager,application] [--within 2]

prints it, and ends with 1 if anything hangs, answers with an error that is not ours, or is not right again `--within` seconds
after the fault. The servers are those of the tests. All limits are a second here, so that a table takes minutes.
"""

import argparse
import asyncio
import logging
import socket
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any
from unittest.mock import patch

from tests.conftest import run_sql
from tests.faults import file_faults
from tests.faults.proxy import Fault, behind, proxied
from tests.faults.ways import WAYS, Way
from tests.servers import Server, running
from whimbrel.dialects.connection import Connection
from whimbrel.dialects.watched import Pace
from whimbrel.errors import WhimbrelError
from whimbrel.url import DATABASES

__all__ = ["FAULTS", "Cell", "measured", "summary"]

# The longest wait: three attempts at a silent server, or a connection and a statement, each of one second, plus time for a slow
# machine.
LIMIT_SECONDS, SLACK_SECONDS = 1.0, 15.0
PACE = Pace(after=0.5, longest=0.5, limit=LIMIT_SECONDS, attempt=LIMIT_SECONDS, again=0.5)
NAME = "database.invalid"


@dataclass(frozen=True, slots=True)
class Cell:
    """The effect of one fault on one entry point; `problem` is empty if the effect is as required."""

    fault: str
    database: str
    way: str
    answer: str
    seconds: float
    again: float
    problem: str = ""

    def __str__(self) -> str:
        wrong = f" **{self.problem}**" if self.problem else ""
        return f"{self.answer} after {self.seconds:.1f} s, right again after {self.again:.1f} s{wrong}"


class Resolver:
    """A name server in place of the machine's: it resolves one name, and does not answer while it hangs."""

    def __init__(self) -> None:
        self._known = socket.getaddrinfo
        self._answers = threading.Event()
        self._answers.set()

    def hang(self) -> None:
        """Say nothing from now on."""
        self._answers.clear()

    def recover(self) -> None:
        """Answer again, also the questions that came in the meantime."""
        self._answers.set()

    def __call__(self, host: Any, *arguments: Any, **options: Any) -> Any:
        if host != NAME:
            return self._known(host, *arguments, **options)
        self._answers.wait()
        return self._known("127.0.0.1", *arguments, **options)


# The fault of the connections, and whether it comes at once or when the marked statement was passed on.
FAULTS: dict[str, tuple[Fault, bool]] = {
    "refused": ("refused", False),
    "accepted and closed at once": ("closed", False),
    "silent after connect": ("silent", False),
    "silent after login": ("silent after login", False),
    "frozen in a query": ("silent", True),
    "cut in a transaction": ("closed", True),
    # The open connections are cut, so that the name must be resolved again.
    "DNS that hangs": ("refused", False),
    # The clients see that open connections are cut and that no process listens for a while.
    "server restarted": ("refused", True),
}


def measure(database: str, way: str, fault: str, url: str, *, within: float) -> Cell:
    """Apply the fault to one entry point of a server's empty database."""
    resolver = Resolver()
    with proxied(url) as proxy, patch("socket.getaddrinfo", resolver):
        through = behind(proxy, url)
        tried = WAYS[way](limited(through.replace("127.0.0.1", NAME)))
        befalls, later = FAULTS[fault]

        def begin() -> None:
            proxy.begin(befalls, trigger=tried.mark if later else "")
            if fault == "DNS that hangs":
                resolver.hang()

        def recover() -> None:
            proxy.recover()
            resolver.recover()

        return asyncio.run(befall(Cell(fault, database, way, "", 0, 0), tried, begin, recover, within))


async def befall(cell: Cell, way: Way, begin: Callable[[], None], recover: Callable[[], None], within: float) -> Cell:
    """Ask before the fault, during it, and repeatedly after it."""
    async with way:
        begin()
        answer, seconds, problem = await _timed(way.ask)
        unseen = answer == "ok" and not (cell.database == "sqlite" and way.keeps_open)
        problem = problem or ("not noticed" if unseen else "")
        recover()
        started, again = monotonic(), ""
        while again != "ok" and monotonic() - started < within + SLACK_SECONDS:
            again, _, _ = await _timed(way.is_right)
        took = monotonic() - started
        problem = problem or ("" if again == "ok" and took <= within else f"then {again}")
        problem = problem or await way.judge()
    return Cell(cell.fault, cell.database, cell.way, answer, seconds, took, problem)


async def _timed(ask: Callable[[], Awaitable[str]]) -> tuple[str, float, str]:
    started, problem = monotonic(), ""
    try:
        async with asyncio.timeout(3 * LIMIT_SECONDS + PACE.after + SLACK_SECONDS):
            answer = await ask()
    except TimeoutError:
        answer, problem = "nothing", "hangs"
    except WhimbrelError as error:
        answer = type(error).__name__
    except Exception as error:  # the matrix looks for such errors
        answer, problem = f"{type(error).__name__}", f"not ours: {error}"
    return answer, monotonic() - started, problem or ("answers with an error of its own" if answer.startswith("500") else "")


def limited(url: str) -> str:
    """Return the address with its time limits, if its kind has any, and with a host name that is not local."""
    options = [] if url.startswith("sqlite:") else ["sslmode=disable"]
    options += [f"{name}_timeout={LIMIT_SECONDS:g}" for name in ("connect", "acquire", "statement")]
    return f"{url}?{'&'.join(options)}" if options else url


@contextmanager
def hurried() -> Iterator[None]:
    """Set the limits that no address can contain to one second."""
    before = Connection.pace
    Connection.pace = PACE
    try:
        yield
    finally:
        Connection.pace = before


_number = count(1)


def table(databases: list[str], ways: list[str], faults: list[str], *, within: float) -> list[Cell]:
    """Measure all of it, and print each cell when it is known."""
    cells: list[Cell] = []
    for database in databases:
        with nullcontext() if database == "sqlite" else running(database) as server:
            for cell in measured(database, ways, faults, within=within, server=server):
                cells.append(cell)
                print(f"| {cell.fault} | {cell.database} | {cell.way} | {cell} |", flush=True)
    return cells


def measured(database: str, ways: list[str], faults: list[str], *, within: float, server: Server | None) -> Iterator[Cell]:
    """Measure these faults, with a database of its own on the server for each; on SQLite, only the faults of a file."""
    with hurried():
        yield from _cells(database, ways, faults, within, server)


def _cells(database: str, ways: list[str], faults: list[str], within: float, server: Server | None) -> Iterator[Cell]:
    if server is None:
        for way in ways:
            for fault in file_faults.FAULTS:
                with tempfile.TemporaryDirectory() as folder:
                    opened = file_faults.FileFault(fault, Path(folder))
                    cell = Cell(fault, database, way, "", 0, 0)
                    yield asyncio.run(befall(cell, WAYS[way](limited(opened.url)), opened.begin, opened.recover, within))
        return
    for way in ways:
        for fault in faults:
            name = f"faults_{next(_number)}"
            drop = f"DROP DATABASE IF EXISTS {name}" + (" WITH (FORCE)" if database == "postgresql" else "")
            run_sql(server.url, drop, f"CREATE DATABASE {name}")
            try:
                yield measure(database, way, fault, f"{server.url.rpartition('/')[0]}/{name}", within=within)
            finally:
                run_sql(server.url, drop)


def summary(cells: list[Cell]) -> str:
    """Return the last line of the table."""
    wrong = sum(bool(cell.problem) for cell in cells)
    answer, again = max(cell.seconds for cell in cells), max(cell.again for cell in cells)
    return f"{len(cells)} cells, {wrong} wrong; the longest answer took {answer:.1f} s, the longest recovery {again:.1f} s"


def main() -> int:
    """Print the table; 1 if anything in it is wrong."""
    parser = argparse.ArgumentParser(description="the matrix of connection faults")
    parser.add_argument("--databases", default=",".join(DATABASES))
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--within", type=float, default=2.0, help="seconds after the end of a fault (default %(default)g)")
    given = parser.parse_args()
    # The table has the text of each answer too.
    logging.getLogger("whimbrel").setLevel(logging.CRITICAL)
    print("| fault | database | way in | answer |\n| --- | --- | --- | --- |")
    cells = table(given.databases.split(","), given.ways.split(","), given.faults.split(","), within=given.within)
    print(f"\n{summary(cells)}")
    return 1 if any(cell.problem for cell in cells) else 0


if __name__ == "__main__":
    sys.exit(main())
