"""Cases from recorded facts, without a server: each statement gets the facts of its form.

Pure, but for reading the table, and for SQLite's parser, which compiles a statement in memory.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from whimbrel.dialects.gauge import StatementFacts
from whimbrel.dialects.registry import find_dialect
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.planning.plan import Plan, plan_file
from whimbrel.planning.statement import PlannedStatement, planned
from whimbrel.review.lint.case import Case, EarlierCases
from whimbrel.review.lint.facts_table import FactsTable, find_table
from whimbrel.review.lint.form import Foreseen
from whimbrel.review.lint.forms import FormReader
from whimbrel.review.lint.statement_text import read_statement
from whimbrel.url import parse_url

if TYPE_CHECKING:
    from whimbrel.dialects.base import Dialect
    from whimbrel.dialects.gauge import TableLock
    from whimbrel.migrations.migration import Migration, MigrationSet

__all__ = ["recorded"]

# The text of these addresses says only which database is meant.
_ADDRESSES = {"sqlite": "sqlite://"}
# SQLite has this code for all errors of its parser.
_SYNTAX_CODE = "SQLITE_ERROR"
_BEGINS, _ENDS = ("BEGIN", "START"), ("COMMIT", "END", "ROLLBACK", "ABORT")


def recorded(
    database: str,
    version: str | None,
    sets: Sequence[MigrationSet],
    chosen: Container[tuple[str, str]],
    *,
    native: bool,
    each_alone: bool = False,
) -> list[Case]:
    """Return a case for each statement of the chosen files, with the facts that were recorded for its form.

    `chosen` has the files to judge by set and version; the files before them are only read, for the tables that they make. The
    facts are those of the recorded version that is nearest to `version`, or of the newest one if that is None. `native` says that
    the sets are meant for this database alone. With `each_alone`, a table that another chosen file makes is not fresh. Raises
    ValidationFailed for files that no run accepts.
    """
    dialect = find_dialect(parse_url(_ADDRESSES.get(database, f"{database}://localhost/lint")))
    recorder = _Reading(database, dialect, find_table(database, version), native=native)
    cases: list[Case] = []
    run: set[tuple[str, str]] = set()
    for migration in (file for one in sets for file in one.for_database(database)):
        key = (migration.set_name, str(migration.version))
        if key not in chosen:
            recorder.skip(migration)
            continue
        run = {key} if each_alone else run | {key}
        cases += recorder.judge(plan_file(dialect, database, migration, native=native), run)
    return cases


class _Reading:
    """Reads the files of one database in order."""

    def __init__(self, database: str, dialect: Dialect, table: FactsTable | None, *, native: bool) -> None:
        self._database = database
        self._dialect = dialect
        self._table = table
        self._native = native
        self._forms = FormReader(database, dialect.catalog, dialect.inventory.spell)
        # The temporary tables of the file, which no other session sees.
        self._temporary = frozenset[str]()

    def skip(self, migration: Migration) -> None:
        """Read a file for the tables that it makes."""
        self._forms.schema.file = None
        self._forms.schema.keys_checked = True
        rules = self._dialect.lexer_rules(portable=not self._native and not migration.database, database=self._database)
        for piece in statements_or_batches(migration.text, rules):
            if not isinstance(piece, InsertBatch):
                self._forms.read(piece.text, rules)

    def judge(self, plan: Plan, run: set[tuple[str, str]]) -> Iterator[Case]:
        """Yield the cases of a file. `run` are the files of the same run so far, this one included."""
        self._forms.schema.file = plan.key
        self._temporary = frozenset()
        # A session of SQLite that nobody set up checks no foreign keys, one of another database does.
        self._forms.schema.keys_checked = not plan.keys_unchecked if plan.portable else self._database != "sqlite"
        # The portable session has this time zone.
        self._forms.schema.zone = "UTC" if plan.portable else ""
        earlier: list[Case] = []
        held: dict[tuple[str, str], TableLock] = {}
        inside = plan.in_transaction
        for one in _statements(plan):
            if plan.own_transactions and one.words[:1] and one.words[0] in (*_BEGINS, *_ENDS):
                inside = one.words[0] in _BEGINS
                earlier, held = [], {}
            case = self._case(plan, one, run, EarlierCases(earlier), held)
            if inside:
                earlier.append(case)
                held |= {(lock.table, lock.mode): lock._replace(earlier=True) for lock in case.facts.locks} if case.facts else {}
            yield case

    def _case(
        self,
        plan: Plan,
        one: PlannedStatement,
        run: set[tuple[str, str]],
        earlier: Sequence[Case],
        held: Mapping[tuple[str, str], TableLock],
    ) -> Case:
        made = read_statement(one.statement.text, plan.lexer_rules).temporary
        self._temporary |= {made} - {""}
        before = self._fresh(run)
        # A new table with the name of one in use, which the statement replaces or renames, is no obstacle to its finding.
        used = {table.name[1] for table in self._forms.schema.tables.values()} - before
        form = self._forms.read(one.statement.text, plan.lexer_rules)
        facts, undecided = (None, form.undecided) if self._table is None else self._table.find(form)
        if error := self._dialect.find_syntax_error(one.words, one.statement):
            form = form._replace(foreseen=Foreseen(code=_SYNTAX_CODE, message=error))
        if form.foreseen.code:
            facts, undecided = StatementFacts(refused=form.foreseen.code, message=form.foreseen.message), ()
        return Case(
            database=self._database,
            version="" if self._table is None else self._table.version,
            plan=plan,
            statement=one,
            source="text" if facts is None else "recorded",
            facts=facts if facts is None or not self._dialect.ddl_in_transactions else _with_earlier(facts, held),
            fresh=before | (self._fresh(run) - used),
            undecided=undecided,
            foreseen=form.foreseen,
            earlier=earlier,
        )

    def _fresh(self, run: set[tuple[str, str]]) -> frozenset[str]:
        made = frozenset(one.name[1] for one in self._forms.schema.tables.values() if one.made_by in run)
        return made | self._temporary


def _statements(plan: Plan) -> Iterator[PlannedStatement]:
    """Yield the statements of a file, and of a batch of INSERT statements, which are alike, only the first."""
    for number, piece in plan.statements_or_batches():
        yield next(iter(planned(number, piece, plan.lexer_rules)))


def _with_earlier(facts: StatementFacts, held: Mapping[tuple[str, str], TableLock]) -> StatementFacts:
    """Add the locks that the statements before hold to the end of the transaction."""
    own = [lock for lock in facts.locks if (lock.table, lock.mode) not in held]
    return replace(facts, locks=(*held.values(), *own)) if held else facts
