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
# The column with the name of the server of a tenant that is placed elsewhere. The table gets it with the first such tenant, so
# that a fleet on one server has the table that every release knows.
_PLACE = "placement"
# The action that fails if the database refuses a write to the table.
TELL_TENANT = "write to the table of tenants in"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One row.

    `digest` identifies the applied files, `versions` has each set's newest version; `present` is whether the schema exists.
    `server` is the name of the server that the tenant is placed on, empty for the one whose table this is.
    """

    name: str
    digest: str
    versions: dict[str, str]
    created_on: datetime
    synced_on: datetime | None
    last_error: str
    present: bool
    server: str = ""


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

    async def read(self, *, other_than: str | None = None, placed_here: bool = False) -> list[Tenant]:
        """Return all tenants by name, with one query; an empty list if there is no table. Writes nothing.

        With `other_than` return only those whose digest is another one; with `placed_here`, of those only the tenants of this
        server. That needs the column of `create_place`.
        """
        if await self._history.lacks(TENANTS_TABLE):
            return []
        differs, literal = self._dialect.operator("<>"), self._dialect.literal
        condition = "" if other_than is None else f"WHERE digest {differs} {literal(other_than)}"
        condition += f" AND {_PLACE} IS NULL" if placed_here else ""
        try:
            rows = await self._tenancy.read(self._connection, self._url, self._table, condition)
        except (DatabaseError, ValueError, OverflowError) as error:
            if isinstance(error, DatabaseError) and self._dialect.is_missing_table(error):
                return []
            await name_unreadable(self._connection, self._table, TENANTS, error)
        return [_tenant(row) for row in checked(self._table, TENANTS, rows)]

    async def knows(self, name: str) -> bool:
        """Return whether there is a row with this name."""
        return await self.find_place(name) is not None

    async def find_place(self, name: str) -> str | None:
        """Return the name of the server that a tenant is placed on, empty for this one; None if there is no row."""
        if await self._history.lacks(TENANTS_TABLE):
            return None
        try:
            row = await self._connection.fetch_one(f"SELECT * FROM {self._table} WHERE name {self._equals} :name", {"name": name})
        except DatabaseError as error:
            if self._dialect.is_missing_table(error):
                return None
            raise
        return None if row is None else str(row.get(_PLACE) or "")

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

    async def create_place(self) -> None:
        """Add the column for the server's name if it is missing. The caller must hold the lock, and not be in a transaction."""
        wanted = (self._control.schema, TENANTS_TABLE)
        found = (await self._dialect.catalog.find(self._connection, self._control.schema, {"relation": [wanted]})).find(
            "relation", wanted
        )
        if found is None or _PLACE not in found.columns:
            # On PostgreSQL a default would be code, and the table would no longer be trusted.
            await self._connection.run(f"ALTER TABLE {self._table} ADD COLUMN {_PLACE} VARCHAR({LONGEST_NAME})")

    async def add(self, name: str, server: str = "") -> None:
        """Write a row for a tenant to which nothing is applied yet. A tenant of another server needs `create_place` before."""
        place, value = (f", {_PLACE}", ", :server") if server else ("", "")
        await self._connection.execute(
            f"INSERT INTO {self._table} (name, digest, versions, created_on, last_error{place}) "
            f"VALUES (:name, '', '{{}}', {self._dialect.now}, ''{value})",
            {"name": name, **({"server": server} if server else {})},
        )

    async def reset(self, name: str) -> None:
        """Record again that nothing is applied to a tenant."""
        await self._connection.execute(
            f"UPDATE {self._table} SET digest = '', versions = '{{}}', last_error = '' WHERE name {self._equals} :name",
            {"name": name},
        )

    async def remove(self, name: str, server: str = "") -> None:
        """Delete a tenant's row; with `server`, only if the tenant is placed there."""
        place = f" AND {_PLACE} {self._equals} :server" if server else ""
        await self._connection.execute(
            f"DELETE FROM {self._table} WHERE name {self._equals} :name{place}",
            {"name": name, **({"server": server} if server else {})},
        )

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
    place = str(row.get(_PLACE) or "")
    return Tenant(**{**read, "versions": json.loads(row["versions"]), "present": bool(row["present"]), "server": place})


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
