"""Analyze a whole file in one pass, before any of its statements runs.

Pure: no database, no disk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from whimbrel.dialects.rules import DialectRules, SessionEffect
from whimbrel.errors import Problem, ProblemKind
from whimbrel.messages.printable import printable
from whimbrel.migrations.directives import find_fault
from whimbrel.migrations.migration import Migration
from whimbrel.parsing.committing import CommittingProcedures
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.lexer import unclosed_comment
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import PSQL_COMMAND
from whimbrel.parsing.statement import Statement
from whimbrel.planning.statement import PlannedStatement, place_in
from whimbrel.planning.transactions import control_problems, count_modes, mode_problems

__all__ = ["FileAnalysis"]

# A file with at most this many characters is split only once; its statements are kept until it runs.
MOST_KEPT = 2_097_152
_SETTINGS = (("SET",), ("UNLOCK",), ("LOCK",))
_LASTING = frozenset(("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "COMMENT", "GRANT", "REVOKE"))
_TELLING = re.compile(
    r"\b(?:pg_temp\w*|temp|temporary|select|values|execute|using|table|\w*serial\w*|identity|nextval|materialized)\b",
    re.IGNORECASE,
)


class FileAnalysis:
    """The facts about a file that one pass over its statements collects."""

    def __init__(
        self, dialect: DialectRules, migration: Migration, rules: LexerRules, procedures: CommittingProcedures | None
    ) -> None:
        self._dialect = dialect
        self._rules = rules
        self.migration = migration
        self._end = 0
        # The offset up to which lines are counted, and the line at that offset.
        self._counted = 0, 1
        self.total = 0
        # The number of the last statement that is neither a setting nor a control of transactions.
        self.last = 0
        self.autocommit = False
        self.left: SessionEffect = "nothing"
        self.controls: list[PlannedStatement] = []
        # By statement number: the transaction modes that statements set. The second has only the statements that do nothing else.
        self.modes: dict[int, str] = {}
        self._setting: dict[int, str] = {}
        self._asking: list[PlannedStatement] = []
        self._values = dialect.follow_values()
        self._procedures = procedures
        self._adding: list[int] = []
        self.uses_new_value = False
        self._switches: list[tuple[int, bool]] = []
        self.problems: list[Problem] = []
        self.alone: set[int] = set()
        self.kept: list[Statement | InsertBatch] = []
        self._short = isinstance(migration.text, str) and len(migration.text) <= MOST_KEPT

    def add(self, planned: PlannedStatement) -> None:
        """Analyze the next statement, and the text between it and the statement before."""
        self.total, words = planned.number, planned.words
        self._keep(planned.statement)
        if not self._dialect.can_batch(words, planned.statement):
            self.alone.add(planned.number)
            # The piece may hold several statements, so its first word does not identify them.
            self.left = "anything"
        elif not _leaves_nothing(planned):
            self._leave(words)
        if (fault := self._find_fault(planned)) is not None:
            self._problem(*fault, planned.statement)
        elif self._dialect.controls_transaction(words):
            self.controls.append(planned)
        elif (on := self._dialect.switches_keys(words, planned.statement)) is not None:
            self._switches.append((planned.number, on))
        elif self._dialect.needs_autocommit(words) or self._commits(words, planned.statement.text):
            self.autocommit = True
        if words[:1] not in _SETTINGS and self.controls[-1:] != [planned]:
            self.last = planned.number
        self._note_modes(planned)
        self._note_values(planned)
        self._look_between(planned.number, planned.statement.offset, self._end_of(planned.statement))

    def _commits(self, words: Sequence[str], text: str) -> bool:
        """Whether a statement calls a procedure that commits. Also notes such a procedure."""
        if self._procedures is None:
            return False
        self._procedures.note(words, text)
        return self._procedures.commits(words, text)

    def _find_fault(self, planned: PlannedStatement) -> tuple[ProblemKind, str] | None:
        """Return the reason for which no run may send this statement, if there is one."""
        statement, words = planned.statement, planned.words
        if self._rules.psql_scripts and words[:1] == (PSQL_COMMAND,):
            return ProblemKind.PSQL, f"{printable(statement.text.rstrip())} is a command of psql, not of the server; remove it"
        if words[:1] == (".",):
            line = printable(statement.text.partition("\n")[0].rstrip())
            return ProblemKind.SHELL, f"{line} is a command of the sqlite3 shell, not of a database; remove it"
        if statement.torn:
            message = "this statement begins on the line of a COPY and goes on after its data"
            return ProblemKind.COPY, f"{message}; move it to a line of its own after them"
        fault = self._dialect.find_fault(words, statement, self._rules.name)
        return (ProblemKind.STATEMENT, fault) if fault else None

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
        end, text, data = statement.offset + len(statement.text), self.migration.text, statement.copy_data
        # The data begin on the next line. Other statements may follow the COPY on its own line.
        return text.index(data, text.index("\n", end)) + len(data) if data and isinstance(text, str) else end

    def add_run(self, run: InsertBatch) -> None:
        """Analyze a batch of plain INSERT statements, and the text before it."""
        first, self.total = self.total + 1, self.total + run.count
        self.last = self.total
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
        """Analyze the text after the last statement. Only SQLite accepts an unclosed comment, and ignores all text in it."""
        text = self.migration.text
        self._look_between(self.total + 1, len(text) if isinstance(text, str) else 0, self._end)
        if isinstance(text, str) and self._rules.name == "sqlite" and (begin := unclosed_comment(text, self._end)) is not None:
            line = text.count("\n", 0, begin) + 1
            place = f"{printable(self.migration.path)}:{line}"
            message = (
                f"{place}: a comment begins here and is never closed, so SQLite ignores all text after it; close the comment"
            )
            self.problems.append(Problem(ProblemKind.COMMENT, message, self.migration.path))

    def frame(self, *, keys: bool) -> tuple[int, int]:
        """Return how many statements at the start and at the end of the file repeat what the runner does by itself.

        Statements that switch foreign keys count only with `keys`.
        """
        off = keys and self._switches[:1] == [(1, False)] and self._switches[1:] in ([], [(self.total, True)])
        on = off and len(self._switches) == 2
        if not self.controls:
            return off + count_modes(self._setting, off + 1), int(on)
        first, last = self.controls[0], self.controls[-1]
        enclosed = [planned.number for planned in self.controls] == [off + 1, self.total - on]
        whole = enclosed and first.words[0] in ("BEGIN", "START") and last.words[0] in ("COMMIT", "END")
        return (off + 1 + count_modes(self._setting, off + 2), on + 1) if whole else (0, 0)

    def modes_until(self, number: int) -> str:
        """Return the transaction modes that the statements up to this number set."""
        return " ".join(modes for at, modes in self.modes.items() if at <= number and modes)

    def mode_problems(self, until: int) -> list[Problem]:
        """Return a problem for each statement up to this number that asks for transaction modes."""
        return mode_problems(self.migration, [planned for planned in self._asking if planned.number <= until])

    def controls_within(self, before: int, after: int) -> bool:
        """Whether statements inside the frame begin or end transactions."""
        return any(before < planned.number <= self.total - after for planned in self.controls)

    def switches_within(self, before: int, after: int) -> bool:
        """Whether statements inside the frame switch foreign keys."""
        return any(before < number <= self.total - after for number, _ in self._switches)

    def switches_off(self, until: int | None = None) -> bool:
        """Whether statements switch foreign keys off; with `until`, only statements up to this number count."""
        return any(not on for number, on in self._switches if until is None or number <= until)

    def control_problems(self) -> list[Problem]:
        """Return a problem for each statement that begins or ends a transaction."""
        return control_problems(self.migration, self.controls)

    def _look_between(self, number: int, start: int, end: int) -> None:
        # The run would ignore a directive here. A file that is too large to be kept is not searched.
        text = self.migration.text
        if isinstance(text, str) and number > 1 and (fault := find_fault(text, self._end, start)) is not None:
            late, told = fault
            at, line = self._counted
            line += text.count("\n", at, late)
            self._counted = late, line
            place = f"{printable(self.migration.path)}:{line}"
            self.problems.append(Problem(ProblemKind.DIRECTIVE, f"{place}: {told}", self.migration.path))
        self._end = max(self._end, end)

    def _problem(self, kind: ProblemKind, message: str, statement: Statement) -> None:
        self.problems.append(Problem(kind, f"{place_in(self.migration, statement)}: {message}", self.migration.path))


def _leaves_nothing(planned: PlannedStatement) -> bool:
    if planned.words and planned.words[0] not in _LASTING:
        return False
    # A statement that may call a function may leave any session state. A second TABLE is that of CREATE TABLE ... AS TABLE. A
    # word in a string or a comment also matches; the session is then reset without need.
    return [word.upper() for word in _TELLING.findall(planned.statement.text)] in ([], ["TABLE"])
