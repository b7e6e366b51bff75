"""Follow a sync of tenants: the number of finished tenants, and the course of each tenant at work."""

from __future__ import annotations

from time import monotonic

from whimbrel.messages.progress import FleetProgress, fleet_line
from whimbrel.session.course import Course

__all__ = ["FleetCourse"]


class FleetCourse:
    """The course of a sync. Each note replaces immutable values, which another thread may read at any time."""

    def __init__(self) -> None:
        self._working: dict[str, Course] = {}
        self._progress = FleetProgress(phase="starting", since=monotonic())

    # Called by the sync.

    def step(self, phase: str) -> None:
        """Note a step that concerns all tenants; an empty one for the work on single tenants."""
        self._progress = self._progress._replace(phase=phase, since=monotonic())

    def count(self, done: int, failed: int, total: int) -> None:
        """Note how many tenants are done, the failed ones among them, and how many there are to do."""
        self._progress = self._progress._replace(done=done, failed=failed, total=max(total, done))

    def begin(self, tenant: str) -> Course:
        """Return the course of a tenant that is at work from now on."""
        course = Course()
        self._working = {**self._working, tenant: course}
        return course

    def end(self, tenant: str) -> None:
        """Note that a tenant is no longer at work."""
        if course := self._working.get(tenant):
            course.leave()
        self._working = {name: course for name, course in self._working.items() if name != tenant}

    # Called by the teller.

    def line(self, width: int | None = None) -> str:
        """Return the line that shows the progress of the sync. May be called in any thread."""
        working = tuple((name, course.progress) for name, course in self._working.items())
        return fleet_line(self._progress._replace(working=working), monotonic(), width)

    def wants_figures(self) -> bool:
        """Whether the tenant in the line runs a statement for so long that the server should be asked about it."""
        course = self._slowest()
        return course is not None and course.wants_figures()

    async def ask(self) -> None:
        """Ask the server about that statement."""
        if course := self._slowest():
            await course.ask()

    def leave(self) -> None:
        """Close the second connections."""
        for course in self._working.values():
            course.leave()

    def _slowest(self) -> Course | None:
        return min(self._working.values(), key=lambda course: course.progress.since, default=None)
