"""The identity of a database: a random text, made at its first run, and kept in the one row of `whimbrel_identity`.

A plan names it, so that the plan of one database is refused by another one in the same state. A dump carries it to the copy.
"""

from __future__ import annotations

import logging
from os import urandom

from whimbrel.dialects.base import Dialect
from whimbrel.dialects.place import IDENTITY_TABLE
from whimbrel.errors import (
    ConfigurationError,
    ConnectionLost,
    DatabaseBusy,
    DatabaseError,
    Problem,
    ProblemKind,
    ValidationFailed,
)
from whimbrel.session.session import Session

__all__ = ["create_identity_sql", "give_identity", "insert_identity_sql", "read_identity"]


def create_identity_sql(dialect: Dialect, schema: str) -> str:
    """Return the statement that creates the table if it is missing. Call it under the lock.

    An older release neither reads nor writes the table.
    """
    return f"""
        CREATE TABLE IF NOT EXISTS {_table(dialect, schema)} (
            number INTEGER NOT NULL,
            identity VARCHAR(64) NOT NULL,
            PRIMARY KEY (number)
        ){dialect.table_options}"""


def insert_identity_sql(dialect: Dialect, schema: str) -> str:
    """Return the statement that gives the database a new identity if it has none. The key allows one row."""
    table, identity = _table(dialect, schema), dialect.literal(urandom(16).hex())
    return (
        f"INSERT INTO {table} (number, identity) SELECT 1, {identity} FROM (SELECT 1 AS one) AS it "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table})"
    )


async def give_identity(session: Session) -> None:
    """Give a database of an earlier release an identity. Call it under the lock, outside of a transaction.

    A user who may not create a table can still migrate, so a refusal is only reported.
    """
    try:
        async with session.transaction():
            await session.connection.send([create_identity_sql(session.dialect, session.schema)])
            # IF NOT EXISTS accepts any object that has this name.
            await session.history.inspect()
            await session.connection.send([insert_identity_sql(session.dialect, session.schema)])
    except (DatabaseBusy, ConnectionLost):
        raise
    except DatabaseError as error:
        session.tell(logging.INFO, f"this database has no identity, and this user could not make one: {error}")


async def read_identity(session: Session) -> str | None:
    """Return the identity of the session's database; None if it has none yet. Writes nothing.

    Raises ConfigurationError if this user may not read it, ValidationFailed if the row was edited.
    """
    if await session.history.lacks(IDENTITY_TABLE):
        return None
    table = _table(session.dialect, session.schema)
    try:
        rows = await session.connection.fetch_all(f"SELECT identity FROM {table} ORDER BY number")
    except DatabaseError as error:
        if not session.dialect.is_denied(error):
            raise
        raise ConfigurationError(
            f"{session.user or 'this user'} may not read {table}: {error}\n  next: GRANT SELECT ON {table}"
        ) from error
    if not rows:
        return None
    if len(rows) > 1 or not isinstance(rows[0]["identity"], str) or not rows[0]["identity"]:
        message = f"table {table} does not have one row with the identity of this database; restore it, or delete its rows"
        raise ValidationFailed([Problem(ProblemKind.EDITED, message)])
    return str(rows[0]["identity"])


def _table(dialect: Dialect, schema: str) -> str:
    return f"{dialect.quote(schema)}.{dialect.quote(IDENTITY_TABLE)}"
