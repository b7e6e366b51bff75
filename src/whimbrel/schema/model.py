"""One schema of a database as data, the same for every database: the base of parity, drift, dump and diagram.

Each object has two sides. The neutral facts (families, lengths, actions) compare across databases. `native` is the database's own
text; it compares within one database, and the renderer of that database builds SQL from it. A fact that the model cannot hold
stays in `native`, in `options` or in an `Opaque`, so that no fact is lost. Pure: no database, no disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from whimbrel.schema.column import Collation, Column, Default, Family, Generated, Type

__all__ = [
    "Check",
    "Collation",
    "Column",
    "Default",
    "Family",
    "ForeignKey",
    "Generated",
    "Index",
    "IndexPart",
    "Key",
    "Opaque",
    "Routine",
    "Schema",
    "Sequence",
    "Table",
    "Trigger",
    "Type",
    "UserType",
    "View",
]

Action = Literal["no action", "restrict", "cascade", "set null", "set default"]
Deferral = Literal["", "deferrable", "initially deferred"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPart:
    """One part of an index or key: a column, or else an expression. `prefix` is the number of indexed characters or bytes.

    `nulls` says where NULLs are sorted, if the index declares it; `options` hold operator class and collation.
    """

    column: str = ""
    expression: str = ""
    descending: bool = False
    nulls: Literal["", "first", "last"] = ""
    prefix: int | None = None
    options: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A primary key or a unique constraint. `native` is the text of the constraint, without its name, as the database has it."""

    name: str
    columns: tuple[str, ...]
    primary: bool = False
    nulls_distinct: bool = True
    deferral: Deferral = ""
    comment: str = ""
    native: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A foreign key. `schema` is empty for a table of the same schema; `enforced` is False for NOT VALID and NOT ENFORCED."""

    name: str
    columns: tuple[str, ...]
    table: str
    to_columns: tuple[str, ...]
    schema: str = ""
    on_update: Action = "no action"
    on_delete: Action = "no action"
    deferral: Deferral = ""
    match_full: bool = False
    enforced: bool = True
    comment: str = ""
    native: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A condition on the rows of a table. `expression` is in the database's own words, without the outer parentheses."""

    name: str
    expression: str
    enforced: bool = True
    comment: str = ""
    native: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index that is not the database's own index of a key. `method` is lower-case: "btree", "gin", "fulltext", "spatial".

    `predicate` and the expressions of the parts are in the database's own words. `usable` is False for an index that queries do
    not use: PostgreSQL's INVALID, MySQL's INVISIBLE, MariaDB's IGNORED. `options` are clauses that only this database has.
    """

    name: str
    parts: tuple[IndexPart, ...]
    unique: bool = False
    nulls_distinct: bool = True
    included: tuple[str, ...] = ()
    predicate: str = ""
    method: str = "btree"
    usable: bool = True
    options: tuple[str, ...] = ()
    comment: str = ""
    native: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A trigger of a table or view. `native` is a complete CREATE TRIGGER statement; `session` as for a routine."""

    name: str
    native: str
    enabled: bool = True
    comment: str = ""
    session: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its columns in order. Other parts are sorted by name.

    `partitioning` is the clause that says how rows are spread ("RANGE (day)"), `partition_of` the parent and the bounds if this
    table is itself a partition. `options` are clauses after the columns, each complete: "ENGINE=InnoDB", "STRICT".
    `native` is the complete statement where the database keeps it (SQLite).
    """

    name: str
    columns: tuple[Column, ...]
    primary_key: Key | None = None
    uniques: tuple[Key, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    partitioning: str = ""
    partition_of: str = ""
    options: tuple[str, ...] = ()
    comment: str = ""
    native: str = ""

    def column(self, name: str) -> Column | None:
        """Return a column by its name."""
        return next((one for one in self.columns if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view. `definition` is its query as the database prints it; `options` as for a table ("WITH CHECK OPTION")."""

    name: str
    definition: str
    columns: tuple[Column, ...] = ()
    materialized: bool = False
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    options: tuple[str, ...] = ()
    comment: str = ""
    native: str = ""
    session: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """A function, procedure or aggregate. `signature` distinguishes overloads: "add(integer, integer)".

    `session` holds the settings that the database keeps with the object, each as an assignment: "sql_mode = 'ANSI_QUOTES'".
    """

    name: str
    signature: str
    kind: Literal["function", "procedure", "aggregate"]
    native: str
    comment: str = ""
    session: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A sequence.

    `owner` is "table.column" if the sequence belongs to a column; `identity` says that it belongs to an identity column.
    """

    name: str
    native: str
    owner: str = ""
    identity: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserType:
    """A type that users made. `values` are those of an enum, in order; `native` is a complete statement."""

    name: str
    kind: Literal["enum", "domain", "composite", "range", "base"]
    native: str
    values: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opaque:
    """An object that the model has no class for, with its complete statement: a policy, an event, an operator, an extension.

    The kind "unseen" stands for objects that this user may not see; `name` names them ("triggers", "view paid_orders").
    """

    kind: str
    name: str
    native: str
    session: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Everything in one schema, each kind sorted by name, in code points.

    `database` is "postgresql", "mysql", "mariadb" or "sqlite". `name` is the schema's (MySQL: the database's; SQLite: "main").
    `collation` is the default for new tables. `needs` are pairs of objects: the first can be created only after the second. An
    object is named by its kind and name: "view orders", "routine add(integer, integer)".
    """

    database: str
    name: str
    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()
    routines: tuple[Routine, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    types: tuple[UserType, ...] = ()
    opaques: tuple[Opaque, ...] = ()
    collation: Collation | None = None
    needs: tuple[tuple[str, str], ...] = ()

    def table(self, name: str) -> Table | None:
        """Return a table by its name."""
        return next((one for one in self.tables if one.name == name), None)
