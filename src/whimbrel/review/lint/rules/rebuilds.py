"""The part of D01 about a table that a file rebuilds: columns and rows that the copy leaves out. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.review.lint.asking import listed
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.statement_text import Part, StatementText

__all__ = ["left_out"]

# With these clauses, the copy may have fewer rows.
_CHOOSING = ("WHERE", "LIMIT", "JOIN", "DISTINCT", "GROUP")


def left_out(case: Case, table: str, copy: StatementText) -> Iterator[str]:
    """Yield the columns and rows, in words, that are gone with a table that the file rebuilds; `copy` is the INSERT."""
    at = copy.main.find("SELECT")
    if at is None:
        return
    query = copy.main.after(at + 1)
    start = query.find("FROM")
    columns = _names(query, start) if start is not None else None
    lost = [] if columns is None else [name for name in _stored(case, table) if name.lower() not in columns]
    if lost:
        yield f"the copy of {table} leaves {listed(lost)} out, so the values are deleted with the old table"
    if clause := next((one for one in _CHOOSING if query.has(one)), ""):
        yield f"the copy of {table} has a {clause}, so the rows that it leaves out are deleted with the old table"


def _names(query: Part, start: int) -> set[str] | None:
    """Return the names in the columns of a query, in lower case; None if it takes all columns."""
    if "*" in query.words[:1] or any(query.words[at : at + 2] == (".", "*") for at in range(start)):
        return None
    return {query.name(at).lower() for at in range(start)}


def _stored(case: Case, table: str) -> list[str]:
    """Return the columns of the old table that have values of their own, as far as they are known."""
    known = case.before.table(table) if case.before is not None else None
    if known is not None:
        return [one.name for one in known.columns if one.generated is None or one.generated.stored]
    return list(case.foreseen.columns)
