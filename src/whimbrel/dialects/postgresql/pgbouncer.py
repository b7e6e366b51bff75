"""PostgreSQL behind a pooler that lends a server for one transaction at a time, such as PgBouncer."""

from __future__ import annotations

from whimbrel.dialects.base import Connection
from whimbrel.dialects.postgresql.dialect import Postgresql
from whimbrel.dialects.postgresql.lock import OWN_PROCESS, is_lock, lock_key
from whimbrel.dialects.postgresql.pool import PgBouncerConnection
from whimbrel.dialects.rules import Locking, SessionEffect

__all__ = ["POOLED", "PgBouncerPostgresql"]


class PgBouncerPostgresql(Postgresql):
    """PostgreSQL behind a pooler that lends a server for one transaction at a time.

    Session state would reach other clients or get lost, so lock and settings belong to the transaction.
    """

    keeps_session = False
    _set = "SET LOCAL"

    async def renew(self, connection: Connection) -> bool:
        """Do nothing: the session and its state already belong to another client."""
        return False

    async def try_lock(self, connection: Connection, schema: str) -> bool:
        assert isinstance(connection, PgBouncerConnection), "connect() makes both"
        connection.lock_key = lock_key(schema)
        return True

    def session_reset_sql(self, schema: str, left: SessionEffect) -> list[str]:
        """Return nothing: the session and its state already belong to another client."""
        return []

    def begin_with(self, modes: str, *, portable: bool) -> str:
        # The transaction takes the lock. At another level it would not see the last lock holder's writes.
        return super().begin_with(modes, portable=True)

    async def enter(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None = None) -> None:
        assert isinstance(connection, PgBouncerConnection), "connect() makes both"
        await connection.send(["RESET SESSION AUTHORIZATION", "RESET ALL"])
        await connection.give_back()
        await connection.send(self._settings(connection, schema, portable=portable, lock_timeout=lock_timeout))

    async def unlock(self, connection: Connection, schema: str) -> None:
        """Do nothing: the end of each transaction released the lock."""

    def locking_sql(self, schema: str) -> Locking | None:
        """Return None: each transaction takes the lock."""
        return None

    def unlocking_sql(self, schema: str) -> str:
        """Return nothing: the end of each transaction released the lock."""
        return ""

    def lock_condition(self, schema: str) -> str:
        # A transaction's lock cannot be released before the transaction ends.
        return f"EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE {is_lock(schema)} AND {OWN_PROCESS})"


POOLED = PgBouncerPostgresql()
