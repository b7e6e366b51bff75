"""What is found in a file while it is read through, once, before anything of it is run.

Pure: no database, no disk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from whimbrel.dialects.rules import DialectRules, SessionEffect
from whimbrel.errors import Problem
from whimbrel.migrations.directives import find_directive
from whimbrel.migrations.migration import Migration
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.lexer import unclosed_comment
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import PSQL_COMMAND
from whimbrel.parsing.statement import Statement
from whimbrel.planning.statement import PlannedStatement, place_in
from whimbrel.planning.transactions import control_problems, count_modes, mode_problems
from whimbrel.printable import printable

__all__ = ["FileAnalysis"]

# Characters up to which a file is cut once, and what it was cut into is kept until it runs.
MOST_KEPT = 2_097_152
_LASTING = frozenset(("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "COMMENT", "GRANT", "REVOKE"))
_TELLING = re.compile(
    r"\b(?:pg_temp\w*|temp|temporary|select|values|execute|using|table|\w*serial\w*|identity|nextval|materialized)\b",
    re.IGNORECASE,
)


class FileAnalysis:
    """What is found in a file while it is read through."""

    def __init__(self, dialect: DialectRules, migration: Migration, rules: LexerRules) -> None:
        self._dialect = dialect
        self._rules = rules
        self._migration = migration
        self._end = 0
        # How far lines were counted, and which one that is.
        self._counted = 0, 1
        self.total = 0
        self.autocommit = False
        self.left: SessionEffect = "nothing"
        self.controls: list[PlannedStatement] = []
        # By their numbers, the modes that statements give a transaction, and those that do nothing else.
        self.modes: dict[int, str] = {}
        self._setting: dict[int, str] = {}
        self._asking: list[PlannedStatement] = []
        self._values = dialect.follow_values()
        self._adding: list[int] = []
        self.uses_new_value = False
        self._switches: list[tuple[int, bool]] = []
        self.problems: list[Problem] = []
        self.alone: set[int] = set()
        self.kept: list[Statement | InsertBatch] = []
        self._short = isinstance(migration.text, str) and len(migration.text) <= MOST_KEPT

    def add(self, planned: PlannedStatement) -> None:
        """Look at the next statement, and at what stands between it and the one before."""
        self.total, words = planned.number, planned.words
        self._keep(planned.statement)
        if not self._dialect.can_batch(words, planned.statement):
            self.alone.add(planned.number)
            # It may be several statements, of which the first word tells nothing.
            self.left = "anything"
        elif not _leaves_nothing(planned):
            self._leave(words)
        if self._rules.psql_scripts and words[:1] == (PSQL_COMMAND,):
            message = f"{printable(planned.statement.text.rstrip())} is a command of psql, not of the server; remove it"
            self._problem("psql", planned.statement, message)
        elif words[:1] == (".",):
            line = printable(planned.statement.text.partition("\n")[0].rstrip())
            self._problem("shell", planned.statement, f"{line} is a command of the sqlite3 shell, not of a database; remove it")
        elif planned.statement.torn:
            message = "this statement begins behind a COPY and goes on after its data; write it on a line of its own, after them"
            self._problem("copy", planned.statement, message)
        elif fault := self._dialect.find_fault(words, planned.statement, self._rules.name):
            self._problem("statement", planned.statement, fault)
        elif self._dialect.controls_transaction(words):
            self.controls.append(planned)
        elif (on := self._dialect.switches_keys(words, planned.statement)) is not None:
            self._switches.append((planned.number, on))
        elif self._dialect.needs_autocommit(words):
            self.autocommit = True
        self._note_modes(planned)
        self._note_values(planned)
        self._look_between(planned.number, planned.statement.offset, self._end_of(planned.statement))

    def _note_modes(self, planned: PlannedStatement) -> None:
        modes = self._dialect.find_modes(planned.words, planned.statement)
        if modes is None:
            return
        self.modes[planned.number] = modes
        if planned.words[:1] == ("SET",):
            self._setting[planned.number] = modes
        if modes:
            self._asking.append(planned)

    def _note_values(self, planned: PlannedStatement) -> None:
        if self._values is None:
            return
        if self._adding:
            self._note_use(planned.words, planned.statement.text, planned.statement.copy_data)
        if self._values.adds(planned.words, planned.statement.text):
            self._adding.append(planned.number)

    def _note_use(self, words: Sequence[str], text: str, copy_data: str | None = None) -> None:
        if self._values is not None and self._values.are_used(words, text, copy_data):
            self.uses_new_value = True
            self.alone.update(self._adding)

    def _end_of(self, statement: Statement) -> int:
        end, text, data = statement.offset + len(statement.text), self._migration.text, statement.copy_data
        # The data begin below the line, on which other statements may stand.
        return text.index(data, text.index("\n", end)) + len(data) if data and isinstance(text, str) else end

    def add_run(self, run: InsertBatch) -> None:
        """Look at statements of which nothing but INSERT is to be known, and at what stands before them."""
        first, self.total = self.total + 1, self.total + run.count
        self._leave(("INSERT",))
        self._keep(run)
        if self._adding:
            self._note_use(("INSERT",), run.text)
        self._look_between(first, run.offset, run.offset + len(run.text))

    def _leave(self, words: Sequence[str]) -> None:
        self.left = "anything" if self.left == "anything" else self._dialect.session_effect(words)

    def _keep(self, piece: Statement | InsertBatch) -> None:
        if self._short:
            self.kept.append(piece)

    def end(self) -> None:
        """Look at what stands behind the last statement: SQLite alone takes a comment that is never closed, and all in it."""
        text = self._migration.text
        self._look_between(self.total + 1, len(text) if isinstance(text, str) else 0, self._end)
        if isinstance(text, str) and self._rules.name == "sqlite" and (begin := unclosed_comment(text, self._end)) is not None:
            line = text.count("\n", 0, begin) + 1
            place = f"{printable(self._migration.path)}:{line}"
            message = f"{place}: a comment begins here and is never closed, with what may be statements in it"
            self.problems.append(Problem("comment", message, self._migration.path))

    def frame(self, *, keys: bool) -> tuple[int, int]:
        """Return how many statements at the start and at the end say what the runner does anyway; without `keys` not those."""
        off = keys and self._switches[:1] == [(1, False)] and self._switches[1:] in ([], [(self.total, True)])
        on = off and len(self._switches) == 2
        if not self.controls:
            return off + count_modes(self._setting, off + 1), int(on)
        first, last = self.controls[0], self.controls[-1]
        enclosed = [planned.number for planned in self.controls] == [off + 1, self.total - on]
        whole = enclosed and first.words[0] in ("BEGIN", "START") and last.words[0] in ("COMMIT", "END")
        return (off + 1 + count_modes(self._setting, off + 2), on + 1) if whole else (0, 0)

    def modes_until(self, number: int) -> str:
        """Return the modes that the first statements, up to this number, ask for."""
        return " ".join(modes for at, modes in self.modes.items() if at <= number and modes)

    def mode_problems(self, until: int) -> list[Problem]:
        """Return a problem for each of these statements that asks for modes."""
        return mode_problems(self._migration, [planned for planned in self._asking if planned.number <= until])

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
        return control_problems(self._migration, self.controls)

    def _look_between(self, number: int, start: int, end: int) -> None:
        # A directive here would be passed over in silence. What is too large to be kept is not searched for it.
        text = self._migration.text
        if isinstance(text, str) and number > 1 and (late := find_directive(text, self._end, start)) is not None:
            at, line = self._counted
            line += text.count("\n", at, late)
            self._counted = late, line
            message = f"{printable(self._migration.path)}:{line}: a directive stands before the first statement; move it there"
            self.problems.append(Problem("directive", message, self._migration.path))
        self._end = max(self._end, end)

    def _problem(self, kind: str, statement: Statement, message: str) -> None:
        self.problems.append(Problem(kind, f"{place_in(self._migration, statement)}: {message}", self._migration.path))


def _leaves_nothing(planned: PlannedStatement) -> bool:
    if planned.words and planned.words[0] not in _LASTING:
        return False
    # Whatever may call a function may leave anything in the session; a second TABLE is that of CREATE TABLE ... AS TABLE. A word
    # in a string or comment counts too: the session is then made new without need.
    return [word.upper() for word in _TELLING.findall(planned.statement.text)] in ([], ["TABLE"])
