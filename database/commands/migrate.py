"""migrate: apply what is pending."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Literal

from database.blueprints import check_global
from database.config import Answer, add_options, read_settings
from database.directory import read_directories
from database.errors import ConfigurationError, DatabaseBusy, DatabaseError, LockTimeout, Problem, ValidationFailed
from database.execution import AppliedScript, apply
from database.history import glance
from database.migration import MigrationSet, Version
from database.opening import Target, begin_session, hidden, open_connection
from database.plan import Plan, Planner
from database.session import LOCK_WAIT_SECONDS, Limits, Progress, Session
from database.state import MigrationInfo, State, check_database, check_target, is_done, judge, pending
from database.url import DatabaseUrl

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["Report", "Run", "migrate"]

HELP = "apply what is pending"
EXAMPLE = "whimbrel migrate --url sqlite:///chat.db --sql sql/auth --sql sql/chat"


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did. `already` counts what was applied before; `waited` is the part of `seconds` spent on the lock."""

    database: str
    applied: tuple[AppliedScript, ...] = ()
    already: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    pending: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = field(default=())

    def __str__(self) -> str:
        noted = [f"warning: {problem.message}" for problem in self.warnings]
        would = [f"would apply {script}" for script in self.pending]
        done = [str(one) for one in self.applied]
        return "\n".join([*noted, *would, *done, self.summary()])

    def summary(self) -> str:
        """Return the whole in one line."""
        if self.applied:
            waited = f", {self.waited:.2f} s of them waiting" if self.waited >= 0.01 else ""
            return f"{len(self.applied)} applied, {self.already} before, in {self.seconds:.2f} s{waited} on {self.database}"
        if self.pending:
            return f"{len(self.pending)} pending, {self.already} applied on {self.database}; nothing was changed"
        return f"nothing to do, {self.already} applied on {self.database} ({self.seconds * 1000:.0f} ms)"


async def migrate(
    target: Target,
    *folders: str | Traversable,
    version: str | None = None,
    out_of_order: bool = False,
    lock_wait: float = LOCK_WAIT_SECONDS,
    lock_timeout: float | None = None,
    statement_timeout: float | None = None,
    app_version: str | None = None,
    fence: Literal["gtid"] | None = None,
    dry_run: bool = False,
    databases: Collection[str] = (),
    schema: str = "",
    progress: Progress | None = None,
) -> Report:
    """Apply what is pending in `folders`, set by set in this order, and return when all of it is recorded.

    `target` is an address or a DatabaseManager; `version` the last one to apply; `databases` those that the sets are meant for,
    all four if empty. Safe to call from many processes at once.

    Times are in seconds: `lock_wait` to wait while another process migrates, and to try again while locks on tables stand in the
    way; `lock_timeout` for one statement to wait for such a lock, `statement_timeout` for one to take, where the file says
    nothing else. `app_version` is the application's, for migrations of a newer build that say `min_app`. With `fence="gtid"`
    MySQL itself refuses to run a statement twice, and need not be asked what its catalog says.

    `progress` is called with a line for each thing that the run is about to do, or waits for; it must not block.

    Raises ValidationFailed before anything is written if files and history disagree, MigrationFailed if the database refuses a
    statement, LockTimeout, StatementUnsettled, DatabaseUnreachable or ConfigurationError.
    """
    started, target = monotonic(), hidden(target)
    if not 0 <= lock_wait < inf:
        raise ConfigurationError(f"lock_wait is {lock_wait:g}; it must be a number of seconds, 0 or more")
    limits = Limits(_limit("lock_timeout", lock_timeout), _limit("statement_timeout", statement_timeout))
    app = None if app_version is None else Version.parse(app_version)
    own = schema or ("" if isinstance(target, DatabaseUrl) else target.schema)
    if not own:
        check_global(folders)
    sets, last = read_directories(folders), None if version is None else Version.parse(version)
    check_target(sets, last)
    # Before SQLite makes a file for what cannot be meant.
    check_database(databases, *(target if isinstance(target, DatabaseUrl) else target.url).databases)
    async with open_connection(target, question=dry_run) as connection:
        rows = await glance(connection, own, [one.name for one in sets])
        if is_done(sets, connection.database, rows):
            return Report(connection.database, already=len(rows), seconds=monotonic() - started)
        session = await begin_session(connection, target, schema)
        check_database(databases, session.database)
        session.wait_up_to(lock_wait)
        session.limits, session.progress = limits, progress
        run = Run(session, sets, last, app, planner=Planner(native=len(databases) == 1), out_of_order=out_of_order)
        try:
            # In a cluster DDL of another node may end this question too, which is then asked again.
            plans = await session.patiently(run.look, lambda: "")
        except DatabaseBusy as error:
            raise LockTimeout(lock_wait, await session.dialect.lock_holder(session.connection, session.schema)) from error
        if not plans or dry_run:
            names = tuple(str(plan.migration) for plan in plans)
            return run.report(monotonic() - started, 0.0, names)
        async with session.locked(lock_wait) as waited:
            await session.prepare()
            if fence:
                await session.dialect.fence(session.connection)
            await run.all()
        return run.report(monotonic() - started, waited)


def _limit(name: str, seconds: float | None) -> float | None:
    if seconds is not None and not 0 < seconds < inf:
        raise ConfigurationError(f"{name} is {seconds:g}; it must be a number of seconds above 0")
    return seconds


class Run:
    """One run over one session: looks, applies, and looks again where another process was quicker."""

    def __init__(
        self,
        session: Session,
        sets: Sequence[MigrationSet],
        target: Version | None,
        app: Version | None,
        *,
        planner: Planner,
        out_of_order: bool = False,
    ) -> None:
        self._session = session
        self._sets = sets
        self._target = target
        self._app = app
        self._planner = planner
        self._out_of_order = out_of_order
        # What the last look found.
        self.infos: list[MigrationInfo] = []
        self._already = 0
        self._warnings: tuple[Problem, ...] = ()
        self._applied: list[AppliedScript] = []
        self._names: list[str] = []
        self._keys: set[tuple[str, str]] = set()

    async def look(self) -> list[Plan]:
        """Read the history and return what is pending; raise ValidationFailed with every problem."""
        database = self._session.database
        history = await self._session.history.read([one.name for one in self._sets])
        infos, found = judge(self._sets, database, history, out_of_order=self._out_of_order, app=self._app)
        self.infos = infos
        if any(not problem.warning for problem in found):
            raise ValidationFailed([problem for problem in found if not problem.warning])
        self._warnings = tuple(found)
        self._already = sum(info.state is State.SUCCESS for info in infos) - len(self._applied)
        begun = {info.resolved for info in infos if info.state is State.PARTIAL}
        plans = [
            self._planner.plan(self._session.dialect, self._session.database, migration, begun=migration in begun)
            for migration in pending(infos, self._target)
        ]
        if not self._session.dialect.keeps_session and (alone := [plan for plan in plans if not plan.in_transaction]):
            raise ConfigurationError(
                f"{alone[0].migration} cannot run in one transaction, and a pooler in transaction mode answers, where the lock "
                "would be lost between two\n  next: give the server's own address (--url, or MIGRATION_DATABASE_URL)"
            )
        return plans

    async def all(self) -> None:
        """Apply everything; raise ValidationFailed, with what was applied before, if a begun file cannot go on."""
        try:
            await self._apply()
        except ValidationFailed as failed:
            raise ValidationFailed(failed.problems, [f"{one.set_name}/{one.script}" for one in self._applied]) from None

    async def _apply(self) -> None:
        # What was read before the lock was held is read again: the last holder may have done it.
        while True:
            # The rank before the rows: a record written between the two is then seen by `apply`, which does nothing.
            rank = await self._session.history.last_rank()
            plans = await self.look()
            if not plans:
                return
            fresh, number = rank == 0, 0
            while number < len(plans):
                if plans[number].key in self._keys:
                    raise DatabaseError(f"{plans[number].migration} is applied and recorded, and the history does not show it")
                done = await apply(self._session, plans[number:], rank=rank + 1, applied=self._names, fresh=fresh)
                if not done:
                    break
                for one in done:
                    plan = plans[number]
                    self._applied.append(one)
                    self._names.append(str(plan.migration))
                    self._keys.add(plan.key)
                    # A file that an earlier run began has its rank.
                    rank, number = rank + (not plan.begun), number + 1

    def report(self, seconds: float, waited: float, would: tuple[str, ...] = ()) -> Report:
        """Say what was done."""
        return Report(self._session.database, tuple(self._applied), self._already, seconds, waited, would, self._warnings)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)
    parser.add_argument("--target", metavar="VERSION", help="the last version to apply")
    parser.add_argument("--out-of-order", action="store_true", help="also apply versions older than the newest applied one")
    parser.add_argument(
        "--lock-wait",
        type=float,
        metavar="SECONDS",
        default=LOCK_WAIT_SECONDS,
        help="how long to wait while another process migrates (default %(default)g)",
    )
    parser.add_argument("--lock-timeout", type=float, metavar="SECONDS", help="how long a statement may wait for locks on tables")
    parser.add_argument("--statement-timeout", type=float, metavar="SECONDS", help="how long a statement may take")
    parser.add_argument("--app-version", metavar="VERSION", help="the application's, for migrations that say min_app")
    parser.add_argument("--fence", choices=["gtid"], help="MySQL: let the server refuse the second run of a statement")
    parser.add_argument("--dry-run", action="store_true", help="say what would be applied and write nothing")


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    report = await migrate(
        settings.url,
        *settings.folders,
        version=arguments.target,
        out_of_order=arguments.out_of_order,
        lock_wait=arguments.lock_wait,
        lock_timeout=arguments.lock_timeout,
        statement_timeout=arguments.statement_timeout,
        app_version=arguments.app_version,
        fence=arguments.fence,
        dry_run=arguments.dry_run,
        databases=settings.databases,
        schema=settings.schema,
    )
    return Answer(0, str(report), report)
