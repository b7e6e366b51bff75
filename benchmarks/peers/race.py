"""Run the contenders in turn, each in a process, measure the time, and check the result."""

import asyncio
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Timer
from time import perf_counter
from typing import TypeVar

from benchmarks.peers.contender import Contender, Job, Migration
from benchmarks.peers.place import Place
from benchmarks.peers.work import Work, missing
from benchmarks.sizes import BUDGET
from whimbrel.errors import WhimbrelError
from whimbrel.url import DatabaseUrl

# Contenders with the folders of their programs.
Entrants = Sequence[tuple[Contender, Path]]
_PATIENCE = 900
_Entry = TypeVar("_Entry")


@dataclass(slots=True)
class Runner:
    """A contender in a race: its command, the seconds of its runs, and the reason if it has dropped out."""

    contender: Contender
    job: Job
    # The address by which its results are checked.
    checked: DatabaseUrl
    command: Sequence[str] = ()
    fresh: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    problem: str = ""

    def lay(self, migrations: Sequence[Migration]) -> None:
        """Write the folder that is applied."""
        self.job.folder.mkdir(parents=True)
        try:
            self.command = self.contender.prepare(self.job)
        except (OSError, subprocess.CalledProcessError) as error:
            self.problem = f"its folder could not be made: {error}"
            return
        self.contender.add(self.job, migrations)

    def run(self, seconds: list[float], rows: Mapping[str, int]) -> None:
        """Run the command once and check the number of rows in each table; a contender drops out after a wrong run."""
        with self.job.folder.with_suffix(".log").open("w+") as log:
            started = perf_counter()
            code = self._process(log.fileno())
            taken = perf_counter() - started
            log.seek(0)
            printed = log.read().split("\n")
        if code:
            told = [line.strip() for line in printed if line.strip()]
            self.problem = f"ended with {code}: {told[-1][:200] if told else 'nothing printed'}"
        elif lack := self._lacks(rows):
            self.problem = f"ended with 0, but {lack}"
        else:
            seconds.append(taken)
            return
        seconds.clear()

    def _process(self, log: int) -> int:
        """Return the exit code; a process that takes too long is killed."""
        with subprocess.Popen(
            self.command,
            cwd=self.job.folder,
            env=self.contender.variables(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as process:
            # To wait with a time limit would be to look every 50 ms, longer than some of these processes take.
            limit = Timer(_PATIENCE, process.kill)
            limit.start()
            try:
                return process.wait()
            finally:
                limit.cancel()

    def _lacks(self, rows: Mapping[str, int]) -> str:
        try:
            return asyncio.run(missing(self.checked, rows))
        except WhimbrelError as error:
            return str(error)


def runner(contender: Contender, programs: Path, place: Place, name: str, relayed: Place | None = None) -> Runner:
    """Return a contender with a folder and a database of its own; `name` is that of the work.

    `relayed` is the same place with the address that the contender uses.
    """
    own = contender.name.lower()
    job = Job(place.directory / name / own, (relayed or place).url(own), programs)
    return Runner(contender, job, place.url(own))


def race(entrants: Entrants, work: Work, place: Place, repeats: int) -> list[Runner]:
    """Apply the work to empty databases, all contenders in turn, `repeats` times.

    Then, if requested, measure starts with nothing to do, as often. No round begins after the seconds of benchmarks.sizes.BUDGET.
    """
    runners = [runner(contender, programs, place, work.name) for contender, programs in entrants]
    try:
        for one in runners:
            one.lay(work.migrations)
        for one in turns(runners, repeats):
            place.empty(one.contender.name.lower())
            one.run(one.fresh, work.rows)
        for one in turns(runners, repeats if work.idle else 0):
            one.run(one.idle, work.rows)
    finally:
        for one in runners:
            place.drop(one.contender.name.lower())
    return runners


def turns(runners: Sequence[Runner], rounds: int) -> Iterator[Runner]:
    """Yield every contender that has no problem once in each round, in a changing order, so that none always follows another."""
    for one in shuffled(runners, rounds):
        if not one.problem:
            yield one


def shuffled(entries: Sequence[_Entry], rounds: int, budget: float = BUDGET) -> Iterator[_Entry]:
    """Yield each entry once in each round, in a changing order. No round begins after the budget, in seconds."""
    order, started = Random(len(entries)), perf_counter()
    for number in range(rounds):
        if number and perf_counter() - started > budget:
            return
        yield from order.sample(entries, len(entries))
