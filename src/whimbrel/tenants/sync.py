"""Bring every tenant that is behind to the newest version, a bounded number at a time, together with other processes."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from whimbrel.errors import ConfigurationError, LockTimeout, WhimbrelError
from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import command
from whimbrel.session.connect import Target, connecting, open_session, parse_target
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session
from whimbrel.session.teller import logged
from whimbrel.tenants.course import FleetCourse
from whimbrel.tenants.names import check_name
from whimbrel.tenants.registry import Tenant, expected_digest
from whimbrel.tenants.upgrade import Work, summary

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["Failed", "Progress", "SyncReport", "sync_tenants"]

# The number of tenants per connection in one round. After a round the table is read again: other processes may have changed it.
_ROUND = 64
_PAUSE_SECONDS = 0.25


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

    `skipped` have no schema. `behind` were not reached: a canary failed, or another process kept them for too long.
    """

    database: str
    done: tuple[str, ...] = ()
    failed: tuple[Failed, ...] = ()
    skipped: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    up_to_date: int = 0
    migrations: int = 0
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """The command line's exit code: 1 if a tenant failed, 5 if another process kept one locked, 0 otherwise."""
        return 1 if self.failed else 5 if self.behind else 0

    def __str__(self) -> str:
        lines = [f"failed {printable(one.name)}: {printable(one.error)}" for one in self.failed]
        lines += [
            f"skipped {name}: its schema is gone; {command('tenants add', name)} creates it again"
            for name in map(printable, self.skipped)
        ]
        lines += [f"behind {printable(name)}" for name in self.behind]
        return "\n".join([*lines, self.summary()])

    def summary(self) -> str:
        """Return the result in one line."""
        counts = f"{len(self.done)} done ({self.migrations} migrations), {self.up_to_date} already up to date"
        others = f"{len(self.failed)} failed, {len(self.skipped)} skipped, {len(self.behind)} behind"
        return f"tenants: {counts}, {others}, in {self.seconds:.2f} s on {self.database}"


async def sync_tenants(
    target: Target,
    *folders: str | Traversable,
    concurrency: int = 4,
    canary: str | Sequence[str] = (),
    only: Collection[str] | None = None,
    verify: bool = False,
    lock_wait: float = LOCK_WAIT_SECONDS,
    app_version: str | None = None,
    databases: Collection[str] = (),
    accept_existing: bool = False,
    schema: str = "",
    progress: Callable[[Progress], None] | None = None,
    course: FleetCourse | None = None,
) -> SyncReport:
    """Apply the blueprints in `folders` to every tenant that is behind. The next call processes only the remaining ones.

    The sync upgrades at most `concurrency` tenants at a time, each on one connection. The `canary` comes first; if it fails, no
    other tenant is touched. Any other failure stops nothing. `only` restricts the sync to these tenants. If none is behind, the
    sync reads the table of tenants once and touches no tenant; with `verify` it still reads each tenant's own history, which a
    restored backup may require.

    Many processes may run this at once and share the work. If another process works on a tenant, the sync returns to it later,
    until nothing has changed for `lock_wait` seconds. Tenants created meanwhile are upgraded too.

    `accept_existing` is that of `migrate`, for every tenant. A sync logs where it is every 30 seconds; if `course` is given, the
    sync notes it there instead.

    Raises ValidationFailed or ConfigurationError for a problem that concerns all tenants, and DatabaseUnreachable. The report
    holds the failures of single tenants.
    """
    target = parse_target(target)
    if concurrency < 1:
        raise ConfigurationError(f"concurrency is {concurrency}; it must be 1 or more")
    work = Work.on(
        target,
        folders,
        schema,
        lock_wait=lock_wait,
        app_version=app_version,
        databases=databases,
        accept_existing=accept_existing,
    )
    first = (canary,) if isinstance(canary, str) else tuple(canary)
    # The command line shows the course itself.
    telling: AbstractAsyncContextManager[object] = nullcontext()
    if course is None:
        telling = logged(course := FleetCourse())
    sync = _Sync(work, concurrency, None if only is None else frozenset(map(check_name, only)), verify, progress, course)
    async with telling:
        return await sync.run(frozenset(map(check_name, first)))


@dataclass(slots=True)
class _Sync:
    work: Work
    concurrency: int
    only: frozenset[str] | None
    verify: bool
    progress: Callable[[Progress], None] | None
    course: FleetCourse
    database: str = ""
    # The result of the last enumeration.
    behind: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    up_to_date: int = 0
    # The tenants that this process has handled, and those that other processes had locked.
    done: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    failed: dict[str, Failed] = field(default_factory=dict)
    later: set[str] = field(default_factory=set)
    migrations: int = 0
    total: int = 0

    async def run(self, canary: frozenset[str]) -> SyncReport:
        """Upgrade the canary, then all others."""
        started = monotonic()
        await self._enumerate(named=canary | (self.only or frozenset()))
        await self._finish(canary)
        if not canary & {*self.failed, *self.skipped, *self.behind}:
            await self._finish(None)
        failed = tuple(self.failed[name] for name in sorted(self.failed))
        return SyncReport(
            self.database,
            tuple(sorted(self.done)),
            failed,
            tuple(self.skipped),
            tuple(sorted(self.behind)),
            self.up_to_date,
            self.migrations,
            monotonic() - started,
        )

    async def _finish(self, names: frozenset[str] | None) -> None:
        """Run rounds until this process can upgrade no more of these tenants, or of all tenants if `names` is None."""
        moved = monotonic()
        while left := [name for name in self.behind if names is None or name in names]:
            fresh = [name for name in left if name not in self.later]
            before = len(self.seen)
            await self._round((fresh or left)[: _ROUND * self.concurrency])
            await self._enumerate()
            if fresh or len(self.seen) > before or len(self.behind) < len(left):
                moved = monotonic()
            elif monotonic() - moved >= self.work.lock_wait:
                return
            else:
                self.course.step(f"waiting for other processes, which work on {len(self.later)} tenants")
                await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))

    async def _enumerate(self, named: frozenset[str] = frozenset()) -> None:
        """Read the table of tenants, and determine which ones are still behind."""
        self.course.step(connecting(self.work.target))
        async with open_session(self.work.target, self.work.schema, [], question=True) as control:
            self.course.step("reading the table of tenants")
            tenants = await self.work.registry(control).read()
            if unknown := sorted(named - {tenant.name for tenant in tenants}):
                raise ConfigurationError(f"no such tenant: {', '.join(unknown)}")
            self._sort_out(tenants, expected_digest(self.work.sets, control.database))
            if self.behind and not self.database:
                self.work.check(control)
            self.database = control.database
        self.total = max(self.total, len(self.behind) + len(self.seen))
        self.course.count(len(self.seen), len(self.failed), self.total)

    def _sort_out(self, tenants: Sequence[Tenant], wanted: str) -> None:
        chosen = [tenant for tenant in tenants if self.only is None or tenant.name in self.only]
        open_ = [tenant for tenant in chosen if tenant.name not in self.seen]
        self.skipped = [tenant.name for tenant in open_ if not tenant.present]
        self.behind = [tenant.name for tenant in open_ if tenant.present and (self.verify or tenant.digest != wanted)]
        # The tenants are shuffled, so that several processes do not follow each other from tenant to tenant.
        random.shuffle(self.behind)
        self.up_to_date = len(chosen) - len(self.skipped) - len(self.behind) - len(self.done) - len(self.failed)

    async def _round(self, names: Sequence[str]) -> None:
        queue = deque(names)
        self.course.step("")
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.concurrency, len(names))):
                    group.create_task(self._worker(queue))
        except* WhimbrelError as several:
            # All errors are the same: no connection can be opened any more.
            stopped = several.exceptions[0]
        else:
            return
        raise stopped

    async def _worker(self, queue: deque[str]) -> None:
        """Process tenants on one connection, one after the other.

        After a failure, replace the connection, whose state is in doubt.
        """
        while queue:
            name = ""
            try:
                async with open_session(self.work.target, self.work.schema, []) as control:
                    control.connection.patience = self.work.lock_wait
                    while queue:
                        name = queue.popleft()
                        await self._one(control, name)
                        name = ""
            except WhimbrelError as error:
                if not name:
                    raise
                await self._fail(name, error)

    async def _one(self, control: Session, name: str) -> None:
        try:
            report = await self.work.bring_up(control, name, at_once=True, course=self.course.begin(name))
        except LockTimeout:
            self.later.add(name)
            return
        finally:
            self.course.end(name)
        self.seen.add(name)
        if report.applied:
            self.done.append(name)
            self.migrations += len(report.applied)
        self._tell()

    async def _fail(self, name: str, error: WhimbrelError) -> None:
        # A tenant whose schema has disappeared does not count as failed; the next enumeration reports it.
        if await self.work.note_failure(name, error):
            self.seen.add(name)
            self.failed[name] = Failed(name, summary(error), error.exit_code)
            self._tell(self.failed[name])

    def _tell(self, failure: Failed | None = None) -> None:
        self.course.count(len(self.seen), len(self.failed), self.total)
        if self.progress is not None:
            self.progress(Progress(len(self.seen), len(self.failed), max(self.total, len(self.seen)), failure))
