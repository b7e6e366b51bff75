"""The contract of another tool: the table of its history, the names of its files, and the half of a file that it applies.

Pure: no database, no disk. One module in this folder fulfils it for each tool, and `tools.py` lists them.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

__all__ = [
    "AdoptedFile",
    "AdoptedRow",
    "Kind",
    "SourceFile",
    "TableName",
    "Tool",
    "ToolColumn",
    "ToolLock",
    "natural_key",
    "stem",
]

# For a column of the kind "present" only NULL or not NULL matters, since the databases return times in different forms.
Kind = Literal["text", "number", "truth", "bytes", "present"]
Values = Mapping[str, object]


class ToolColumn(NamedTuple):
    """A column of the tool's table. A `nullable` one may hold NULL, which is read as None."""

    name: str
    kind: Kind = "text"
    nullable: bool = False


class TableName(NamedTuple):
    """The tool's table as the database spells it."""

    database: str
    schema: str
    name: str


class ToolLock(NamedTuple):
    """The lock that a tool takes while it migrates: on PostgreSQL an advisory lock, on MySQL and MariaDB a lock with a name."""

    number: int
    name: str


class SourceFile(NamedTuple):
    """A file in the folder of the tool. `path` is relative to the folder, with slashes; `content` is empty if it was not read."""

    path: str
    content: bytes = b""

    @property
    def name(self) -> str:
        """The name without its folders."""
        return self.path.rpartition("/")[2]


class AdoptedFile(NamedTuple):
    """A migration of the tool. `identity` is what a row of its history says; `name` describes the migration.

    `up` is the content that the tool applies. `version` is empty if the tool does not order its migrations by number.
    `checksums` are those that the tool may have written for this content. With `transaction=False` the tool applied it outside
    of a transaction. A `repeatable` one has no place of its own in the order, but comes after the last applied one. `needs` are
    the migrations before it, for a tool whose history names only the latest ones. `fault` says why the migration cannot be
    adopted, and what to do. `incomplete` says what the tool does beside the content, so that the content alone has less effect.
    """

    identity: str
    path: str
    name: str
    up: bytes
    version: str = ""
    checksums: tuple[str, ...] = ()
    transaction: bool = True
    repeatable: bool = False
    needs: tuple[str, ...] = ()
    fault: str = ""
    incomplete: str = ""


class AdoptedRow(NamedTuple):
    """A migration that the tool's table has as applied. `origin` identifies the row: "installed_rank 3, version 1.10".

    `fault` names the state of the row if that is not "applied": the migration failed, or is running. `hint` says where its file
    may be, if there is none. `note` says what the tool did not do, although the row counts as applied.
    """

    identity: str
    origin: str
    checksum: str = ""
    fault: str = ""
    hint: str = ""
    note: str = ""


class Tool(ABC):
    """Another tool for migrations. Stateless."""

    # The word on the command line, and the name for people.
    name: ClassVar[str]
    title: ClassVar[str]
    # The possible names of its table, the columns that are read, and columns by which another tool's table is known.
    tables: ClassVar[tuple[str, ...]]
    columns: ClassVar[tuple[ToolColumn, ...]]
    foreign: ClassVar[tuple[tuple[str, str], ...]] = ()
    # Its other tables. Those with a lock have a row for each process that migrates.
    companions: ClassVar[tuple[str, ...]] = ()
    lock_tables: ClassVar[tuple[str, ...]] = ()
    lock_columns: ClassVar[tuple[ToolColumn, ...]] = ()
    # The kind of checksum in the table; empty if there is none, or none that Whimbrel can compute.
    checksum: ClassVar[str] = ""
    # Hints for a person: where a missing file may be, and what the adoption cannot check.
    lost_hint: ClassVar[str] = ""
    unproven: ClassVar[str] = "its table has no checksums, so nothing shows whether a file was edited after it was applied"
    # The suffixes of files to read, and of files of which only the name matters.
    reads: ClassVar[tuple[str, ...]] = (".sql",)
    # Whether its files are also files of Whimbrel, so that they can stay where they are.
    in_place: ClassVar[bool] = False
    # Which databases it can have migrated; empty means all.
    databases: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        """Return the migrations among the files, in the order in which the tool applies them on `database`.

        `rows` are those of its table, for a tool whose files do not say their order.
        """

    @abstractmethod
    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        """Return the migrations that the rows of its table say are applied, in the order of application."""

    def find_left_out(self, sources: Sequence[SourceFile]) -> dict[str, str]:
        """Return the files of the tool that Whimbrel does not use: a reason by path."""
        return {}

    def lock(self, table: TableName, catalog: str) -> ToolLock | None:
        """Return the lock that the tool takes to migrate this table in the database `catalog`; None if it takes none."""
        return None


_PARTS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts names by the numbers in them: 2 before 10."""
    return tuple((int(part), "") if part.isdigit() and part.isascii() else (0, part) for part in _PARTS.split(name))


def stem(name: str) -> str:
    """Return the part of a file's name before its last point."""
    return name.rpartition(".")[0] or name
