"""The catalog's types and collations as the model has them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from whimbrel.schema.column import Collation, Family, Type

__all__ = ["find_collation", "find_type", "read_type"]

_FAMILIES: dict[str, tuple[Family, int | None]] = {
    "smallint": ("integer", 16),
    "integer": ("integer", 32),
    "bigint": ("integer", 64),
    "real": ("float", 32),
    "double precision": ("float", 64),
    **dict.fromkeys(("inet", "cidr", "macaddr", "macaddr8"), ("network", None)),
    **dict.fromkeys(("point", "line", "lseg", "box", "path", "polygon", "circle"), ("geometry", None)),
    **dict.fromkeys(("json", "jsonb", "jsonpath"), ("json", None)),
    "boolean": ("boolean", None),
    "date": ("date", None),
    "uuid": ("uuid", None),
    "bytea": ("bytes", None),
    "numeric": ("decimal", None),
    "text": ("text", None),
}
# Types of extensions, by their names without a schema.
_OF_EXTENSIONS: dict[str, Family] = {"citext": "text", "geometry": "geometry", "geography": "geometry"}
_NUMBERS = re.compile(r"\((-?\d+)(?:,(-?\d+))?\)")
_MICROSECONDS = 6


def read_type(native: str) -> Type:
    """Return the type that a text of format_type() stands for, if it is one of the server's own; else the family is "other"."""
    if native.endswith("[]"):
        return Type(family="array", native=native)
    found = _NUMBERS.search(native)
    first = int(found[1]) if found else None
    words = (native[: found.start()] + native[found.end() :]) if found else native
    if words in _FAMILIES:
        family, bits = _FAMILIES[words]
        scale = int(found[2] or 0) if found else None
        return Type(family=family, native=native, bits=bits, precision=first, scale=scale)
    return _read_measured(native, words, first)


def _read_measured(native: str, words: str, number: int | None) -> Type:
    """Return a type whose number in parentheses is a length or a number of digits."""
    if words in ("character varying", "character"):
        return Type(family="text", native=native, length=number, fixed=words == "character")
    if words in ("bit", "bit varying"):
        return Type(family="bits", native=native, length=number, fixed=words == "bit")
    if words == "name":
        return Type(family="text", native=native, length=63)
    fraction = _MICROSECONDS if number is None else number
    if words.startswith("interval"):
        return Type(family="interval", native=native, fraction=fraction)
    kind, _, zone = words.partition(" ")
    if kind in ("time", "timestamp") and zone in ("with time zone", "without time zone"):
        return Type(family="time" if kind == "time" else "timestamp", native=native, fraction=fraction, zoned=zone[4] == " ")
    return Type(family="other", native=native)


def find_type(native: str, number: str, used: Mapping[str, Mapping[str, Any]]) -> Type:
    """Return the type of a column. `used` describes all types by their numbers; a domain has the facts of its base type."""
    one = used[number]
    if one["kind"] == "d":
        return replace(find_type(one["base_name"], one["base"], used), native=native)
    if one["element"]:
        return Type(family="array", native=native)
    if one["kind"] == "e":
        return Type(family="enum", native=native, values=tuple(one["values"]))
    if one["kind"] in ("r", "m"):
        return Type(family="range", native=native)
    if one["built_in"]:
        return read_type(native)
    return Type(family=_OF_EXTENSIONS.get(one["bare"], "other"), native=native)


def find_collation(one: Mapping[str, Any], kind: Type) -> Collation:
    """Return the meaning of a collation for a type. A deterministic collation finally compares byte by byte."""
    padded = kind.family == "text" and kind.fixed
    name = one["name"]
    if one["deterministic"]:
        return Collation(name=name, padded=padded)
    strength, case_level = _strength(one["locale"] or "")
    if one["rules"] or strength is None:
        return Collation(name=name, case_sensitive=None, accent_sensitive=None, padded=padded)
    return Collation(name=name, case_sensitive=strength > 2 or case_level, accent_sensitive=strength > 1, padded=padded)


def _strength(locale: str) -> tuple[int | None, bool]:
    """Return how many levels an ICU locale compares (None: unknown), and whether it compares case on its own.

    https://www.postgresql.org/docs/current/collation.html#ICU-COLLATION-SETTINGS
    """
    if "@" in locale:  # the older way to write it
        settings = dict(part.partition("=")[::2] for part in locale.partition("@")[2].lower().split(";"))
        names = {"primary": 1, "secondary": 2, "tertiary": 3, "quaternary": 4, "identical": 5}
        return names.get(settings.get("colstrength", "tertiary")), settings.get("colcaselevel") == "yes"
    parts = locale.lower().partition("-u-")[2].split("-")
    levels = {"level1": 1, "level2": 2, "level3": 3, "level4": 4, "identic": 5}
    strength = levels.get(_after(parts, "ks") or "level3")
    return strength, _after(parts, "kc") in ("true", "")


def _after(parts: list[str], key: str) -> str | None:
    """Return the value of a setting: empty if it has no value, None if the setting is missing."""
    if key not in parts:
        return None
    value = parts[parts.index(key) + 1 : parts.index(key) + 2]
    return value[0] if value and len(value[0]) > 2 else ""
