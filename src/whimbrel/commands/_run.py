"""The parts of a run that `migrate` and `plan` share: the options that change what it does, its sets, and its migrator."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any

from whimbrel.errors import ConfigurationError
from whimbrel.migrations.blueprints import check_global
from whimbrel.migrations.done import check_target
from whimbrel.migrations.migration import MigrationSet, Version
from whimbrel.session.connect import Manager
from whimbrel.session.doubles import read_sets
from whimbrel.session.state import Limits
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

    from whimbrel.runner.migrator import Migrator
    from whimbrel.session.session import Session

__all__ = ["add_run_options", "new_migrator", "read_limits", "read_run_sets", "run_options"]


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add these options."""
    parser.add_argument("--target", metavar="VERSION", help="the last version to apply")
    parser.add_argument("--out-of-order", action="store_true", help="also apply versions older than the newest applied one")
    parser.add_argument("--accept-existing", action="store_true", help="let new sets run on existing tables, views and routines")
    parser.add_argument("--lock-timeout", type=float, metavar="SECONDS", help="how long a statement may wait for locks on tables")
    parser.add_argument("--statement-timeout", type=float, metavar="SECONDS", help="how long a statement may take")
    parser.add_argument("--app-version", metavar="VERSION", help="the application's version, for migrations with min_app")
    parser.add_argument("--fence", choices=["gtid"], help="MySQL: let the server refuse to run a statement twice")


def run_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the given options as arguments of `migrate` and `plan`."""
    names = ("out_of_order", "accept_existing", "lock_timeout", "statement_timeout", "app_version", "fence")
    return {"version": arguments.target, **{name: getattr(arguments, name) for name in names}}


def read_limits(lock_timeout: float | None, statement_timeout: float | None) -> Limits:
    """Return the limits of statements. Raises ConfigurationError if one of these times is not possible."""
    return Limits(_limit("lock_timeout", lock_timeout), _limit("statement_timeout", statement_timeout))


def _limit(name: str, seconds: float | None) -> float | None:
    if seconds is not None and not 0 < seconds < inf:
        raise ConfigurationError(f"{name} is {seconds:g}; it must be a number of seconds above 0")
    return seconds


async def read_run_sets(
    target: DatabaseUrl | Manager, folders: Sequence[str | Traversable], schema: str, last: Version | None
) -> list[MigrationSet]:
    """Read the sets, and check them as far as possible before a connection opens."""
    own = schema or target.schema
    if not own:
        check_global(folders)
    sets = await read_sets(target, folders, own)
    check_target(sets, last)
    return sets


def new_migrator(
    session: Session,
    sets: Sequence[MigrationSet],
    last: Version | None,
    app: Version | None,
    *,
    out_of_order: bool,
    accept_existing: bool,
) -> Migrator:
    """Return the migrator of a session, whose state has the limits of the run."""
    # Most starts end before this, and need no imports for a run.
    from whimbrel.planning.plan import Planner
    from whimbrel.runner.migrator import Migrator

    return Migrator(
        session,
        sets,
        target=last,
        app=app,
        planner=Planner(native=session.state.native),
        out_of_order=out_of_order,
        accept_existing=accept_existing,
    )
