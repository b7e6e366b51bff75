"""The questions to ask of a table: rows at the limits of its keys, conditions, defaults and types. Pure.

`probing.py` asks them on each database, in transactions that are rolled back.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from whimbrel.review.conditions import Condition, trials
from whimbrel.review.neutral import unique_columns
from whimbrel.review.samples import family_of, limits, sample
from whimbrel.schema.model import Column, ForeignKey, Table
from whimbrel.schema.order import in_order

__all__ = ["Delete", "Insert", "ParityProbe", "Read", "Row", "Step", "Update", "base_row", "probes_of", "tables_in_order"]

Row = Mapping[str, object]


class Insert(NamedTuple):
    """Insert one row."""

    table: str
    row: Row


class Update(NamedTuple):
    """Change every row of a table."""

    table: str
    row: Row


class Delete(NamedTuple):
    """Delete every row of a table."""

    table: str


class Read(NamedTuple):
    """Read columns of every row of a table."""

    table: str
    columns: tuple[str, ...]


Step = Insert | Update | Delete | Read


class ParityProbe(NamedTuple):
    """One question about an object: the steps, in order, whose outcome each database must share.

    `own` says that a difference counts only as a note. `question` says in words what is tried.
    """

    code: str
    object: str
    fact: str
    question: str
    own: bool
    steps: tuple[Step, ...]


def tables_in_order(tables: Sequence[Table]) -> list[Table]:
    """Return the tables so that each comes after those that it refers to, as far as that is possible."""
    by_name = {one.name: one for one in tables}
    return [by_name[name] for name in in_order({one.name: {key.table for key in one.foreign_keys} for one in tables})]


def base_row(table: Table, number: int, bases: Mapping[str, Row]) -> Row:
    """Return a row that the types accept. `bases` are the rows of other tables, which its foreign keys refer to."""
    row = {one.name: sample(one.type, number) for one in table.columns if _is_given(one)}
    for key in table.foreign_keys:
        parent = bases.get(key.table, {})
        row |= {own: parent.get(other) for own, other in zip(key.columns, key.to_columns, strict=False)}
    return row


def _is_given(column: Column) -> bool:
    return column.generated is None and column.identity != "always"


def probes_of(
    table: Table, base: Row, second: Row, conditions: Sequence[Condition], limited: Container[str]
) -> Iterator[ParityProbe]:
    """Yield the probes of a table. `base` is a row that every database accepts; `second` differs from it in every column.

    The limits of types are tried for the `limited` columns alone.
    """
    for column in table.columns:
        if column.name in base:
            yield from _column_probes(table, column, base)
            if column.name in limited:
                yield from _limit_probes(table, column, base)
    for condition in conditions:
        yield from _condition_probes(table, condition, base)
    for columns in dict.fromkeys(unique_columns(table)):
        yield from _unique_probes(table, columns, base, second)
    for key in table.foreign_keys:
        yield from _foreign_probes(table, key, base)


def _column_probes(table: Table, column: Column, base: Row) -> Iterator[ParityProbe]:
    name, read = f"column {table.name}.{column.name}", Read(table.name, (column.name,))
    numbered = column.identity == "rowid"
    null = Insert(table.name, {**base, column.name: None})
    yield ParityProbe("N06" if numbered else "P03", name, "nullable", "NULL", numbered, (null, read))
    without = {key: value for key, value in base.items() if key != column.name}
    if without:
        own = numbered or not (column.default or column.nullable)
        yield ParityProbe("N06" if own else "P04", name, "default", "no value", own, (Insert(table.name, without), read))


def _limit_probes(table: Table, column: Column, base: Row) -> Iterator[ParityProbe]:
    name, read = f"column {table.name}.{column.name}", Read(table.name, (column.name,))
    for one in limits(column.type):
        yield ParityProbe(one.code, name, one.fact, one.fact, True, (Insert(table.name, {**base, column.name: one.value}), read))


def _condition_probes(table: Table, condition: Condition, base: Row) -> Iterator[ParityProbe]:
    for trial in trials(condition, table, base):
        told = ", ".join(f"{name} = {_told(value)}" for name, value in trial.values.items())
        code = "N04" if trial.respelled else "P05"
        step = Insert(table.name, {**base, **trial.values})
        yield ParityProbe(code, f"check {table.name}.{condition.name}", "accepted rows", told, trial.respelled, (step,))


def _told(value: object) -> str:
    return f"{value[:10]!r}... ({len(value)} characters)" if isinstance(value, str) and len(value) > _SHOWN else repr(value)


_SHOWN = 30


def _unique_probes(table: Table, columns: tuple[str, ...], base: Row, second: Row) -> Iterator[ParityProbe]:
    name = f"unique key {table.name} ({', '.join(columns)})"
    given = [one for one in columns if one in base]
    if len(given) < len(columns):
        return
    first, same = Insert(table.name, base), {one: base[one] for one in columns}
    yield ParityProbe(
        "P06", name, "accepted rows", "the same values twice", False, (first, Insert(table.name, {**second, **same}))
    )
    for one in columns:
        column = table.column(one)
        if column is None or any(one in key.columns for key in table.foreign_keys):
            continue
        if column.nullable:
            null = {**same, one: None}
            steps = Insert(table.name, {**base, **null}), Insert(table.name, {**second, **null})
            yield ParityProbe("P06", name, "accepted rows", f"NULL as {one} twice", False, steps)
        value = base[one]
        if family_of(column.type) == "text" and isinstance(value, str):
            for question, a, b in _respelled(value, column.type.length):
                steps = Insert(table.name, {**base, one: a}), Insert(table.name, {**second, **same, one: b})
                yield ParityProbe("N04", name, f"{one} with {question}", f"{one} with {question}", True, steps)


def _respelled(value: str, length: int | None) -> Iterator[tuple[str, str, str]]:
    yield "other capitals", "ab"[:length], "AB"[:length]
    yield "an accent", "e", "\N{LATIN SMALL LETTER E WITH ACUTE}"
    if length is None or length > 1:
        yield "a trailing blank", "a", "a "


def _foreign_probes(table: Table, key: ForeignKey, base: Row) -> Iterator[ParityProbe]:
    name, own = f"foreign key {table.name} ({', '.join(key.columns)})", Insert(table.name, base)
    if key.table == table.name or any(base.get(one) is None for one in key.columns):
        return
    columns = [table.column(one) for one in key.columns]
    missing = {one.name: sample(one.type, 7) for one in columns if one is not None}
    yield ParityProbe("P07", name, "enforced", "a row that refers to none", False, (Insert(table.name, {**base, **missing}),))
    read = Read(table.name, key.columns)
    yield ParityProbe("P07", name, "on delete", "the other row is deleted", False, (own, Delete(key.table), read))
    moved = dict(zip(key.to_columns, missing.values(), strict=False))
    yield ParityProbe("P07", name, "on update", "the other row's key changes", False, (own, Update(key.table, moved), read))
