"""Read the model of one schema from a database. Writes nothing."""

from __future__ import annotations

from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import Schema
from whimbrel.session.connect import Target, open_session, parse_target

__all__ = ["inspect"]


async def inspect(target: Target, *, schema: str = "") -> Schema:
    """Return everything in one schema, Whimbrel's own tables included. Writes nothing and takes no lock.

    `target` is an address or a DatabaseManager; `schema` is the schema to read, by default the connection's own. Raises
    DatabaseUnreachable or ConfigurationError.
    """
    async with open_session(parse_target(target), schema, question=True) as session:
        return await find_inspector(session.dialect.name).read(session.connection, session.schema)
