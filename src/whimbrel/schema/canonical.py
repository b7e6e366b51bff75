"""Normalize the texts of a schema if a database prints one expression in two ways. Pure: no database, no disk.

PostgreSQL prints `status IN ('a', 'b')` of a `varchar` column in one way after the table is created, and in another after a
dump of it is loaded: the cast has moved from the array to its elements. The meaning is the same.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from whimbrel.schema.model import Schema

__all__ = ["canonical"]

_LITERAL = r"'(?:[^']|'')*'"
_OF_ARRAY = re.compile(rf"(\()?ARRAY\[((?:{_LITERAL}::character varying(?:, )?)+)\](?(1)\))::text\[\]")
_OF_ELEMENTS = re.compile(rf"ARRAY\[((?:(?:\({_LITERAL}::character varying\)|{_LITERAL}::character varying)::text(?:, )?)+)\]")
_ELEMENT = re.compile(rf"\(?({_LITERAL})::character varying\)?(?:::text)?")


def canonical(schema: Schema) -> Schema:
    """Return a schema whose texts are the same whether or not it went through a dump."""
    if schema.database != "postgresql":
        return schema
    changed: Schema = _mapped(schema, _postgresql)
    return changed


def _postgresql(text: str) -> str:
    if "ARRAY[" not in text:
        return text
    return _OF_ELEMENTS.sub(lambda found: _elements(found[1]), _OF_ARRAY.sub(lambda found: _elements(found[2]), text))


def _elements(text: str) -> str:
    elements = _ELEMENT.sub(r"\1::text", text)
    return f"ARRAY[{elements}]"


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """Return a value whose texts are changed, in dataclasses and tuples at any depth; the same one if none changes."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        changed = tuple(_mapped(one, change) for one in value)
        return changed if any(new is not old for new, old in zip(changed, value, strict=True)) else value
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    pairs = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
    other = {name: new for name, old in pairs if (new := _mapped(old, change)) is not old}
    return dataclasses.replace(value, **other) if other else value
