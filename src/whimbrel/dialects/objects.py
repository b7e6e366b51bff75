"""The existing objects among those that files name: the contract. Each dialect fulfils it with one query."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, Literal

from whimbrel.dialects.connection import Connection, Row
from whimbrel.messages.named_tuple import NamedTuple

__all__ = ["TOOLS", "Catalog", "Existing", "Family", "Holdings", "Wanted"]

# Schema and name; the schema is empty for an unqualified name.
Name = tuple[str, str]
# Objects of one family share a namespace: no view can have the name of a table. The contents of a schema exist if it has a
# relation that is not Whimbrel's.
Family = Literal["relation", "routine", "type", "trigger", "event", "schema", "contents", "database", "extension"]
# The names to look for, by family; the schema is empty for an unqualified name.
Wanted = Mapping[Family, Collection[Name]]

# The tables in which other tools keep their history.
TOOLS = {
    "flyway_schema_history": "Flyway",
    "schema_version": "Flyway",
    "databasechangelog": "Liquibase",
    "alembic_version": "Alembic",
    "schema_migrations": "dbmate, golang-migrate or Rails",
    "goose_db_version": "goose",
    "_sqlx_migrations": "sqlx",
    "refinery_schema_history": "refinery",
    "_prisma_migrations": "Prisma",
    "pgmigrations": "node-pg-migrate",
    "django_migrations": "Django",
    "_yoyo_migration": "yoyo",
    "gorp_migrations": "sql-migrate",
    "knex_migrations": "Knex",
}


class Existing(NamedTuple):
    """An existing object: its kind ("table", "view", ...), and the columns of a table in the database's spelling.

    `signatures` are the argument types of all functions of this name, where functions may share a name.
    """

    kind: str
    schema: str
    name: str
    columns: frozenset[str] = frozenset()
    signatures: frozenset[str] = frozenset()


class Holdings:
    """The objects that a catalog returned.

    Each row has a family, a kind, a schema and a name. A row of the family "column" has the table's name as its kind, and a row
    of the family "signature" the function's. A row of the family "tool" is the history table of another tool. Names without a
    schema refer to `schema`, and if it has no such object to the first of `others` that has. `caseless` are the families,
    possibly including "column", whose names the database compares without case.
    """

    def __init__(self, schema: str, rows: Iterable[Row], caseless: Collection[str] = (), others: Collection[str] = ()) -> None:
        self._schema = schema
        self._others = others
        self._caseless = frozenset(caseless)
        columns: dict[Name, set[str]] = {}
        signatures: dict[Name, set[str]] = {}
        found: list[tuple[str, Existing]] = []
        self.tools: list[str] = []
        for row in rows:
            family, kind, place, name = (str(row[key]) for key in ("family", "kind", "place", "name"))
            if family == "column":
                columns.setdefault((place, kind), set()).add(self._folded("column", name))
            elif family == "signature":
                signatures.setdefault((place, kind), set()).add(name)
            elif family == "tool":
                self.tools.append(name)
            else:
                found.append((family, Existing(kind, place, name)))
        self._known = {
            self.key(family, (one.schema, one.name)): one._replace(
                columns=frozenset(columns.get((one.schema, one.name), ())),
                signatures=frozenset(signatures.get((one.schema, one.name), ()) if family == "routine" else ()),
            )
            for family, one in found
        }

    def key(self, family: str, name: Name) -> tuple[str, str, str]:
        """Return a key that is equal for all spellings of one object's name."""
        schema, own = name
        return family, self._folded(family, schema or self._schema), self._folded(family, own or self._schema)

    def find(self, family: str, name: Name) -> Existing | None:
        """Return the object with this name; None if there is none."""
        return self._known.get(self.key(family, name))

    def meanings(self, name: Name) -> list[Name]:
        """Return the qualified names that a name may mean, in the database's search order."""
        return [name] if name[0] else [name, *((other, name[1]) for other in self._others)]

    def lacking(self, table: Existing, columns: Iterable[str]) -> list[str]:
        """Return the columns among these that a table lacks."""
        return [column for column in columns if self._folded("column", column) not in table.columns]

    def _folded(self, family: str, name: str) -> str:
        return name.lower() if family in self._caseless else name


class Catalog(ABC):
    """The objects of one database. Stateless."""

    # Words that begin a part of CREATE TABLE (...) other than a column.
    not_columns: ClassVar[frozenset[str]] = frozenset(("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"))

    # Schemas of which every object is temporary.
    temporary_schemas: ClassVar[frozenset[str]] = frozenset()

    def fold(self, word: str) -> str:
        """Return the name that an unquoted word means."""
        return word

    def is_system(self, name: Name) -> bool:
        """Whether the name is that of a table in which the database keeps its own objects."""
        return False

    def stored(self, name: str) -> str:
        """Return a name as the database keeps it, which may truncate it."""
        return name

    @abstractmethod
    async def find(self, connection: Connection, schema: str, wanted: Wanted) -> Holdings:
        """Return the existing objects among these, with one query. Names without a schema refer to `schema`."""
