"""Objects that only print as text, and values that only look like supported ones."""

from collections import UserString
from datetime import timedelta
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

__all__ = ["ATTACK", "make_hostile"]

# This text ends a string literal under every lexical rule, and empties the table.
ATTACK = "gone\\'' */ '; DELETE FROM victims; -- "
_BASES: tuple[tuple[type, tuple[Any, ...]], ...] = (
    (object, ()),
    (UserString, (ATTACK,)),
    (PurePosixPath, (ATTACK,)),
    (ValueError, (ATTACK,)),
    (tuple, ()),
    (set, ()),
    (frozenset, ()),
    (complex, (1, 2)),
    (Fraction, (1, 3)),
    (timedelta, (1,)),
)
# The methods by which drivers and Python itself ask an object for its text, its bytes or a substitute.
_ASKED = (
    *("__str__", "__repr__", "__format__", "encode", "escape", "isoformat", "decode", "translate", "hex", "replace", "strip"),
    *("__conform__", "__adapt__", "__sql__", "__html__", "__fspath__", "getquoted", "total_seconds", "as_tuple"),
)
_CLAIMED = (None, str, int, bytes)


def make_hostile(number: int) -> object:
    """Return an object of a new class, all of whose methods return the attack."""
    base, arguments = _BASES[number % len(_BASES)]
    claimed = _CLAIMED[number // len(_BASES) % len(_CLAIMED)]
    names = [name for index, name in enumerate(_ASKED) if name in ("__str__", "__repr__") or number >> (index % 10) & 1]
    members: dict[str, Any] = {name: lambda *_, **__: ATTACK for name in names}
    if claimed is not None:
        members["__class__"] = property(lambda _: claimed)
    return type(f"Hostile{number}", (base,), members)(*arguments)
