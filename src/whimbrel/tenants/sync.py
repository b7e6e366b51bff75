"""Bring every tenant that is behind to the newest version, a bounded number at a time, together with other processes."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from whimbrel.errors import ConfigurationError, LockTimeout, WhimbrelError
from whimbrel.printable import printable
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session
from whimbrel.tenants.names import check_name
from whimbrel.tenants.registry import Tenant, expected_digest
from whimbrel.tenants.upgrade import Work, summary

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["Failed", "Progress", "SyncReport", "sync_tenants"]

# Of one round, for each connection; then the table is read again, since other processes, and newcomers, may have changed it.
_ROUND = 64
_PAUSE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Failed:
    """A tenant that could not be brought up, and why; `exit_code` is what its error alone would have answered with."""

    name: str
    error: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync has come. `total` are those that were behind when it last looked, and those it has seen to."""

    done: int
    failed: int
    total: int
    # The one that has just failed, if one has.
    failure: Failed | None = None


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did. `done` were brought up by this process, `up_to_date` counts the others that need nothing.

    `skipped` have no schema; `behind` were not reached: a canary failed, or another process had them for too long.
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
        """What the command line answers: 1 if a tenant failed, 5 if one was not to be had, 0 otherwise."""
        return 1 if self.failed else 5 if self.behind else 0

    def __str__(self) -> str:
        lines = [f"failed {printable(one.name)}: {printable(one.error)}" for one in self.failed]
        lines += [
            f"skipped {name}: its schema is gone; whimbrel tenants add {name} makes it anew"
            for name in map(printable, self.skipped)
        ]
        lines += [f"behind {printable(name)}" for name in self.behind]
        return "\n".join([*lines, self.summary()])

    def summary(self) -> str:
        """Return the whole in one line."""
        counts = f"{len(self.done)} done ({self.migrations} migrations), {self.up_to_date} up to date before"
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
) -> SyncReport:
    """Apply the blueprints in `folders` to every tenant that is behind; the next call touches only what is left.

    At most `concurrency` tenants at a time, each on one connection. The `canary` comes first, and if it fails nobody else is
    touched; any other that fails stops nobody. `only` names those to look at. With nobody behind, the table of tenants is read
    once and no tenant is touched; `verify` looks at each tenant's own history all the same, which a restored backup may need.

    Many processes may do this at once and share the work; a tenant that another one works on is looked at again later, for
    `lock_wait` seconds in which nothing moves. Tenants that are created meanwhile are brought up too.

    `accept_existing` is that of `migrate`, for every tenant.

    Raises ValidationFailed or ConfigurationError for what is wrong with all of them, and DatabaseUnreachable; what happens to
    single tenants is in the report.
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
    sync = _Sync(work, concurrency, None if only is None else frozenset(map(check_name, only)), verify, progress)
    return await sync.run(frozenset(map(check_name, first)))


@dataclass(slots=True)
class _Sync:
    work: Work
    concurrency: int
    only: frozenset[str] | None
    verify: bool
    progress: Callable[[Progress], None] | None
    database: str = ""
    # What the last enumeration found.
    behind: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    up_to_date: int = 0
    # What this process has seen to, and which tenants others had when it came by.
    done: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    failed: dict[str, Failed] = field(default_factory=dict)
    later: set[str] = field(default_factory=set)
    migrations: int = 0
    total: int = 0

    async def run(self, canary: frozenset[str]) -> SyncReport:
        """The canary, then everybody."""
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
        """Round after round, until none of these, or of all, is left whom this process could bring up."""
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
                await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))

    async def _enumerate(self, named: frozenset[str] = frozenset()) -> None:
        """Read the table of tenants: who is behind by now, whoever brought up the others."""
        async with open_session(self.work.target, self.work.schema, [], question=True) as control:
            tenants = await self.work.registry(control).read()
            if unknown := sorted(named - {tenant.name for tenant in tenants}):
                raise ConfigurationError(f"no such tenant: {', '.join(unknown)}")
            self._sort_out(tenants, expected_digest(self.work.sets, control.database))
            if self.behind and not self.database:
                self.work.check(control)
            self.database = control.database
        self.total = max(self.total, len(self.behind) + len(self.seen))

    def _sort_out(self, tenants: Sequence[Tenant], wanted: str) -> None:
        chosen = [tenant for tenant in tenants if self.only is None or tenant.name in self.only]
        open_ = [tenant for tenant in chosen if tenant.name not in self.seen]
        self.skipped = [tenant.name for tenant in open_ if not tenant.present]
        self.behind = [tenant.name for tenant in open_ if tenant.present and (self.verify or tenant.digest != wanted)]
        # So that several processes do not follow each other from tenant to tenant.
        random.shuffle(self.behind)
        self.up_to_date = len(chosen) - len(self.skipped) - len(self.behind) - len(self.done) - len(self.failed)

    async def _round(self, names: Sequence[str]) -> None:
        queue = deque(names)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.concurrency, len(names))):
                    group.create_task(self._worker(queue))
        except* WhimbrelError as several:
            # They say the same: no connection can be had any more.
            stopped = several.exceptions[0]
        else:
            return
        raise stopped

    async def _worker(self, queue: deque[str]) -> None:
        """One connection, moved from tenant to tenant; another one after a failure, which leaves it in doubt."""
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
            report = await self.work.bring_up(control, name, at_once=True)
        except LockTimeout:
            self.later.add(name)
            return
        self.seen.add(name)
        if report.applied:
            self.done.append(name)
            self.migrations += len(report.applied)
        self._tell()

    async def _fail(self, name: str, error: WhimbrelError) -> None:
        # If its schema is gone it is none of the failed: the next enumeration tells of it.
        if await self.work.note_failure(name, error):
            self.seen.add(name)
            self.failed[name] = Failed(name, summary(error), error.exit_code)
            self._tell(self.failed[name])

    def _tell(self, failure: Failed | None = None) -> None:
        if self.progress is not None:
            self.progress(Progress(len(self.seen), len(self.failed), max(self.total, len(self.seen)), failure))
