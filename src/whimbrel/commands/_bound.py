"""A run that is bound to a plan: compare the plan with the present state, and allow the run exactly that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple

from whimbrel.dialects.place import IDENTITY_TABLE
from whimbrel.errors import PlanOutdated
from whimbrel.migrations.migration import MigrationSet
from whimbrel.planning.allowance import AllowedFiles
from whimbrel.planning.plan import Plan
from whimbrel.review.plans.comparing import differences
from whimbrel.review.plans.document import RunOptions
from whimbrel.review.plans.plan_file import read_plan
from whimbrel.review.plans.reading import at_start, read_bound, read_pending
from whimbrel.runner.migrator import Migrator
from whimbrel.session.identity import give_identity
from whimbrel.session.session import Session

if TYPE_CHECKING:
    from whimbrel.commands.plan import PlanReport

__all__ = ["BoundPlan", "bind"]


class BoundPlan(NamedTuple):
    """The document of a plan, and what this run was given."""

    document: Mapping[str, Any]
    sets: Sequence[MigrationSet]
    options: RunOptions

    async def compare(self, session: Session, run: Migrator) -> list[Plan]:
        """Return the planned files, and allow the run to apply them. Call it under the lock, unless the session only asks.

        Raises PlanOutdated if anything differs. The list of statements is derived from the rest, so the rest is compared first:
        it names the cause.
        """
        session.course.step("comparing the plan with the database")
        if not session.is_question:
            # The last holder of the lock may have created the tables.
            await session.history.inspect()
        async with at_start(session):
            now = await read_bound(session, self.sets, self.options)
            if found := differences(self.document, now, bound=True):
                raise PlanOutdated(found)
            plans = await run.look()
            if found := differences(self.document, {**now, **await read_pending(session, plans)}):
                raise PlanOutdated(found)
        run.allowance = AllowedFiles.of(self.document["history"]["highest_rank"], plans)
        lacking = self.document["database"]["identity"] is None and not await session.history.lacks(IDENTITY_TABLE)
        if lacking and not session.is_question:
            # A run died after it had made the table, on a database that does not roll this back.
            await give_identity(session)
        return plans


def bind(plan: PlanReport | str | PathLike[str], sets: Sequence[MigrationSet], options: RunOptions) -> BoundPlan:
    """Return a run's plan, from its file or from `plan`. Raises ConfigurationError if the file is no plan."""
    document = read_plan(plan) if isinstance(plan, str | PathLike) else plan.document
    return BoundPlan(document, sets, options)
