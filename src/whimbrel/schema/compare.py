"""Compare two models of one database's schema: what was added, lost or changed. Pure: no database, no disk."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Container, Iterator
from typing import Any, Literal, NamedTuple

from whimbrel.messages.printable import printable
from whimbrel.schema.canonical import canonical
from whimbrel.schema.model import Collation, IndexPart, Opaque, Routine, Schema, Sequence, Table, Trigger, View
from whimbrel.schema.objects import FIELDS_OF_OBJECTS, SchemaObject, by_key, objects_of, part_text

__all__ = ["Difference", "Fact", "compare"]

_MOST_SHOWN = 60
# The order in which objects can be created follows from the objects.
_DERIVED = ("needs",)
# The database's own text of these objects says more than their fields do.
_WRITTEN = (Opaque, Routine, Sequence, Trigger)


class Fact(NamedTuple):
    """One fact about an object in two schemas: `name` "nullable", `before` "no", `after` "yes"."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        before, after = _excerpts(self.before, self.after)
        return f"{self.name} {printable(before)} -> {printable(after)}"


class Difference(NamedTuple):
    """An object that one schema has and the other lacks, or has in another form.

    `kind` and `name` say which: "column" and "users.email". `within` is the table or view of a part, and `own` the part's name in
    it. `facts` are the changed facts of the object.
    """

    kind: str
    name: str
    change: Literal["added", "lost", "changed"]
    facts: tuple[Fact, ...] = ()
    within: str = ""
    own: str = ""

    def __str__(self) -> str:
        name = f" {printable(self.name)}" if self.name else ""
        told = f"{self.kind}{name} {self.change}"
        return f"{told}: {'; '.join(map(str, self.facts))}" if self.facts else told


def compare(before: Schema, after: Schema) -> list[Difference]:
    """Return the differences between two schemas of the same kind of database, sorted by the name of the object.

    The names of the schemas do not count. The parts of a table that is added or lost are not listed one by one.
    """
    old, new = by_key(objects_of(_nameless(before))), by_key(objects_of(_nameless(after)))
    found = list[Difference]()
    for key in old.keys() | new.keys():
        one, other = old.get(key), new.get(key)
        if one is not None and other is not None:
            if facts := _changes(one.value, other.value, (*FIELDS_OF_OBJECTS.get(type(one.value), ()), *_DERIVED)):
                found.append(_difference(one, "changed", tuple(facts)))
        elif one is not None:
            found.append(_difference(one, "lost"))
        elif other is not None:
            found.append(_difference(other, "added"))
    return sorted(_readable(found), key=lambda one: (one.within or one.own, one.within != "", one.kind, one.name, one.change))


def _nameless(schema: Schema) -> Schema:
    return dataclasses.replace(canonical(schema), name="")


def _difference(one: SchemaObject, change: Literal["added", "lost", "changed"], facts: tuple[Fact, ...] = ()) -> Difference:
    return Difference(one.kind, one.name, change, facts, one.within, one.own)


def _readable(found: Collection[Difference]) -> Iterator[Difference]:
    """Leave out the parts of added and lost tables, and the statement of a table whose changed parts are listed."""
    whole = {one.own for one in found if one.kind in ("table", "view") and one.change != "changed"}
    changed = {one.within for one in found if one.within}
    for one in found:
        only_text = one.change == "changed" and [fact.name for fact in one.facts] == ["native"]
        if one.within not in whole and not (only_text and not one.within and one.own in changed):
            yield one


def _changes(before: Any, after: Any, apart: Container[str]) -> list[Fact]:
    """Return the facts in which two objects of one class differ, except the fields in `apart`, which are objects of their own.

    The database's own text does not count if other facts already show the difference.
    """
    found = list[Fact]()
    for field in dataclasses.fields(before):
        one, other = getattr(before, field.name), getattr(after, field.name)
        if one != other and field.name not in apart:
            found += _of_field(field.name, one, other)
    if isinstance(before, Table | View):
        found += _order(before, after)
    return found if isinstance(before, _WRITTEN) else [fact for fact in found if fact.name != "native"] or found


def _of_field(name: str, one: Any, other: Any) -> list[Fact]:
    inner = dataclasses.is_dataclass(one) and type(one) is type(other)
    if inner and getattr(one, "native", "") == getattr(other, "native", ""):
        return [fact._replace(name=f"{name} {fact.name}") for fact in _changes(one, other, ())]
    return [Fact(name.replace("_", " ") if name != "native" else name, _shown(one), _shown(other))]


def _order(before: Table | View, after: Table | View) -> list[Fact]:
    """Return the order of the columns that both tables have, if it differs."""
    old, new = [one.name for one in before.columns], [one.name for one in after.columns]
    common = set(old) & set(new)
    old, new = [one for one in old if one in common], [one for one in new if one in common]
    return [Fact("order of columns", ", ".join(old), ", ".join(new))] if old != new else []


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ((), ""):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, IndexPart):
        return part_text(value)
    if isinstance(value, Collation):
        return value.name
    return str(getattr(value, "native", value))


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """Return a readable part of each of two texts, from shortly before the first difference."""
    if max(len(before), len(after)) <= _MOST_SHOWN:
        return before, after
    same = next((place for place, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, same - 20)
    return _cut(before, start), _cut(after, start)


def _cut(text: str, start: int) -> str:
    end = start + _MOST_SHOWN
    return f"{'...' if start else ''}{text[start:end]}{'...' if end < len(text) else ''}"
