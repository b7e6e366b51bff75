"""Follow a run: the runner notes its file and its statement here, and a second connection adds the server's figures.

Each note replaces one immutable value, which another thread may read at any time. A note costs a few microseconds.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from whimbrel.errors import DatabaseError, DatabaseUnreachable
from whimbrel.messages.progress import RunProgress, ServerView, run_line

if TYPE_CHECKING:
    from whimbrel.dialects.base import Connection

__all__ = ["Course"]

# The server is asked about a statement that takes longer than this.
_LONG_SECONDS = 2.0
_ANSWER_SECONDS = 5.0
# The pause before the next question after a failed one.
_PAUSE_SECONDS = 30.0


class Course:
    """The course of one run over one connection."""

    def __init__(self) -> None:
        self.progress = RunProgress("starting", monotonic())
        self._connection: Connection | None = None
        self._schema = ""
        self._done = 0
        self._not_before = 0.0

    # Called by the run.

    def follow(self, connection: Connection, schema: str) -> None:
        """Name the connection whose statements a companion may ask about, and the schema of the migration lock."""
        self._connection, self._schema = connection, schema

    def step(self, phase: str) -> None:
        """Note a step that belongs to no file."""
        self._move(RunProgress(phase, monotonic()))

    def expect(self, done: int, pending: int) -> None:
        """Note how many files this run has applied, and how many are still pending."""
        self._done = done
        self._move(RunProgress("preparing", monotonic(), files=done + pending))

    def begin(self, file: str, statements: int = 0, files: int = 1) -> None:
        """Note the next file, or the next `files` that are sent in one message."""
        number = self._done + 1
        total = max(self.progress.files, self._done + files)
        now = monotonic()
        self._move(RunProgress("", now, file, number, self._done + files, total, statements=statements, began=now))

    def sends(self, numbers: range, kind: str = "") -> None:
        """Note the statements of the file that are sent next, in one message."""
        first, last = (numbers[0], numbers[-1]) if numbers else (0, 0)
        at = self.progress
        # Positional arguments are fastest, and a file may have a hundred thousand statements.
        ahead = (at.file, at.number, at.last_number, at.files, first, last, at.statements, kind, ServerView(), at.began)
        self._move(RunProgress("", monotonic(), *ahead))

    def pause(self, step: str, details: str = "") -> None:
        """Note a step or a wait within the present file.

        A wait that continues keeps its start time, even if its details change.
        """
        goes_on = self.progress.phase.startswith(step)
        since = self.progress.since if goes_on else monotonic()
        self._move(self.progress._replace(phase=f"{step}{details}", since=since, server=ServerView()))

    def resume(self, before: RunProgress) -> None:
        """Note that the wait is over and the run continues with the same statement."""
        self._move(before._replace(since=monotonic(), server=ServerView()))

    def applied(self) -> None:
        """Note that one more file is applied and recorded."""
        self._done += 1

    def _move(self, progress: RunProgress) -> None:
        self.progress = progress
        self.leave()

    # Called by the teller.

    def line(self, width: int | None = None) -> str:
        """Return the line that shows the progress of the run. May be called in any thread."""
        return run_line(self.progress, monotonic(), width)

    def wants_figures(self) -> bool:
        """Whether a statement has run long enough to ask the server about it."""
        now, connection = monotonic(), self._connection
        asked = self.progress.at_server and now - self.progress.since >= _LONG_SECONDS
        return asked and now >= self._not_before and connection is not None and connection.address is not None

    async def ask(self) -> None:
        """Ask the server about the running statement. A failure becomes a note in the line, and delays the next question."""
        asked, connection = self.progress, self._connection
        if connection is None or not self.wants_figures():
            return
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                view = await _view(connection, self._schema)
        except (DatabaseError, DatabaseUnreachable, TimeoutError) as error:
            view = ServerView(note=f"no figures: {str(error) or f'no answer within {_ANSWER_SECONDS:g} s'}")
        except asyncio.CancelledError:
            self.leave()
            raise
        except Exception:
            if self.progress is asked:
                raise
            # The end of the statement closed the connection within an answer. The driver of MySQL then fails in any way.
            view = ServerView()
        if self.progress._replace(server=ServerView()) != asked._replace(server=ServerView()):
            # The statement ended in the meantime, perhaps before the companion was open. The run may take no further step.
            self.leave()
            return
        self.progress = asked._replace(server=view)
        if view.note.startswith("no figures"):
            self._not_before = monotonic() + _PAUSE_SECONDS
            self.leave()

    def leave(self) -> None:
        """Close the second connection, if there is one."""
        if self._connection is not None and self._connection.companion is not None:
            self._connection.drop_companion()


async def _view(connection: Connection, schema: str) -> ServerView:
    if connection.companion is None:
        # The statement may end while the connection opens; `ask` then closes it.
        await connection.accompany()
    # The end of the statement also closes the companion.
    return ServerView() if connection.companion is None else await connection.companion.look(schema)
