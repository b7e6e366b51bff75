"""Find the statements that would reach beyond the database in which files are replayed, and those that extend it. Pure.

Only the text is read: a statement inside of DO, CALL or a trigger may still reach beyond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whimbrel.dialects.base import Dialect
from whimbrel.errors import Problem, ProblemKind
from whimbrel.messages.printable import printable
from whimbrel.migrations.migration import Migration
from whimbrel.parsing.cursor import TokenCursor, leading_words
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.parsing.statement import Statement
from whimbrel.planning.plan import Plan, Planner
from whimbrel.planning.statement import place_in

__all__ = ["find_extensions", "find_named_databases", "find_shared_effects"]

# This many words cover the privileges of a long GRANT, and the assignments of a long SET.
_MOST_WORDS = 1_000
_NO_DATABASE = ("schema", "database", "extension")
_PROOF = (
    "name another server with --on, on which the proof may change anything; or record the files without a proof, with baseline"
)
_UNNAMED = "a proof replays only files that do not name a database; record these without a proof, with baseline"


def find_shared_effects(dialect: Dialect, plans: Sequence[Plan], advice: str = _PROOF, *, private: bool = False) -> list[Problem]:
    """Return a problem for each statement that changes something which other databases share, such as a user.

    On a `private` server, which nobody else uses, these are only the statements that reach beyond the server.
    """
    reaches = dialect.reaches_machine if private else dialect.reaches_beyond
    return [_shared(plan, piece, words, advice) for plan in plans for piece, words in _statements(plan) if reaches(words)]


def _statements(plan: Plan) -> Iterator[tuple[Statement, tuple[str, ...]]]:
    for _, piece in plan.statements_or_batches():
        if isinstance(piece, Statement):
            yield piece, leading_words(piece.text, plan.lexer_rules, _MOST_WORDS)


def _shared(plan: Plan, statement: Statement, words: Sequence[str], advice: str) -> Problem:
    message = (
        f"{place_in(plan.migration, statement)}: {printable(' '.join(words[:2]))} would change more than the database of "
        f"the replay\n    next: {advice}"
    )
    return Problem(ProblemKind.STATEMENT, message, plan.migration.path)


def find_named_databases(
    dialect: Dialect, database: str, planner: Planner, plans: Sequence[Plan], advice: str = _UNNAMED
) -> list[Problem]:
    """Return a problem for each statement that writes to a database which it names: it would do so in a replay too."""
    if not dialect.names_reach_others:
        return []
    return [problem for plan in plans for problem in _named(dialect, database, planner, plan, advice)]


def _named(dialect: Dialect, database: str, planner: Planner, plan: Plan, advice: str) -> Iterator[Problem]:
    for touch in planner.touches(dialect, database, plan.migration).touches:
        target = touch.target
        names = [one for one in (target.name, *target.reached) if one[0]]
        if names and target.family not in _NO_DATABASE:
            place = f"{printable(plan.migration.path)}:{touch.line}:{touch.column}"
            message = (
                f"{place}: {target.words} names the database {printable(names[0][0])}, so a replay would write there\n"
                f"    next: {advice}"
            )
            yield Problem(ProblemKind.STATEMENT, message, plan.migration.path)


def find_extensions(file: Migration, rules: LexerRules) -> Iterator[str]:
    """Yield the extensions that a file creates without IF NOT EXISTS."""
    if isinstance(file.text, str) and "extension" not in file.text.lower():
        return
    for piece in statements_or_batches(file.text, rules):
        head = TokenCursor(piece.text, rules, fold=str.lower)
        if isinstance(piece, Statement) and head.take("CREATE", "EXTENSION") and head.condition(wanted=True) is None:
            yield head.name() or ""
