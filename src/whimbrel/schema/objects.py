"""Walk over the objects of a schema: tables, their columns, keys and indexes, views, routines and the rest. Pure.

The walk serves every comparison of schemas. It knows which fields of the model are objects of their own; all other fields are
facts about an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from whimbrel.schema.model import Check, Column, ForeignKey, Index, IndexPart, Key, Schema, Table, View

__all__ = ["FIELDS_OF_OBJECTS", "SchemaObject", "by_key", "objects_of", "part_text"]

# The fields that hold objects of their own, with the word for such an object; an empty word stands for the object's own `kind`.
FIELDS_OF_OBJECTS: Mapping[type, Mapping[str, str]] = {
    Schema: {
        "tables": "table",
        "views": "view",
        "routines": "",
        "sequences": "sequence",
        "types": "type",
        "opaques": "",
    },
    Table: {
        "columns": "column",
        "primary_key": "primary key",
        "uniques": "unique key",
        "foreign_keys": "foreign key",
        "checks": "check",
        "indexes": "index",
        "triggers": "trigger",
    },
    View: {"columns": "column", "indexes": "index", "triggers": "trigger"},
}


class SchemaObject(NamedTuple):
    """An object of a schema. `name` is for people: "users.email". `within` is the table or view that it belongs to.

    `own` is the object's own name, or for one without a name its content: "(email)". `value` is its dataclass.
    """

    kind: str
    name: str
    own: str
    within: str
    value: Any


def objects_of(schema: Schema) -> Iterator[SchemaObject]:
    """Yield the schema itself, then every object in it; a table comes before its parts."""
    yield SchemaObject("schema", schema.name, schema.name, "", schema)
    for one in _inside(schema, ""):
        yield one
        if isinstance(one.value, Table | View):
            yield from _inside(one.value, one.own)


def by_key(objects: Iterable[SchemaObject]) -> dict[tuple[str, str, int], SchemaObject]:
    """Return objects by kind and name. The number distinguishes objects of the same kind and name, such as two equal checks."""
    found: dict[tuple[str, str, int], SchemaObject] = {}
    for one in objects:
        number = 0
        while (one.kind, one.name, number) in found:
            number += 1
        found[one.kind, one.name, number] = one
    return found


def part_text(part: IndexPart) -> str:
    """Return a part of an index as text: "lower(email) DESC"."""
    text = part.column or part.expression
    text += f"({part.prefix})" if part.prefix is not None else ""
    nulls = f" NULLS {part.nulls.upper()}" if part.nulls else ""
    return f"{text}{' ' + part.options if part.options else ''}{' DESC' if part.descending else ''}{nulls}"


def _inside(parent: Schema | Table | View, within: str) -> Iterator[SchemaObject]:
    for field, word in FIELDS_OF_OBJECTS[type(parent)].items():
        found = getattr(parent, field)
        for value in found if isinstance(found, tuple) else () if found is None else (found,):
            own = _own_name(value)
            # A table has one primary key, regardless of its name.
            name = within if word == "primary key" else f"{within}.{own}" if within and value.name else f"{within} {own}".strip()
            yield SchemaObject(word or value.kind, name, own, within, value)


def _own_name(value: Any) -> str:
    """Return the name of an object; for a routine its signature, and for an object without a name its content."""
    if signature := getattr(value, "signature", ""):
        return str(signature)
    return str(value.name) or _content(value)


def _content(value: Key | ForeignKey | Check | Index | Column) -> str:
    if isinstance(value, Check):
        return f"({value.expression})"
    if isinstance(value, Index):
        return f"({', '.join(map(part_text, value.parts))})"
    return f"({', '.join(value.columns)})" if isinstance(value, Key | ForeignKey) else ""
