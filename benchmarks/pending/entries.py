"""The ways to apply one pending migration: calls in this process, and processes of the bare driver and of the contenders."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Protocol

from benchmarks import floors
from benchmarks.clock import run_process, timed
from benchmarks.peers.contender import WHIMBREL, Job, Migration, script
from benchmarks.peers.race import Runner
from whimbrel import migrate

APPLIED = 100


class Entry(Protocol):
    """One way to apply the pending migration. `name` is that of its row, `database` that of its own database."""

    name: str
    database: str

    @property
    def is_call(self) -> bool:
        """Whether it runs in this process."""

    @property
    def problem(self) -> str:
        """The reason why it has dropped out, if it has."""

    def prepare(self, migrations: list[Migration]) -> None:
        """Apply the first hundred migrations, through the relay."""

    def step(self, number: int) -> float | None:
        """Write the migration of this number, apply it, and return the seconds; None after a problem."""


@dataclass(slots=True)
class Call:
    """`await migrate(url, folder)` on a running event loop."""

    job: Job
    name: str = "Whimbrel, the call"
    database: str = "call"
    problem: str = ""
    is_call: bool = True

    def prepare(self, migrations: list[Migration]) -> None:
        """Apply the first ones."""
        WHIMBREL.add(self.job, migrations)
        asyncio.run(self._apply())

    def step(self, number: int) -> float | None:
        """Apply one more."""
        WHIMBREL.add(self.job, [four(number)], number)
        return asyncio.run(timed(self._apply()))

    async def _apply(self) -> None:
        await migrate(self.job.address(self.job.url.dialect), str(self.job.folder / "sql"))


@dataclass(slots=True)
class Floor:
    """The bare driver sends the file in one message; `work` takes the address and the file, and returns the seconds."""

    job: Job
    name: str
    database: str
    work: Callable[[str, Path], float]
    is_call: bool
    problem: str = ""

    def prepare(self, migrations: list[Migration]) -> None:
        """Need nothing."""

    def step(self, number: int) -> float | None:
        """Send one more."""
        name = f"{number}.sql"
        self.job.write(name, script(four(number)))
        return self.work(self.job.address(self.job.url.dialect), self.job.folder / name)


@dataclass(slots=True)
class Process:
    """A contender's process."""

    runner: Runner
    name: str = field(init=False)
    database: str = field(init=False)
    is_call: bool = False

    def __post_init__(self) -> None:
        own = self.runner.contender.name
        self.name, self.database = ("Whimbrel, the process" if own == "Whimbrel" else own), own.lower()

    @property
    def problem(self) -> str:
        """The reason why it has dropped out."""
        return self.runner.problem

    def prepare(self, migrations: list[Migration]) -> None:
        """Apply the first ones."""
        self.runner.lay(migrations)
        if not self.problem:
            self.runner.run([], {})

    def step(self, number: int) -> float | None:
        """Apply one more, and check that its row is there."""
        seconds: list[float] = []
        if not self.problem:
            self.runner.contender.add(self.runner.job, [four(number)], number)
            self.runner.run(seconds, {f"p{number}": 1})
        return seconds[0] if seconds else None


def four(number: int) -> Migration:
    """Return the four statements of a pending migration."""
    return (
        f"CREATE TABLE p{number} (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL)",
        f"CREATE INDEX p{number}_name ON p{number} (name)",
        f"ALTER TABLE p{number} ADD COLUMN remark VARCHAR(200)",
        f"INSERT INTO p{number} (id, name) VALUES (1, 'one')",
    )


def sent_by_call(url: str, file: Path) -> float:
    """Return the seconds of the driver's own work, on a running event loop."""

    async def send() -> float:
        work: Coroutine[object, object, int] = floors.send_file(url, file)
        return await timed(work)

    return asyncio.run(send())


def sent_by_process(url: str, file: Path) -> float:
    """Return the seconds of a process with the driver."""
    started = perf_counter()
    run_process([sys.executable, "-m", "benchmarks.floors", url, str(file)])
    return perf_counter() - started
