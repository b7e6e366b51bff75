"""Report the progress of a run at regular intervals, and first ask the server about a long statement.

A thread reports, because the event loop is busy while it reads a large file. The questions run in the event loop, like the run
itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Protocol, Self, TypeVar

__all__ = ["LOG_SECONDS", "Followed", "Teller", "log_unless_shown"]

logger = logging.getLogger("whimbrel")

# The longest interval between two lines in a log.
LOG_SECONDS = 30.0
# The time that a line waits for the server's figures. An answer that takes longer is part of the next line.
_FIGURES_SECONDS = 2.0
# If the pause between two lines is longer than this, the second connection is closed in between.
_SHORT_SECONDS = 5.0
# A terminal that accepts no output (Ctrl-S) does not stop the run.
_JOIN_SECONDS = 1.0


class Followed(Protocol):
    """A course to report: that of one run, or that of a sync of tenants."""

    def line(self, width: int | None = None) -> str:
        """Return the line. May be called in any thread."""
        ...

    def wants_figures(self) -> bool:
        """Whether the server should be asked. May be called in any thread."""
        ...

    async def ask(self) -> None:
        """Ask the server; raises nothing that the server or the network causes."""
        ...

    def leave(self) -> None:
        """Close the connections that `ask` has opened."""
        ...


F = TypeVar("F", bound=Followed)


class Teller:
    """Calls `tell` every `pause` seconds during the block, the first time after `first` seconds.

    The thread starts after `delay` seconds: short runs need none.
    """

    def __init__(
        self, course: Followed, tell: Callable[[Followed], None], pause: float, *, first: float | None = None, delay: float = 0.0
    ) -> None:
        self._course = course
        self._tell = tell
        self._pause = pause
        self._first = pause if first is None else first
        self._delay = delay
        self._stop, self._answered = Event(), Event()
        self._answered.set()
        self._question: asyncio.Task[None] | None = None
        self._thread = Thread(target=self._work, name="whimbrel progress", daemon=True)
        self._timer: asyncio.TimerHandle | None = None
        self._broken = False

    async def __aenter__(self) -> Self:
        """Start."""
        self._loop = asyncio.get_running_loop()
        self._due = monotonic() + self._first
        if self._delay:
            self._timer = self._loop.call_later(self._delay, self._start)
        else:
            self._start()
        return self

    def _start(self) -> None:
        try:
            self._thread.start()
        except RuntimeError as error:
            # The system allows no further thread. The run does not need this one.
            logger.warning("the progress is not shown: %s", error)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, even after an error, and leave no thread, task or connection behind."""
        self._stop.set()
        self._answered.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_SECONDS)
        try:
            if self._question is not None and not self._question.done():
                self._question.cancel()
                await asyncio.wait([self._question])
        finally:
            self._course.leave()

    def _work(self) -> None:
        """Run in the thread."""
        while not self._stop.wait(max(0.0, self._due - monotonic())):
            self._due = monotonic() + self._pause
            self._get_figures()
            if not self._stop.is_set():
                self._tell(self._course)

    def _get_figures(self) -> None:
        if not self._broken and self._answered.is_set() and self._course.wants_figures():
            self._answered.clear()
            if self._stop.is_set():
                # The end of the block sets both events before it waits for this thread.
                return
            self._loop.call_soon_threadsafe(self._ask)
        self._answered.wait(min(_FIGURES_SECONDS, self._pause / 2))

    def _ask(self) -> None:
        if self._stop.is_set():
            return
        self._question = asyncio.ensure_future(self._course.ask())
        self._question.add_done_callback(self._note_answer)

    def _note_answer(self, question: asyncio.Task[None]) -> None:
        self._answered.set()
        if self._pause > _SHORT_SECONDS:
            self._course.leave()
        if question.cancelled() or (error := question.exception()) is None:
            return
        # A defect in the question says nothing about the run. Report it, stop asking, and let the run continue.
        self._broken = True
        self._loop.call_exception_handler({"message": "the progress of a statement is unknown", "exception": error})


def log_unless_shown(course: F | None, new: type[F]) -> tuple[F, AbstractAsyncContextManager[object]]:
    """Return the course of a run, and the block that logs it at least every 30 seconds.

    A caller that gives a `course` shows it itself, so the block does nothing.
    """
    if course is not None:
        return course, nullcontext()
    course = new()
    return course, Teller(course, lambda one: logger.info("%s", one.line()), LOG_SECONDS, delay=1.0)
