"""The table of tenants in the control schema: all tenants, and the last known state of each one's own history.

Each tenant's own history is the truth. A row here is written after it. So a row may wrongly say "behind", which the next sync
corrects, but it never says "up to date" for a tenant that is behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from whimbrel.dialects.base import Row
from whimbrel.dialects.place import TENANTS_TABLE
from whimbrel.dialects.tenancy import Tenancy
from whimbrel.errors import DatabaseError
from whimbrel.migrations.migration import AppliedMigration, MigrationSet, Version
from whimbrel.migrations.squash import unreplaced
from whimbrel.session.rows import TENANTS, checked, name_unreadable
from whimbrel.session.session import Session
from whimbrel.tenants.names import LONGEST_NAME
from whimbrel.url import DatabaseUrl

__all__ = ["TELL_TENANT", "Registry", "Tenant", "applied_digest", "expected_digest", "newest"]

_LONGEST_ERROR = 2_000
# The action that fails if the database refuses a write to the table.
TELL_TENANT = "write to the table of tenants in"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One row.

    `digest` identifies the applied files, `versions` has each set's newest version; `present` is whether the schema exists.
    """

    name: str
    digest: str
    versions: dict[str, str]
    created_on: datetime
    synced_on: datetime | None
    last_error: str
    present: bool


class Registry:
    """The table of tenants, through a session of the control schema."""

    def __init__(self, control: Session, tenancy: Tenancy, url: DatabaseUrl) -> None:
        self._control = control
        self._connection = control.connection
        self._tenancy = tenancy
        self._url = url
        self._dialect = control.dialect
        self._history = control.history
        self._equals = control.dialect.operator("=")
        self._table = f"{self._dialect.quote(control.schema)}.{self._dialect.quote(TENANTS_TABLE)}"

    async def read(self) -> list[Tenant]:
        """Return all tenants by name, with one query; an empty list if there is no table. Writes nothing."""
        if await self._history.lacks(TENANTS_TABLE):
            return []
        try:
            rows = await self._tenancy.read(self._connection, self._url, self._table)
        except (DatabaseError, ValueError, OverflowError) as error:
            if isinstance(error, DatabaseError) and self._dialect.is_missing_table(error):
                return []
            await name_unreadable(self._connection, self._table, TENANTS, error)
        return [_tenant(row) for row in checked(self._table, TENANTS, rows)]

    async def knows(self, name: str) -> bool:
        """Return whether there is a row with this name."""
        if await self._history.lacks(TENANTS_TABLE):
            return False
        try:
            return bool(
                await self._connection.fetch_one(
                    f"SELECT name FROM {self._table} WHERE name {self._equals} :name", {"name": name}
                )
            )
        except DatabaseError as error:
            if self._dialect.is_missing_table(error):
                return False
            raise

    async def create(self) -> None:
        """Create the table if it is missing. The caller must hold the lock: IF NOT EXISTS alone races on PostgreSQL."""
        if not await self._history.lacks(TENANTS_TABLE):
            return
        dialect = self._dialect
        await self._connection.run(f"""
            CREATE TABLE IF NOT EXISTS {self._table} (
                name VARCHAR({LONGEST_NAME}) NOT NULL,
                digest VARCHAR(64) NOT NULL,
                versions {dialect.text_type} NOT NULL,
                created_on {dialect.timestamp_type} NOT NULL,
                synced_on {dialect.timestamp_type},
                last_error {dialect.text_type} NOT NULL,
                PRIMARY KEY (name)
            ){dialect.table_options}""")
        # IF NOT EXISTS accepts any object that now has this name, so check it.
        await self._history.inspect()

    async def add(self, name: str) -> None:
        """Write a row for a tenant to which nothing is applied yet."""
        await self._connection.execute(
            f"INSERT INTO {self._table} (name, digest, versions, created_on, last_error) "
            f"VALUES (:name, '', '{{}}', {self._dialect.now}, '')",
            {"name": name},
        )

    async def reset(self, name: str) -> None:
        """Record again that nothing is applied to a tenant."""
        await self._connection.execute(
            f"UPDATE {self._table} SET digest = '', versions = '{{}}', last_error = '' WHERE name {self._equals} :name",
            {"name": name},
        )

    async def remove(self, name: str) -> None:
        """Delete a tenant's row."""
        await self._connection.execute(f"DELETE FROM {self._table} WHERE name {self._equals} :name", {"name": name})

    async def tell(
        self, name: str, applied: Iterable[AppliedMigration], error: str = "", *, holder: Session | None = None
    ) -> None:
        """Record the current state of a tenant's history, and its error, if any.

        `holder` is a session with the tenant's lock on the same connection. It releases the lock with the record.
        """
        await self._history.lacks(TENANTS_TABLE)
        rows, literal = list(applied), self._dialect.literal
        told = {
            "digest": literal(applied_digest(rows)),
            "versions": literal(json.dumps(newest(rows))),
            "synced_on": self._dialect.now,
            "last_error": literal(error[:_LONGEST_ERROR]),
        }
        pairs = ", ".join(f"{column} = {value}" for column, value in told.items())
        record = f"UPDATE {self._table} SET {pairs} WHERE name {self._equals} {literal(name)}"
        async with self._control.explained(TELL_TENANT):
            if holder is None or not await holder.send_and_release(record):
                await self._connection.run(record)


def _tenant(row: Row) -> Tenant:
    # Whimbrel's own columns only: users may have added others.
    read = {name: row[name] for name in TENANTS.kinds}
    return Tenant(**{**read, "versions": json.loads(row["versions"]), "present": bool(row["present"])})


def expected_digest(sets: Iterable[MigrationSet], database: str) -> str:
    """Return the digest of a tenant that has everything in these files, and nothing else.

    Files that a squashed file replaces do not count: one tenant may have applied them, and another never did.
    """
    return _digest((one.set_name, one.version, one.checksum) for each in sets for one in unreplaced(each.for_database(database)))


def applied_digest(rows: Iterable[AppliedMigration]) -> str:
    """Return the digest of the migrations that a history records as applied. An unfinished migration does not count."""
    return _digest((row.set_name, row.version, row.checksum) for row in rows if row.success)


def newest(rows: Iterable[AppliedMigration]) -> dict[str, str]:
    """Return the newest version of each set that has one."""
    highest: dict[str, Version] = {}
    for row in rows:
        if row.success:
            highest[row.set_name] = max(row.version, highest.get(row.set_name, row.version))
    return {name: str(highest[name]) for name in sorted(highest)}


def _digest(facts: Iterable[tuple[str, Version, str]]) -> str:
    lines = "".join(f"{name}\0{version}\0{checksum}\n" for name, version, checksum in sorted(facts))
    return hashlib.sha256(lines.encode()).hexdigest()
