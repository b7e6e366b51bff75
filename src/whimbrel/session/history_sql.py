"""Build the statements that write history and journal. None of them writes anything unless this session has the lock.

Pure: no database, no disk. The statements need no parameters, so they can share a message with others and cost no round trip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from whimbrel.dialects.base import Dialect
from whimbrel.dialects.place import HISTORY_TABLE, JOURNAL_TABLE
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.migrations.migration import (
    BASELINE_MARK,
    LONGEST_DESCRIPTION,
    LONGEST_SCRIPT,
    LONGEST_SET,
    LONGEST_VERSION,
    Migration,
)

__all__ = ["JournalEntry", "Records"]

_COLUMNS = "set_name, version, description, script, checksum, installed_rank, installed_on, execution_time, min_app, success"


class JournalEntry(NamedTuple):
    """A journal row to write."""

    first: int
    last: int
    state: str
    kind: str
    digest: str
    catalog_before: str
    shown: str


class Records:
    """Builds the statements that record the migrations of one schema.

    If the lock is lost, or the history has changed, an INSERT is refused (ConstraintViolated), and an UPDATE or DELETE finds no
    row. So INSERT statements may be sent together with a COMMIT.
    """

    def __init__(self, dialect: Dialect, schema: str) -> None:
        self._dialect = dialect
        self._schema = schema
        self._equals = dialect.operator("=")
        self.history = f"{dialect.quote(schema)}.{dialect.quote(HISTORY_TABLE)}"
        self.journal = f"{dialect.quote(schema)}.{dialect.quote(JOURNAL_TABLE)}"
        # If the tables exist, a read-only file or a user without the right to write fails here.
        self.probe = f"DELETE FROM {self.journal} WHERE FALSE"
        self.last_rank = f"SELECT coalesce({dialect.functions}max(installed_rank), 0) AS last FROM {self.history}"

    def tables(self) -> list[str]:
        """Return the statements that create both tables if they are missing."""
        history = f"""
            CREATE TABLE IF NOT EXISTS {self.history} (
                set_name VARCHAR({LONGEST_SET}) NOT NULL,
                version VARCHAR({LONGEST_VERSION}) NOT NULL,
                installed_rank INTEGER NOT NULL UNIQUE,
                description VARCHAR({LONGEST_DESCRIPTION}) NOT NULL,
                script VARCHAR({LONGEST_SCRIPT}) NOT NULL,
                checksum VARCHAR(100) NOT NULL,
                statement_hashes {self._dialect.text_type} NOT NULL,
                installed_by VARCHAR(255) NOT NULL,
                installed_on {self._dialect.timestamp_type} NOT NULL,
                execution_time BIGINT NOT NULL,
                min_app VARCHAR({LONGEST_VERSION}) NOT NULL,
                success BOOLEAN NOT NULL,
                PRIMARY KEY (set_name, version)
            ){self._dialect.table_options}"""
        journal = f"""
            CREATE TABLE IF NOT EXISTS {self.journal} (
                set_name VARCHAR({LONGEST_SET}) NOT NULL,
                version VARCHAR({LONGEST_VERSION}) NOT NULL,
                first_statement INTEGER NOT NULL,
                last_statement INTEGER NOT NULL,
                state VARCHAR(10) NOT NULL,
                kind VARCHAR(100) NOT NULL,
                digest VARCHAR(64) NOT NULL,
                catalog_before {self._dialect.text_type} NOT NULL,
                shown {self._dialect.text_type} NOT NULL,
                started_on {self._dialect.timestamp_type} NOT NULL,
                finished_on {self._dialect.timestamp_type},
                PRIMARY KEY (set_name, version, first_statement)
            ){self._dialect.table_options}"""
        return [history, journal]

    def rows(self, sets: Sequence[str]) -> str:
        """Return the query for the rows of these sets."""
        # The hashes may be long, so the query only asks whether a mark stands in their place, which makes the row a baseline.
        # The query does not use substr(), which returns NULL for an empty text in the sql_mode ORACLE:
        # https://mariadb.com/kb/en/sql_modeoracle/
        literal, equals = self._dialect.literal, self._equals
        is_marked = f"statement_hashes {equals} {literal(BASELINE_MARK)}"
        mark = f"CASE WHEN {is_marked} THEN {literal(BASELINE_MARK)} ELSE {literal('hashes')} END AS statement_hashes"
        wanted = " OR ".join(f"set_name {equals} {literal(name)}" for name in sets)
        return f"SELECT {_COLUMNS}, {mark} FROM {self.history} WHERE {wanted}"

    def recorded(self, rank: int) -> str:
        """Return an SQL expression for the time at which the row with this rank was recorded."""
        return f"(SELECT installed_on FROM {self.history} WHERE installed_rank {self._equals} {rank:d})"

    def begun(self, migration: Migration, *, rank: int, installed_by: str) -> str:
        """Return the statement that records that a file with a journal is begun. It fails if another file has `rank`."""
        return self._record(migration, rank, "", installed_by, "0", "FALSE")

    def applied(self, migration: Migration, *, rank: int, hashes: Sequence[str], installed_by: str, milliseconds: str) -> str:
        """Return the statement that records a file as applied. It fails if another file has `rank`. `milliseconds` is SQL."""
        return self._record(migration, rank, " ".join(hashes), installed_by, milliseconds, "TRUE")

    def baseline(self, migration: Migration, *, rank: int, installed_by: str) -> str:
        """Return the statement that records a file as applied without running it."""
        return self._record(migration, rank, BASELINE_MARK, installed_by, "0", "TRUE")

    def completed(self, migration: Migration, *, hashes: Sequence[str], milliseconds: int) -> list[str]:
        """Return the statements that delete the journal of a begun file and record the file as applied."""
        changed = {
            **self._described(migration),
            "statement_hashes": self._dialect.literal(" ".join(hashes)),
            "installed_on": self._dialect.now,
            "execution_time": f"execution_time {self._dialect.operator('+')} {milliseconds:d}",
            "success": "TRUE",
        }
        pairs = ", ".join(f"{name} = {value}" for name, value in changed.items())
        where = self._where(migration.set_name, str(migration.version))
        return [f"DELETE FROM {self.journal} WHERE {where}", f"UPDATE {self.history} SET {pairs} WHERE {where}"]

    def journal_row_sql(self, migration: Migration, entry: JournalEntry) -> str:
        """Return the statement that records statements as done in their transaction, or one as about to run alone."""
        literal = self._dialect.literal
        values = {
            **self._key(migration.set_name, str(migration.version)),
            "first_statement": self._if_ours(entry.first),
            "last_statement": f"{entry.last:d}",
            "state": literal(entry.state),
            "kind": literal(entry.kind[:100]),
            "digest": literal(entry.digest),
            "catalog_before": literal(entry.catalog_before),
            "shown": literal(entry.shown),
            "started_on": self._dialect.now,
            "finished_on": self._dialect.now if entry.state == "done" else "NULL",
        }
        return self._insert(self.journal, values)

    def settled(self, set_name: str, version: str, statement: int, *, applied: bool) -> str:
        """Return the statement that turns an intent into "done", or deletes it because the statement did not take effect."""
        found = f"first_statement {self._equals} {statement:d} AND state {self._equals} 'intent'"
        where = f"{self._where(set_name, version)} AND {found}"
        if applied:
            return f"UPDATE {self.journal} SET state = 'done', finished_on = {self._dialect.now} WHERE {where}"
        return f"DELETE FROM {self.journal} WHERE {where}"

    def renamed(self, old: str, new: str) -> list[str]:
        """Return the statements that rename a set in journal and history."""
        where = f"set_name {self._equals} {self._dialect.literal(old)} AND {self._dialect.lock_condition(self._schema)}"
        change = f"SET set_name = {self._dialect.literal(new)} WHERE {where}"
        return [f"UPDATE {table} {change}" for table in (self.journal, self.history)]

    def renumbered(self, set_name: str, old: str, new: str) -> list[str]:
        """Return the statements that give a migration another version in journal and history."""
        change = f"SET version = {self._dialect.literal(new)} WHERE {self._where(set_name, old)}"
        return [f"UPDATE {table} {change}" for table in (self.journal, self.history)]

    def _record(self, migration: Migration, rank: int, hashes: str, installed_by: str, milliseconds: str, success: str) -> str:
        values = {
            **self._key(migration.set_name, str(migration.version)),
            "installed_rank": self._if_ours(rank),
            **self._described(migration),
            "statement_hashes": self._dialect.literal(hashes),
            "installed_by": self._dialect.literal(installed_by[:255]),
            "installed_on": self._dialect.now,
            "execution_time": milliseconds,
            "success": success,
        }
        return self._insert(self.history, values)

    def _described(self, migration: Migration) -> dict[str, str]:
        min_app = migration.directives.min_app
        described = {
            "description": migration.description,
            "script": migration.script,
            "checksum": migration.checksum,
            "min_app": "" if min_app is None else str(min_app),
        }
        return {name: self._dialect.literal(value) for name, value in described.items()}

    def _key(self, set_name: str, version: str) -> dict[str, str]:
        return {"set_name": self._dialect.literal(set_name), "version": self._dialect.literal(version)}

    def _where(self, set_name: str, version: str) -> str:
        key = " AND ".join(f"{name} {self._equals} {value}" for name, value in self._key(set_name, version).items())
        return f"{key} AND {self._dialect.lock_condition(self._schema)}"

    def _if_ours(self, number: int) -> str:
        """Return SQL for a number that becomes NULL, which its column refuses, if the lock is lost."""
        return f"CASE WHEN {self._dialect.lock_condition(self._schema)} THEN {number:d} END"

    @staticmethod
    def _insert(table: str, values: Mapping[str, str]) -> str:
        return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})"
