"""Read the tables of another tool. Writes nothing to them, ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from whimbrel.adoption.tool import Kind, TableName, Tool, ToolColumn
from whimbrel.dialects.connection import Connection
from whimbrel.dialects.objects import Existing
from whimbrel.errors import Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import joined, printable
from whimbrel.session.session import Session

__all__ = ["ToolTables", "find_tables", "read_rows"]

_READ: Mapping[Kind, tuple[type, ...]] = {
    "text": (str, int),
    "number": (int,),
    "truth": (bool, int, bytes),
    "bytes": (bytes, bytearray, memoryview),
    "present": (bool, int),
}


class ToolTables(NamedTuple):
    """The tables of a tool: that of its history, those with its lock, and the names of all of them."""

    history: TableName
    locks: tuple[TableName, ...] = ()
    all: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The name of the history's table, for people."""
        return printable(f"{self.history.schema}.{self.history.name}")


async def find_tables(session: Session, tool: Tool, named: str = "") -> ToolTables:
    """Return the tables of the tool; `named` is the name of the history table, possibly with its schema.

    Raises ValidationFailed.
    """
    schema, _, own = named.rpartition(".")
    names = [(schema, own)] if own else [("", name) for name in tool.tables]
    others = [(schema, name) for name in (*tool.companions, *tool.lock_tables)]
    there = await session.dialect.catalog.find(session.connection, session.schema, {"relation": [*names, *others]})

    def find(name: tuple[str, str]) -> Existing | None:
        return next((one for meant in there.meanings(name) if (one := there.find("relation", meant))), None)

    found = next((one for name in names if (one := find(name))), None)
    if found is None:
        raise ValidationFailed([_missing(session, tool, own, there.tools)])
    _check_columns(tool, found)
    related = {name: one for schema, name in others if (one := find((schema, name)))}
    every = dict.fromkeys([found.name, *(one.name for one in related.values())])
    # Where names are case-insensitive, two spellings may name one table.
    locks = dict.fromkeys(_place(session, related[name]) for name in tool.lock_tables if name in related)
    return ToolTables(_place(session, found), tuple(locks), tuple(every))


def _place(session: Session, found: Existing) -> TableName:
    return TableName(session.database, found.schema, found.name)


def _missing(session: Session, tool: Tool, named: str, tools: Sequence[str]) -> Problem:
    wanted = named or " or ".join(dict.fromkeys(name.lower() for name in tool.tables))
    elsewhere = f"; the database has {joined(sorted(set(tools)))} of another tool or in another schema" if tools else ""
    message = (
        f"there is no table {printable(wanted)} of {tool.title} in schema {printable(session.schema)}{elsewhere}\n"
        "    next: name its schema with --schema, or the table with --table [SCHEMA.]NAME"
    )
    return Problem(ProblemKind.ADOPTION, message)


def _check_columns(tool: Tool, found: Existing) -> None:
    shown = f"{found.kind} {printable(f'{found.schema}.{found.name}')}"
    columns = {column.lower() for column in found.columns}
    lacking = [column.name for column in tool.columns if column.name not in columns]
    owner = next((other for column, other in tool.foreign if column in columns), "")
    told = ""
    if found.kind != "table":
        told = f"{shown} is not a table, so it is not the history of {tool.title}; name the table with --table"
    elif lacking:
        told = f"{shown} lacks the columns {joined(lacking)}, so {tool.title} did not make it; name the tool that did"
    elif owner:
        told = f"{shown} belongs to {owner}, as its columns show; run whimbrel adopt {owner}"
    if told:
        raise ValidationFailed([Problem(ProblemKind.ADOPTION, told)])


async def read_rows(connection: Connection, table: TableName, columns: Sequence[ToolColumn]) -> list[dict[str, Any]]:
    """Return the rows, with values of the columns' kinds. Raises ValidationFailed with every value that has another kind."""
    quote = connection.dialect.quote
    parts = [
        f"CASE WHEN {quote(one.name)} IS NULL THEN 0 ELSE 1 END AS {quote(one.name)}"
        if one.kind == "present"
        else quote(one.name)
        for one in columns
    ]
    # The alias gives each column one spelling, independent of the table's.
    aliased = [part if " AS " in part else f"{part} AS {part}" for part in parts]
    place = f"{quote(table.schema)}.{quote(table.name)}"
    try:
        rows = await connection.fetch_all(f"SELECT {', '.join(aliased)} FROM {place}")
    except (ValueError, OverflowError) as error:
        # SQLite accepts any value in any column, so the driver may be unable to read a value as the column's type.
        message = (
            f"table {printable(f'{table.schema}.{table.name}')}: a value cannot be read ({printable(str(error))}); restore it"
        )
        raise ValidationFailed([Problem(ProblemKind.EDITED, message)]) from None
    wrong = [problem for row in rows for one in columns if (problem := _check(table, columns, row, one))]
    if wrong:
        raise ValidationFailed(wrong)
    return [{one.name: _value(one, row[one.name]) for one in columns} for row in rows]


def _check(table: TableName, columns: Sequence[ToolColumn], row: Mapping[str, Any], column: ToolColumn) -> Problem | None:
    value = row[column.name]
    if (value is None and column.nullable) or isinstance(value, _READ[column.kind]):
        return None
    key = f"{columns[0].name} {row[columns[0].name]!r}"
    message = (
        f"table {printable(f'{table.schema}.{table.name}')}, row of {printable(key)}: {column.name} is "
        f"{printable(repr(value)[:60])}, which is no {column.kind}; the tool writes no such value, so restore it"
    )
    return Problem(ProblemKind.EDITED, message)


def _value(column: ToolColumn, value: Any) -> object:
    if value is None:
        return None
    match column.kind:
        case "text":
            return str(value)
        case "number":
            return int(value)
        case "bytes":
            return bytes(value)
        case "truth" | "present":
            # MySQL returns a BIT column as bytes.
            return any(value) if isinstance(value, bytes) else bool(value)
