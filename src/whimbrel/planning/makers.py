"""Find the migration that made an object, from the text of its statements. Pure: no database, no disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from whimbrel.dialects.objects import Catalog
from whimbrel.migrations.migration import Migration
from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.planning.schema_changes import SchemaChange, read_changes

__all__ = ["Maker", "Makers"]

_ROUTINES = ("function", "procedure", "aggregate", "routine")
# Kind, table and name. A table is a "relation", as views and sequences are.
_Key = tuple[str, str, str]


class Maker(NamedTuple):
    """A migration, and the line of the statement in it that made an object."""

    set_name: str
    script: str
    line: int
    path: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Makers:
    """The makers of the objects in one schema. Read the applied files in the order in which they ran."""

    def __init__(self, catalog: Catalog, spell: Callable[[str], str], schema: str) -> None:
        self._catalog = catalog
        self._spell = spell
        self._schema = spell(schema)
        self._found: dict[_Key, Maker] = {}

    def read(self, migration: Migration, rules: LexerRules) -> None:
        """Read the statements of the next file."""
        for piece in statements_or_batches(migration.text, rules):
            if isinstance(piece, InsertBatch):
                continue
            maker = Maker(migration.set_name, migration.script, piece.line, migration.path)
            for change in read_changes(piece.text, rules, self._catalog):
                self._apply(change, maker)
            for table, name in _constraints(TokenCursor(piece.text, rules, fold=self._catalog.fold)):
                self._note("constraint", table, name, maker)

    def find(self, kind: str, within: str, own: str) -> Maker | None:
        """Return the maker of an object by its kind, its table and its name; None if no file names the object."""
        family = _family(kind)
        name = own.partition("(")[0] if family == "routine" else own
        keys = [(one, self._spell(within), self._spell(name)) for one in (family, *_OTHERS.get(family, ()))]
        return next((self._found[key] for key in keys if key in self._found), None)

    def _apply(self, change: SchemaChange, maker: Maker) -> None:
        if self._spell(change.name[0] or change.table[0]) not in ("", self._schema):
            return
        key = self._key(change.kind, change.table, change.name)
        if change.effect == "make":
            self._note(change.kind, change.table, change.name, maker)
            for column in change.columns:
                self._found[self._key("column", change.name, ("", column))] = maker
        elif change.effect == "rename":
            self._rename(key, self._key(change.kind, change.table, change.new))
        elif change.effect == "drop":
            self._found.pop(key, None)

    def _note(self, kind: str, table: Name, name: Name, maker: Maker) -> None:
        self._found[self._key(kind, table, name)] = maker

    def _rename(self, old: _Key, new: _Key) -> None:
        self._found = {
            new if key == old else (key[0], new[2], key[2]) if old[0] == "relation" and key[1] == old[2] else key: maker
            for key, maker in self._found.items()
        }

    def _key(self, kind: str, table: Name, name: Name) -> _Key:
        return kind, self._spell(table[1]), self._spell(name[1])


# The text of a statement does not always show which of two kinds an object has.
_OTHERS = {"index": ("constraint",), "constraint": ("index",)}


def _family(kind: str) -> str:
    if kind in ("table", "view", "sequence"):
        return "relation"
    if kind in ("check", "foreign key", "primary key", "unique key"):
        return "constraint"
    return "routine" if kind in _ROUTINES else kind


def _constraints(head: TokenCursor) -> Iterator[tuple[Name, Name]]:
    """Yield the table and the name of each constraint that an ALTER TABLE adds."""
    if not head.take("ALTER", "TABLE"):
        return
    head.condition(wanted=False)
    table = head.relation()
    while table is not None and not head.ended():
        if head.take("ADD", "CONSTRAINT") and (name := head.name()) is not None:
            yield table, ("", name)
        head.skip_to_comma()
