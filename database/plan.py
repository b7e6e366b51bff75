"""How one file runs on one database: its statements, what they are, and whether one transaction takes them.

Pure: no database; reads a file again only where it is too large to be kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from database.dialect import Dialect
from database.errors import Place, Problem, ValidationFailed
from database.lexis import Lexis, tokens, unclosed_comment, unquoted
from database.migration import Migration, statement_hash
from database.statements import PSQL_COMMAND, Statement, leading_words, split

__all__ = ["Plan", "Planned", "Planner", "plan_file"]

# Beyond this many statements the hashes of the single ones are not kept: the checksum of the file still is.
MOST_HASHES = 5_000
_DIRECTIVE = re.compile(r"^[ \t]*(?:--|#)[ \t]*whimbrel:", re.MULTILINE | re.IGNORECASE)
_OBJECTS = frozenset(
    ("TABLE", "INDEX", "VIEW", "FUNCTION", "PROCEDURE", "TRIGGER", "TYPE", "SCHEMA", "DATABASE", "EXTENSION", "SEQUENCE")
)
_LASTING = frozenset(("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "COMMENT", "GRANT", "REVOKE"))
_TEMPORARY = frozenset(("TEMP", "TEMPORARY", "PG_TEMP"))
_QUERIES = frozenset(("SELECT", "VALUES", "EXECUTE", "USING"))


@dataclass(frozen=True, slots=True)
class Planned:
    """One statement of a file, its number, counted from 1, and its leading words."""

    number: int
    statement: Statement
    words: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What tells its text from another."""
        return statement_hash(self.statement.text + (self.statement.copy_data or ""))

    @property
    def kind(self) -> str:
        """What it is: CREATE TABLE, INSERT, ..."""
        if self.words[:1] in (("CREATE",), ("ALTER",), ("DROP",)):
            until = next((index for index, word in enumerate(self.words) if word in _OBJECTS), 0)
            return " ".join(self.words[: until + 1])
        return self.words[0] if self.words else ""


@dataclass(frozen=True, slots=True)
class Plan:
    """One file, read for one database.

    `left_out` counts the statements at its start that say what the runner does anyway, as others do at its end: BEGIN and COMMIT
    around all of it, and around these foreign keys off and on. `own_transactions` says that it begins and ends transactions in
    its midst, which only `transaction=off` allows; `leaves_nothing` that the session is as new after it; `keys_unchecked` that
    foreign keys are not checked in all of it.
    """

    migration: Migration
    lexis: Lexis
    portable: bool
    total: int
    left_out: int
    in_transaction: bool
    own_transactions: bool
    leaves_nothing: bool
    keys_unchecked: bool

    @property
    def key(self) -> tuple[str, str]:
        """Set and version, as the history has them."""
        return self.migration.set_name, str(self.migration.version)

    def statements(self) -> Iterator[Planned]:
        """Yield what is to be run, in order."""
        read = split(self.migration.text, self.lexis)
        for number, statement in enumerate(islice(read, self.left_out, self.left_out + self.total), start=1):
            yield Planned(number, statement, leading_words(statement.text, self.lexis))

    def hashes(self) -> list[str]:
        """Return the digest of every statement; nothing if there are too many to be kept."""
        return [planned.digest for planned in self.statements()] if self.total <= MOST_HASHES else []

    def place(self, planned: Planned | None, offset: int | None = None) -> Place:
        """Return where a statement stands in its file, or the character `offset` of it; the file's start without one."""
        if planned is None:
            return Place(self.migration.path, 1, 1, "")
        return place_in(self.migration, planned.statement, offset or 0)


def place_in(migration: Migration, statement: Statement, offset: int = 0) -> Place:
    """Return where the character `offset` of a statement stands in its file."""
    line, column = statement.place(offset)
    if isinstance(migration.text, str):
        source = migration.text.split("\n")[line - 1]
    else:
        before = " " * (statement.column - 1) if line == statement.line else ""
        source = before + statement.text.split("\n")[line - statement.line]
    return Place(migration.path, line, column, source.rstrip("\r"))


def plan_file(dialect: Dialect, database: str, migration: Migration, *, native: bool, begun: bool = False) -> Plan:
    """Read a file through, once, and decide how it runs on `database`.

    `native` says that the set is meant for this database alone, so that its shared files too run under the server's defaults;
    `begun` that an earlier run began the file with a journal, with which it goes on. Raises ValidationFailed for what may not
    stand in a migration: statements that begin or end transactions, commands of psql, directives in the wrong place.
    """
    wanted = migration.directives.transaction
    portable = not native and not migration.database
    lexis = dialect.lexis(portable=portable, database=database)
    found = _Found(dialect, migration, lexis)
    for number, statement in enumerate(split(migration.text, lexis), start=1):
        found.add(Planned(number, statement, leading_words(statement.text, lexis)))
    found.end()
    before, after = found.frame(keys=True) if wanted is not False else (0, 0)
    in_transaction = not begun and wanted is not False
    if found.autocommit or found.switches_within(before, after):
        # To insist is of no use where the server commits by itself.
        in_transaction = in_transaction and wanted is True and dialect.ddl_in_transactions
    if wanted is not False and not in_transaction:
        # The journal's numbers must be the same when the file goes on.
        before, after = found.frame(keys=False)
    problems = found.problems + (found.control_problems() if wanted is not False and found.controls_within(before, after) else [])
    if problems:
        raise ValidationFailed(problems)
    return Plan(
        migration,
        lexis,
        # Where keys can be switched, the portable session is the one that checks them.
        portable and not found.switches_off(before),
        found.total - before - after,
        before,
        in_transaction,
        bool(found.controls) and wanted is False,
        found.leaves_nothing,
        not portable or found.switches_off(),
    )


def _leaves_nothing(planned: Planned, lexis: Lexis) -> bool:
    if planned.words and planned.words[0] not in _LASTING:
        return False
    found = [token for token in tokens(planned.statement.text, lexis) if token.kind in ("word", "name")]
    if any(unquoted(token).upper() in _TEMPORARY for token in found):
        return False
    # Whatever may call a function may leave anything in the session; a second TABLE is that of CREATE TABLE ... AS TABLE.
    words = [token.upper for token in found]
    return not _QUERIES.intersection(words) and not (words[:1] == ["CREATE"] and words.count("TABLE") > 1)


class Planner:
    """The plans of one run, however many schemas it works in: each file is read through once."""

    def __init__(self, *, native: bool) -> None:
        self._native = native
        self._known: dict[tuple[str, str, bool], Plan] = {}

    def plan(self, dialect: Dialect, database: str, migration: Migration, *, begun: bool = False) -> Plan:
        """Return what `plan_file` says. Raises ValidationFailed."""
        key = (migration.set_name, str(migration.version), begun)
        if key not in self._known:
            self._known[key] = plan_file(dialect, database, migration, native=self._native, begun=begun)
        return self._known[key]


class _Found:
    """What is found in a file while it is read through."""

    def __init__(self, dialect: Dialect, migration: Migration, lexis: Lexis) -> None:
        self._dialect = dialect
        self._lexis = lexis
        self._migration = migration
        self._end = 0
        self.total = 0
        self.autocommit = False
        self.leaves_nothing = True
        self.controls: list[Planned] = []
        self._switches: list[tuple[int, bool]] = []
        self.problems: list[Problem] = []

    def add(self, planned: Planned) -> None:
        """Look at the next statement, and at what stands between it and the one before."""
        self.total, words = planned.number, planned.words
        self.leaves_nothing = self.leaves_nothing and _leaves_nothing(planned, self._lexis)
        if self._lexis.psql_scripts and words[:1] == (PSQL_COMMAND,):
            message = f"{planned.statement.text.rstrip()} is a command of psql, not of the server; remove it"
            self._problem("psql", planned.statement, message)
        elif self._dialect.controls_transaction(words):
            self.controls.append(planned)
        elif (on := self._dialect.switches_keys(planned.statement)) is not None:
            self._switches.append((planned.number, on))
        elif self._dialect.needs_autocommit(words):
            self.autocommit = True
        self._look_between(planned)

    def end(self) -> None:
        """Look at what stands behind the last statement: SQLite alone takes a comment that is never closed, and all in it."""
        text = self._migration.text
        if isinstance(text, str) and self._lexis.name == "sqlite" and (begin := unclosed_comment(text, self._end)) is not None:
            line = text.count("\n", 0, begin) + 1
            message = (
                f"{self._migration.path}:{line}: a comment begins here and is never closed, with what may be statements in it"
            )
            self.problems.append(Problem("comment", message, self._migration.path))

    def frame(self, *, keys: bool) -> tuple[int, int]:
        """Return how many statements at the start and at the end say what the runner does anyway; without `keys` not those."""
        off = keys and self._switches[:1] == [(1, False)] and self._switches[1:] in ([], [(self.total, True)])
        on = off and len(self._switches) == 2
        if not self.controls:
            return int(off), int(on)
        first, last = self.controls[0], self.controls[-1]
        enclosed = [planned.number for planned in self.controls] == [off + 1, self.total - on]
        whole = enclosed and first.words[0] in ("BEGIN", "START") and last.words[0] in ("COMMIT", "END")
        return (off + 1, on + 1) if whole else (0, 0)

    def controls_within(self, before: int, after: int) -> bool:
        """Whether transactions are begun or ended in what a frame encloses."""
        return any(before < planned.number <= self.total - after for planned in self.controls)

    def switches_within(self, before: int, after: int) -> bool:
        """Whether foreign keys are switched in what a frame encloses."""
        return any(before < number <= self.total - after for number, _ in self._switches)

    def switches_off(self, until: int | None = None) -> bool:
        """Whether foreign keys are switched off, in the first statements or anywhere."""
        return any(not on for number, on in self._switches if until is None or number <= until)

    def control_problems(self) -> list[Problem]:
        """Return a problem for every statement that begins or ends a transaction."""
        advice = "to begin and end transactions is the runner's to do; remove it, or write -- whimbrel: transaction=off"
        path = self._migration.path
        return [
            Problem("transaction", f"{place_in(self._migration, planned.statement)}: {planned.kind}: {advice}", path)
            for planned in self.controls
        ]

    def _look_between(self, planned: Planned) -> None:
        # A directive here would be passed over in silence. What is too large to be kept is not searched for it.
        text, start = self._migration.text, planned.statement.offset
        if isinstance(text, str) and planned.number > 1 and (late := _DIRECTIVE.search(text, self._end, start)):
            line = text.count("\n", 0, late.start()) + 1
            message = f"{self._migration.path}:{line}: a directive stands before the first statement; move it there"
            self.problems.append(Problem("directive", message, self._migration.path))
        self._end = start + len(planned.statement.text)

    def _problem(self, kind: str, statement: Statement, message: str) -> None:
        self.problems.append(Problem(kind, f"{place_in(self._migration, statement)}: {message}", self._migration.path))
