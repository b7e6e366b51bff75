"""The constraints in a CREATE TABLE of SQLite, as the model has them.

The catalog has neither their names nor their conditions. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from whimbrel.schema.column import Generated
from whimbrel.schema.model import Action, Check, Deferral, ForeignKey, Key
from whimbrel.schema.sqlite.reading import Reader

__all__ = ["ENDS_TYPE", "ParsedColumn", "ParsedTable", "read_column_constraints", "read_table_constraints"]

# https://sqlite.org/lang_createtable.html
ENDS_TYPE = frozenset(
    (",", ")", "CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS")
)


@dataclass
class ParsedColumn:
    """The facts about a column that only the text of its definition shows."""

    name: str
    collation: str = ""
    generated: Generated | None = None
    not_null: str = ""


@dataclass
class ParsedTable:
    """The facts about a table that only the text of its statement shows."""

    columns: list[ParsedColumn] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    options: tuple[str, ...] = ()
    autoincrement: bool = False


def read_column_constraints(reader: Reader, column: ParsedColumn, table: ParsedTable) -> None:
    """Read everything after a column's type, up to the comma or parenthesis that ends the definition."""
    name = ""
    while not reader.ended() and reader.peek() not in (",", ")"):
        if reader.take("CONSTRAINT"):
            name = reader.name()
            continue
        _column_constraint(reader, name, column, table)
        name = ""


def _column_constraint(reader: Reader, name: str, column: ParsedColumn, table: ParsedTable) -> None:
    start, own = reader.here, (column.name,)
    if reader.take("PRIMARY", "KEY"):
        _ = reader.take("ASC") or reader.take("DESC")
        _conflict(reader)
        table.autoincrement = reader.take("AUTOINCREMENT")
        table.keys.append(Key(name=name, columns=own, primary=True, native=reader.since(start)))
    elif reader.take("UNIQUE"):
        _conflict(reader)
        table.keys.append(Key(name=name, columns=own, native=reader.since(start)))
    elif table.foreign_keys and (found := _deferral(reader)) is not None:
        table.foreign_keys[-1] = replace(table.foreign_keys[-1], deferral=found)
    elif reader.take("NOT", "NULL"):
        _conflict(reader)
        column.not_null = reader.since(start)
    elif reader.take("CHECK"):
        table.checks.append(_check(reader, name, start))
    elif reader.take("REFERENCES"):
        table.foreign_keys.append(_reference(reader, name, own, start))
    elif reader.take("COLLATE"):
        column.collation = reader.name()
    elif reader.take("GENERATED", "ALWAYS", "AS") or reader.take("AS"):
        expression = reader.parenthesized()
        column.generated = Generated(native=expression, stored=reader.take("STORED"))
        reader.take("VIRTUAL")
    elif reader.take("DEFAULT"):
        _skip_default(reader)
    else:
        reader.skip()


def _skip_default(reader: Reader) -> None:
    # The catalog has the text of a default. The default's first token may be NULL, a word that otherwise begins a constraint.
    if reader.peek() == "(":
        reader.parenthesized()
        return
    _ = reader.take("+") or reader.take("-")
    reader.skip()
    while not reader.ended() and reader.peek() not in ENDS_TYPE:
        reader.skip()


def read_table_constraints(reader: Reader, table: ParsedTable) -> None:
    """Read the constraints up to the next comma or closing parenthesis. SQLite does not require commas between them."""
    name = ""
    while not reader.ended() and reader.peek() not in (",", ")"):
        if reader.take("CONSTRAINT"):
            name = reader.name()
            continue
        _table_constraint(reader, name, table)
        name = ""


def _table_constraint(reader: Reader, name: str, table: ParsedTable) -> None:
    start = reader.here
    if reader.take("PRIMARY", "KEY"):
        columns = reader.names()
        table.autoincrement = reader.passed("AUTOINCREMENT", start)
        _conflict(reader)
        table.keys.append(Key(name=name, columns=columns, primary=True, native=reader.since(start)))
    elif reader.take("UNIQUE"):
        columns = reader.names()
        _conflict(reader)
        table.keys.append(Key(name=name, columns=columns, native=reader.since(start)))
    elif reader.take("CHECK"):
        table.checks.append(_check(reader, name, start))
    elif reader.take("FOREIGN", "KEY"):
        columns = reader.names()
        reader.take("REFERENCES")
        table.foreign_keys.append(_reference(reader, name, columns, start))
    else:
        reader.skip()


def _check(reader: Reader, name: str, start: int) -> Check:
    expression = reader.parenthesized()
    _conflict(reader)
    return Check(name=name, expression=expression, native=reader.since(start))


def _conflict(reader: Reader) -> None:
    if reader.take("ON", "CONFLICT"):
        reader.skip()


def _reference(reader: Reader, name: str, columns: tuple[str, ...], start: int) -> ForeignKey:
    to_table = reader.name()
    to_columns = reader.names() if reader.peek() == "(" else ()
    actions: dict[str, Action] = {}
    while True:
        if reader.take("ON"):
            event = reader.peek()
            reader.skip()
            actions[event] = _action(reader)
        elif reader.take("MATCH"):
            reader.skip()
        else:
            break
    return ForeignKey(
        name=name,
        columns=columns,
        table=to_table,
        to_columns=to_columns,
        on_update=actions.get("UPDATE", "no action"),
        on_delete=actions.get("DELETE", "no action"),
        deferral=_deferral(reader) or "",
        native=reader.since(start),
    )


def _action(reader: Reader) -> Action:
    first = reader.peek()
    reader.skip()
    if first == "CASCADE":
        return "cascade"
    if first == "RESTRICT":
        return "restrict"
    if first == "SET":
        null = reader.peek() == "NULL"
        reader.skip()
        return "set null" if null else "set default"
    reader.skip()
    return "no action"


def _deferral(reader: Reader) -> Deferral | None:
    """Step over a clause that says when a foreign key is checked; None if none comes next."""
    # A key is deferred only in this case: https://sqlite.org/foreignkeys.html#fk_deferred
    immediate = reader.take("NOT", "DEFERRABLE")
    if not immediate and not reader.take("DEFERRABLE"):
        return None
    found: Literal["deferrable", "initially deferred"] = "deferrable"
    if reader.take("INITIALLY"):
        found = "initially deferred" if reader.peek() == "DEFERRED" else "deferrable"
        reader.skip()
    return "" if immediate else found
