"""Run the contenders in turn, each in a process, measure the time, and check the result."""

import asyncio
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from benchmarks.peers.contender import Contender, Job
from benchmarks.peers.place import Place
from benchmarks.peers.work import Work, missing
from whimbrel.errors import WhimbrelError

# Three runs are enough for a command that takes longer than this many seconds.
_LONG = 20.0
_FEW = 3
_PATIENCE = 900


@dataclass(slots=True)
class Runner:
    """A contender in a race: its command, the seconds of its runs, and the reason if it has dropped out."""

    contender: Contender
    work: Work
    place: Place
    command: Sequence[str] = ()
    fresh: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    problem: str = ""

    @property
    def name(self) -> str:
        """Return the name of its folder and of its database."""
        return self.contender.name.lower()

    @property
    def folder(self) -> Path:
        """Where its process runs."""
        return self.place.directory / self.work.name / self.name

    def lay(self, programs: Path) -> None:
        """Write the folder that is applied."""
        self.folder.mkdir(parents=True)
        job = Job(self.folder, self.place.url(self.name), self.work.migrations, programs)
        try:
            self.command = self.contender.lay(job)
        except subprocess.CalledProcessError as error:
            self.problem = f"its folder could not be made: {error}"

    def wants(self, seconds: list[float], repeats: int) -> bool:
        """Whether it runs once more."""
        few = bool(seconds) and median(seconds) > _LONG
        return not self.problem and len(seconds) < (min(_FEW, repeats) if few else repeats)

    def run(self, seconds: list[float]) -> None:
        """Run the command once and check its result; a contender drops out after a wrong run."""
        with self.folder.with_suffix(".log").open("w+") as log:
            started = perf_counter()
            code = self._process(log.fileno())
            taken = perf_counter() - started
            log.seek(0)
            printed = log.read().split("\n")
        if code:
            told = [line.strip() for line in printed if line.strip()]
            self.problem = f"ended with {code}: {told[-1][:200] if told else 'nothing printed'}"
        elif lack := self._lacks():
            self.problem = f"ended with 0, but {lack}"
        else:
            seconds.append(taken)
            return
        seconds.clear()

    def _process(self, log: int) -> int | str:
        try:
            return subprocess.run(
                self.command,
                cwd=self.folder,
                env=self.contender.variables(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=_PATIENCE,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return f"no answer in {_PATIENCE} s"

    def _lacks(self) -> str:
        try:
            return asyncio.run(missing(self.place.url(self.name), self.work))
        except WhimbrelError as error:
            return str(error)


def race(entrants: Sequence[tuple[Contender, Path]], work: Work, place: Place, repeats: int) -> list[Runner]:
    """Apply the work to empty databases, all contenders in turn, `repeats` times.

    Then, if requested, measure starts with nothing to do, as often.
    """
    runners = [Runner(contender, work, place) for contender, _ in entrants]
    try:
        for runner, (_, programs) in zip(runners, entrants, strict=True):
            runner.lay(programs)
        for runner in _turns(runners, repeats):
            if runner.wants(runner.fresh, repeats):
                place.empty(runner.name)
                runner.run(runner.fresh)
        for runner in _turns(runners, repeats if work.idle else 0):
            if runner.wants(runner.idle, repeats):
                runner.run(runner.idle)
    finally:
        for runner in runners:
            place.drop(runner.name)
    return runners


def _turns(runners: Sequence[Runner], rounds: int) -> Iterator[Runner]:
    """Run every contender once in each round, in a changing order, so that none always follows the same one."""
    order = Random(len(runners))
    for _ in range(rounds):
        yield from order.sample(runners, len(runners))
