"""The files that a plan allows a run to apply, and no others. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.errors import PlanDifference, PlanOutdated
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.planning.plan import Plan

__all__ = ["AllowedFiles"]


class AllowedFiles(NamedTuple):
    """The files, by set and version, that may be applied after the record with the highest `rank`."""

    rank: int
    keys: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, rank: int, plans: Sequence[Plan]) -> AllowedFiles:
        """Return the allowance for these files."""
        return cls(rank, tuple(plan.key for plan in plans))

    def check(self, rank: int, plans: Sequence[Plan], applied: Sequence[str]) -> None:
        """Raise PlanOutdated if another process has recorded anything since. The run has `applied` these before."""
        now = AllowedFiles.of(rank, plans)
        found = [PlanDifference("the history, highest rank", str(self.rank), str(now.rank))] if self.rank != now.rank else []
        if self.keys != now.keys:
            found.append(PlanDifference("the pending files", self._listed(), now._listed()))
        if found:
            raise PlanOutdated(found, applied)

    def _listed(self) -> str:
        return ", ".join(f"{name} {version}" for name, version in self.keys) or "nothing"
