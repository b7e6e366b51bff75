"""Count the rows of a live database that would break the constraints of judged statements. Writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from whimbrel.dialects.base import Connection
from whimbrel.dialects.questions import Questions
from whimbrel.dialects.registry import DIALECTS
from whimbrel.errors import DatabaseError
from whimbrel.messages.printable import printable
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.constraints import NewConstraint, Spelling, count_sql, read_constraints
from whimbrel.session.connect import Target, open_session

__all__ = ["Count", "count_rows", "find_questions"]

# A count reads the whole table, and must not stay in the way of the service for long.
_SECONDS = 30.0


class Count(NamedTuple):
    """How many rows a table of the live database has, and how many break a constraint; `fault` says why they are not known."""

    case: Case
    constraint: NewConstraint
    total: int = 0
    breaking: int = 0
    fault: str = ""

    @property
    def told(self) -> str:
        """The count as a sentence."""
        table, kind = ".".join(self.constraint.table), self.constraint.kind
        if self.fault:
            return f"the rows of {table} that break the {kind} could not be counted: {self.fault}"
        return f"{self.breaking} of {self.total} rows of {table} on the live database break the {kind}"


def find_questions(connection: Connection) -> Questions:
    """Return the questions of a connection's database."""
    found: Questions = import_module(f"{DIALECTS[connection.database].package}.questions").QUESTIONS
    return found


async def count_rows(cases: Sequence[Case], live: Target, schema: str = "") -> list[Count]:
    """Count for each constraint that the cases of the live database add. Raises DatabaseUnreachable or ConfigurationError.

    Every count is one SELECT in a transaction that cannot write, with a time limit. A condition that calls anything which may do
    more than read, such as a function of the application, is not counted, since no transaction undoes a sleep or a file.
    """
    found: list[Count] = []
    async with open_session(live, schema, question=True) as session:
        connection = session.connection
        for case in (one for one in cases if one.database == connection.database):
            constraints = list(read_constraints(case, connection.dialect.catalog.fold))
            if constraints:
                # A condition of the file means the same here as in the run.
                await connection.dialect.enter(connection, session.schema, portable=case.plan.portable)
            found += [await _count(connection, case, one) for one in constraints]
    return found


async def _count(connection: Connection, case: Case, one: NewConstraint) -> Count:
    if one.calls:
        return Count(case, one, fault=f"its condition calls {', '.join(map(printable, one.calls))}, which may do more than read")
    questions, dialect = find_questions(connection), connection.dialect
    sql = count_sql(one, Spelling(dialect.catalog.fold, dialect.quote, questions.length))
    try:
        async with connection.rollback_on_error(), asyncio.timeout(2 * _SECONDS):
            await connection.send(questions.begin_reading(connection.database, _SECONDS))
            row = await connection.fetch_one(sql)
            await connection.run("ROLLBACK")
    except DatabaseError as error:
        return Count(case, one, fault=str(error))
    except TimeoutError:
        return Count(case, one, fault=f"it took longer than {2 * _SECONDS:g} s")
    return Count(case, one, int(row["total"]), int(row["breaking"] or 0)) if row else Count(case, one, fault="no row came back")
