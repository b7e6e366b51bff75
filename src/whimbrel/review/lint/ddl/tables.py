"""Model the tables that files make, by the text of their statements: columns with types, constraints, indexes. Pure.

`planning/schema_model.py` models names alone, for every kind of object; the facts of a statement depend on types, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from whimbrel.dialects.objects import Catalog
from whimbrel.parsing.cursor import Name
from whimbrel.review.lint.ddl.alter import AlterAction
from whimbrel.review.lint.ddl.columns import ColumnText, TypeText
from whimbrel.review.lint.ddl.constraints import ConstraintText, of_column, unnamed

__all__ = ["TableText", "TextSchema"]


@dataclass(slots=True)
class TableText:
    """A table as the files make it. `complete` says that they list all of its columns.

    `parts` are its constraints and indexes by name. `parent` is the table of which it is a partition.
    `made_by` is the file that makes it, by set and version. `unlogged` says that its rows are not in PostgreSQL's log.
    """

    name: Name
    kind: str = "table"
    columns: dict[str, ColumnText] = field(default_factory=dict)
    parts: dict[str, ConstraintText] = field(default_factory=dict)
    complete: bool = False
    options: str = ""
    partitioned: bool = False
    parent: Name | None = None
    made_by: tuple[str, str] | None = None
    unlogged: bool = False

    def indexes_of(self, column: str) -> list[ConstraintText]:
        """Return the constraints and indexes that a column belongs to, foreign keys included."""
        return [one for one in self.parts.values() if column in one.columns]

    @property
    def charset(self) -> str:
        """The character set that CREATE TABLE names, itself or by a collation; empty if it names none."""
        words = self.options.lower().replace("=", " ").split()
        for at, word in enumerate(words[:-1]):
            if word == "charset" or (word == "set" and words[at - 1] == "character"):
                return words[at + 1]
        return self.collation.partition("_")[0]

    @property
    def collation(self) -> str:
        """The collation that CREATE TABLE names; empty if it names none."""
        words = self.options.lower().replace("=", " ").split()
        return next((words[at + 1] for at, word in enumerate(words[:-1]) if word == "collate"), "")

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key; empty if none is known."""
        return next((one.columns for one in self.parts.values() if one.kind == "primary key"), ())

    def references(self) -> tuple[Name, ...]:
        """Return the other tables that foreign keys of this one refer to."""
        found = [one.references for one in self.parts.values() if one.references is not None]
        return tuple(dict.fromkeys(one for one in found if one[1] != self.name[1]))


class TextSchema:
    """The tables after the statements so far. `spell` returns a name as the database compares it."""

    def __init__(self, database: str, catalog: Catalog, spell: Callable[[str], str]) -> None:
        self.database = database
        self.catalog = catalog
        self._spell = str if database == "postgresql" else spell
        self.tables: dict[Name, TableText] = {}
        self.indexes: dict[str, Name] = {}
        # Whether each domain has constraints.
        self.domains: dict[str, bool] = {}
        self.enums = set[str]()
        # The names in the query of each view.
        self.views: dict[str, frozenset[str]] = {}
        # Whether the session checks foreign keys.
        self.keys_checked = True
        # The time zone of the session; empty if it is not known.
        self.zone = ""
        # The file whose statements are read: set and version.
        self.file: tuple[str, str] | None = None

    def resolved(self, one: TypeText) -> TypeText:
        """Return a type with a common name for those of the user: enums are alike."""
        return one._replace(base="enum") if one.base.rpartition(".")[2] in self.enums else one

    def column_key(self, name: str) -> str:
        """Return a column's name as the database compares it."""
        return name if self.database == "postgresql" else name.lower()

    def key(self, name: Name) -> Name:
        """Return the key of a table: that of the same table with its schema, or without, if the files use both."""
        own = self._spell(name[1])
        schema = self._spell(name[0])
        if (schema, own) in self.tables:
            return schema, own
        same = [key for key in self.tables if key[1] == own and (not schema or not key[0])]
        return same[0] if len(same) == 1 else (schema, own)

    def table(self, name: Name | None) -> TableText | None:
        """Return a table; None if no file makes it."""
        return None if name is None else self.tables.get(self.key(name))

    def column(self, table: Name, name: str) -> ColumnText | None:
        """Return a column; None if no file makes it."""
        found = self.table(table)
        return None if found is None else found.columns.get(self.column_key(name))

    def referring(self, name: Name) -> tuple[Name, ...]:
        """Return the other tables whose foreign keys refer to this one."""
        key = self.key(name)
        return tuple(
            one.name for at, one in self.tables.items() if at != key and key in [self.key(other) for other in one.references()]
        )

    def partitions(self, name: Name) -> tuple[Name, ...]:
        """Return the partitions of a table."""
        key = self.key(name)
        return tuple(one.name for one in self.tables.values() if one.parent is not None and self.key(one.parent) == key)

    def default_partition(self, name: Name) -> tuple[str, ...]:
        """Return the name of the partition that takes all other rows; empty if there is none."""
        parts = [self.tables[self.key(one)] for one in self.partitions(name)]
        return tuple(one.name[1] for one in parts if one.options.startswith("DEFAULT"))

    def make(self, table: TableText) -> None:
        """Add a table, or replace it."""
        table.made_by = table.made_by or self.file
        self.tables[self.key(table.name)] = table
        for name in table.parts:
            self.indexes[name] = table.name

    def doubt(self) -> None:
        """Note that the tables may have other columns than those that the files list."""
        for one in self.tables.values():
            one.complete = False

    def drop(self, name: Name) -> None:
        """Forget a table, and the foreign keys that refer to it."""
        referring, key = self.referring(name), self.key(name)
        for other in referring:
            parts = self.tables[self.key(other)].parts
            for part in [at for at, one in parts.items() if one.references is not None and self.key(one.references) == key]:
                del parts[part]
        self.tables.pop(key, None)

    def rename(self, old: Name, new: Name) -> None:
        """Give a table another name, in the foreign keys that refer to it, too."""
        referring, key = self.referring(old), self.key(old)
        table = self.tables.pop(key, None)
        if table is None:
            return
        table.name = (new[0] or old[0], new[1])
        for other in (*referring, table.name):
            parts = table.parts if other is table.name else self.tables[self.key(other)].parts
            for name, part in parts.items():
                if part.references is not None and self._spell(part.references[1]) == key[1]:
                    parts[name] = part._replace(references=table.name)
        made_by = table.made_by
        self.make(table)
        # Another name makes no table new.
        table.made_by = made_by

    def known(self, name: Name) -> TableText:
        """Return a table for a change to it; one that no file makes is begun here."""
        key = self.key(name)
        return self.tables.setdefault(key, TableText(name))

    def add_part(self, name: Name, one: ConstraintText) -> None:
        """Add a constraint or an index to a table."""
        table = self.known(name)
        own = one.name or unnamed(self.database, name[1], one)
        base, count = own, 1
        while own in table.parts and not one.name:
            own, count = f"{base}{count}", count + 1
        columns = tuple(self.column_key(column) for column in one.columns)
        if one.using and (using := table.parts.pop(one.using, None)) is not None:
            columns = using.columns
        table.parts[own] = one._replace(columns=columns)
        self.indexes[own] = table.name
        if one.kind in ("primary key", "not null") and not one.not_valid:
            for column in columns:
                if (known := table.columns.get(column)) is not None:
                    table.columns[column] = known._replace(nullable=False)

    def apply(self, name: Name, action: AlterAction) -> None:
        """Change a table by one action of ALTER TABLE."""
        table, words = self.known(name), action.words
        if words == "add column" and action.column is not None:
            self._add_column(name, action.column)
        elif words == "add constraint" and action.constraint is not None:
            self.add_part(name, action.constraint)
        elif words.startswith("drop "):
            self._drop(table, action)
        elif words.startswith(("attach partition", "detach partition")) and action.other is not None:
            other = self.known(action.other)
            other.parent = name if words.startswith("attach") else None
            other.options = "DEFAULT" if action.new == "default" else ""
        elif words in ("rename index", "rename constraint", "validate constraint"):
            self._change_part(table, action)
        elif words in ("set logged", "set unlogged"):
            table.unlogged = words == "set unlogged"
        elif words == "rename table":
            self.rename(name, (name[0], action.new))
        else:
            self._change_column(table, action)

    def _drop(self, table: TableText, action: AlterAction) -> None:
        at = self.column_key(action.name)
        gone: list[str] = []
        if action.words == "drop column":
            table.columns.pop(at, None)
            gone = [own for own, one in table.parts.items() if at in one.columns]
        elif action.words == "drop primary key":
            gone = [own for own, one in table.parts.items() if one.kind == "primary key"]
        elif action.words in ("drop index", "drop constraint", "drop foreign key", "drop check"):
            gone = [action.name]
        for own in gone:
            table.parts.pop(own, None)
            self.indexes.pop(own, None)

    @staticmethod
    def _change_part(table: TableText, action: AlterAction) -> None:
        part = table.parts.pop(action.name, None)
        if part is not None:
            checked = action.words == "validate constraint"
            table.parts[action.new or action.name] = part._replace(not_valid=False) if checked else part

    def has_index(self, name: str, table: Name) -> bool:
        """Whether an index has this name already: on MySQL and MariaDB in its table, elsewhere in the schema."""
        known = self.indexes.get(name)
        schemas = known is not None and known[0] and table[0] and known[0] != table[0]
        if self.database in ("mysql", "mariadb"):
            found = self.table(table)
            return found is not None and name in found.parts
        return known is not None and not schemas

    def is_viewed(self, table: Name, column: str) -> bool:
        """Whether a view names a column and its table, where the database refuses to change such a column."""
        wanted = {table[1].lower(), column.lower()}
        return self.database in ("postgresql", "sqlite") and any(wanted <= names for names in self.views.values())

    def drop_index(self, name: str) -> None:
        """Forget an index by its name alone."""
        if (table := self.table(self.indexes.pop(name, None))) is not None:
            table.parts.pop(name, None)

    def _add_column(self, name: Name, column: ColumnText) -> None:
        table = self.known(name)
        table.columns[self.column_key(column.name)] = column
        for one in of_column(column):
            self.add_part(name, one)

    def _change_column(self, table: TableText, action: AlterAction) -> None:
        at = self.column_key(action.name)
        column = table.columns.get(at)
        if action.words == "modify" and action.column is not None:
            table.columns = {
                (self.column_key(action.column.name) if key == at else key): (action.column if key == at else one)
                for key, one in table.columns.items()
            }
            table.columns.setdefault(self.column_key(action.column.name), action.column)
            self._rename_column(table, at, self.column_key(action.column.name))
        elif column is None:
            return
        elif action.words == "rename column":
            new = self.column_key(action.new)
            table.columns = {(new if key == at else key): one for key, one in table.columns.items()}
            table.columns[new] = column._replace(name=action.new)
            self._rename_column(table, at, new)
        elif action.words == "type" and action.type is not None:
            table.columns[at] = column._replace(type=action.type, collation=action.collation.lower())
        elif action.words in ("alter column set not null", "alter column drop not null"):
            table.columns[at] = column._replace(nullable=action.words.endswith("drop not null"))
        elif action.words == "alter column drop default":
            table.columns[at] = column._replace(default="", default_text="")

    @staticmethod
    def _rename_column(table: TableText, old: str, new: str) -> None:
        for name, part in table.parts.items():
            columns = tuple(new if column == old else column for column in part.columns)
            table.parts[name] = part._replace(columns=columns)
