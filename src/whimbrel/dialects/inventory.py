"""All objects in the schemas of a database, down to columns: the contract. Each dialect fulfils it with one query."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Literal

from whimbrel.dialects.connection import Connection, Row
from whimbrel.messages.named_tuple import NamedTuple

__all__ = ["CatalogObject", "Inventory", "Kind", "Stock"]

Kind = Literal["relation", "column", "index", "trigger", "routine", "type", "event"]


class CatalogObject(NamedTuple):
    """One object. If the database compares its names without case, they have one spelling.

    `table` is the table of a column, an index or a trigger; empty for other objects, and where a statement does not name it. A
    relation is a table, a view or a sequence.
    """

    kind: str
    schema: str
    table: str
    name: str


class Stock(NamedTuple):
    """The objects of some schemas; `unseen` are the kinds of which this user may not see all objects."""

    objects: frozenset[CatalogObject]
    unseen: frozenset[str] = frozenset()

    def has(self, one: CatalogObject) -> bool:
        """Whether the object exists."""
        return one in self.objects


class Inventory(ABC):
    """The objects of one database. Stateless."""

    def spell(self, name: str) -> str:
        """Return a name in one spelling, where the database compares names without case."""
        return name

    @abstractmethod
    async def read(self, connection: Connection, schemas: Collection[str]) -> Stock:
        """Return the contents of these schemas, with one query that any user who can read the tables may run."""

    def stock(self, rows: Iterable[Row]) -> Stock:
        """Build an inventory from rows with a kind, a schema, the table and a name. A row of the kind "unseen" names a kind."""
        read = [CatalogObject(*(self.spell(str(row[key])) for key in ("kind", "place", "owner", "name"))) for row in rows]
        objects = {one for one in read if one.kind != "unseen"}
        # DROP INDEX and DROP TRIGGER need not name the table.
        nameless = {one._replace(table="") for one in objects if one.kind in ("index", "trigger")}
        return Stock(frozenset(objects | nameless), frozenset(one.name for one in read if one.kind == "unseen"))
