"""Apply pending migrations over one session: for `migrate`, and for each tenant of a sync."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from whimbrel.errors import ConfigurationError, DatabaseError, Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import joined
from whimbrel.migrations.migration import AppliedMigration, Migration, MigrationSet, Version
from whimbrel.migrations.problems import assess
from whimbrel.migrations.state import MigrationInfo, State, pending
from whimbrel.planning.allowance import AllowedFiles
from whimbrel.planning.plan import Plan, Planner, recorded_plan
from whimbrel.runner.apply import apply
from whimbrel.runner.contact import judge_contact
from whimbrel.runner.extensions import check_extensions
from whimbrel.runner.report import AppliedScript, Report
from whimbrel.session.arrival import arrive
from whimbrel.session.other_sets import read_others
from whimbrel.session.session import Session

__all__ = ["Migrator"]


class Migrator:
    """One run over one session.

    It reads the history, applies the pending files, and reads the history again if another process was quicker.
    """

    def __init__(
        self,
        session: Session,
        sets: Sequence[MigrationSet],
        target: Version | None,
        app: Version | None,
        *,
        planner: Planner,
        out_of_order: bool = False,
        accept_existing: bool = False,
    ) -> None:
        self._session = session
        self._sets = sets
        self._target = target
        self._app = app
        self._planner = planner
        self._out_of_order = out_of_order
        self._accept_existing = accept_existing
        self._passed_over: Sequence[str] = ()
        # The result of the last reading; the rows of the history that it judged.
        self.infos: list[MigrationInfo] = []
        self._history: Sequence[AppliedMigration] = ()
        # The files that a plan allows; without a plan, the run applies everything.
        self.allowance: AllowedFiles | None = None
        # The highest rank and the plans; valid while only this run can have recorded anything since.
        self._known: tuple[int, list[Plan]] | None = None
        # Whether this run held the lock before it read the history, so that no other process has recorded anything since.
        self._is_alone = False
        self._already = 0
        self._warnings: tuple[Problem, ...] = ()
        self._applied: list[AppliedScript] = []
        self._names: list[str] = []
        self._keys: set[tuple[str, str]] = set()

    async def look(self) -> list[Plan]:
        """Read the history and return what is pending; raise ValidationFailed with every problem."""
        return await self._judge(await self._session.history.read([one.name for one in self._sets]))

    async def arrive(self) -> list[Plan]:
        """Like `look`, but also try to take the lock in the message that reads the history, if the database supports this."""
        found = await arrive(self._session, [one.name for one in self._sets])
        if found is None:
            return await self.look()
        plans = await self._judge(found.history)
        if found.is_held and self._history is found.history:
            self._known, self._is_alone = (found.rank, plans), True
        return plans

    async def _judge(self, history: Sequence[AppliedMigration]) -> list[Plan]:
        self._history = history
        self.infos, found = assess(
            self._sets,
            self._session.database,
            history,
            out_of_order=self._out_of_order,
            app=self._app,
            others=await read_others(self._session, self._sets, history),
            target=self._target,
        )
        if wrong := [problem for problem in found if not problem.warning]:
            raise ValidationFailed(wrong)
        self._warnings = tuple(found)
        self._already = sum(info.state.is_applied for info in self.infos) - len(self._applied)
        plans = self._plan_pending({row.set_name for row in history})
        self._session.course.step("comparing the files with the database")
        self._planner.check_fresh(plans)
        if not self._session.dialect.keeps_session:
            self._check_pooled(plans)
        await check_extensions(self._session, plans)
        return plans if self._accept_existing or await self._is_free(plans) else await self.look()

    def _plan_pending(self, known: Collection[str]) -> list[Plan]:
        """Return the plans of the pending files. The history has the sets in `known`."""
        states = {info.resolved: info.state for info in self.infos}
        return [
            self._plan(migration, states[migration], first=migration.set_name not in known)
            for migration in pending(self.infos, self._target)
        ]

    def _check_pooled(self, plans: Sequence[Plan]) -> None:
        """Raise ConfigurationError if a migration needs more than a pooler in transaction mode allows."""
        advice = "\n  next: give the server's own address (--url, or MIGRATION_DATABASE_URL)"
        if alone := [plan for plan in plans if not plan.in_transaction]:
            raise ConfigurationError(
                f"{alone[0].migration} cannot run in one transaction, but the server is a pooler in transaction mode: the lock "
                f"would be lost between two transactions{advice}"
            )
        if asking := [plan for plan in plans if plan.begin != self._session.dialect.begin]:
            raise ConfigurationError(
                f"{asking[0].migration} asks for {asking[0].begin}, but the server is a pooler in transaction mode: the lock is "
                f"taken inside the transaction, which would not see the writes of the last holder{advice}"
            )

    async def _is_free(self, plans: Sequence[Plan]) -> bool:
        """Return whether no new set of these plans touches existing objects; False if the history has changed.

        A set is judged only once, so its files beyond the target are judged now. Raises ValidationFailed if a set does.
        """
        begun = {plan.migration.set_name for plan in plans}
        migrations = [migration for migration in pending(self.infos) if migration.set_name in begun]
        found = await judge_contact(self._session, self._planner, self._sets, self.infos, migrations)
        if found.problems:
            raise ValidationFailed(found.problems)
        if found.passed_over and not self._passed_over:
            self._passed_over = found.passed_over
            told = "already present, with every column that the files declare; CREATE ... IF NOT EXISTS leaves them as they are"
            self._session.tell(logging.INFO, f"{joined(found.passed_over)}: {told}")
        return not found.outdated

    def _plan(self, migration: Migration, state: State, *, first: bool) -> Plan:
        self._session.course.step(f"reading the statements of {migration}")
        if state is State.TO_RECORD:
            return recorded_plan(self._session.dialect, self._session.database, migration)
        return self._planner.plan(
            self._session.dialect,
            self._session.database,
            migration,
            begun=state is State.PARTIAL,
            first=first and not self._accept_existing,
        )

    async def all(self) -> None:
        """Apply everything; raise ValidationFailed, with what was applied before, if a begun file cannot go on."""
        try:
            await self._apply()
        except ValidationFailed as failed:
            raise ValidationFailed(failed.problems, [f"{one.set_name}/{one.script}" for one in self._applied]) from None
        self._session.course.step("checking foreign keys")
        if broken := await self._session.keys.find_broken():
            self._warnings += (Problem(ProblemKind.FOREIGN_KEYS, broken, warning=True),)
            self._session.tell(logging.WARNING, broken)

    async def _apply(self) -> None:
        while True:
            rank, plans = await self._find_pending()
            if self.allowance is not None:
                self.allowance.check(rank, plans, self._names)
            if not plans:
                return
            self._session.course.expect(len(self._applied), len(plans))
            last = await self._apply_plans(rank, plans)
            if last is None:
                continue
            if self.allowance is not None:
                # A squashed file may be pending now, of which the plan could not know.
                return
            if self._is_alone:
                # The ranks prove that no other process has recorded anything.
                self._known = last, await self._judge(self._history)

    async def _apply_plans(self, rank: int, plans: Sequence[Plan]) -> int | None:
        """Apply these files, and return the highest rank then; None if another process has recorded anything since `rank`."""
        fresh, number = rank == 0, 0
        while number < len(plans):
            if plans[number].key in self._keys:
                raise DatabaseError(f"{plans[number].migration} is applied and recorded, but the history does not show it")
            done = await apply(self._session, plans[number:], rank=rank + 1, applied=self._names, fresh=fresh)
            if not done:
                return None
            for one in done:
                plan = plans[number]
                # A file that an earlier run began has a rank already.
                rank, number = rank + (not plan.begun), number + 1
                self._note(one, plan, rank)
        return rank

    async def _find_pending(self) -> tuple[int, list[Plan]]:
        """Return the highest rank, and what is pending. Read it under the lock: the last holder may have applied it."""
        known, self._known = self._known, None
        if known is not None:
            return known
        self._is_alone = False
        self._session.course.step("reading the history")
        # The rank first: `apply` then notices a record written between the two readings, and does nothing.
        rank = await self._session.patiently(self._session.history.last_rank, lambda: "")
        return rank, await self._session.patiently(self.look, lambda: "")

    def _note(self, done: AppliedScript, plan: Plan, rank: int) -> None:
        """Add a file to those that this run has applied, and its record to the history that it knows.

        A file that an earlier run began keeps its rank.
        """
        self._applied.append(done)
        self._names.append(str(plan.migration))
        self._keys.add(plan.key)
        begun = [one for one in self._history if (one.set_name, str(one.version)) == plan.key]
        row = AppliedMigration.of(plan.migration, begun[0].installed_rank if begun else rank, baseline=plan.recorded)
        self._history = sorted([*(one for one in self._history if one not in begun), row], key=lambda one: one.installed_rank)

    def report(self, seconds: float, waited: float, would: tuple[str, ...] = (), *, warnings: tuple[Problem, ...] = ()) -> Report:
        """Return the report of the run, with these `warnings` after its own."""
        warnings = (*self._warnings, *warnings)
        return Report(self._session.database, tuple(self._applied), self._already, seconds, waited, would, warnings)
