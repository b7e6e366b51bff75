"""The first query of a run: a summary of the history, which shows whether there is anything to do."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.base import Connection, Row
from whimbrel.errors import ConnectionLost, DatabaseError

__all__ = ["read_summary"]


async def read_summary(connection: Connection, schema: str, sets: Sequence[str]) -> list[Row]:
    """Read a summary of the rows of these sets, in one query, the first one on a connection.

    `schema` is empty for the connection's own. Returns no row if the query is refused: a later step meets and reports the reason.
    Raises ConnectionLost.
    """
    try:
        return await connection.dialect.read_summary(connection, schema, sets)
    except ConnectionLost:
        raise
    except DatabaseError:
        return []
