"""The values that matter to the conditions of a table: literals, their neighbours and their other spellings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice, product
from typing import NamedTuple

from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.review.samples import family_of
from whimbrel.schema.model import Table

__all__ = ["Condition", "Trial", "join_conditions", "read_condition", "trials"]

# No more rows are tried for one condition, and no texts of more characters.
_MOST = 60
_LONGEST = 70_000


class Condition(NamedTuple):
    """A check of a table: its name on one database, its names on all, the columns in it, and its literals."""

    name: str
    names: frozenset[str]
    columns: tuple[str, ...]
    texts: tuple[str, ...]
    numbers: tuple[Decimal, ...]


class Trial(NamedTuple):
    """Values for the columns of a condition. `respelled` values differ from a literal only in case or trailing blanks."""

    values: Mapping[str, object]
    respelled: bool


def read_condition(name: str, expression: str, table: Table, rules: LexerRules) -> Condition:
    """Return the columns and literals of a check's expression."""
    known = {one.name.lower(): one.name for one in table.columns}
    pieces = list(tokens(expression, rules))
    names = (unquoted(one).lower() for one in pieces if one.kind in ("word", "name"))
    columns = dict.fromkeys(known[name] for name in names if name in known)
    texts = dict.fromkeys(unquoted(one) for one in pieces if one.kind == "string")
    return Condition(name, frozenset([name.lower()]), tuple(columns), tuple(texts), tuple(dict.fromkeys(_read_numbers(pieces))))


def _read_numbers(pieces: Sequence[Token]) -> Iterator[Decimal]:
    """Yield the numbers in an expression. The lexer cuts them at signs and points."""
    written, end = "", -1
    for one in [*pieces, None]:
        part = one is not None and (one.kind == "number" or one.text in (".", "-"))
        if written and (one is None or not part or one.start != end or one.text == "-"):
            yield from _number(written)
            written = ""
        if one is not None and part:
            written, end = written + one.text, one.start + len(one.text)


def _number(written: str) -> Iterator[Decimal]:
    with suppress(InvalidOperation):  # A lone sign, or a number in another notation, is no candidate.
        yield Decimal(written)


def join_conditions(found: Iterable[Condition]) -> list[Condition]:
    """Return each check once: the databases have it under the same name, or with the same columns and texts."""
    joined: list[Condition] = []
    for one in found:
        for index, other in enumerate(joined):
            same = set(one.columns) == set(other.columns) and set(one.texts) == set(other.texts)
            if one.names & other.names or same:
                numbers = tuple(dict.fromkeys((*other.numbers, *one.numbers)))
                joined[index] = other._replace(names=other.names | one.names, numbers=numbers)
                break
        else:
            joined.append(one)
    return joined


def trials(condition: Condition, table: Table, base: Mapping[str, object]) -> list[Trial]:
    """Return the values of rows to try: each combination of the candidates for the condition's columns, the plain ones first."""
    choices = [[(name, *one) for one in _candidates(name, condition, table, base)] for name in condition.columns]
    rows = islice(product(*choices), _MOST)
    return [Trial({name: value for name, value, _ in row}, any(other for _, _, other in row)) for row in rows]


def _candidates(name: str, condition: Condition, table: Table, base: Mapping[str, object]) -> list[tuple[object, bool]]:
    column = table.column(name)
    assert column is not None, "the condition's columns are the table's"
    family, value = family_of(column.type), base.get(name)
    found: list[tuple[object, bool]] = [(value, False)]
    if family == "text":
        found += _texts(condition)
    elif family in ("integer", "decimal", "float"):
        found += _numbers(condition.numbers, family)
    elif family == "boolean":
        found += [(True, False), (False, False)]
    elif isinstance(value, datetime):
        found += [(value + timedelta(days=days), False) for days in (1, -1)]
    if column.nullable:
        found.append((None, False))
    return list({repr(one): one for one in found}.values())


def _texts(condition: Condition) -> Iterable[tuple[object, bool]]:
    yield from ((text, False) for text in condition.texts)
    yield ("\N{LATIN SMALL LETTER E WITH ACUTE}?", False)
    yield ("", False)
    for number in condition.numbers:
        if number == int(number) and 0 <= number < _LONGEST:
            yield from (("x" * count, False) for count in range(max(int(number) - 1, 0), int(number) + 2))
    for text in condition.texts:
        yield from ((other, True) for other in (text.upper(), f"{text} ") if other != text)


def _numbers(numbers: Iterable[Decimal], family: str) -> Iterable[tuple[object, bool]]:
    for number in numbers:
        for one in (number - 1, number, number + 1):
            yield (int(one) if family == "integer" else one if family == "decimal" else float(one), False)
