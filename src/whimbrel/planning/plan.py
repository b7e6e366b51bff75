"""Plan how one file runs on one database: its statements, and whether they run in one transaction.

Pure: no database. Reads a file again only if it is too large to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from whimbrel.dialects.rules import DialectRules, SessionEffect
from whimbrel.errors import Place, Problem, ValidationFailed
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.migrations.migration import BASELINE_MARK, Migration
from whimbrel.parsing.committing import CommittingProcedures
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.parsing.statement import Statement
from whimbrel.planning.analysis import FileAnalysis
from whimbrel.planning.ddl_targets import StatementTarget
from whimbrel.planning.first_contact import TouchedFile
from whimbrel.planning.other_tools import marker_problems
from whimbrel.planning.statement import PlannedStatement, place_in, planned
from whimbrel.planning.touched import Touches, find_touches
from whimbrel.planning.transactions import are_pairs

__all__ = ["Plan", "Planner", "plan_file", "recorded_plan"]

# A file with more statements keeps no hash of each statement, only the checksum of the file.
MOST_HASHES = 5_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one file for one database.

    `left_out` counts the statements at the start that repeat what the runner does by itself: a BEGIN around the whole file, and a
    switch that turns foreign keys off. Their counterparts at the end are left out too. `begin` is the statement that begins the
    file's one transaction. `own_transactions` says that the file begins and ends transactions itself, in pairs or with
    `transaction=off`. `left` is the session state that the file may leave, settings included. `keys_unchecked` says that the
    whole file runs without checks of foreign keys. `begun` says that the history has the file as begun but not finished. `alone`
    are the numbers of statements that must not share a message. `kept` are the statements of a short file. `recorded` says that
    the file is recorded as a baseline and none of it runs.
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
        """Yield the statements and batches to run, in order, each with the number of its first statement."""
        number, last = 1 - self.left_out, self.total
        for piece in self.kept or statements_or_batches(self.migration.text, self.lexer_rules):
            if 0 < number <= last:
                yield number, piece
            number += piece.count

    def statements(self) -> Iterator[PlannedStatement]:
        """Yield the statements to run, in order."""
        for number, piece in self.statements_or_batches():
            yield from planned(number, piece, self.lexer_rules)

    def hashes(self) -> list[str]:
        """Return the digest of every statement; an empty list if there are too many; the baseline mark for a baseline."""
        if self.recorded:
            return [BASELINE_MARK]
        return [one.digest for one in self.statements()] if self.total <= MOST_HASHES else []

    def place(self, one: PlannedStatement | None, offset: int | None = None) -> Place:
        """Return the place of a statement, or of its character `offset`; without a statement, the start of the file."""
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
    procedures: CommittingProcedures | None = None,
) -> Plan:
    """Read a file once, and decide how it runs on `database`.

    `native` says that the set is meant for this database alone, so its shared files also run under the server's defaults. `begun`
    says that an earlier run began the file with a journal; this run continues it. `touches` also collects the objects that the
    statements touch, and `procedures` has those that earlier files make. Raises ValidationFailed for statements that a migration
    must not contain: statements that begin or end transactions, commands of psql, directives in the wrong place.
    """
    portable = not native and not migration.database
    lexer_rules = dialect.lexer_rules(portable=portable, database=database)
    found = FileAnalysis(dialect, migration, lexer_rules, procedures or dialect.follow_procedures())
    _analyze(found, lexer_rules, touches)
    manner = _manner(dialect, migration, found, begun=begun)
    if problems := found.problems + _problems(found, manner):
        raise ValidationFailed(problems)
    before, after = manner.before, manner.after
    return Plan(
        migration=migration,
        lexer_rules=lexer_rules,
        # If foreign keys can be switched, the portable session checks them.
        portable=portable and not found.switches_off(before),
        total=found.total - before - after,
        left_out=before,
        in_transaction=manner.in_transaction,
        begin=dialect.begin_with(found.modes_until(before), portable=portable),
        own_transactions=bool(found.controls) and manner.wanted is False,
        left=found.left,
        keys_unchecked=not portable or found.switches_off(),
        begun=begun,
        alone=frozenset(number - before for number in found.alone),
        kept=tuple(found.kept),
    )


def _analyze(found: FileAnalysis, lexer_rules: LexerRules, touches: Touches | None) -> None:
    """Read the file once."""
    for piece in statements_or_batches(found.migration.text, lexer_rules):
        if isinstance(piece, InsertBatch):
            found.add_run(piece)
        else:
            found.add(PlannedStatement(found.total + 1, piece, lexer_rules))
        if touches is not None:
            touches.read(piece)
    found.end()


class _Manner(NamedTuple):
    """Whether a file runs in one transaction, and how many statements at its start and end are left out.

    `wanted` is the directive `transaction`, or False for a file of several transactions, which needs no directive.
    """

    wanted: bool | None
    in_transaction: bool
    before: int
    after: int


def _manner(dialect: DialectRules, migration: Migration, found: FileAnalysis, *, begun: bool) -> _Manner:
    wanted = migration.directives.transaction
    before, after = found.frame(keys=True) if wanted is not False else (0, 0)
    # The database's own client would run a file of several transactions as it is.
    if wanted is None and found.controls_within(before, after) and are_pairs(dialect, found.controls, found.last):
        wanted, before, after = False, 0, 0
    in_transaction = not begun and wanted is not False
    # In a transaction of the file itself, psql could not use such a value either.
    if found.autocommit or found.switches_within(before, after) or (found.uses_new_value and not found.controls):
        # The directive transaction=on cannot help if the server commits by itself.
        in_transaction = in_transaction and wanted is True and dialect.ddl_in_transactions
    if wanted is not False and not in_transaction:
        # The numbers in the journal must stay the same when the file resumes.
        before, after = found.frame(keys=False)
    return _Manner(wanted, in_transaction, before, after)


def _problems(found: FileAnalysis, manner: _Manner) -> list[Problem]:
    """Return a problem for each statement that begins or ends a transaction, or asks for modes, where it must not."""
    forbidden = manner.wanted is not False and found.controls_within(manner.before, manner.after)
    problems = found.control_problems() if forbidden else []
    return problems + ([] if manner.in_transaction else found.mode_problems(manner.before))


def recorded_plan(dialect: DialectRules, database: str, migration: Migration) -> Plan:
    """Return the plan of a file that is recorded as a baseline: none of its statements runs."""
    lexer_rules = dialect.lexer_rules(portable=True, database=database)
    return Plan(
        migration=migration,
        lexer_rules=lexer_rules,
        portable=True,
        total=0,
        left_out=0,
        in_transaction=True,
        begin=dialect.begin,
        own_transactions=False,
        left="nothing",
        keys_unchecked=False,
        begun=False,
        alone=frozenset(),
        kept=(),
        recorded=True,
    )


class Planner:
    """The plans of one run, which may work in many schemas: each file is read only once."""

    def __init__(self, *, native: bool) -> None:
        self._native = native
        self._known: dict[tuple[str, str, bool], Plan] = {}
        self._fresh: set[tuple[str, str]] = set()
        self._touched: dict[tuple[str, str], TouchedFile] = {}
        self._routines: dict[str, list[StatementTarget]] = {}
        self._procedures: CommittingProcedures | None = None

    def plan(
        self, dialect: DialectRules, database: str, migration: Migration, *, begun: bool = False, first: bool = False
    ) -> Plan:
        """Return the result of `plan_file`. If the set is applied for the `first` time, also note the objects that it touches.

        Raises ValidationFailed.
        """
        key = (migration.set_name, str(migration.version), begun)
        if key not in self._known:
            rules = self._rules(dialect, database, migration)
            touches = Touches(dialect.catalog, rules, self._routines) if first else None
            self._procedures = self._procedures or dialect.follow_procedures()
            self._known[key] = plan_file(
                dialect, database, migration, native=self._native, begun=begun, touches=touches, procedures=self._procedures
            )
            if touches is not None:
                self._touched[key[:2]] = TouchedFile(migration, touches.found)
        return self._known[key]

    def check_fresh(self, plans: Sequence[Plan]) -> None:
        """Raise ValidationFailed if a file that has not begun holds undo statements of another tool."""
        fresh = [plan for plan in plans if not plan.begun and plan.key not in self._fresh]
        if found := [problem for plan in fresh for problem in marker_problems(plan.migration, plan.lexer_rules)]:
            raise ValidationFailed(found)
        self._fresh.update(plan.key for plan in fresh)

    def markers(self, dialect: DialectRules, database: str, migration: Migration) -> list[Problem]:
        """Return a problem for the undo statements of another tool in a file, whether or not the file can be planned."""
        return marker_problems(migration, self._rules(dialect, database, migration))

    def touches(self, dialect: DialectRules, database: str, migration: Migration) -> TouchedFile:
        """Return the objects that a file touches, whether or not the file can be planned."""
        key = (migration.set_name, str(migration.version))
        if key not in self._touched:
            plan, lexer_rules = self._known.get((*key, False)), self._rules(dialect, database, migration)
            cut = plan.kept if plan is not None else ()
            self._touched[key] = TouchedFile(
                migration,
                find_touches(
                    dialect.catalog, lexer_rules, cut or statements_or_batches(migration.text, lexer_rules), self._routines
                ),
            )
        return self._touched[key]

    def _rules(self, dialect: DialectRules, database: str, migration: Migration) -> LexerRules:
        return dialect.lexer_rules(portable=not self._native and not migration.database, database=database)
