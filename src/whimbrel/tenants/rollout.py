"""The course of a sync: canaries, then waves, each in rounds on all servers at once, together with other processes."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from whimbrel.errors import ConfigurationError, LockTimeout, ValidationFailed, WhimbrelError
from whimbrel.session.session import Session
from whimbrel.tenants.course import FleetCourse
from whimbrel.tenants.lane import Lane
from whimbrel.tenants.registry import Tenant
from whimbrel.tenants.servers import Servers
from whimbrel.tenants.sync_report import Failed, SyncReport
from whimbrel.tenants.tally import Tally
from whimbrel.tenants.upgrade import Work, summary
from whimbrel.tenants.waves import Shard, Wave, arrange, cut

__all__ = ["Rollout"]

# The least number of tenants per connection in one round. After a round the tables are read again: other processes may have
# changed them. In a large fleet a round is a part of what is left, so that the number of readings grows slowly.
_ROUND = 64
_PART = 8
_PAUSE_SECONDS = 0.25


@dataclass(slots=True)
class Rollout:
    """One sync. `concurrency` is the number of connections to each server."""

    work: Work
    servers: Servers
    concurrency: int
    only: frozenset[str] | None
    verify: bool
    waves: Sequence[Wave]
    shard: Shard | None
    course: FleetCourse
    tally: Tally
    lanes: dict[str, Lane] = field(default_factory=dict)
    # With waves: the errors that were recorded before this sync, and whether a failure has stopped it.
    before: dict[str, tuple[str, datetime | None]] | None = None
    stopped: bool = False

    async def run(self, canary: frozenset[str]) -> SyncReport:
        """Upgrade the canary, then each wave, then all others; stop after a canary or a wave that failed."""
        started = monotonic()
        try:
            await self._begin(canary)
            await self._stages(canary)
        finally:
            for lane in self.lanes.values():
                await lane.close()
        return self.tally.report(self.lanes, monotonic() - started)

    async def _stages(self, canary: frozenset[str]) -> None:
        if self.waves and any(lane.error for lane in self.lanes.values()):
            return
        if canary and not await self._completes(canary):
            return
        for names in cut(self._behind(), self.waves):
            if not await self._completes(names):
                return
        await self._finish(None)

    async def _completes(self, names: frozenset[str]) -> bool:
        """Upgrade these tenants; return whether all of them are up to date now."""
        await self._finish(names)
        skipped = {name for lane in self.lanes.values() for name in lane.skipped}
        lost = {name for lane in self.lanes.values() if lane.error for name in lane.known}
        return not self.stopped and not names & {*self.tally.failed, *skipped, *lost, *self._behind()}

    def _behind(self) -> list[str]:
        return [name for lane in self._live() for name in lane.behind]

    def _live(self) -> list[Lane]:
        return [lane for lane in self.lanes.values() if lane.error is None]

    async def _finish(self, names: frozenset[str] | None) -> None:
        """Run rounds until this process can upgrade no more of these tenants, or of all tenants if `names` is None."""
        moved = monotonic()
        while left := {name for name in self._behind() if names is None or name in names}:
            fresh = left - self.tally.later
            before = len(self.tally.seen)
            await self._round(fresh or left)
            if self.stopped:
                return
            await self._enumerate()
            if fresh or len(self.tally.seen) > before or len(left & {*self._behind()}) < len(left):
                moved = monotonic()
            elif monotonic() - moved >= self.work.lock_wait:
                return
            else:
                self.course.step(f"waiting for other processes, which work on {len(self.tally.later)} tenants")
                await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))

    async def _begin(self, canary: frozenset[str]) -> None:
        """Read the registry, and the tables of all servers on which it places tenants."""
        self.course.step("reading the table of tenants")
        home = self.lanes[""] = Lane(self.work)
        tenants = await home.read(whole=True)
        if unknown := sorted((canary | (self.only or frozenset())) - {tenant.name for tenant in tenants}):
            raise ConfigurationError(f"no such tenant: {', '.join(unknown)}")
        placed = self.servers.sort(one for one in tenants if self.only is None or one.name in self.only)
        self._sort_out(home, placed.pop("", []))
        for name, rows in placed.items():
            places = {one.name: one.server for one in tenants}
            known = {one.name for one in rows}
            self.lanes[name] = Lane(self.work.at(self.servers.find(name)), rows, places, known=known)
        await self._read([lane for name, lane in self.lanes.items() if name])
        self.tally.count(len(self._behind()))
        await self._check()

    async def _check(self) -> None:
        """Plan every file before the first tenant is touched."""
        for lane in self._live():
            if lane.behind:
                async with lane.session(question=True) as control:
                    lane.work.check(control)

    async def _enumerate(self) -> None:
        """Read the tables of all servers again, and determine which tenants are still behind."""
        self.course.step("reading the table of tenants")
        await self._read(self._live())
        self.tally.count(len(self._behind()))

    async def _read(self, lanes: Sequence[Lane]) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [(lane, group.create_task(self._answer(lane))) for lane in lanes]
        for lane, task in tasks:
            answer = task.result()
            if isinstance(answer, WhimbrelError):
                self._lose(lane, answer)
            else:
                self._sort_out(lane, answer)

    async def _answer(self, lane: Lane) -> list[Tenant] | WhimbrelError:
        try:
            # With one server, the table may lack the column that says where a tenant is.
            placed_here = len(self.lanes) > 1 and lane.registered is None and not self.servers.names_home
            return await lane.read(whole=self.verify, placed_here=placed_here)
        except WhimbrelError as error:
            return error

    def _lose(self, lane: Lane, error: WhimbrelError) -> None:
        """Work no more on a server. Raises the error of the registry's own server, and one that concerns the files of all."""
        if not lane.work.server or isinstance(error, ValidationFailed):
            raise error
        lane.error, self.stopped = error, self.stopped or bool(self.waves)
        if self.tally.progress is not None:
            self.tally.tell()

    def _sort_out(self, lane: Lane, tenants: Sequence[Tenant]) -> None:
        chosen = [one for one in tenants if self.only is None or one.name in self.only]
        if lane.registered is None:
            chosen = [one for one in chosen if self.servers.is_home(one.server)]
        lane.sort_out(chosen, self.tally.seen, verify=self.verify)
        lane.behind = arrange(lane.behind, self.shard)
        if self.waves:
            self._notice_failures(lane, chosen)

    def _notice_failures(self, lane: Lane, tenants: Sequence[Tenant]) -> None:
        """Stop for a tenant that has failed in another process since this one began."""
        self.before = self.before if self.before is not None else {}
        behind = set(lane.behind)
        for one in tenants:
            if one.name not in behind:
                continue
            noted = one.last_error, one.synced_on
            if self.before.setdefault(one.name, noted) != noted and one.last_error:
                self.tally.add_failure(Failed(one.name, f"in another process: {one.last_error}", 1))
                lane.behind.remove(one.name)
                self.stopped = True

    async def _round(self, names: Collection[str]) -> None:
        """Upgrade some of these tenants, on all servers at once."""
        self.course.step("")
        lanes = self._live()
        errors = await asyncio.gather(*(self._upgrade(lane, [one for one in lane.behind if one in names]) for lane in lanes))
        for lane, error in zip(lanes, errors, strict=True):
            if error is not None:
                self._lose(lane, error)

    async def _upgrade(self, lane: Lane, names: Sequence[str]) -> WhimbrelError | None:
        """Upgrade tenants of one server. Return the error after which it cannot be worked on."""
        queue = deque(names[: max(_ROUND * self.concurrency, len(names) // _PART)])
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.concurrency, len(queue))):
                    group.create_task(self._worker(lane, queue))
        except* WhimbrelError as several:
            # All errors are the same: no connection can be opened any more.
            stopped = several.exceptions[0]
        else:
            return None
        assert isinstance(stopped, WhimbrelError)
        return stopped

    async def _worker(self, lane: Lane, queue: deque[str]) -> None:
        """Process tenants on one connection, one after the other.

        After a failure, replace the connection, whose state is in doubt.
        """
        while queue and not self.stopped:
            name = ""
            try:
                async with lane.session() as control:
                    control.connection.patience = lane.work.lock_wait
                    while queue and not self.stopped:
                        name = queue.popleft()
                        await self._one(lane.work, control, name)
                        name = ""
            except WhimbrelError as error:
                if not name:
                    raise
                await self._fail(lane.work, name, error)

    async def _one(self, work: Work, control: Session, name: str) -> None:
        try:
            report = await work.bring_up(control, name, at_once=True, course=self.course.begin(name))
        except LockTimeout:
            self.tally.later.add(name)
            return
        finally:
            self.course.end(name)
        self.tally.add(name, report)

    async def _fail(self, work: Work, name: str, error: WhimbrelError) -> None:
        # A tenant whose schema has disappeared does not count as failed; the next enumeration reports it.
        if await work.note_failure(name, error):
            failure = Failed(name, summary(error), error.exit_code)
            self.tally.add_failure(failure)
            self.stopped = self.stopped or bool(self.waves)
            self.tally.tell(failure)
