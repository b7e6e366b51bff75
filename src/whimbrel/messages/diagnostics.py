"""The data that errors carry: a place in a file, and a problem of files or history."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import joined, printable
from whimbrel.messages.suggestion import command

__all__ = ["Place", "PlanDifference", "Problem", "ProblemKind", "outdated_text"]


class ProblemKind(StrEnum):
    """The kind of a problem: a stable word, which `--json` prints."""

    # The files alone.
    MISNAMED = "misnamed"
    UNREADABLE = "unreadable"
    ENCODING = "encoding"
    DIRECTIVE = "directive"
    DUPLICATE = "duplicate"
    COVERAGE = "coverage"
    REPLACES = "replaces"
    CHANGED = "changed"
    # The statements of a file.
    PSQL = "psql"
    SHELL = "shell"
    COPY = "copy"
    STATEMENT = "statement"
    COMMENT = "comment"
    MARKER = "marker"
    TRANSACTION = "transaction"
    # Files and history together.
    CHECKSUM = "checksum"
    UNVERIFIABLE = "unverifiable"
    RENAMED = "renamed"
    MISSING = "missing"
    FUTURE = "future"
    MIN_APP = "min_app"
    OUT_OF_ORDER = "out_of_order"
    PARTIAL = "partial"
    MOVED = "moved"
    OTHER_FILE = "other_file"
    OTHER_SET = "other_set"
    RENAMED_SET = "renamed_set"
    RESUME = "resume"
    EDITED = "edited"
    # The database.
    DATABASE = "database"
    FIRST_CONTACT = "first_contact"
    FOREIGN_KEYS = "foreign_keys"
    EXTENSION = "extension"
    MODEL = "model"
    PROOF = "proof"
    # The history of another tool.
    ADOPTION = "adoption"


class Problem(NamedTuple):
    """One problem that `validate` found.

    `kind` is stable and meant for programs; `message` is a sentence for people. A warning never stops a migration.
    """

    kind: ProblemKind
    message: str
    script: str = ""
    warning: bool = False


class PlanDifference(NamedTuple):
    """A part of a plan that is not as planned: `what` names it, and the others are its planned and its present value."""

    what: str
    planned: str
    now: str

    def __str__(self) -> str:
        return f"{printable(self.what)}: planned {printable(self.planned)}, now {printable(self.now)}"


# Another database differs in everything.
_MOST_LISTED = 50


def outdated_text(differences: Sequence[PlanDifference], applied: Sequence[str]) -> str:
    """Return the message about a plan that does not hold."""
    count = "1 difference" if len(differences) == 1 else f"{len(differences)} differences"
    before = f"after this run had applied {joined(applied)}" if applied else "nothing was changed"
    lines = [f"  {one}" for one in differences[:_MOST_LISTED]]
    if len(differences) > _MOST_LISTED:
        lines.append(f"  and {len(differences) - _MOST_LISTED} more")
    advice = f"  next: make a new plan, and have it read: {command('plan', '--out', 'plan.json')}"
    return "\n".join([f"the plan does not hold: {count}; {before}:", *lines, advice])


class Place(NamedTuple):
    """A place in a migration file. Lines and columns count from 1, columns in characters."""

    path: str
    line: int
    column: int
    source: str

    def __str__(self) -> str:
        return f"{printable(self.path)}:{self.line}:{self.column}"

    def caret(self) -> str:
        """Return the source line with a caret under the column. Tabs stay tabs, so that the caret is aligned."""
        # An escaped character is wider than the original.
        before = "\t".join(" " * len(printable(part)) for part in self.source[: self.column - 1].split("\t"))
        source = "\t".join(map(printable, self.source.split("\t")))
        return f"    {source}\n    {before}^"
