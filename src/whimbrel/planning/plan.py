"""How one file runs on one database: its statements, what they are, and whether one transaction takes them.

Pure: no database; reads a file again only where it is too large to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from whimbrel.dialects.rules import DialectRules, SessionEffect
from whimbrel.errors import Place, ValidationFailed
from whimbrel.migrations.migration import BASELINE_MARK, Migration
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.parsing.statement import Statement
from whimbrel.planning.analysis import FileAnalysis
from whimbrel.planning.first_contact import TouchedFile
from whimbrel.planning.other_tools import marker_problems
from whimbrel.planning.statement import PlannedStatement, place_in, planned
from whimbrel.planning.touched import Touches, find_touches
from whimbrel.planning.transactions import are_pairs

__all__ = ["Plan", "Planner", "plan_file", "recorded_plan"]

# Beyond this many statements the hashes of the single ones are not kept: the checksum of the file still is.
MOST_HASHES = 5_000


@dataclass(frozen=True, slots=True)
class Plan:
    """One file, read for one database.

    `left_out` counts the statements at its start that say what the runner does anyway, as others do at its end: BEGIN and COMMIT
    around all of it, and around these foreign keys off and on. `begin` begins the one transaction in which it runs;
    `own_transactions` says that it begins and ends transactions in its midst, in pairs or with `transaction=off`; `left` what it
    may have done to the session, settings too; `keys_unchecked` that foreign keys are not checked in all of it; `begun` that the
    history has it, and not to its end. `alone` has the numbers of statements that no message may hold with others, `kept` what
    the text was cut into, if it is short; `recorded` says that the file is recorded as a baseline, and none of it is run.
    """

    migration: Migration
    lexer_rules: LexerRules
    portable: bool
    total: int
    left_out: int
    in_transaction: bool
    begin: str
    own_transactions: bool
    left: SessionEffect
    keys_unchecked: bool
    begun: bool
    alone: frozenset[int]
    kept: tuple[Statement | InsertBatch, ...]
    recorded: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Set and version, as the history has them."""
        return self.migration.set_name, str(self.migration.version)

    def statements_or_batches(self) -> Iterator[tuple[int, Statement | InsertBatch]]:
        """Yield what is to be run, in order, with the number of the first statement in it."""
        number, last = 1 - self.left_out, self.total
        for piece in self.kept or statements_or_batches(self.migration.text, self.lexer_rules):
            if 0 < number <= last:
                yield number, piece
            number += piece.count

    def statements(self) -> Iterator[PlannedStatement]:
        """Yield the statements that are to be run, in order."""
        for number, piece in self.statements_or_batches():
            yield from planned(number, piece, self.lexer_rules)

    def hashes(self) -> list[str]:
        """Return the digest of every statement, nothing if there are too many to be kept; the mark of a baseline for one."""
        if self.recorded:
            return [BASELINE_MARK]
        return [one.digest for one in self.statements()] if self.total <= MOST_HASHES else []

    def place(self, one: PlannedStatement | None, offset: int | None = None) -> Place:
        """Return where a statement stands in its file, or the character `offset` of it; the file's start without one."""
        if one is None:
            return Place(self.migration.path, 1, 1, "")
        return place_in(self.migration, one.statement, offset or 0)


def plan_file(
    dialect: DialectRules,
    database: str,
    migration: Migration,
    *,
    native: bool,
    begun: bool = False,
    touches: Touches | None = None,
) -> Plan:
    """Read a file through, once, and decide how it runs on `database`.

    `native` says that the set is meant for this database alone, so that its shared files too run under the server's defaults;
    `begun` that an earlier run began the file with a journal, with which it goes on; `touches` reads every statement too.
    Raises ValidationFailed for what may not stand in a migration: statements that begin or end transactions, commands of psql,
    directives in the wrong place.
    """
    wanted = migration.directives.transaction
    portable = not native and not migration.database
    lexer_rules = dialect.lexer_rules(portable=portable, database=database)
    found = FileAnalysis(dialect, migration, lexer_rules)
    for piece in statements_or_batches(migration.text, lexer_rules):
        if isinstance(piece, InsertBatch):
            found.add_run(piece)
        else:
            found.add(PlannedStatement(found.total + 1, piece, lexer_rules))
        if touches is not None:
            touches.read(piece)
    found.end()
    before, after = found.frame(keys=True) if wanted is not False else (0, 0)
    # A file of several transactions is run as the client would run it, without a word in the file.
    if wanted is None and found.controls_within(before, after) and are_pairs(found.controls):
        wanted, before, after = False, 0, 0
    in_transaction = not begun and wanted is not False
    # In a transaction of the file's own such a value is of no use in psql either.
    if found.autocommit or found.switches_within(before, after) or (found.uses_new_value and not found.controls):
        # To insist is of no use where the server commits by itself.
        in_transaction = in_transaction and wanted is True and dialect.ddl_in_transactions
    if wanted is not False and not in_transaction:
        # The journal's numbers must be the same when the file goes on.
        before, after = found.frame(keys=False)
    problems = found.problems + (found.control_problems() if wanted is not False and found.controls_within(before, after) else [])
    problems += [] if in_transaction else found.mode_problems(before)
    if problems:
        raise ValidationFailed(problems)
    return Plan(
        migration,
        lexer_rules,
        # Where keys can be switched, the portable session is the one that checks them.
        portable and not found.switches_off(before),
        found.total - before - after,
        before,
        in_transaction,
        dialect.begin_with(found.modes_until(before), portable=portable),
        bool(found.controls) and wanted is False,
        found.left,
        not portable or found.switches_off(),
        begun,
        frozenset(number - before for number in found.alone),
        tuple(found.kept),
    )


def recorded_plan(dialect: DialectRules, database: str, migration: Migration) -> Plan:
    """Return the plan of a file of which nothing is run: it is recorded as a baseline."""
    lexer_rules = dialect.lexer_rules(portable=True, database=database)
    return Plan(
        migration, lexer_rules, True, 0, 0, True, dialect.begin, False, "nothing", False, False, frozenset(), (), recorded=True
    )


class Planner:
    """The plans of one run, however many schemas it works in: each file is read through once."""

    def __init__(self, *, native: bool) -> None:
        self._native = native
        self._known: dict[tuple[str, str, bool], Plan] = {}
        self._fresh: set[tuple[str, str]] = set()
        self._touched: dict[tuple[str, str], TouchedFile] = {}

    def plan(
        self, dialect: DialectRules, database: str, migration: Migration, *, begun: bool = False, first: bool = False
    ) -> Plan:
        """Return what `plan_file` says; of a set that is applied for the `first` time also note what it touches.

        Raises ValidationFailed.
        """
        key = (migration.set_name, str(migration.version), begun)
        if key not in self._known:
            touches = Touches(dialect.catalog, self._rules(dialect, database, migration)) if first else None
            self._known[key] = plan_file(dialect, database, migration, native=self._native, begun=begun, touches=touches)
            if touches is not None:
                self._touched[key[:2]] = TouchedFile(migration, touches.found)
        return self._known[key]

    def check_fresh(self, plans: Sequence[Plan]) -> None:
        """Raise ValidationFailed if a file of which nothing is applied yet holds another tool's way back."""
        fresh = [plan for plan in plans if not plan.begun and plan.key not in self._fresh]
        if found := [problem for plan in fresh for problem in marker_problems(plan.migration, plan.lexer_rules)]:
            raise ValidationFailed(found)
        self._fresh.update(plan.key for plan in fresh)

    def touches(self, dialect: DialectRules, database: str, migration: Migration) -> TouchedFile:
        """Return which objects a file touches, whether it can be planned or not."""
        key = (migration.set_name, str(migration.version))
        if key not in self._touched:
            plan, lexer_rules = self._known.get((*key, False)), self._rules(dialect, database, migration)
            cut = plan.kept if plan is not None else ()
            self._touched[key] = TouchedFile(
                migration, find_touches(dialect.catalog, lexer_rules, cut or statements_or_batches(migration.text, lexer_rules))
            )
        return self._touched[key]

    def _rules(self, dialect: DialectRules, database: str, migration: Migration) -> LexerRules:
        return dialect.lexer_rules(portable=not self._native and not migration.database, database=database)
