"""A migration: its version, its text, its checksum, and the history row that records it.

Pure: no database, no disk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from whimbrel.errors import ConfigurationError
from whimbrel.messages.named_tuple import NamedTuple

__all__ = [
    "BASELINE_MARK",
    "AppliedMigration",
    "Directives",
    "Migration",
    "MigrationSet",
    "Version",
    "checksum",
    "served_by",
    "statement_hash",
]


# The sizes of the history table's columns; the reader checks them.
_MOST_DIGITS = 1_000
# The history has this mark in place of the statement hashes, which an older release does not read. It says that the migration was
# recorded without being run.
BASELINE_MARK = "baseline"
LONGEST_SET, LONGEST_VERSION, LONGEST_DESCRIPTION, LONGEST_SCRIPT = 64, 50, 200, 255


class Version(NamedTuple):
    """A version, compared as numbers: `V2` < `V10`, `V1.2` < `V1.10`, `V001` = `V1` = `V1.0`."""

    numbers: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read "1", "001", "1.10" or "V7". Raises ConfigurationError for anything else."""
        if text.isdigit() and text.isascii() and len(text) <= _MOST_DIGITS:
            return cls((int(text),))
        parts = re.split(r"[._]", text.removeprefix("V"))
        if not all(part.isascii() and part.isdigit() and len(part) <= _MOST_DIGITS for part in parts):
            raise ConfigurationError(f"{text!r} is not a version; write 7 or 1.2")
        numbers = [int(part) for part in parts]
        while len(numbers) > 1 and numbers[-1] == 0:
            numbers.pop()
        return cls(tuple(numbers))

    def __str__(self) -> str:
        return str(self.numbers[0]) if len(self.numbers) == 1 else ".".join(map(str, self.numbers))


class Directives(NamedTuple):
    """The directives of a file; None for a directive that the file does not have. Limits are in seconds.

    `min_app` is the oldest application version that may start on a database with this migration. `databases` are the databases
    that the version is meant for; empty means all. `replaces` are the ranges of versions, both ends included, that this file
    replaces.
    """

    transaction: bool | None = None
    lock_timeout: float | None = None
    statement_timeout: float | None = None
    min_app: Version | None = None
    databases: tuple[str, ...] = ()
    replaces: tuple[tuple[Version, Version], ...] = ()


class Migration(NamedTuple):
    """One file. Its checksum covers exactly the text that runs.

    `text` is the whole text or, if that is too large to be kept, an object that yields it in pieces, any number of times.
    `database` is the database of a variant, or empty for a shared file.
    """

    set_name: str
    version: Version
    description: str
    script: str
    path: str
    text: str | Iterable[str]
    checksum: str
    database: str = ""
    directives: Directives = Directives()

    def __repr__(self) -> str:
        return f"Migration({str(self)!r}, {self.checksum!r})"

    def __str__(self) -> str:
        return f"{self.set_name}/{self.script}"


class AppliedMigration(NamedTuple):
    """One row of the history table. `success` is false while a file is begun and not finished; times are UTC.

    `baseline` says that the migration was recorded as applied without being run.
    """

    set_name: str
    version: Version
    description: str
    script: str
    checksum: str
    installed_rank: int
    installed_on: datetime
    execution_time: int
    min_app: str
    success: bool
    baseline: bool = False

    @classmethod
    def of(cls, migration: Migration, rank: int, *, baseline: bool = False) -> AppliedMigration:
        """Return the row of a migration that this process has just recorded. Its times differ from those in the row."""
        return cls(
            set_name=migration.set_name,
            version=migration.version,
            description=migration.description,
            script=migration.script,
            checksum=migration.checksum,
            installed_rank=rank,
            installed_on=datetime.now(UTC),
            execution_time=0,
            min_app="" if migration.directives.min_app is None else str(migration.directives.min_app),
            success=True,
            baseline=baseline,
        )


class MigrationSet(NamedTuple):
    """A folder of migrations with its own versions. `variants` holds all files, for every database.

    `databases` are those that the whole set is meant for, by its own directive; empty means all.
    """

    name: str
    path: str
    variants: tuple[Migration, ...]
    databases: tuple[str, ...] = ()

    def for_database(self, database: str) -> list[Migration]:
        """Return the migrations that `database` runs, in order: its own variant, else the shared file.

        MySQL's variant also serves MariaDB, unless there is one for MariaDB.
        """
        if self._is_for_others(database):
            return []
        wanted = {"mariadb": ("mariadb", "mysql", "")}.get(database, (database, ""))
        chosen: dict[Version, Migration] = {}
        for name in reversed(wanted):
            chosen |= {one.version: one for one in self.variants if one.database == name and _is_meant_for(one, database)}
        return [chosen[version] for version in sorted(chosen)]

    def versions_for(self, database: str) -> set[Version]:
        """Return every version that `database` must have: all versions, except those meant for other databases by directive."""
        if self._is_for_others(database):
            return set()
        limited = {one.version for one in self.variants if one.directives.databases}
        return (self.versions() - limited) | {one.version for one in self.for_database(database)}

    def _is_for_others(self, database: str) -> bool:
        return bool(self.databases) and database not in served_by(*self.databases)

    def versions(self) -> set[Version]:
        """Return every version that any database has."""
        return {migration.version for migration in self.variants}


def served_by(*databases: str) -> set[str]:
    """Return the databases that a variant for one of these serves: a variant for mysql also serves MariaDB."""
    return {*databases, "mariadb"} if "mysql" in databases else {*databases}


def _is_meant_for(migration: Migration, database: str) -> bool:
    meant = migration.directives.databases
    return not meant or database in served_by(*meant)


def checksum(text: str) -> str:
    """Return `v1:sha256:<hex>` over the text as UTF-8, without a byte order mark, with newlines as LF.

    A checksum is a file format: the checksum of a text never changes. Another rule needs another prefix.
    """
    return f"v1:sha256:{hashlib.sha256(_normalised(text).encode()).hexdigest()}"


def statement_hash(text: str) -> str:
    """Return 16 hex digits that identify the text of a statement, independent of its newlines."""
    return hashlib.sha256(_normalised(text).encode()).hexdigest()[:16]


def _normalised(text: str) -> str:
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
