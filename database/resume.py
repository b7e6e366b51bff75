"""Where a file goes on that an earlier run began: by its journal, and only if that is certain.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from database.errors import Problem, StatementUnsettled, ValidationFailed
from database.history import JournalRow
from database.lexis import tokens
from database.plan import Plan, Planned

__all__ = ["check_journal", "check_variables"]


def check_journal(plan: Plan, rows: Sequence[JournalRow]) -> int:
    """Return how many statements are applied, by the journal.

    Raises StatementUnsettled if one was begun and never ended, ValidationFailed if an applied one has been edited since.
    """
    done, statements = 0, plan.statements()
    for row in rows:
        number = row.first_statement
        planned = next((one for one in statements if one.number == number), None)
        if planned is None or planned.digest != row.digest:
            raise ValidationFailed([_edited(plan, planned, row)])
        if row.state == "intent" and planned.words[0] in ("COMMIT", "END"):
            return number  # The row was committed together with what it announces.
        if row.state == "intent" and planned.words[0] in ("BEGIN", "START"):
            return done  # What was begun ended with its connection.
        if row.state == "intent":
            raise StatementUnsettled(_unsettled(plan, planned, row))
        done = number
    return done


def _unsettled(plan: Plan, planned: Planned, row: JournalRow) -> str:
    set_name = plan.migration.set_name.replace("'", "''")
    where = f"WHERE set_name = '{set_name}' AND version = '{plan.migration.version}' AND first_statement = {planned.number};"
    return (
        f"{plan.place(planned)}: statement {planned.number} of {plan.total} ({row.kind}) was begun on "
        f"{row.started_on:%Y-%m-%d %H:%M:%S} UTC and its end was never recorded\n"
        "  the run died, or lost its connection, while the database worked on it: it may have taken effect or not\n"
        f"  next: look whether it did. If so: UPDATE whimbrel_journal SET state = 'done' {where}\n"
        f"        if not: DELETE FROM whimbrel_journal {where}\n"
        "        then run again"
    )


def _edited(plan: Plan, planned: Planned | None, row: JournalRow) -> Problem:
    where = str(plan.place(planned)) if planned else plan.migration.path
    message = (
        f"{where}: statement {row.first_statement} ({row.kind}) is applied and has been edited since; "
        "put it back as it was, only what follows the statement that failed may be changed"
    )
    return Problem("resume", message, plan.migration.path)


def check_variables(plan: Plan, done: int) -> None:
    """Raise ValidationFailed if what is left uses a user variable of MySQL whose value is gone with the first session.

    A SET of constants is simply run again; what was computed then (`SET @id = LAST_INSERT_ID()`) might be another value now.
    """
    if done == 0 or not plan.lexis.delimiter_command:
        return
    lost: dict[str, Planned] = {}
    for planned in plan.statements():
        used = _variables(plan, planned)
        if planned.number <= done:
            lost |= dict.fromkeys(used if _computes(plan, planned) else (), planned)
        elif gone := sorted(used & set(lost)):
            first = lost[gone[0]]
            message = (
                f"{plan.place(planned)}: statement {planned.number} uses {gone[0]}, which statement {first.number} computed in a "
                "session that is gone; write its value instead, and run again"
            )
            raise ValidationFailed([Problem("resume", message, plan.migration.path)])


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
