"""The tables and relations of a diagram, made from a schema. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from whimbrel.errors import ConfigurationError
from whimbrel.schema.model import Column, ForeignKey, Schema, Table

__all__ = ["Attribute", "Entity", "Relationship", "read_entities"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column. `keys` are its marks, in order: "PK", "FK", "UK"."""

    name: str
    type: str
    keys: tuple[str, ...]
    nullable: bool


@dataclass(frozen=True, slots=True)
class Entity:
    """A table."""

    name: str
    attributes: tuple[Attribute, ...]

    def row(self, column: str) -> int:
        """Return the number of a column's line; 0 if there is no such column."""
        return next((number for number, one in enumerate(self.attributes) if one.name == column), 0)


@dataclass(frozen=True, slots=True, order=True)
class Relationship:
    """A foreign key: each row of the child refers to one row of the parent, or to none if it is `optional`.

    `single` says that at most one row of the child refers to a row of the parent, because its columns are unique.
    """

    child: str
    parent: str
    columns: tuple[str, ...]
    to_columns: tuple[str, ...]
    optional: bool
    single: bool


def read_entities(schema: Schema, names: Collection[str] = ()) -> tuple[list[Entity], list[Relationship]]:
    """Return all tables with their relations, or the named tables with their neighbours. Partitions of a table are left out.

    Raises ConfigurationError for a name that the schema does not have.
    """
    tables = {one.name: one for one in schema.tables if not one.partition_of}
    if unknown := sorted(set(names) - tables.keys()):
        raise ConfigurationError(f"there is no table {', '.join(unknown)} in the schema {schema.name}; name tables that exist")
    relations = sorted({_relation(table, key) for table in tables.values() for key in _keys(table, tables)})
    wanted = set(names) or set(tables)
    if names:
        near = [one for one in relations if one.child in wanted or one.parent in wanted]
        wanted |= {name for one in near for name in (one.child, one.parent)}
    shown = [one for one in relations if one.child in wanted and one.parent in wanted]
    return [_entity(tables[name]) for name in sorted(wanted)], shown


def _keys(table: Table, tables: Collection[str]) -> list[ForeignKey]:
    return [one for one in table.foreign_keys if not one.schema and one.table in tables]


def _relation(table: Table, key: ForeignKey) -> Relationship:
    columns = [column for name in key.columns if (column := table.column(name)) is not None]
    return Relationship(
        child=table.name,
        parent=key.table,
        columns=key.columns,
        to_columns=key.to_columns,
        optional=any(one.nullable for one in columns),
        single=any(set(unique) <= set(key.columns) for unique in _uniques(table)),
    )


def _uniques(table: Table) -> list[tuple[str, ...]]:
    """Return the lists of columns whose values no two rows share."""
    found = [one.columns for one in table.uniques]
    if table.primary_key is not None:
        found.append(table.primary_key.columns)
    whole = [one for one in table.indexes if one.unique and not one.predicate and all(part.column for part in one.parts)]
    return found + [tuple(part.column for part in one.parts) for one in whole]


def _entity(table: Table) -> Entity:
    primary = set(table.primary_key.columns) if table.primary_key else set()
    foreign = {name for one in table.foreign_keys for name in one.columns}
    unique = {columns[0] for columns in _uniques(table) if len(columns) == 1}
    return Entity(table.name, tuple(_attribute(one, primary, foreign, unique) for one in table.columns))


def _attribute(column: Column, primary: set[str], foreign: set[str], unique: set[str]) -> Attribute:
    marks = (("PK", column.name in primary), ("FK", column.name in foreign), ("UK", column.name in unique - primary))
    return Attribute(column.name, column.type.native, tuple(mark for mark, has in marks if has), column.nullable)
