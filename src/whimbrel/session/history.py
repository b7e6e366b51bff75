"""The history table, which records applied migrations, and the statement journal, which records progress in unfinished files.

Both tables are always used with their schema, so no search_path and no USE in a file can lead to other tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from whimbrel.dialects.base import Connection, Row
from whimbrel.dialects.place import HISTORY_TABLE, JOURNAL_TABLE
from whimbrel.errors import DatabaseError, Problem, ProblemKind, ValidationFailed
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.migrations.migration import (
    BASELINE_MARK,
    AppliedMigration,
    Migration,
    Version,
)
from whimbrel.session.history_sql import Records

__all__ = ["History", "JournalRow"]


class JournalRow(NamedTuple):
    """The progress of consecutive statements. `state` is "intent" (end unknown) or "done"; `digest` is that of their text."""

    first_statement: int
    last_statement: int
    state: str
    kind: str
    digest: str
    started_on: datetime
    # The catalog's answer before the statement; empty if there was none.
    catalog_before: str
    # The part of the statement that the journal keeps, without the content of its strings.
    shown: str


class History:
    """History and journal of one schema, on one connection. Writes only under the migration lock."""

    def __init__(
        self, connection: Connection, schema: str, tables: frozenset[str] | None = None, *, question: bool = False
    ) -> None:
        self._connection = connection
        self._schema = schema
        # Our tables that exist and passed the check; None before the first check.
        self._tables = tables
        self._question = question
        dialect = connection.dialect
        self._dialect = dialect
        self.records = Records(dialect, schema)
        self._history, self._journal = self.records.history, self.records.journal
        self._of_set = f"set_name {dialect.operator('=')} :set_name"
        self._of_migration = f"{self._of_set} AND version {dialect.operator('=')} :version"

    async def lacks(self, table: str) -> bool:
        """Whether one of our tables is missing, or was at the first check: a table created since then is unchecked.

        Raises ConfigurationError if one of them cannot be trusted. Call it before the first query on any of them.
        """
        if self._tables is None:
            await self.inspect()
        return self._tables is not None and table not in self._tables

    async def is_complete(self) -> bool:
        """Whether history and journal existed at the last check. Raises ConfigurationError if one of them cannot be trusted."""
        return not (await self.lacks(HISTORY_TABLE) or await self.lacks(JOURNAL_TABLE))

    async def inspect(self) -> None:
        """Check which of our tables exist. Raises ConfigurationError if one cannot be trusted."""
        self._tables = await self._dialect.check_tables(self._connection, self._schema, question=self._question)

    async def read(self, sets: Sequence[str]) -> list[AppliedMigration]:
        """Return the rows of these sets in the order they were applied; none if there is no history table. Writes nothing."""
        from whimbrel.session.rows import HISTORY, name_unreadable  # a start with nothing to do does not read rows this way

        if await self.lacks(HISTORY_TABLE):
            return []
        try:
            (rows,) = await self._connection.fetch_together([self.records.rows(sets)])
        except (DatabaseError, ValueError, OverflowError) as error:
            if isinstance(error, DatabaseError) and self._dialect.is_missing_table(error):
                return []
            await name_unreadable(self._connection, self._history, HISTORY, error)
        return self.understand(rows)

    def understand(self, rows: Sequence[Row]) -> list[AppliedMigration]:
        """Return the migrations in rows of the history. Raises ValidationFailed for values that no run has written."""
        from whimbrel.session.rows import HISTORY, checked, with_times

        read = [_applied(row) for row in checked(self._history, HISTORY, with_times(rows, "installed_on"))]
        self._check_doubles(read)
        return sorted(read, key=lambda one: one.installed_rank)

    def _check_doubles(self, read: Sequence[AppliedMigration]) -> None:
        """Raise ValidationFailed if two rows write one version in two ways, such as 1 and 01. No run does that."""
        if len({(one.set_name, one.version) for one in read}) < len(read):
            keys = [(one.set_name, str(one.version)) for one in read]
            double = next(key for key in keys if keys.count(key) > 1)
            message = (
                f"table {self._history} has two rows of set {double[0]!r}, version {double[1]}; delete the one added by hand"
            )
            raise ValidationFailed([Problem(ProblemKind.EDITED, message)])

    async def create(self, *, model: bool = False) -> None:
        """Create both tables if they are missing, and check that they can be written; with them the table of the `model`.

        They come with the database's identity.

        Call it under the lock: on PostgreSQL, concurrent IF NOT EXISTS can fail.
        """
        # A start that has nothing to do creates nothing.
        from whimbrel.session.identity import create_identity_sql, insert_identity_sql
        from whimbrel.session.kept_model import create_sql

        if await self.is_complete():
            # A user who may write to the tables need not have the right to create tables.
            await self._connection.send([self.records.probe])
            return
        tables = [*self.records.tables(), create_identity_sql(self._dialect, self._schema)]
        await self._connection.send([*tables, *([create_sql(self._dialect, self._schema)] if model else [])])
        # IF NOT EXISTS also accepts an object of another kind with the same name.
        await self.inspect()
        await self._connection.send([self.records.probe, insert_identity_sql(self._dialect, self._schema)])

    async def last_rank(self) -> int:
        """Return the highest rank so far, over all sets; 0 for an empty history."""
        ((row,),) = await self._connection.fetch_together([self.records.last_rank])
        return self.understand_rank(row)

    def understand_rank(self, row: Row) -> int:
        """Return the highest rank in the answer to `Records.last_rank`. Raises ValidationFailed if it is no number."""
        rank = row["last"]
        if not isinstance(rank, int):
            message = f"table {self._history} has an installed_rank that is not a number, {rank!r}; restore it"
            raise ValidationFailed([Problem(ProblemKind.EDITED, message)])
        return rank

    async def times(self, rank: int) -> list[tuple[tuple[str, str], int]]:
        """Return set and version, and the milliseconds, of the rows with this rank or a higher one."""
        query = (
            f"SELECT set_name, version, execution_time FROM {self._history} "
            f"WHERE installed_rank {self._dialect.operator('>=')} {rank:d} ORDER BY installed_rank"
        )
        (rows,) = await self._connection.fetch_together([query])
        return [((row["set_name"], row["version"]), row["execution_time"]) for row in rows]

    async def success(self, migration: Migration) -> bool | None:
        """Return whether the migration is applied, or None if it has no row."""
        query = f"SELECT success FROM {self._history} WHERE {self._of_migration}"
        found = await self._connection.fetch_value(query, _key(migration))
        return None if found is None else bool(found)

    async def repair(self, migration: Migration) -> None:
        """Update the row of an applied migration from its file: name, description, checksum, min_app."""
        await self._connection.execute(
            f"UPDATE {self._history} SET checksum = :checksum, description = :description, script = :script, min_app = :min_app "
            f"WHERE {self._of_migration}",
            {
                **_key(migration),
                "checksum": migration.checksum,
                "description": migration.description,
                "script": migration.script,
                "min_app": _min_app(migration),
            },
        )

    async def forget(self, set_name: str) -> None:
        """Delete all rows of a set whose tables have been dropped."""
        for table in (self._history, self._journal):
            await self._connection.execute(f"DELETE FROM {table} WHERE {self._of_set}", {"set_name": set_name})

    async def journal(self, migration: Migration) -> list[JournalRow]:
        """Return the journal rows of an unfinished migration, in the order of its statements."""
        if await self.lacks(JOURNAL_TABLE):
            return []
        from whimbrel.session.rows import JOURNAL, checked, name_unreadable

        try:
            rows = await self._connection.fetch_all(
                "SELECT first_statement, last_statement, state, kind, digest, started_on, catalog_before, shown "
                f"FROM {self._journal} WHERE {self._of_migration} ORDER BY first_statement",
                _key(migration),
            )
        except (DatabaseError, ValueError, OverflowError) as error:
            await name_unreadable(self._connection, self._journal, JOURNAL, error)
        return [JournalRow(**row) for row in checked(self._journal, JOURNAL, rows, _key(migration))]

    async def has_journal(self, set_name: str) -> bool:
        """Return whether the journal has a row of this set: one of its files is begun and not finished."""
        query = f"SELECT 1 AS found FROM {self._journal} WHERE {self._of_set}"
        return await self._connection.fetch_one(query, {"set_name": set_name}) is not None

    async def others_since(self, migration: Migration, moment: datetime) -> bool:
        """Whether another migration has recorded anything after `moment`."""
        others, after = f"NOT ({self._of_migration})", self._dialect.operator(">")
        found = await self._connection.fetch_one(
            f"SELECT 1 AS found FROM {self._history} WHERE installed_on {after} :moment AND {others} "
            f"UNION ALL SELECT 1 FROM {self._journal} WHERE finished_on {after} :moment AND {others}",
            {**_key(migration), "moment": moment},
        )
        return found is not None


def _applied(row: Row) -> AppliedMigration:
    read = {name: value for name, value in row.items() if name != "statement_hashes"}
    read["version"] = Version.parse(row["version"])
    return AppliedMigration(**read, baseline=row["statement_hashes"] == BASELINE_MARK)


def _min_app(migration: Migration) -> str:
    return "" if migration.directives.min_app is None else str(migration.directives.min_app)


def _key(migration: Migration) -> dict[str, object]:
    return {"set_name": migration.set_name, "version": str(migration.version)}
