"""Find where an interrupted file resumes, by its journal; refuse if the journal leaves a doubt.

Pure: no database, no disk.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from whimbrel.errors import Problem, ProblemKind, StatementUnsettled, ValidationFailed
from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import command
from whimbrel.migrations.migration import statement_hash
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.planning.plan import Plan
from whimbrel.planning.session_dependencies import check_session
from whimbrel.planning.statement import PlannedStatement
from whimbrel.session.history import JournalRow

__all__ = ["ResumePoint", "check_journal", "check_session", "joint_digest", "shown", "unsettled"]

# The journal keeps this many characters of a statement, to show later what was edited.
_MOST_SHOWN = 4_000


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """The progress of a file. Its first `done` statements are applied; `intent` was begun, and its end was never recorded."""

    done: int = 0
    intent: JournalRow | None = None


def check_journal(plan: Plan, rows: Sequence[JournalRow], where: str) -> ResumePoint:
    """Return the progress of a file, by the journal. Raises ValidationFailed if an applied statement has been edited since.

    `where` is the command line option for the journal's schema.
    """
    # A row edited by hand may claim any number of statements.
    wanted = {number for row in rows for number in range(row.first_statement, min(row.last_statement, plan.total) + 1)}
    planned = {one.number: one for one in plan.statements() if one.number in wanted} if rows else {}
    done = 0
    for row in rows:
        last = min(row.last_statement, plan.total)
        found = [planned[number] for number in range(row.first_statement, last + 1) if number in planned]
        if len(found) <= row.last_statement - row.first_statement or joint_digest(found) != row.digest:
            raise ValidationFailed([_edited(plan, found, row, where)])
        first = found[0].words[0]
        if row.state == "intent" and first in ("BEGIN", "START"):
            return ResumePoint(done)  # The open transaction ended with its connection.
        # One transaction committed both the row of the COMMIT and the statements before it.
        if row.state == "intent" and first not in ("COMMIT", "END"):
            return ResumePoint(done, row)
        done = row.last_statement
    return ResumePoint(done)


def joint_digest(statements: Sequence[PlannedStatement]) -> str:
    """Return one digest for the texts of these statements; a single statement keeps its own digest."""
    digests = [one.digest for one in statements]
    return digests[0] if len(digests) == 1 else statement_hash(" ".join(digests))


def unsettled(plan: Plan, planned: PlannedStatement, row: JournalRow, now: str, where: str) -> StatementUnsettled:
    """Build the error for a statement that may or may not have taken effect."""
    asked = (
        f"in the catalog before it: {printable(row.catalog_before)}\n  in the catalog now: {printable(now)}"
        if now
        else "the catalog cannot tell"
    )
    return StatementUnsettled(
        f"{plan.place(planned)}: statement {planned.number} of {plan.total} ({printable(row.kind)}) began on "
        f"{row.started_on:%Y-%m-%d %H:%M:%S} UTC, but its end was never recorded\n"
        f"  it may or may not have taken effect; {asked}\n"
        f"{plan.place(planned).caret()}\n"
        f"  next: check whether it took effect. If it did: {_resolve(plan, row, where, '--applied')}\n"
        f"        if it did not: {_resolve(plan, row, where, '--rerun')}\n"
        "        then run again"
    )


def shown(statements: Sequence[PlannedStatement], rules: LexerRules) -> str:
    """Return statements as the journal may keep them: cut, and without the content of strings, which may be secret."""
    texts: list[str] = []
    for one in statements:
        if sum(map(len, texts)) >= _MOST_SHOWN:
            break
        texts.append(_shown(one.statement.text, rules))
    return ";\n".join(texts)[:_MOST_SHOWN]


def _shown(statement: str, rules: LexerRules) -> str:
    text, kept, at = statement[:_MOST_SHOWN], [], 0
    for token in tokens(text, rules):
        if token.kind == "string":
            kept += [text[at : token.start], "'...'"]
            at = token.end
    return "".join([*kept, text[at:]])


def _resolve(plan: Plan, row: JournalRow, where: str, answer: str) -> str:
    migration = plan.migration
    return command("resolve", migration.set_name, str(migration.version), str(row.first_statement), answer, place=where)


def _edited(plan: Plan, found: Sequence[PlannedStatement], row: JournalRow, where: str) -> Problem:
    place = str(plan.place(found[0])) if found else printable(plan.migration.path)
    several = row.last_statement > row.first_statement
    named = f"statements {row.first_statement} to {row.last_statement}" if several else f"statement {row.first_statement}"
    state = "are applied and have" if several else "is applied and has"
    message = (
        f"{place}: {named} ({printable(row.kind)}) {state} been edited since; "
        "restore the text; only the statement that failed and those after it may be changed\n"
    )
    if row.state == "intent":
        message = (
            f"{place}: {named} ({printable(row.kind)}) began, its end was never recorded, and it has been "
            "edited since; it may or may not have taken effect\n"
            f"  next: check whether it did. If it did: restore its text, and run {_resolve(plan, row, where, '--applied')}\n"
            f"        if it did not: {_resolve(plan, row, where, '--rerun')}\n"
        )
    now = shown(found, plan.lexer_rules)
    lines = difflib.unified_diff(row.shown.splitlines(), now.splitlines(), "as applied", "now", lineterm="", n=1)
    difference = list(lines) or ["(only a string, a blank or a comment differs)"]
    return Problem(ProblemKind.RESUME, message + "\n".join(f"    {line}" for line in difference), plan.migration.path)
