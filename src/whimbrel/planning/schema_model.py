"""The objects that a set makes, file by file, as far as the text of its statements says it.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from whimbrel.dialects.inventory import SchemaObject
from whimbrel.parsing.cursor import Name
from whimbrel.planning.schema_changes import SchemaChange

__all__ = ["FileObjects", "Moved", "SchemaModel", "read_all", "states_of"]

Moved = Mapping[SchemaObject, tuple[SchemaObject, ...]]
# They go with their table.
_PARTS = ("column", "index", "trigger")


class FileObjects(NamedTuple):
    """The objects after a file; `moved` has the names that it gave, one after the other, to those before it or their tables."""

    objects: frozenset[SchemaObject]
    moved: Moved


class SchemaModel:
    """The objects that are there after the changes so far. `schema` is the one that a name without a schema means."""

    def __init__(self, schema: str, spell: Callable[[str], str], before: Iterable[SchemaObject] = ()) -> None:
        self._own = self._schema = spell(schema)
        self._spell = spell
        self.objects = set(before)
        self.made = set[SchemaObject]()
        # What was dropped and never made: it was there before the first file; certainly so unless the drop was optional.
        self.required = set[SchemaObject]()
        self.perhaps = set[SchemaObject]()
        self._start = frozenset(self.objects)
        self._moved: dict[SchemaObject, tuple[SchemaObject, ...]] = {}

    def begin_file(self) -> None:
        """Forget the schema that another file has chosen, and what it renamed."""
        self._schema = self._own
        self._start, self._moved = frozenset(self.objects), dict[SchemaObject, tuple[SchemaObject, ...]]()

    def end_file(self) -> FileObjects:
        """Return what the file leaves."""
        return FileObjects(frozenset(self.objects), self._moved)

    def schemas(self) -> set[str]:
        """Return the schemas of all objects that were named."""
        return {self._own} | {one.schema for one in self.made | self.required | self.perhaps}

    def apply(self, change: SchemaChange) -> None:
        """Take over one change."""
        if change.effect == "use":
            self._schema = self._spell(change.name[1])
        elif change.effect == "make":
            self._make(change)
        elif change.effect == "drop":
            self._drop(change)
        else:
            self._rename(change)

    def _object(self, kind: str, name: Name, table: Name = ("", "")) -> SchemaObject:
        schema = self._spell(name[0] or table[0]) or self._schema
        return SchemaObject(kind, schema, self._spell(table[1]), self._spell(name[1]))

    def _make(self, change: SchemaChange) -> None:
        one = self._object(change.kind, change.name, change.table)
        if one.schema in ("temp", "pg_temp"):
            return
        if one in self.objects and not change.anew:
            return
        if change.anew:
            self._remove(one)
        batches = {SchemaObject("column", one.schema, one.name, self._spell(column)) for column in change.columns}
        self.objects |= {one, *batches}
        self.made |= {one, *batches}

    def _drop(self, change: SchemaChange) -> None:
        one = self._object(change.kind, change.name, change.table)
        found = self._find(one)
        if found:
            for each in found:
                self._remove(each)
        elif self._knows_table(one):
            return
        elif change.optional:
            self.perhaps.add(one)
        else:
            self.required.add(one)

    def _knows_table(self, one: SchemaObject) -> bool:
        """Whether the object is a part of a table that the set made in a way that tells nothing of its parts."""
        return one.table != "" and SchemaObject("relation", one.schema, "", one.table) in self.made

    def _find(self, one: SchemaObject) -> list[SchemaObject]:
        """Return what a statement means; of an index or a trigger it need not name the table."""
        if one in self.objects:
            return [one]
        if one.kind not in ("index", "trigger"):
            return []
        return [
            each for each in self.objects if each._replace(table="") == one._replace(table="") and not (one.table and each.table)
        ]

    def _remove(self, one: SchemaObject) -> None:
        self.objects.discard(one)
        if one.kind == "relation":
            self.objects -= self._parts(one)

    def _parts(self, table: SchemaObject) -> set[SchemaObject]:
        return {each for each in self.objects if each.kind in _PARTS and (each.schema, each.table) == (table.schema, table.name)}

    def _rename(self, change: SchemaChange) -> None:
        old = self._object(change.kind, change.name, change.table)
        found = self._find(old)
        if not found:
            self._drop(change)
        new = self._object(change.kind, change.new, change.table)
        for each in found or [old]:
            moved = each._replace(schema=new.schema, name=new.name)
            batches = self._parts(each) if each.kind == "relation" else set()
            names = {batch: batch._replace(schema=new.schema, table=new.name) for batch in batches} | {each: moved}
            self.objects = (self.objects - names.keys()) | set(names.values())
            self.made |= set(names.values())
            self._note_names(names)

    def _note_names(self, names: Mapping[SchemaObject, SchemaObject]) -> None:
        """Remember under which names the file leaves what was there when it began."""
        for first, so_far in self._moved.items():
            if so_far[-1] in names:
                self._moved[first] = (*so_far, names[so_far[-1]])
        self._moved |= {old: (new,) for old, new in names.items() if old in self._start and old not in self._moved}


def states_of(
    files: Sequence[Sequence[SchemaChange]], schema: str, spell: Callable[[str], str], has: Callable[[SchemaObject], bool]
) -> list[FileObjects]:
    """Return the objects before the first file, and after each of them.

    `has` says what the database holds: what is there and was never made by the set has been there before.
    """
    first = read_all(files, schema, spell)
    before = {one for one in first.required if one not in first.made}
    before |= {one for one in first.perhaps if one not in first.made and has(one)}
    model = SchemaModel(schema, spell, before)
    states = [model.end_file()]
    for changes in files:
        model.begin_file()
        for change in changes:
            model.apply(change)
        states.append(model.end_file())
    return states


def read_all(files: Sequence[Sequence[SchemaChange]], schema: str, spell: Callable[[str], str]) -> SchemaModel:
    """Return the model after all files."""
    model = SchemaModel(schema, spell)
    for changes in files:
        model.begin_file()
        for change in changes:
            model.apply(change)
    return model
