"""Find the tables whose every row a transaction has locked, from another session that skips locked rows."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.errors import ConnectionLost, DatabaseError

__all__ = ["find_locked"]

# https://dev.mysql.com/doc/refman/9.7/en/innodb-locking-reads.html and https://mariadb.com/kb/en/skip-locked/
_FREE = "SELECT COUNT(*) AS free FROM {table} FOR UPDATE SKIP LOCKED"
_ALL = "SELECT COUNT(*) AS rows_there FROM {table}"
# MariaDB before 10.6 has no SKIP LOCKED; the user may not write; the table came with this transaction, or is locked as a whole.
_UNKNOWN = ("1064", "1142", "1146", "1205")
# A transaction that locks all of three rows or fewer may have meant those.
_FEWEST = 4


async def find_locked(side: MysqlConnection, tables: Sequence[str]) -> list[bool | None]:
    """Return for each table, given as SQL, whether all its rows are locked; None if that cannot be asked."""
    found: list[bool | None] = []
    for table in tables:
        try:
            # The level leaves no locks on rows between the locked ones.
            begin = ["SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION"]
            (there,), (free,) = await side.fetch_together([_ALL.format(table=table), _FREE.format(table=table)], begin)
            found.append(there["rows_there"] >= _FEWEST and free["free"] == 0)
        except ConnectionLost:
            raise
        except DatabaseError as error:
            if error.code not in _UNKNOWN:
                raise
            found.append(None)
        finally:
            await side.roll_back()
    return found
