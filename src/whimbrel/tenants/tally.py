"""The tally of a sync: the tenants that it has upgraded, that failed, and that other processes keep for now.

A `Rollout` keeps it, and makes its report from it at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from whimbrel.runner.report import Report
from whimbrel.tenants.course import FleetCourse
from whimbrel.tenants.fleet import Unreachable
from whimbrel.tenants.lane import Lane
from whimbrel.tenants.sync_report import Failed, Progress, SyncReport
from whimbrel.tenants.upgrade import summary

__all__ = ["Tally"]


@dataclass(slots=True)
class Tally:
    """The tally of one sync, which `course` shows and `progress` gets."""

    course: FleetCourse
    progress: Callable[[Progress], None] | None
    done: list[str] = field(default_factory=list)
    failed: dict[str, Failed] = field(default_factory=dict)
    # The tenants that this process has finished, and those that another process kept for now.
    seen: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    migrations: int = 0
    total: int = 0

    def count(self, behind: int) -> None:
        """Show the tally after a reading, by which so many tenants are still behind."""
        self.total = max(self.total, behind + len(self.seen))
        self._show()

    def add(self, name: str, report: Report) -> None:
        """Add a tenant that is up to date now."""
        self.seen.add(name)
        if report.applied:
            self.done.append(name)
            self.migrations += len(report.applied)
        self.tell()

    def add_failure(self, failure: Failed) -> None:
        """Add a tenant that failed, in this process or in another one."""
        self.seen.add(failure.name)
        self.failed[failure.name] = failure

    def tell(self, failure: Failed | None = None) -> None:
        """Show the tally, and tell it to the caller, with the failure that has just happened."""
        self._show()
        if self.progress is not None:
            self.progress(Progress(len(self.seen), len(self.failed), max(self.total, len(self.seen)), failure))

    def _show(self) -> None:
        self.course.count(len(self.seen), len(self.failed), self.total)

    def report(self, lanes: Mapping[str, Lane], seconds: float) -> SyncReport:
        """Return the report of the sync, whose servers are these `lanes`, by name."""
        live = [lane for lane in lanes.values() if lane.error is None]
        skipped = sorted(name for lane in live for name in lane.skipped if name not in self.seen)
        behind = sorted(name for lane in live for name in lane.behind if name not in self.seen)
        known = sum(len(lane.known) for lane in live)
        lost = [self._unreachable(name, lane) for name, lane in sorted(lanes.items()) if lane.error is not None]
        finished = sum(name in lane.known for lane in live for name in (*self.done, *self.failed))
        return SyncReport(
            lanes[""].database,
            tuple(sorted(self.done)),
            tuple(self.failed[name] for name in sorted(self.failed)),
            tuple(skipped),
            tuple(behind),
            known - len(skipped) - len(behind) - finished,
            self.migrations,
            seconds,
            tuple(lost),
        )

    def _unreachable(self, name: str, lane: Lane) -> Unreachable:
        """Describe a lost server, with its tenants that were behind at the last reading, or all if there was none."""
        assert lane.error is not None
        left = (set(lane.behind) if lane.database else lane.known) - self.seen
        return Unreachable(name, summary(lane.error), lane.error.exit_code, tuple(sorted(left)))
