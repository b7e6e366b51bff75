"""Measure statements: replay the files before them into a throw-away database, seed rows, run them, and read what they did."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Container, Sequence
from importlib import import_module
from itertools import groupby
from pathlib import Path

from whimbrel.adoption.confined import find_named_databases, find_shared_effects
from whimbrel.dialects.gauge import Gauge
from whimbrel.errors import ConfigurationError, MigrationFailed
from whimbrel.messages.printable import printable
from whimbrel.migrations.migration import MigrationSet
from whimbrel.planning.plan import Plan, Planner
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.measured_file import FileMeasurer
from whimbrel.review.scratch import throw_away
from whimbrel.runner.apply import apply
from whimbrel.runner.migrator import Migrator
from whimbrel.session.connect import open_session
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session
from whimbrel.url import DatabaseUrl

__all__ = ["confine", "measure"]

_SHARED = "name a server with --on that nobody else uses; or let the table decide, without --on"
_OUTSIDE = "lint runs only files that stay within the server; let the table decide, without --on"
_UNNAMED = "lint runs only files that do not name a database; let the table decide, without --on"


async def measure(
    address: DatabaseUrl,
    sets: Sequence[MigrationSet],
    chosen: Container[tuple[str, str]],
    *,
    native: bool,
    private: bool = False,
    each_alone: bool = False,
    keep: bool = True,
    chosen_last: bool = False,
) -> list[Case]:
    """Run the statements of the `chosen` files, by set and version, in a new database at `address`, and drop it.

    `native` says that the sets are meant for this database alone. `private` says that nobody else uses the server, so that
    statements may change more of it than the new database; files and other servers are refused in any case. With `each_alone`, a
    table that another chosen file made is not fresh. Without `keep`, each chosen file that runs in one transaction is rolled
    back, so that the next one finds what it found. With `chosen_last`, all other files are replayed first.

    Raises ConfigurationError if this user may create no database there, if a statement would reach beyond it, or if a file that
    is not chosen fails; ValidationFailed for files that no run accepts; DatabaseUnreachable.
    """
    # A task has a context of its own, so the messages after it suggest no commands with the address of the new database.
    return await asyncio.create_task(
        _measure(address, sets, chosen, native=native, private=private, each_alone=each_alone, keep=keep, chosen_last=chosen_last)
    )


async def _measure(
    address: DatabaseUrl,
    sets: Sequence[MigrationSet],
    chosen: Container[tuple[str, str]],
    *,
    native: bool,
    private: bool,
    each_alone: bool,
    keep: bool,
    chosen_last: bool,
) -> list[Case]:
    # If the address names a schema, that schema belongs to the original database.
    options = {name: value for name, value in address.options.items() if name != "schema"}
    with tempfile.TemporaryDirectory(prefix="whimbrel-", ignore_cleanup_errors=True) as folder:
        made = throw_away(address._replace(options=options), Path(folder), _nothing)
        async with made as url, open_session(url, "", sets) as session:
            session.wait_up_to(LOCK_WAIT_SECONDS)
            session.state = session.state._replace(native=native)
            measuring = _Measuring(session, Planner(native=native), each_alone=each_alone, keep=keep, chosen_last=chosen_last)
            return await measuring.run(sets, chosen, private=private)


async def _nothing(url: DatabaseUrl) -> None:
    """Leave the new database empty."""


def confine(session: Session, planner: Planner, plans: Sequence[Plan], *, private: bool) -> None:
    """Raise ConfigurationError if a statement would change anything but the throw-away database of the session."""
    problems = find_named_databases(session.dialect, session.database, planner, plans, _UNNAMED)
    problems += find_shared_effects(session.dialect, plans, _OUTSIDE if private else _SHARED, private=private)
    if problems:
        raise ConfigurationError("\n".join(["the files cannot be measured:", *(f"  {one.message}" for one in problems)]))


class _Measuring:
    def __init__(self, session: Session, planner: Planner, *, each_alone: bool, keep: bool, chosen_last: bool) -> None:
        self._session = session
        self._planner = planner
        self._each_alone = each_alone
        self._keep = keep
        self._applied: list[str] = []
        self._chosen_last = chosen_last

    async def run(self, sets: Sequence[MigrationSet], chosen: Container[tuple[str, str]], *, private: bool) -> list[Case]:
        session = self._session
        run = Migrator(session, sets, None, None, planner=self._planner, out_of_order=True, accept_existing=True)
        plans = await run.look()
        if not any(plan.key in chosen for plan in plans):
            return []
        if self._chosen_last:
            plans = sorted(plans, key=lambda plan: plan.key in chosen)
        confine(session, self._planner, plans, private=private)
        async with session.locked(LOCK_WAIT_SECONDS):
            await session.prepare()
            gauge: Gauge = await import_module(f"whimbrel.dialects.{session.dialect.name}.gauge").GAUGE.attach(
                session.connection, session.schema
            )
            try:
                return await self._all(gauge, plans, chosen)
            finally:
                await asyncio.shield(gauge.close())

    async def _all(self, gauge: Gauge, plans: Sequence[Plan], chosen: Container[tuple[str, str]]) -> list[Case]:
        files, cases = FileMeasurer(self._session, gauge, await gauge.version(), keep=self._keep), list[Case]()
        for is_chosen, group in groupby(plans, lambda plan: plan.key in chosen):
            if not is_chosen:
                await self._replay(list(group))
                files.forget()
                continue
            for plan in group:
                cases += await files.measure(plan)
                if self._each_alone or not self._keep:
                    files.forget_fresh()
        return cases

    async def _replay(self, plans: Sequence[Plan]) -> None:
        session, left = self._session, list(plans)
        while left:
            rank = len(self._applied) + 1
            try:
                done = await apply(session, left, rank=rank, applied=self._applied, fresh=rank == 1)
            except MigrationFailed as failed:
                raise ConfigurationError(_reason(failed)) from failed
            self._applied += [str(plan.migration) for plan in left[: len(done)]]
            left = left[len(done) :]


def _reason(failed: MigrationFailed) -> str:
    code = f" [{failed.code}]" if failed.code else ""
    return (
        f"{failed.place}: a file before the judged ones failed: statement {failed.statement} of {failed.total} "
        f"({printable(failed.kind)}): {printable(failed.server_message)}{code}\n"
        "  next: mend the file; or judge it too, with --from"
    )
