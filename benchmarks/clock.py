"""Measure wall-clock seconds. The compared programs take turns, so that a noisy neighbour disturbs all of them alike."""

import gc
import os
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import median
from tempfile import gettempdir
from time import perf_counter

from benchmarks.sizes import BUDGET

ROOT = Path(__file__).parent.parent
# Prepares and does its work, and returns the seconds of the work alone.
Turn = Callable[[], Awaitable[float]]


async def interleaved(turns: Mapping[str, Turn], rounds: int, *, warm: bool = True) -> dict[str, float]:
    """Return the median time of each work over several rounds, each of which runs every work once."""
    return medians(await samples(turns, rounds, warm=warm))


async def samples(turns: Mapping[str, Turn], rounds: int, *, warm: bool = True) -> dict[str, list[float]]:
    """Return the seconds of each turn in every round.

    The order changes each time, so that the work that one leaves to the server does not always disturb the same next one.
    No round begins after the seconds of benchmarks.sizes.BUDGET. If the round that warms up takes as long, it is the only one.
    """
    names, order, started = list(turns), Random(len(turns)), perf_counter()
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + warm):
        if number and perf_counter() - started > BUDGET:
            break
        if warm and number == 1:
            seconds = {name: [] for name in names}
        for name in order.sample(names, len(names)):
            gc.collect()
            seconds[name].append(await turns[name]())
    return seconds


def medians(seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the median of each."""
    return {name: median(found) for name, found in seconds.items()}


def at_best(seconds: Mapping[str, Sequence[float]], one: str, other: str) -> float:
    """Return the ratio of the fastest times of two works, which excludes most of the neighbours' noise."""
    return min(seconds[one]) / min(seconds[other])


async def timed(work: Awaitable[object]) -> float:
    """Return the seconds until it is done."""
    started = perf_counter()
    await work
    return perf_counter() - started


def timed_process(command: Sequence[str], source: Path | None = None) -> float:
    """Return the seconds from the start to the end of a process, which reads `source` and must succeed."""
    started = perf_counter()
    run_process(command, source)
    return perf_counter() - started


def run_process(command: Sequence[str], source: Path | None = None) -> str:
    """Run a process with the code of this checkout to its good end and return what it prints.

    It runs elsewhere: the settings in this checkout's pyproject.toml are none that a service has.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # An installed program is compiled, so this one must be too, after its first run.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with (source or Path(os.devnull)).open("rb") as given:
        done = subprocess.run(command, cwd=gettempdir(), env=environment, stdin=given, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2_000:]}")
    return done.stdout.decode()
