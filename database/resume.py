"""Where a file goes on that an earlier run began: by its journal, and only if that is certain.

Pure: no database, no disk.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from database.errors import Problem, StatementUnsettled, ValidationFailed
from database.history import JournalRow
from database.lexis import Lexis, tokens
from database.lost import check_session
from database.plan import Plan
from database.planned import Planned

__all__ = ["Reached", "check_journal", "check_session", "shown", "unsettled"]

# Characters of a statement that the journal keeps, to show what was edited.
_MOST_SHOWN = 4_000


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a file came: its first `done` statements are applied; of `intent` nobody recorded the end."""

    done: int = 0
    intent: JournalRow | None = None


def check_journal(plan: Plan, rows: Sequence[JournalRow], where: str) -> Reached:
    """Return how far a file came, by the journal. Raises ValidationFailed if an applied statement has been edited since.

    `where` is the option that leads a command to the journal's schema.
    """
    wanted = {row.first_statement for row in rows}
    planned = {one.number: one for one in plan.statements() if one.number in wanted} if rows else {}
    done = 0
    for row in rows:
        one = planned.get(row.first_statement)
        if one is None or one.digest != row.digest:
            raise ValidationFailed([_edited(plan, one, row, where)])
        if row.state == "intent" and one.words[0] in ("BEGIN", "START"):
            return Reached(done)  # What was begun ended with its connection.
        # The row of a COMMIT was committed together with what it announces.
        if row.state == "intent" and one.words[0] not in ("COMMIT", "END"):
            return Reached(done, row)
        done = row.first_statement
    return Reached(done)


def unsettled(plan: Plan, planned: Planned, row: JournalRow, now: str, where: str) -> StatementUnsettled:
    """Return the error for a statement that is neither known to be applied nor known not to be."""
    asked = f"the catalog said before it: {row.catalog_before}\n  and says now: {now}" if now else "the catalog does not tell"
    words = _resolve(plan, row, where)
    return StatementUnsettled(
        f"{plan.place(planned)}: statement {planned.number} of {plan.total} ({row.kind}) was begun on "
        f"{row.started_on:%Y-%m-%d %H:%M:%S} UTC and its end was never recorded\n"
        f"  it may have taken effect or not; {asked}\n"
        f"{plan.place(planned).caret()}\n"
        f"  next: look whether it took effect. If it did: {words} --applied\n"
        f"        if it did not: {words} --rerun\n"
        "        then run again"
    )


def shown(planned: Planned, lexis: Lexis) -> str:
    """Return a statement as the journal may keep it: cut, and without the content of its strings, which may be secret."""
    text, kept, at = planned.statement.text[:_MOST_SHOWN], [], 0
    for token in tokens(text, lexis):
        if token.kind == "string":
            kept += [text[at : token.start], "'...'"]
            at = token.end
    return "".join([*kept, text[at:]])


def _resolve(plan: Plan, row: JournalRow, where: str) -> str:
    words = f"whimbrel resolve {shlex.quote(plan.migration.set_name)} {plan.migration.version} {row.first_statement}"
    return f"{words} {where}" if where else words


def _edited(plan: Plan, planned: Planned | None, row: JournalRow, where: str) -> Problem:
    place = str(plan.place(planned)) if planned else plan.migration.path
    message = (
        f"{place}: statement {row.first_statement} ({row.kind}) is applied and has been edited since; "
        "put it back as it was; only the statement that failed and what follows it may be changed\n"
    )
    if row.state == "intent":
        message = (
            f"{place}: statement {row.first_statement} ({row.kind}) was begun, its end was never recorded, and it has been "
            "edited since; it may have taken effect or not\n"
            f"  next: look whether it did. If it did: put it back as it was, and {_resolve(plan, row, where)} --applied\n"
            f"        if it did not: {_resolve(plan, row, where)} --rerun\n"
        )
    now = shown(planned, plan.lexis) if planned else ""
    lines = difflib.unified_diff(row.shown.splitlines(), now.splitlines(), "as applied", "as it is now", lineterm="", n=1)
    difference = list(lines) or ["(a string, a blank or a comment in it differs)"]
    return Problem("resume", message + "\n".join(f"    {line}" for line in difference), plan.migration.path)
