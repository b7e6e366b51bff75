"""Bring every tenant that is behind to the newest version, a bounded number at a time, together with other processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from whimbrel.errors import ConfigurationError
from whimbrel.session.connect import Target, parse_target
from whimbrel.session.session import LOCK_WAIT_SECONDS
from whimbrel.session.teller import log_unless_shown
from whimbrel.tenants.course import FleetCourse
from whimbrel.tenants.names import check_name
from whimbrel.tenants.rollout import Rollout
from whimbrel.tenants.servers import Servers
from whimbrel.tenants.sync_report import Progress, SyncReport
from whimbrel.tenants.tally import Tally
from whimbrel.tenants.upgrade import Work
from whimbrel.tenants.waves import parse_shard, parse_waves
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["sync_tenants"]


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
    servers: Mapping[str, str | DatabaseUrl] | None = None,
    wave: str = "",
    shard: str = "",
    progress: Callable[[Progress], None] | None = None,
    course: FleetCourse | None = None,
) -> SyncReport:
    """Apply the blueprints in `folders` to every tenant that is behind. The next call processes only the remaining ones.

    The sync upgrades at most `concurrency` tenants of each server at a time, each on one connection. The `canary` comes first;
    if it fails, no other tenant is touched. Any other failure stops nothing. `only` restricts the sync to these tenants. If none
    is behind, the sync reads the table of tenants once and touches no tenant; with `verify` it still reads each tenant's own
    history, which a restored backup may require.

    Many processes may run this at once and share the work. If another process works on a tenant, the sync returns to it later,
    until nothing has changed for `lock_wait` seconds. Tenants created meanwhile are upgraded too.

    `servers` has the addresses of the fleet's further servers by their names. A server that cannot be reached does not stop the
    others; the report names it and its tenants. `wave`, such as "1,10,100%", says how many tenants are done when each wave ends;
    with waves, the sync stops at the first failure of a tenant or a server. `shard`, such as "0/4", is the number of this process
    among those that share the work: it begins with its own share, and then takes the tenants that others have left.

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
    course, telling = log_unless_shown(course, FleetCourse)
    rollout = Rollout(
        work,
        Servers(work.own, servers),
        concurrency,
        None if only is None else frozenset(map(check_name, only)),
        verify,
        parse_waves(wave),
        parse_shard(shard),
        course,
        Tally(course, progress),
    )
    async with telling:
        return await rollout.run(frozenset(map(check_name, first)))
