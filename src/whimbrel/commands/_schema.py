"""Read the schema of a target, for the verbs that print it. Writes nothing."""

from __future__ import annotations

from whimbrel.errors import ConfigurationError
from whimbrel.schema.contract import Inspector, find_inspector
from whimbrel.schema.model import Schema
from whimbrel.schema.own_tables import without_own
from whimbrel.session.connect import Target, open_session, parse_target

__all__ = ["read_schema"]


async def read_schema(target: Target, schema: str) -> tuple[Inspector, Schema]:
    """Return the inspector of a target's database, and the schema without Whimbrel's own tables.

    Raises ConfigurationError if there is no database, DatabaseUnreachable or DatabaseError.
    """
    target = parse_target(target)
    async with open_session(target, schema, question=True) as session:
        if session.connection.stands_in:
            raise ConfigurationError("there is no database at this address; nothing was made")
        inspector = find_inspector(session.connection.dialect.name)
        found = await inspector.read(session.connection, session.schema)
    return inspector, without_own(found)
