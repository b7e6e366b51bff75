"""The report of a run, for people and programs."""

from __future__ import annotations

from whimbrel.errors import Problem
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import indented, printable

__all__ = ["AppliedScript", "Report"]


class AppliedScript(NamedTuple):
    """One applied migration. `statements` counts the statements that this run sent.

    `recorded` says that none was sent: the versions that the squashed file replaces were applied before.

    If small files were sent in one message, `seconds` may be an equal part of its time; the history has the time of each.
    """

    set_name: str
    version: str
    script: str
    statements: int
    seconds: float
    recorded: bool = False

    def __str__(self) -> str:
        if self.recorded:
            name = f"{printable(self.set_name)}/{printable(self.script)}"
            return f"recorded {name} without running it: the versions that it replaces are applied"
        counted = "1 statement" if self.statements == 1 else f"{self.statements} statements"
        return f"applied {printable(self.set_name)}/{printable(self.script)}, {counted}, {self.seconds * 1000:.0f} ms"


class Report(NamedTuple):
    """The report of a run. `already` counts earlier migrations; `waited` is the part of `seconds` spent waiting for the lock."""

    database: str
    applied: tuple[AppliedScript, ...] = ()
    already: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    pending: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        noted = [f"warning: {indented(problem.message)}" for problem in self.warnings]
        would = [f"would apply {printable(script)}" for script in self.pending]
        done = [str(one) for one in self.applied]
        return "\n".join([*noted, *would, *done, self.summary()])

    def summary(self) -> str:
        """Return a summary in one line."""
        if self.applied:
            waited = f", {self.waited:.2f} s of it waiting for the lock," if self.waited >= 0.1 else ""
            return f"{len(self.applied)} applied, {self.already} before, in {self.seconds:.2f} s{waited} on {self.database}"
        if self.pending:
            return f"{len(self.pending)} pending, {self.already} applied on {self.database}; nothing was changed"
        return f"nothing to do, {self.already} applied on {self.database} ({self.seconds * 1000:.0f} ms)"
