"""Model the objects that a set creates, file by file, as far as the text of its statements shows them.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from whimbrel.dialects.inventory import CatalogObject
from whimbrel.parsing.cursor import Name
from whimbrel.planning.schema_changes import TEMPORARY, SchemaChange

__all__ = ["FileObjects", "Moved", "SchemaModel", "read_all", "states_of"]

Moved = Mapping[CatalogObject, tuple[CatalogObject, ...]]
# These objects are dropped together with their table.
_PARTS = ("column", "index", "trigger")


class FileObjects(NamedTuple):
    """The objects after a file. `moved` has, for each older object that it or its table renames, the names in order."""

    objects: frozenset[CatalogObject]
    moved: Moved


_TEMPORARY_SCHEMAS = (TEMPORARY, "temp")


class SchemaModel:
    """The objects that exist after the changes so far. `schema` is the schema of unqualified names."""

    def __init__(self, schema: str, spell: Callable[[str], str], before: Iterable[CatalogObject] = ()) -> None:
        self._own = self._schema = spell(schema)
        self._spell = spell
        self.objects = set(before)
        self.made = set[CatalogObject]()
        # The set drops these objects but never created them, so they are older than the first file. An optional drop is no proof.
        self.required = set[CatalogObject]()
        self.perhaps = set[CatalogObject]()
        self._start = frozenset(self.objects)
        self._moved: dict[CatalogObject, tuple[CatalogObject, ...]] = {}
        self._temporary: set[str] = set()

    def begin_file(self) -> None:
        """Forget the schema that the previous file chose, and its renames."""
        self._schema = self._own
        self._temporary.clear()
        self._start, self._moved = frozenset(self.objects), dict[CatalogObject, tuple[CatalogObject, ...]]()

    def end_file(self) -> FileObjects:
        """Return the objects after the file."""
        return FileObjects(frozenset(self.objects), self._moved)

    def schemas(self) -> set[str]:
        """Return the schemas of all objects in the set."""
        return {self._own} | {one.schema for one in self.made | self.required | self.perhaps}

    def apply(self, change: SchemaChange) -> None:
        """Apply one change to the model."""
        if self._is_temporary(change):
            return
        if change.effect == "use":
            self._schema = self._spell(change.name[1])
        elif change.effect == "make":
            self._make(change)
        elif change.effect == "drop":
            self._drop(change)
        else:
            self._rename(change)

    def _is_temporary(self, change: SchemaChange) -> bool:
        """Whether a change concerns a temporary object of this file. Follow the names of these objects."""
        schema, own = change.table if change.table[1] else change.name
        name = self._spell(own)
        if change.effect == "make" and schema in _TEMPORARY_SCHEMAS:
            self._temporary.add(name)
        elif schema or name not in self._temporary or (change.effect == "make" and not change.table[1]):
            # A table may have the name of a temporary one.
            return schema in _TEMPORARY_SCHEMAS
        elif not change.table[1]:
            self._temporary.discard(name)
            self._temporary |= {self._spell(change.new[1])} if change.effect == "rename" else set()
        return True

    def _object(self, kind: str, name: Name, table: Name = ("", "")) -> CatalogObject:
        schema = self._spell(name[0] or table[0]) or self._schema
        return CatalogObject(kind, schema, self._spell(table[1]), self._spell(name[1]))

    def _make(self, change: SchemaChange) -> None:
        one = self._object(change.kind, change.name, change.table)
        if one in self.objects and not change.anew:
            return
        if change.anew:
            self._remove(one)
        batches = {CatalogObject("column", one.schema, one.name, self._spell(column)) for column in change.columns}
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

    def _knows_table(self, one: CatalogObject) -> bool:
        """Whether the object belongs to a table that the set creates without a list of its columns."""
        return one.table != "" and CatalogObject("relation", one.schema, "", one.table) in self.made

    def _find(self, one: CatalogObject) -> list[CatalogObject]:
        """Return the objects that a statement means. It may name an index or a trigger without its table."""
        if one in self.objects:
            return [one]
        if one.kind not in ("index", "trigger"):
            return []
        return [
            each for each in self.objects if each._replace(table="") == one._replace(table="") and not (one.table and each.table)
        ]

    def _remove(self, one: CatalogObject) -> None:
        self.objects.discard(one)
        if one.kind == "relation":
            self.objects -= self._parts(one)

    def _parts(self, table: CatalogObject) -> set[CatalogObject]:
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

    def _note_names(self, names: Mapping[CatalogObject, CatalogObject]) -> None:
        """Record the names that the file leaves to objects that are older than the file."""
        for first, so_far in self._moved.items():
            if so_far[-1] in names:
                self._moved[first] = (*so_far, names[so_far[-1]])
        self._moved |= {old: (new,) for old, new in names.items() if old in self._start and old not in self._moved}


def states_of(
    files: Sequence[Sequence[SchemaChange]], schema: str, spell: Callable[[str], str], has: Callable[[CatalogObject], bool]
) -> list[FileObjects]:
    """Return the objects before the first file, and after each file.

    `has` returns whether the database holds an object. An object that the set never created, and that the database has, is older
    than the set.
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
