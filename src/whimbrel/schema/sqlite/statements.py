"""The parts of CREATE TABLE, CREATE INDEX and CREATE VIEW in the texts that SQLite keeps. Pure."""

from __future__ import annotations

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.schema.sqlite.constraints import (
    ENDS_TYPE,
    ParsedColumn,
    ParsedTable,
    read_column_constraints,
    read_table_constraints,
)
from whimbrel.schema.sqlite.reading import Reader

__all__ = ["IndexText", "read_index", "read_table", "read_view"]

_STARTS_TABLE_CONSTRAINT = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


class IndexText(NamedTuple):
    """The parts of an index, each without its collation and its sort order; and the condition of a partial index."""

    parts: tuple[str, ...]
    predicate: str


def read_table(text: str) -> ParsedTable:
    """Read a CREATE TABLE. SQLite has accepted it, so it is well-formed."""
    reader, table = Reader(text), ParsedTable()
    reader.take("CREATE", "TABLE")
    reader.name()
    more = reader.take("(")
    while more:
        if reader.peek() in _STARTS_TABLE_CONSTRAINT:
            read_table_constraints(reader, table)
        else:
            _read_column(reader, table)
        more = reader.take(",")
    reader.take(")")
    table.options = _read_options(reader)
    return table


def _read_column(reader: Reader, table: ParsedTable) -> None:
    column = ParsedColumn(reader.name())
    table.columns.append(column)
    while not reader.ended() and reader.peek() not in ENDS_TYPE:
        if reader.peek() == "(":
            reader.parenthesized()
        else:
            reader.skip()
    read_column_constraints(reader, column, table)


def _read_options(reader: Reader) -> tuple[str, ...]:
    found = []
    while not reader.ended():
        if reader.take("WITHOUT"):
            reader.skip()
            found.append("WITHOUT ROWID")
            continue
        if reader.peek().isalpha():
            found.append(reader.peek())
        reader.skip()
    return tuple(sorted(found))


def read_index(text: str) -> IndexText:
    """Read a CREATE INDEX."""
    reader, parts = Reader(text), list[str]()
    while not reader.ended() and not reader.take("ON"):
        reader.skip()
    reader.name()
    more = reader.take("(")
    while more:
        parts.append(_read_part(reader))
        more = reader.take(",")
    reader.take(")")
    return IndexText(tuple(parts), text[reader.end :].strip() if reader.take("WHERE") else "")


def _read_part(reader: Reader) -> str:
    start = end = reader.here
    while not reader.ended() and reader.peek() not in (",", ")", "ASC", "DESC", "NULLS"):
        if reader.peek() == "(":
            reader.parenthesized()
        else:
            reader.skip()
        end = reader.end
    while not reader.ended() and reader.peek() not in (",", ")"):
        reader.skip()
    return reader.text[start:end]


def read_view(text: str) -> str:
    """Return the query of a CREATE VIEW."""
    reader = Reader(text)
    reader.take("CREATE", "VIEW")
    reader.name()
    if reader.peek() == "(":
        reader.parenthesized()
    reader.take("AS")
    return text[reader.end :].strip()
