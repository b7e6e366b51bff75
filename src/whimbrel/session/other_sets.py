"""Read the rows of sets that this run does not have: a renamed set is among them under its old name. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from whimbrel.dialects.base import Row
from whimbrel.dialects.place import HISTORY_TABLE
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.migrations.identity import OtherRow
from whimbrel.migrations.migration import AppliedMigration, MigrationSet, Version
from whimbrel.session.session import Session

__all__ = ["read_others"]


async def read_others(session: Session, sets: Sequence[MigrationSet], history: Sequence[AppliedMigration]) -> list[OtherRow]:
    """Return the rows of all other sets if one of these sets has no row in `history`. Send no query if every set has one.

    Skip unreadable rows: they are a problem of another set.
    """
    if {one.name for one in sets} <= {row.set_name for row in history} or await session.history.lacks(HISTORY_TABLE):
        return []
    equals = session.dialect.operator("=")
    names = {f"set_{index}": one.name for index, one in enumerate(sets)}
    ours = " OR ".join(f"set_name {equals} :{name}" for name in names)
    query = (
        "SELECT set_name, version, description, checksum, CASE WHEN success THEN 1 ELSE 0 END AS finished "
        f"FROM {session.records.history} WHERE NOT ({ours})"
    )
    try:
        rows = await session.connection.fetch_all(query, names)
    except DatabaseError as error:
        if session.dialect.is_missing_table(error):
            return []
        raise
    return [read for row in rows if (read := _read(row)) is not None]


def _read(row: Row) -> OtherRow | None:
    texts = [row["set_name"], row["version"], row["description"], row["checksum"]]
    if all(isinstance(text, str) for text in texts):
        with suppress(ConfigurationError):
            name, version, description, checksum = texts
            return OtherRow(name, Version.parse(version), description, checksum, bool(row["finished"]))
    return None
