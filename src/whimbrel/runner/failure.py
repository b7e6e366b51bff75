"""Build MigrationFailed: where the migration failed, what was left behind, what to do next.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from whimbrel.errors import ConnectionLost, DatabaseBusy, DatabaseError, MigrationFailed, StatementTimeout, StoppedHalfway
from whimbrel.messages.printable import printable
from whimbrel.planning.plan import Plan
from whimbrel.planning.statement import PlannedStatement

__all__ = ["CurrentStatement", "failure"]


@dataclass(slots=True)
class CurrentStatement:
    """The statement that runs now; the last one when all have `ended`."""

    statement: PlannedStatement | None = None
    ended: bool = False

    @property
    def text(self) -> str:
        """The text of the statement."""
        return self.statement.statement.text if self.statement else ""


@contextmanager
def failure(plan: Plan, applied: Sequence[str]) -> Iterator[CurrentStatement]:
    """Turn a DatabaseError raised inside into MigrationFailed, with the place in the file."""
    at = CurrentStatement()
    try:
        yield at
    except DatabaseError as error:
        left_behind, advice = _outcome(plan, at, error)
        raise MigrationFailed(
            script=plan.migration.script,
            place=plan.place(at.statement, 0 if at.ended else error.offset),
            statement=at.statement.number if at.statement else 0,
            total=plan.total,
            kind="COMMIT" if at.ended or not at.statement else at.statement.kind,
            code=error.code,
            server_message=error.message,
            applied=applied,
            left_behind=left_behind,
            advice=advice,
        ) from error


def _outcome(plan: Plan, at: CurrentStatement, error: DatabaseError) -> tuple[str, str]:
    """Return what the file left behind in the database, and the next step."""
    if isinstance(error, ConnectionLost):
        return "unknown, the connection was lost", "run again; what is recorded will not run twice"
    left_behind, advice = _left_behind(plan, at), _advice(plan, at)
    if isinstance(error, StoppedHalfway):
        left_behind = f"{left_behind}; this statement perhaps in part"
        advice = "run again; the next run reports how to settle this statement"
    elif isinstance(error, DatabaseBusy):
        advice = _advice_busy(plan, error)
    elif error.wants_autocommit and plan.in_transaction:
        advice = (
            "write -- whimbrel: transaction=off at the head of the file, so that each statement is committed by itself, and "
            "run again"
        )
    elif isinstance(error, StatementTimeout):
        left_behind = left_behind if plan.in_transaction else f"{left_behind}; the catalog decides about this statement"
        advice = f"run again with more time: {_more_time(plan)}"
    return left_behind, advice


def _advice_busy(plan: Plan, error: DatabaseBusy) -> str:
    now = f"in the way now: {printable(error.blockers)}"
    if not error.conflict:
        return f"run again when no other session is in the way, or allow a longer lock_timeout; {now}"
    if plan.own_transactions:
        # Its earlier statements are rolled back too, so the run cannot repeat this one alone.
        return f"run again; the server rolled back this transaction of the file, which conflicted with another one; {now}"
    return (
        "run again, or allow more time for retries (--lock-wait SECONDS); the server rolled back this transaction, which "
        f"conflicted with another one; {now}"
    )


def _more_time(plan: Plan) -> str:
    # The directive of the file overrides the setting of the run.
    option = "" if plan.migration.directives.statement_timeout is not None else ", or --statement-timeout SECONDS"
    return f"-- whimbrel: statement_timeout=... at the head of the file{option}"


def _advice(plan: Plan, at: CurrentStatement) -> str:
    if plan.in_transaction or at.statement is None:
        return "correct the file and run again"
    if plan.own_transactions:
        return "correct the file and run again; the run resumes after the last recorded statement"
    number = at.statement.number
    if at.ended:
        return "write a correction at the end of the file and run again"
    return f"correct the file from this statement on and run again; the run resumes at statement {number}"


def _left_behind(plan: Plan, at: CurrentStatement) -> str:
    if plan.in_transaction:
        return "nothing, its transaction was rolled back"
    if plan.own_transactions:
        return "the work that its own transactions committed and recorded"
    number = at.statement.number if at.statement else 1
    if at.ended:
        return "all its statements are applied and recorded"
    if number == 1:
        return "nothing, its first statement failed"
    before = "statement 1 is" if number == 2 else f"statements 1 to {number - 1} are"
    return f"{before} applied and recorded"
