"""MariaDB and MySQL in a Galera cluster. Every node grants GET_LOCK separately, so the lock is a lease in a table.

The table has two rows. Every record of the holder updates `fence`, so that a record and a takeover cannot both commit, even on
different nodes. `heart` says until when, by the database's clock, the holder is alive. If a holder is dead or cut off and stops
renewing it, another run takes over. https://galeracluster.com/library/documentation/isolation-levels.html
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from whimbrel.dialects.base import Connection
from whimbrel.dialects.mysql.connection import AUTOCOMMIT, MysqlConnection
from whimbrel.dialects.mysql.dialect import Mysql
from whimbrel.dialects.mysql.opening import reach
from whimbrel.dialects.place import LEASE_TABLE
from whimbrel.dialects.rules import Locking
from whimbrel.errors import DatabaseBusy, DatabaseError, WhimbrelError
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["Galera"]

logger = logging.getLogger("whimbrel")

_LEASE_SECONDS = 30
_BEAT_SECONDS = 10


class Galera(Mysql):
    """The lock of one connection to a cluster, and a cluster's other differences. Each connection has its own object."""

    lock_writes = True

    def __init__(self, url: DatabaseUrl) -> None:
        self._url = url
        self._token = secrets.token_hex(16)
        # Whether Whimbrel's tables are known to be tables. A waiting run checks once, not at each attempt.
        self._checked = False
        self._heart: asyncio.Task[None] | None = None

    async def start(self, connection: Connection) -> None:
        """Make every query see the commits of the other nodes, and fail if the cluster ends it.

        A server that runs an ended SHOW again has already sent a part of the first answer.
        https://mariadb.com/kb/en/galera-cluster-system-variables/
        """
        await connection.run("SET SESSION wsrep_sync_wait = 15, SESSION wsrep_retry_autocommit = 0")

    async def server_identity(self, connection: Connection) -> str:
        # All nodes have the same users and databases.
        return str(await connection.fetch_value("SELECT @@global.wsrep_cluster_name AS name"))

    async def renew(self, connection: Connection) -> bool:
        """The lease does not belong to the session, so it stays."""
        await super().renew(connection)
        await self.start(connection)
        return False

    async def try_lock(self, connection: Connection, schema: str) -> bool:
        """Take the lease unless its holder is alive.

        Two simultaneous attempts conflict when they commit, and one of them wins.
        """
        table = self._table(schema)
        try:
            if not self._checked:
                await self.check_tables(connection, schema, question=False)
            if not await self._is_made(connection, table):
                await self._create(connection, table)
                await self.check_tables(connection, schema, question=False)
            self._checked = True
            async with connection.transaction():
                taken = await connection.execute(
                    f"UPDATE {table} SET token = :token, holder = {_HOLDER}, until = {_LATER} "
                    "WHERE name = 'heart' AND until < UTC_TIMESTAMP(6)",
                    {"token": self._token},
                )
                if taken:
                    await connection.execute(f"UPDATE {table} SET token = :token WHERE name = 'fence'", {"token": self._token})
        except DatabaseBusy:
            return False
        if taken:
            self._heart = asyncio.create_task(self._beat(table))
        return bool(taken)

    async def unlock(self, connection: Connection, schema: str) -> None:
        await self._stop()
        freed = f"UPDATE {self._table(schema)} SET token = '', until = UTC_TIMESTAMP(6) WHERE name = 'heart' AND token = :token"
        if not await connection.execute(freed, {"token": self._token}):
            raise DatabaseError("the migration lock was lost before it was released")

    def locking_sql(self, schema: str) -> Locking | None:
        """Return None: the lease is a row of a table, which may have to be created."""
        return None

    def is_announced(self, database: str, statement: Statement) -> bool:
        """Return False: a commit that the cluster refuses must be seen before the statement is sent."""
        return False

    def unlocking_sql(self, schema: str) -> str:
        """Return nothing: the heartbeat has to stop before the lease ends."""
        return ""

    def lock_condition(self, schema: str) -> str:
        return f"EXISTS (SELECT 1 FROM {self._table(schema)} WHERE name = 'fence' AND token = '{self._token}')"

    def fencing_sql(self, schema: str) -> list[str]:
        # This has to be a write: the cluster certifies only writes against the other nodes.
        return [f"UPDATE {self._table(schema)} SET until = UTC_TIMESTAMP(6) WHERE name = 'fence' AND token = '{self._token}'"]

    async def lock_holder(self, connection: Connection, schema: str) -> str:
        row = await connection.fetch_one(f"SELECT holder, until FROM {self._table(schema)} WHERE name = 'heart' AND token <> ''")
        return f"{row['holder']}, until {row['until']:%H:%M:%S} UTC unless renewed" if row else "no other session"

    async def abandon(self, connection: Connection, schema: str) -> None:
        # If this fails too, the lease expires by itself.
        with suppress(WhimbrelError):
            await self.unlock(connection, schema)

    def _table(self, schema: str) -> str:
        return f"{self.quote(schema)}.{self.quote(LEASE_TABLE)}"

    async def _is_made(self, connection: Connection, table: str) -> bool:
        """Whether both rows exist. A waiting run that kept recreating them would abort the holder's transactions."""
        try:
            return bool(await connection.fetch_value(f"SELECT COUNT(*) AS found FROM {table}") == 2)
        except DatabaseError as error:
            if not self.is_missing_table(error):
                raise
            return False

    async def _create(self, connection: Connection, table: str) -> None:
        await connection.run(
            f"CREATE TABLE IF NOT EXISTS {table} (name VARCHAR(10) NOT NULL PRIMARY KEY, token VARCHAR(32) NOT NULL, "
            f"holder VARCHAR(255) NOT NULL, until DATETIME(6) NOT NULL){self.table_options}"
        )
        await connection.run(
            f"INSERT IGNORE INTO {table} VALUES ('fence', '', '', '1970-01-01'), ('heart', '', '', '1970-01-01')"
        )

    async def _beat(self, table: str) -> None:
        """Renew the lease on separate connections: a single statement may occupy the main one for hours."""
        renewed = f"UPDATE {table} SET until = {_LATER} WHERE name = 'heart' AND token = :token"
        pause = _BEAT_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = 1
            try:
                side = MysqlConnection(self, await reach(self._url, init_command=AUTOCOMMIT), "mysql")
                try:
                    # A server that has fallen silent must not prevent later renewals.
                    async with asyncio.timeout(_BEAT_SECONDS):
                        found = await side.execute(renewed, {"token": self._token})
                finally:
                    side.abort()
            except (WhimbrelError, TimeoutError) as error:
                # DDL on any node aborts the transactions of all others, including this one.
                logger.warning("the migration lease could not be renewed yet: %s", error)
                continue
            if not found:
                logger.warning("another process took the migration lease")
                return
            pause = _BEAT_SECONDS

    async def _stop(self) -> None:
        if self._heart is not None:
            self._heart.cancel()
            with suppress(asyncio.CancelledError):
                await self._heart
            self._heart = None


_HOLDER = "CONCAT('connection ', CONNECTION_ID(), ' to ', @@hostname, ':', @@port)"
_LATER = f"UTC_TIMESTAMP(6) + INTERVAL {_LEASE_SECONDS} SECOND"
