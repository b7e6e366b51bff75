"""The history table, which says what is applied, and the statement journal, which says how far an unfinished file came.

Both are reached by their full names, so that no search_path, and no USE in a file, leads to another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from database.dialect import Connection, Row
from database.errors import ConnectionLost, DatabaseError
from database.migration import (
    LONGEST_DESCRIPTION,
    LONGEST_SCRIPT,
    LONGEST_SET,
    LONGEST_VERSION,
    AppliedMigration,
    Migration,
    Version,
)
from database.records import HISTORY_TABLE, Records

__all__ = ["History", "JournalRow", "glance"]


class JournalRow(NamedTuple):
    """How far a run of statements came. `state` is "intent" (begun, its end unknown) or "done"; `digest` tells their text."""

    first_statement: int
    last_statement: int
    state: str
    kind: str
    digest: str
    started_on: datetime
    # What the catalog said before the statement; empty if it said nothing.
    catalog_before: str
    # The statement as far as it is kept, without what its strings say.
    shown: str


class History:
    """History and journal of one schema, on one connection. Writes only under the migration lock."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self._connection = connection
        dialect = connection.dialect
        self._dialect = dialect
        self.records = Records(dialect, schema)
        self._history, self._journal = self.records.history, self.records.journal

    async def read(self, sets: Sequence[str]) -> list[AppliedMigration]:
        """Return the rows of these sets in the order they were applied; none if there is no history table. Writes nothing."""
        columns = (
            "set_name, version, description, script, checksum, installed_rank, installed_on, execution_time, min_app, success"
        )
        try:
            rows = await _fetch(self._connection, columns, self._history, "1 = 1", sets)
        except DatabaseError as error:
            if self._dialect.is_missing_table(error):
                return []
            raise
        read = [AppliedMigration(**row)._replace(version=Version.parse(row["version"])) for row in rows]
        return sorted(read, key=lambda one: one.installed_rank)

    async def create(self) -> None:
        """Create both tables where they are missing, and see that they can be written.

        Call it under the lock: IF NOT EXISTS alone races on PostgreSQL.
        """
        dialect = self._dialect
        history = f"""
            CREATE TABLE IF NOT EXISTS {self._history} (
                set_name VARCHAR({LONGEST_SET}) NOT NULL,
                version VARCHAR({LONGEST_VERSION}) NOT NULL,
                installed_rank INTEGER NOT NULL UNIQUE,
                description VARCHAR({LONGEST_DESCRIPTION}) NOT NULL,
                script VARCHAR({LONGEST_SCRIPT}) NOT NULL,
                checksum VARCHAR(100) NOT NULL,
                statement_hashes {dialect.text_type} NOT NULL,
                installed_by VARCHAR(255) NOT NULL,
                installed_on {dialect.timestamp_type} NOT NULL,
                execution_time BIGINT NOT NULL,
                min_app VARCHAR({LONGEST_VERSION}) NOT NULL,
                success BOOLEAN NOT NULL,
                PRIMARY KEY (set_name, version)
            ){dialect.table_options}"""
        journal = f"""
            CREATE TABLE IF NOT EXISTS {self._journal} (
                set_name VARCHAR({LONGEST_SET}) NOT NULL,
                version VARCHAR({LONGEST_VERSION}) NOT NULL,
                first_statement INTEGER NOT NULL,
                last_statement INTEGER NOT NULL,
                state VARCHAR(10) NOT NULL,
                kind VARCHAR(100) NOT NULL,
                digest VARCHAR(64) NOT NULL,
                catalog_before {dialect.text_type} NOT NULL,
                shown {dialect.text_type} NOT NULL,
                started_on {dialect.timestamp_type} NOT NULL,
                finished_on {dialect.timestamp_type},
                PRIMARY KEY (set_name, version, first_statement)
            ){dialect.table_options}"""
        # Where they are there already, this is what a file or user that may only be read from refuses.
        await self._connection.send([history, journal, f"DELETE FROM {self._journal} WHERE 1 = 0"])

    async def last_rank(self) -> int:
        """Return the highest rank given so far, of all sets; 0 for an empty history."""
        return int(await self._connection.fetch_value(self.records.last_rank))

    async def times(self, rank: int) -> list[tuple[tuple[str, str], int]]:
        """Return set and version, and the milliseconds, of what is recorded with this rank and those after it."""
        query = (
            f"SELECT set_name, version, execution_time FROM {self._history} WHERE installed_rank >= :rank ORDER BY installed_rank"
        )
        rows = await self._connection.fetch_all(query, {"rank": rank})
        return [((row["set_name"], row["version"]), row["execution_time"]) for row in rows]

    async def success(self, migration: Migration) -> bool | None:
        """Return whether the migration is applied, or None if nothing is recorded of it."""
        query = f"SELECT success FROM {self._history} WHERE set_name = :set_name AND version = :version"
        found = await self._connection.fetch_value(query, _key(migration))
        return None if found is None else bool(found)

    async def repair(self, migration: Migration) -> None:
        """Let the row of an applied migration say what its file says now: name, description, checksum, min_app."""
        await self._connection.execute(
            f"UPDATE {self._history} SET checksum = :checksum, description = :description, script = :script, min_app = :min_app "
            "WHERE set_name = :set_name AND version = :version",
            {
                **_key(migration),
                "checksum": migration.checksum,
                "description": migration.description,
                "script": migration.script,
                "min_app": _min_app(migration),
            },
        )

    async def forget(self, set_name: str) -> None:
        """Remove every trace of a set, whose tables are gone."""
        for table in (self._history, self._journal):
            await self._connection.execute(f"DELETE FROM {table} WHERE set_name = :set_name", {"set_name": set_name})

    async def journal(self, migration: Migration) -> list[JournalRow]:
        """Return how far an unfinished migration came, in the order of its statements."""
        rows = await self._connection.fetch_all(
            "SELECT first_statement, last_statement, state, kind, digest, started_on, catalog_before, shown "
            f"FROM {self._journal} WHERE set_name = :set_name AND version = :version ORDER BY first_statement",
            _key(migration),
        )
        return [JournalRow(**row) for row in rows]

    async def others_since(self, migration: Migration, moment: datetime) -> bool:
        """Whether anything of another migration is recorded that was done after `moment`."""
        others = "NOT (set_name = :set_name AND version = :version)"
        found = await self._connection.fetch_one(
            f"SELECT 1 AS found FROM {self._history} WHERE installed_on > :moment AND {others} "
            f"UNION ALL SELECT 1 FROM {self._journal} WHERE finished_on > :moment AND {others}",
            {**_key(migration), "moment": moment},
        )
        return found is not None


def _min_app(migration: Migration) -> str:
    return "" if migration.directives.min_app is None else str(migration.directives.min_app)


def _key(migration: Migration) -> dict[str, object]:
    return {"set_name": migration.set_name, "version": str(migration.version)}


async def glance(connection: Connection, schema: str, sets: Sequence[str]) -> list[Row]:
    """Return what the rows of these sets say, in one question to a connection that nothing has been asked yet.

    `schema` is empty for the connection's own. Nothing if the question is refused: what stands in its way will be met again.
    Raises ConnectionLost.
    """
    table, condition = connection.dialect.glanced(schema, HISTORY_TABLE)
    try:
        return await _fetch(connection, "set_name, version, description, checksum, success", table, condition, sets)
    except ConnectionLost:
        raise
    except DatabaseError:
        return []


async def _fetch(connection: Connection, columns: str, table: str, condition: str, sets: Sequence[str]) -> list[Row]:
    names = {f"set_{index}": name for index, name in enumerate(sets)}
    listed = ", ".join(f":{name}" for name in names)
    return await connection.fetch_all(f"SELECT {columns} FROM {table} WHERE set_name IN ({listed}) AND {condition}", names)
