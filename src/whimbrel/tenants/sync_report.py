"""The report of a sync of tenants, and its progress. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import command
from whimbrel.tenants.fleet import Unreachable

__all__ = ["Failed", "Progress", "SyncReport"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A tenant whose upgrade failed, with the reason. `exit_code` is the one that belongs to this error."""

    name: str
    error: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a sync. `total` counts the tenants found behind at the last look, and the tenants already processed."""

    done: int
    failed: int
    total: int
    # The tenant that has just failed, if any.
    failure: Failed | None = None


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The result of a sync. This process upgraded `done`; `up_to_date` counts the other tenants that need nothing.

    `skipped` have no schema. `behind` were not reached: a canary or a wave failed, or another process kept them for too long.
    `unreachable` are the servers that could not be worked on, with their tenants.
    """

    database: str
    done: tuple[str, ...] = ()
    failed: tuple[Failed, ...] = ()
    skipped: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    up_to_date: int = 0
    migrations: int = 0
    seconds: float = 0.0
    unreachable: tuple[Unreachable, ...] = ()

    @property
    def exit_code(self) -> int:
        """The command line's exit code: 1 if a tenant failed, 5 if another process kept one locked, 0 otherwise.

        If a server could not be worked on, it is that of its error, such as 7.
        """
        if self.failed:
            return 1
        return self.unreachable[0].exit_code if self.unreachable else 5 if self.behind else 0

    def __str__(self) -> str:
        lines = [f"failed {printable(one.name)}: {printable(one.error)}" for one in self.failed]
        lines += [
            f"skipped {name}: its schema is gone; {command('tenants add', name)} creates it again"
            for name in map(printable, self.skipped)
        ]
        lines += [f"behind {printable(name)}" for name in self.behind]
        for one in self.unreachable:
            lines.append(f"server {one.server}: {printable(one.error)}")
            lines += [f"unreachable {printable(name)}: it is on server {one.server}" for name in one.tenants]
        return "\n".join([*lines, self.summary()])

    def summary(self) -> str:
        """Return the result in one line."""
        counts = f"{len(self.done)} done ({self.migrations} migrations), {self.up_to_date} already up to date"
        others = f"{len(self.failed)} failed, {len(self.skipped)} skipped, {len(self.behind)} behind"
        if self.unreachable:
            others += f", {sum(len(one.tenants) for one in self.unreachable)} unreachable"
        return f"tenants: {counts}, {others}, in {self.seconds:.2f} s on {self.database}"
