"""A process that migrates and kills itself with SIGKILL at a chosen step: a step is one call of the driver.

The driver's methods are wrapped here, in the child; the library is unchanged.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal

import aiomysql
import asyncpg

from tests.faults.forks import forks
from tests.patience import PATIENCE
from whimbrel import migrate
from whimbrel.dialects.sqlite.connection import SqliteConnection
from whimbrel.errors import WhimbrelError

Way = Literal["before", "during", "after"]
Work = Callable[[str, str], Coroutine[Any, Any, object]]
WAYS: tuple[Way, ...] = ("before", "during", "after")


@dataclass(frozen=True, slots=True)
class Death:
    """The moment to die: `moment` seconds after the step with this number, or after a step with a statement that begins with
    `text`.
    """

    way: Way
    step: int = 0
    text: str = ""
    moment: float = 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """The message of a child: "dying" at a step, "ended" with all its steps, or "failed" with the error."""

    kind: Literal["dying", "ended", "failed"]
    steps: tuple[str, ...]


class Victim:
    """A child process that migrates, and kills itself at the given moment, if any."""

    def __init__(self, url: str, folder: str, death: Death | None = None, work: Work | None = None) -> None:
        self._ear, mouth = forks.Pipe(duplex=False)
        self._process = forks.Process(target=_work, args=(work or migrate, url, folder, death, mouth))
        self._process.start()
        mouth.close()

    def hear(self) -> Told:
        """Wait for the child's next message. Raises EOFError if it was killed before it could say anything."""
        if not self._ear.poll(PATIENCE):
            self.end()
            raise AssertionError(f"a child was silent for {PATIENCE} s")
        told: Told = self._ear.recv()
        return told

    def ends_within(self, seconds: float) -> bool:
        """Whether the child succeeds within that time. Raises AssertionError if it fails."""
        if not self._ear.poll(seconds):
            return False
        told = self.hear()
        assert told.kind == "ended", told
        return True

    def wait(self) -> None:
        """Wait until it is dead."""
        self._process.join(PATIENCE)
        self.end()

    def end(self) -> None:
        """Kill the child if it is still running."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._ear.close()


@contextmanager
def child(url: str, folder: str, death: Death | None = None, work: Work | None = None) -> Iterator[Victim]:
    """Yield a child process, which ends with the block. It migrates, or does other `work` with the address and the folder."""
    victim = Victim(url, folder, death, work)
    try:
        yield victim
    finally:
        victim.end()


def _work(work: Work, url: str, folder: str, death: Death | None, mouth: Connection) -> None:
    steps = _Steps(death, mouth)
    steps.wrap()
    try:
        asyncio.run(work(url, folder))
    except WhimbrelError as error:
        mouth.send(Told("failed", (f"{type(error).__name__}: {error}",)))
    else:
        mouth.send(Told("ended", tuple(steps.taken)))


def _text(sent: str | Sequence[str]) -> str:
    return sent if isinstance(sent, str) else "\n;\n".join(sent)


def _runs(step: str, text: str) -> bool:
    return any(one.startswith(text) for one in step.removeprefix("execute ").split("\n;\n"))


class _Steps:
    """Counts the steps, and notices the last one."""

    def __init__(self, death: Death | None, mouth: Connection) -> None:
        self._death = death
        self._mouth = mouth
        self.taken: list[str] = []

    def wrap(self) -> None:
        """Wrap the methods of the drivers."""
        methods: list[tuple[Any, tuple[str, ...]]] = [
            (asyncpg.Connection, ("execute", "fetch", "_copy_out", "executemany", "copy_to_table", "close")),
            (aiomysql.Cursor, ("execute",)),
            # This driver passes a function to its thread, so the wrapper cannot see the statement.
            (SqliteConnection, ("_send_once", "send", "close")),
            *((driver, ("connect",)) for driver in (asyncpg, aiomysql)),
        ]
        for owner, names in methods:
            for name in names:
                setattr(owner, name, self._wrapped(getattr(owner, name), name))
        aiomysql.Connection.close = self._wrapped_close(aiomysql.Connection.close)

    def _wrapped(self, method: Callable[..., Awaitable[Any]], name: str) -> Callable[..., Awaitable[Any]]:
        async def stepped(*args: Any, **kwargs: Any) -> Any:
            death = self._next(f"execute {_text(args[1])}" if len(args) > 1 and name != "connect" else name)
            if death is None:
                return await method(*args, **kwargs)
            if death.way != "before":
                sent = asyncio.ensure_future(method(*args, **kwargs))
                await asyncio.wait([sent], timeout=death.moment if death.way == "during" else None)
            return os.kill(os.getpid(), signal.SIGKILL)

        return stepped

    def _wrapped_close(self, method: Callable[[Any], None]) -> Callable[[Any], None]:
        def stepped(driver: Any) -> None:
            death = self._next("close")
            if death is None or death.way != "before":
                method(driver)
            if death is not None:
                os.kill(os.getpid(), signal.SIGKILL)

        return stepped

    def _next(self, step: str) -> Death | None:
        self.taken.append(" ".join(step.split()))
        death = self._death
        if death is None or not (death.step == len(self.taken) or (death.text and _runs(step, death.text))):
            return None
        self._mouth.send(Told("dying", (self.taken[-1],)))
        return death
