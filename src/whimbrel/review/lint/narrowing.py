"""Compare two types of a column: does the new one hold every value of the old one? Pure."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from whimbrel.schema.model import Collation, Column, Type

__all__ = ["describe_narrowing", "ignores_more"]

# The family of the old type, and the families whose types hold each of its values.
_WIDER = {
    "integer": ("integer", "decimal", "text", "float"),
    "boolean": ("boolean", "integer", "text", "decimal"),
    "decimal": ("decimal", "text"),
    "float": ("float", "text"),
    "date": ("date", "timestamp", "text"),
    "time": ("time", "text", "interval"),
    "timestamp": ("timestamp", "text"),
    "json": ("json", "text"),
    "uuid": ("uuid", "text"),
    "enum": ("enum", "text"),
    "year": ("year", "integer", "text"),
}


def describe_narrowing(old: Type, new: Type) -> str:
    """Return how the new type holds less than the old one; empty if it holds every value."""
    if not new.enforced or old.native == new.native:
        return ""
    if old.family == new.family == "array":
        # PostgreSQL alone has arrays; the limit of the type is that of each element.
        read: Callable[[str], Type] = import_module("whimbrel.schema.postgresql.types").read_type
        how = describe_narrowing(*(read(one.native.partition("[")[0]) for one in (old, new)))
        return f"{how} in the elements" if how else ""
    told = f"from {old.native} to {new.native}"
    if old.family != new.family:
        return "" if new.family in _WIDER.get(old.family, (new.family,)) and _fits(old, new) else f"{told} loses values"
    lost = [what for what, is_lost in _losses(old, new) if is_lost]
    return f"{told} loses {' and '.join(lost)}" if lost else ""


def _fits(old: Type, new: Type) -> bool:
    """Whether values of the old family fit the size of the new one, as far as the sizes are known."""
    if new.family == "text":
        return new.length is None or new.length >= _longest(old)
    if new.family == "decimal" and old.family in ("integer", "boolean"):
        return new.precision is None or new.precision - (new.scale or 0) >= _longest(old) - 1
    if new.family == "float" and old.family == "integer":
        return (new.bits or 64) > (old.bits or 64)
    return True


def _longest(old: Type) -> int:
    """Return the number of characters of the longest value."""
    digits = {8: 4, 16: 6, 24: 8, 32: 11, 64: 20}
    return {
        "integer": digits.get(old.bits or 64, 20),
        "boolean": 5,
        "decimal": (old.precision or 65) + 2,
        "float": 24,
        "date": 10,
        "time": 15,
        "timestamp": 26,
        "uuid": 36,
        "year": 4,
        "enum": max((len(one) for one in old.values), default=255),
    }.get(old.family, 1_000_000)


def _losses(old: Type, new: Type) -> list[tuple[str, bool]]:
    whole_old = None if old.precision is None else old.precision - (old.scale or 0)
    whole_new = None if new.precision is None else new.precision - (new.scale or 0)
    return [
        ("length", _less(old.length, new.length)),
        ("range", _less(old.bits, new.bits) or _loses_sign(old, new)),
        ("digits", _less(whole_old, whole_new)),
        ("digits after the point", _less(old.scale, new.scale)),
        ("fractions of a second", _less(_digits(old), _digits(new))),
        ("values", not set(old.values) <= set(new.values)),
    ]


def _digits(one: Type) -> int | None:
    """Return the digits of a second; without a declaration PostgreSQL has six, and the other catalogs show a number."""
    return 6 if one.fraction is None and one.family in ("time", "timestamp") else one.fraction


def _loses_sign(old: Type, new: Type) -> bool:
    if old.unsigned and not new.unsigned:
        return (new.bits or 0) <= (old.bits or 0)
    return new.unsigned and not old.unsigned


def _less(old: int | None, new: int | None) -> bool:
    """Whether the new limit is lower; None means no limit."""
    return new is not None and (old is None or new < old)


def ignores_more(old: Column, new: Column | None) -> bool:
    """Whether the new collation of a column makes texts equal that the old one tells apart."""
    if new is None or old.collation is None or new.collation is None or old.collation.name == new.collation.name:
        return False
    return any(before and after is False for before, after in zip(_tells(old.collation), _tells(new.collation), strict=True))


def _tells(one: Collation) -> tuple[bool | None, bool | None, bool | None]:
    return one.case_sensitive, one.accent_sensitive, None if one.padded is None else not one.padded
