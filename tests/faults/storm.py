"""Processes that run the command line at the same moment, again and again, each round on a database that is empty."""

import io
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier

from tests.conftest import run_sql
from tests.faults.forks import forks
from tests.patience import PATIENCE
from whimbrel.cli import main

_barrier: Barrier | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The output of one process; `applied` and `waited` are those of its report."""

    code: int
    out: str
    err: str

    @property
    def applied(self) -> int:
        """How many migrations it applied."""
        return len(json.loads(self.out)["applied"])

    @property
    def waited(self) -> float:
        """The seconds that it waited for the lock."""
        return float(json.loads(self.out)["waited"])


class Storm:
    """Some processes, ready to start."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool = forks.Pool(processes, _keep, (forks.Barrier(processes),))

    def migrate(self, url: str, *folders: str) -> list[Answer]:
        """Let all processes migrate at the same moment. Raise AssertionError unless all succeed and report no error."""
        sets = [word for folder in folders for word in ("--sql", folder)]
        words = ["migrate", "--url", url, "--json", *sets]
        # Each process waits for all others, so that none takes two databases.
        answers = self._pool.map(_run, [words] * self._processes, chunksize=1)
        failed = [answer for answer in answers if answer.code or _errors(answer.err)]
        assert not failed, f"{len(failed)} of {self._processes} failed, the first with {failed[0]}"
        return answers

    def close(self) -> None:
        """Let the processes end."""
        self._pool.close()
        self._pool.join()

    def kill(self) -> None:
        """End the processes, even if they are waiting."""
        self._pool.terminate()
        self._pool.join()


@contextmanager
def storming(processes: int) -> Iterator[Storm]:
    """Have that many processes ready until the block ends."""
    storm = Storm(processes)
    try:
        yield storm
    except BaseException:
        storm.kill()
        raise
    storm.close()


def rounds(url: str, number: int) -> Iterator[str]:
    """Yield the addresses of that many empty databases, one after the other; each is dropped before the next one is made."""
    if url.startswith("sqlite"):
        yield from (f"{url}.{one}" for one in range(number))
        return
    admin, _, name = url.rpartition("/")
    for one in range(number):
        run_sql(url, f"CREATE DATABASE {name}_{one}")
        yield f"{admin}/{name}_{one}"
        run_sql(url, f"DROP DATABASE {name}_{one}" + (" WITH (FORCE)" if url.startswith("postgresql") else ""))


def _errors(said: str) -> list[str]:
    # A process that waits for more than a second says so, and again every 30 seconds, which is no error.
    waits = "waiting for the migration lock, held by "
    return [line for line in said.splitlines() if not line.removeprefix("whimbrel: ").startswith(waits)]


def _keep(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _run(words: Sequence[str]) -> Answer:
    assert _barrier is not None, "the pool gives it to every process"
    logging.getLogger().handlers.clear()
    _barrier.wait(PATIENCE)
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = main(words)
    return Answer(code, out.getvalue(), err.getvalue())
