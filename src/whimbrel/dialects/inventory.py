"""Everything that the schemas of a database hold, down to columns: the contract, which each dialect fulfils with one question."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from whimbrel.dialects.connection import Connection, Row

__all__ = ["Inventory", "Kind", "SchemaObject", "Stock"]

Kind = Literal["relation", "column", "index", "trigger", "routine", "type", "event"]


class SchemaObject(NamedTuple):
    """One object, by names that are spelled alike where the database takes them for one.

    `table` is the one that a column, an index or a trigger belongs to; empty for what belongs to none, and where a statement does
    not say it. A relation is a table, a view or a sequence.
    """

    kind: str
    schema: str
    table: str
    name: str


class Stock(NamedTuple):
    """The objects of some schemas; `unseen` are the kinds of which this user need not see all."""

    objects: frozenset[SchemaObject]
    unseen: frozenset[str] = frozenset()

    def has(self, one: SchemaObject) -> bool:
        """Whether the object is there."""
        return one in self.objects


class Inventory(ABC):
    """The objects of one database. Stateless."""

    def spell(self, name: str) -> str:
        """Return a name in one spelling, where the database compares names without case."""
        return name

    @abstractmethod
    async def read(self, connection: Connection, schemas: Collection[str]) -> Stock:
        """Return what these schemas hold, in one question that everybody may ask who may read the tables."""

    def stock(self, rows: Iterable[Row]) -> Stock:
        """Make a stock of rows with a kind, a schema, the table and a name; a row of the kind "unseen" names a kind."""
        read = [SchemaObject(*(self.spell(str(row[key])) for key in ("kind", "place", "owner", "name"))) for row in rows]
        objects = {one for one in read if one.kind != "unseen"}
        # DROP INDEX and DROP TRIGGER need not name the table.
        nameless = {one._replace(table="") for one in objects if one.kind in ("index", "trigger")}
        return Stock(frozenset(objects | nameless), frozenset(one.name for one in read if one.kind == "unseen"))
