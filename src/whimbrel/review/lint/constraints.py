"""Read the constraints that a statement adds to a table, and build the query that counts the rows which break each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from whimbrel.parsing.lexer import unquoted
from whimbrel.review.lint.asking import in_use, read_case
from whimbrel.review.lint.calls import find_calls
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.statement_text import Part, StatementText

__all__ = ["NewConstraint", "Spelling", "count_sql", "read_constraints"]

_CONSTRAINTS = ("CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN")


class NewConstraint(NamedTuple):
    """A constraint that a statement adds. `table` and `other` are names with their schema, in pieces.

    `condition` is the text of a CHECK, and `length` the most characters that a column takes. `offset` is its place.
    `calls` are what a condition calls that may do more than read: functions that are not known to be harmless, and queries.
    """

    kind: str
    table: tuple[str, ...]
    columns: tuple[str, ...]
    offset: int
    condition: str = ""
    other: tuple[str, ...] = ()
    to_columns: tuple[str, ...] = ()
    length: int = 0
    calls: tuple[str, ...] = ()


class Spelling(NamedTuple):
    """How a database writes names: `fold` changes bare words as it does, `quote` makes a name SQL. `length` counts characters."""

    fold: Callable[[str], str]
    quote: Callable[[str], str]
    length: str


def read_constraints(case: Case, fold: Callable[[str], str]) -> Iterator[NewConstraint]:
    """Yield the constraints that a statement adds to a table that exists. Names are as the database keeps them."""
    reading = read_case(case)
    text = case.statement.statement.text
    if not reading.table or not in_use(case, reading.table):
        return
    table = _table(reading, fold)
    if reading.whole.begins("CREATE", "UNIQUE", "INDEX"):
        on = reading.whole.find("ON")
        opening = None if on is None else reading.whole.after(on).find("(")
        # An index on an expression, or on some of the rows, is not counted.
        if on is not None and opening is not None and not reading.whole.has("WHERE"):
            yield from _unique(table, reading.whole.after(on).inside(opening), 0, fold)
    for part in reading.parts if reading.is_alter else ():
        yield from _of_part(table, part, text, fold)
    for column in reading.columns() if reading.is_alter else ():
        if not column.added and column.type_name in ("VARCHAR", "CHARACTER", "CHAR") and column.numbers:
            name = fold(column.name) if reading.is_bare(column.start) else column.name
            yield NewConstraint("length", table, (name,), column.start, length=column.numbers[0])


def _table(reading: StatementText, fold: Callable[[str], str]) -> tuple[str, ...]:
    """Return schema and table, or the table alone."""
    words = reading.whole
    at = next(index for index in range(1, len(words.tokens)) if words.name(index) == reading.table)
    return _name(words, at - 2 if words.words[at - 1] == "." else at, fold)[0]


def _name(part: Part, at: int, fold: Callable[[str], str]) -> tuple[tuple[str, ...], int]:
    """Return the pieces of a name, and the number of the token behind it."""
    found = [unquoted(part.tokens[at], fold)] if at < len(part.tokens) else []
    while part.words[at + 1 : at + 2] == (".",) and at + 2 < len(part.tokens):
        at += 2
        found.append(unquoted(part.tokens[at], fold))
    return tuple(found), at + 1


def _of_part(table: tuple[str, ...], part: Part, text: str, fold: Callable[[str], str]) -> Iterator[NewConstraint]:
    if part.has("SET", "NOT", "NULL") and part.begins("ALTER"):
        at = 1 + (part.words[1:2] == ("COLUMN",))
        yield NewConstraint("not null", table, (unquoted(part.tokens[at], fold),), part.start)
        return
    if not part.begins("ADD") or part.words[1:2] == () or part.words[1] not in _CONSTRAINTS:
        return
    rest = part.after(3) if part.words[1] == "CONSTRAINT" and part.words[2:3] not in (("CHECK",), ("UNIQUE",)) else part.after(1)
    rest = rest.after(1) if rest.begins("CONSTRAINT") else rest
    opening = rest.find("(")
    if opening is None:
        return
    inside = rest.inside(opening)
    if rest.begins("CHECK") and inside.tokens:
        yield NewConstraint("check", table, (), part.start, condition=text[inside.start : inside.end], calls=find_calls(inside))
    elif rest.begins("UNIQUE") or rest.begins("PRIMARY", "KEY"):
        yield from _unique(table, inside, part.start, fold)
    elif rest.begins("FOREIGN", "KEY") and (refers := rest.find("REFERENCES")) is not None:
        other, after = _name(rest, refers + 1, fold)
        to = _columns(rest.inside(after), fold) if rest.words[after : after + 1] == ("(",) else ()
        if to:
            own = _columns(inside, fold)
            yield NewConstraint("foreign key", table, own, part.start, other=other, to_columns=to)


def _unique(table: tuple[str, ...], inside: Part, offset: int, fold: Callable[[str], str]) -> Iterator[NewConstraint]:
    if columns := _columns(inside, fold):
        yield NewConstraint("unique", table, columns, offset)


def _columns(inside: Part, fold: Callable[[str], str]) -> tuple[str, ...]:
    """Return the columns; none if one of them is an expression or a prefix."""
    parts = list(inside.split())
    plain = all(len(part.tokens) == 1 or part.words[1] in ("ASC", "DESC") for part in parts)
    return tuple(unquoted(part.tokens[0], fold) for part in parts) if plain else ()


def count_sql(one: NewConstraint, spelling: Spelling) -> str:
    """Return a query with one row: `total` counts the rows of the table, `breaking` those that break the constraint."""
    quote = spelling.quote
    table = ".".join(map(quote, one.table))
    columns = [quote(name) for name in one.columns]
    if one.kind == "unique":
        keys, present = ", ".join(columns), " AND ".join(f"{name} IS NOT NULL" for name in columns)
        same = f"SELECT count(*) AS same FROM {table} WHERE {present} GROUP BY {keys} HAVING count(*) > 1"
        return f"SELECT (SELECT count(*) FROM {table}) AS total, (SELECT sum(same) FROM ({same}) d) AS breaking"
    if one.kind == "foreign key":
        other, pairs = ".".join(map(quote, one.other)), zip(columns, map(quote, one.to_columns), strict=False)
        found = " AND ".join(f"o.{theirs} = t.{ours}" for ours, theirs in pairs)
        present = " AND ".join(f"t.{name} IS NOT NULL" for name in columns)
        missing = f"{present} AND NOT EXISTS (SELECT 1 FROM {other} o WHERE {found})"
        return _counting(f"{table} t", missing)
    if one.kind == "check":
        return _counting(table, f"NOT ({one.condition})")
    if one.kind == "length":
        return _counting(table, f"{spelling.length}({columns[0]}) > {one.length}")
    return _counting(table, f"{columns[0]} IS NULL")


def _counting(table: str, breaking: str) -> str:
    # The newline ends a comment at the end of a condition.
    return f"SELECT count(*) AS total, count(CASE WHEN {breaking}\n THEN 1 END) AS breaking FROM {table}"
