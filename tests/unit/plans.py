"""Build plans, statements and journal rows for the tests of pure rules. Opens no database, reads no file."""

from collections.abc import Iterable
from datetime import UTC, datetime

from tests.unit.make import migration
from whimbrel.dialects.base import Dialect
from whimbrel.dialects.registry import find_dialect
from whimbrel.migrations.directives import read_directives
from whimbrel.migrations.migration import Migration
from whimbrel.planning import batches as planned_batches
from whimbrel.planning.batches import Batch
from whimbrel.planning.plan import Plan, plan_file
from whimbrel.planning.resume import joint_digest, shown
from whimbrel.planning.statement import PlannedStatement
from whimbrel.session.history import JournalRow
from whimbrel.url import parse_url

# The databases that commit DDL by themselves; all databases.
NO_DDL = ("mysql", "mariadb")
ALL = ("postgresql", "sqlite", *NO_DDL)
STARTED = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


def on(servers: tuple[str, ...] | str, *rest: object) -> list[tuple[object, ...]]:
    """Return the same row of a table for each of these databases."""
    return [(server, *rest) for server in ([servers] if isinstance(servers, str) else servers)]


def dialect(database: str) -> Dialect:
    """Return the rules of one database, without a connection."""
    return find_dialect(parse_url("sqlite://" if database == "sqlite" else f"{database}://localhost/test"))


def file(text: str | Iterable[str], *, variant: str = "", version: str = "1") -> Migration:
    """Return a migration with this text and the directives at its head; `variant` names the database of a variant file."""
    whole = text if isinstance(text, str) else "".join(text)
    return migration(version, database=variant, text=whole)._replace(text=text, directives=read_directives(whole))


def plan(
    text: str | Iterable[str],
    database: str = "postgresql",
    *,
    variant: str = "",
    native: bool = False,
    begun: bool = False,
    version: str = "1",
    rules: Dialect | None = None,
) -> Plan:
    """Plan a migration with this text on `database`, by the database's rules or by `rules`."""
    one = file(text, variant=variant, version=version)
    return plan_file(rules or dialect(database), database, one, native=native, begun=begun)


def batches(plan: Plan, *alone: int) -> list[Batch]:
    """Return a file's batches. The statements numbered `alone` must be in batches of their own."""
    return list(planned_batches.batches(plan, lambda number, _: number in alone))


def numbers(batch: Batch) -> tuple[int, int]:
    """Return the numbers of a batch's first and last statement."""
    return batch.numbers[0], batch.numbers[-1]


def statements(plan: Plan, first: int, last: int) -> list[PlannedStatement]:
    """Return the statements of a plan from `first` to `last`."""
    return [one for one in plan.statements() if first <= one.number <= last]


def journal_row(plan: Plan, first: int, last: int | None = None, *, state: str = "done", before: str = "") -> JournalRow:
    """Return the journal row that a run records for the statements from `first` to `last`."""
    noted = statements(plan, first, last or first)
    texts = shown(noted, plan.lexer_rules)
    return JournalRow(first, last or first, state, noted[0].kind, joint_digest(noted), STARTED, before, texts)
