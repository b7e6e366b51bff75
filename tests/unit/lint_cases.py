"""Build cases for the tests of the rules of lint."""

from collections.abc import Iterable
from dataclasses import replace

from tests.unit.plans import plan
from whimbrel.dialects.gauge import StatementFacts, TableLock
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rules.catalogue import RULES
from whimbrel.schema.model import Schema, Table

# The facts of a statement name these objects, unless the test says otherwise.
EVERYTHING = TableLock("t", "AccessExclusiveLock", "everything")
WRITES = TableLock("t", "ShareLock", "writes")
NOTHING = TableLock("t", "ShareUpdateExclusiveLock", "schema changes")


def cases(
    text: str, database: str = "postgresql", *, native: bool = False, variant: str = "", fresh: Iterable[str] = ()
) -> list[Case]:
    """Return a case for each statement of a file, without facts, each with the statements before it as `earlier`."""
    planned = plan(text, database, native=native, variant=variant)
    found: list[Case] = []
    for one in planned.statements():
        found.append(
            Case(database=database, version="1.0", plan=planned, statement=one, fresh=frozenset(fresh), earlier=tuple(found))
        )
    return found


def case(
    text: str,
    database: str = "postgresql",
    facts: StatementFacts | None = None,
    *,
    tables: tuple[tuple[Table, ...], tuple[Table, ...]] | None = None,
    native: bool = False,
    variant: str = "",
    fresh: Iterable[str] = (),
) -> Case:
    """Return the case of the last statement of a file; `tables` are those before and after it."""
    one = cases(text, database, native=native, variant=variant, fresh=fresh)[-1]
    if tables is not None:
        before, after = (Schema(database=database, name="s", tables=found) for found in tables)
        one = replace(one, before=before, after=after)
    return one if facts is None else replace(one, facts=facts, source="measured")


def refused(code: str, message: str = "no") -> StatementFacts:
    """Return the facts of a statement that the server refused."""
    return StatementFacts(refused=code, message=message)


def codes(one: Case) -> set[str]:
    """Return the codes of the rules that find something in a case."""
    return {code for code, rule in RULES.items() if any(rule.find(one))}


def found(code: str, one: Case) -> list[tuple[str, int]]:
    """Return the messages of one rule, with their offsets."""
    return [(evidence.message, evidence.offset) for evidence in RULES[code].find(one)]
