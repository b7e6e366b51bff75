"""Where a file goes on that an earlier run began: by its journal, and only if that is certain.

Pure: no database, no disk.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from database.errors import Problem, StatementUnsettled, ValidationFailed
from database.heads import Head
from database.history import JournalRow
from database.lexis import Lexis, tokens, unquoted
from database.plan import Plan, Planned

__all__ = ["Reached", "check_journal", "check_session", "shown", "unsettled"]

# Characters of a statement that the journal keeps, to show what was edited.
_MOST_SHOWN = 4_000


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a file came: its first `done` statements are applied; of `intent` nobody recorded the end."""

    done: int = 0
    intent: JournalRow | None = None


def check_journal(plan: Plan, rows: Sequence[JournalRow]) -> Reached:
    """Return how far a file came, by the journal. Raises ValidationFailed if an applied statement has been edited since."""
    wanted = {row.first_statement for row in rows}
    planned = {one.number: one for one in plan.statements() if one.number in wanted} if rows else {}
    done = 0
    for row in rows:
        one = planned.get(row.first_statement)
        if one is None or one.digest != row.digest:
            raise ValidationFailed([_edited(plan, one, row)])
        if row.state == "intent" and one.words[0] in ("BEGIN", "START"):
            return Reached(done)  # What was begun ended with its connection.
        # The row of a COMMIT was committed together with what it announces.
        if row.state == "intent" and one.words[0] not in ("COMMIT", "END"):
            return Reached(done, row)
        done = row.first_statement
    return Reached(done)


def unsettled(plan: Plan, planned: Planned, row: JournalRow, now: str) -> StatementUnsettled:
    """Return the error for a statement that is neither known to be applied nor known not to be."""
    asked = f"the catalog said before it: {row.catalog_before}\n  and says now: {now}" if now else "the catalog does not tell"
    words = f"whimbrel resolve {plan.migration.set_name} {plan.migration.version} {planned.number}"
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


def _edited(plan: Plan, planned: Planned | None, row: JournalRow) -> Problem:
    where = str(plan.place(planned)) if planned else plan.migration.path
    message = (
        f"{where}: statement {row.first_statement} ({row.kind}) is applied and has been edited since; "
        "put it back as it was, only what follows the statement that failed may be changed\n"
    )
    now = shown(planned, plan.lexis) if planned else ""
    lines = difflib.unified_diff(row.shown.splitlines(), now.splitlines(), "as applied", "as it is now", lineterm="", n=1)
    difference = list(lines) or ["(a string, a blank or a comment in it differs)"]
    return Problem("resume", message + "\n".join(f"    {line}" for line in difference), plan.migration.path)


def check_session(plan: Plan, done: int) -> None:
    """Raise ValidationFailed if what is left uses what is gone with the first session.

    On MySQL and MariaDB these are user variables and temporary tables; elsewhere hardly a file has a journal. A SET of constants
    is simply run again; what was computed then (`SET @id = LAST_INSERT_ID()`) might be another value now.
    """
    if done == 0 or not plan.lexis.delimiter_command:
        return
    lost: dict[str, Planned] = {}
    for planned in plan.statements():
        if planned.number <= done:
            lost |= dict.fromkeys(_made(plan, planned), planned)
        elif gone := sorted(_used(plan, planned, lost)):
            first = lost[gone[0]]
            message = (
                f"{plan.place(planned)}: statement {planned.number} uses {gone[0]}, which statement {first.number} made in a "
                "session that is gone; write it anew in the statements that are left, and run again"
            )
            raise ValidationFailed([Problem("resume", message, plan.migration.path)])


def _made(plan: Plan, planned: Planned) -> set[str]:
    """Return the user variables that a statement computes, or the temporary table that it makes."""
    head = Head(planned.statement.text, plan.lexis, limit=12)
    if head.take("CREATE", "TEMPORARY", "TABLE"):
        head.condition(wanted=True)
        name = head.qualified()
        return {name[1]} if name else set()
    return _variables(plan, planned) if _computes(plan, planned) else set()


def _used(plan: Plan, planned: Planned, lost: Mapping[str, Planned]) -> set[str]:
    # Most files make neither, and reading all that is left of a large one takes its time.
    if not lost:
        return set()
    names = {unquoted(token) for token in tokens(planned.statement.text, plan.lexis) if token.kind in ("word", "name")}
    return set(lost) & (names | _variables(plan, planned))


def _variables(plan: Plan, planned: Planned) -> set[str]:
    found = list(tokens(planned.statement.text, plan.lexis))
    named = [
        (index, f"@{name.text.lower()}")
        for index, (sign, name) in enumerate(pairwise(found))
        if sign.text == "@" and name.kind == "word" and sign.end == name.start
    ]
    return {name for index, name in named if index == 0 or found[index - 1].text != "@"}


def _computes(plan: Plan, planned: Planned) -> bool:
    texts = [token.upper or token.text for token in tokens(planned.statement.text, plan.lexis)]
    if planned.words[:1] == ("SET",):
        return "(" in texts
    return "INTO" in texts or any(pair == (":", "=") for pair in pairwise(texts))
