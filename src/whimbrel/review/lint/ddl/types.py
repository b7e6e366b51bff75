"""The form of a change of type: from one type to another, as far as it decides whether rows are written anew. Pure."""

from __future__ import annotations

from whimbrel.review.lint.ddl.columns import ColumnText, TypeText
from whimbrel.review.lint.ddl.vocabulary import VOCABULARIES

__all__ = ["type_change"]

_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "integer", "bigint")
_TEXTS = ("varchar", "char")
# The bytes that a character may take, by the name of the character set; others are not known.
_WIDTHS = {"utf8mb4": 4, "utf8mb3": 3, "utf8": 3, "latin1": 1, "ascii": 1, "binary": 1, "ucs2": 2, "utf16": 4, "utf32": 4}
_ALL_WIDTHS = (1, 2, 3, 4)
# https://dev.mysql.com/doc/refman/9.7/en/data-types.html
_WITHOUT_NUMBERS = {
    "datetime": (0,),
    "timestamp": (0,),
    "time": (0,),
    "char": (1,),
    "binary": (1,),
    "bit": (1,),
    "decimal": (10, 0),
}


def type_change(database: str, old: ColumnText, new: ColumnText, charset: str) -> tuple[str, ...]:
    """Return the forms that a change of type may have: one if it is decided, none if the type stays the same.

    `charset` is the character set of the table, or empty if it is not known.
    """
    before, after = _explicit(database, old.type), _explicit(database, new.type)
    if before.array or after.array:
        name = f"{before.base}{'[]' * before.array} -> {after.base}{'[]' * after.array}"
        return () if before == after else (name,)
    if before.base != after.base:
        # The same casts lead from varchar and from text to other types.
        alike = database == "postgresql" and before.base == "varchar" and after.base not in ("text", "char")
        return (f"{'text' if alike else before.base} -> {after.base}{_unbounded(before, after)}",)
    if before.base in ("enum", "set"):
        return _values(before, after)
    if before.unsigned != after.unsigned:
        return (f"{before.base} -> {after.base}, sign",)
    if before.numbers == after.numbers or (before.base in _INTEGERS and database != "postgresql"):
        return ()
    return _numbers(database, before, after, new.charset or old.charset or charset)


def _explicit(database: str, one: TypeText) -> TypeText:
    """Return a type with the numbers that it has on MySQL and MariaDB if it names none."""
    known = one.numbers or database not in ("mysql", "mariadb")
    return one if known else one._replace(numbers=_WITHOUT_NUMBERS.get(one.base, ()))


def _unbounded(before: TypeText, after: TypeText) -> str:
    """Tell text to varchar(n) from text to varchar, and varchar(9) to char(9) from other lengths."""
    if after.base in ("varchar", "numeric", "varbit", "decimal") and not after.numbers:
        return ", unlimited"
    return ""


def _values(before: TypeText, after: TypeText) -> tuple[str, ...]:
    if before.values == after.values:
        return ()
    added = after.values[: len(before.values)] == before.values
    return (f"{before.base}, values {'added at the end' if added else 'changed'}",)


def _numbers(database: str, before: TypeText, after: TypeText, charset: str) -> tuple[str, ...]:
    base = before.base
    if not after.numbers or not before.numbers:
        return (f"{base}, {'limit removed' if before.numbers else 'limit added'}",)
    if len(before.numbers) > 1 or len(after.numbers) > 1:
        return _scaled(before, after)
    longer = after.numbers > before.numbers
    name = f"{base}, {'longer' if longer else 'shorter'}"
    limit = VOCABULARIES[database].byte_limit
    if base not in ("varchar", "varbinary") or not limit or not longer:
        return (name,)
    widths = (1,) if base == "varbinary" else (_WIDTHS[charset],) if charset in _WIDTHS else _ALL_WIDTHS
    return tuple(sorted({f"{name}, {_bytes(before, after, width, limit)}" for width in widths}))


def _scaled(before: TypeText, after: TypeText) -> tuple[str, ...]:
    """Compare precision and scale: only a larger precision with the same scale keeps every value as it is stored."""
    old, new = (*before.numbers, 0)[:2], (*after.numbers, 0)[:2]
    if old == new:
        return ()
    if old[1] != new[1]:
        return (f"{before.base}, other scale",)
    return (f"{before.base}, {'longer' if new[0] > old[0] else 'shorter'}",)


def _bytes(before: TypeText, after: TypeText, width: int, limit: int) -> str:
    """Return how many bytes store the length of a text, before and after."""
    old, new = before.numbers[0] * width, after.numbers[0] * width
    if new <= limit:
        return "one length byte"
    return "two length bytes" if old > limit else "one to two length bytes"
