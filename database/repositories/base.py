"""The common base of the repositories: access to the database, and the condition for a row's owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from database.repositories.record import constraints, is_storable
from whimbrel import DatabaseManager, RuleViolated

__all__ = ["OWNED", "Repository", "checked_limit", "owned"]

_MOST = 1000


def owned(table: str = "") -> str:
    """Return the SQL condition that a row of `table` belongs to :user_id, for all queries.

    The first half uses the index. The second half distinguishes "Ada" from "ada" on MySQL and MariaDB: their = does not, but
    their replace() does: https://dev.mysql.com/doc/refman/9.7/en/string-functions.html#function_replace. It says < 1 instead of =
    0, because PostgreSQL estimates that = 0 keeps one row in two hundred, and would then sort all of a user's rows for one page.
    """
    column = f"{table}.user_id" if table else "user_id"
    return f"{column} = :user_id AND length(replace({column}, :user_id, '')) < 1"


OWNED = owned()


class Repository:
    """Queries whose parameter values are checked first. On every database, a value that no row can have finds nothing."""

    def __init__(self, db_manager: DatabaseManager) -> None:
        self._db_manager = db_manager

    async def _all(self, sql: str, **values: object) -> list[dict[str, Any]]:
        return await self._db_manager.fetch_all(sql, values) if _storable(values) else []

    async def _one(self, sql: str, **values: object) -> dict[str, Any] | None:
        return await self._db_manager.fetch_one(sql, values) if _storable(values) else None

    async def _change(self, sql: str, **values: object) -> int:
        with constraints():
            return await self._db_manager.execute(sql, values) if _storable(values) else 0

    async def _insert(self, sql: str, rows: Sequence[Mapping[str, object]]) -> None:
        with constraints():
            await self._db_manager.execute_many(sql, rows)


def _storable(values: Mapping[str, object]) -> bool:
    return all(is_storable(value) for value in values.values())


def checked_limit(limit: int) -> int:
    """Return the requested number of rows. Raises RuleViolated: a negative number means all on SQLite, and fails elsewhere."""
    if not 1 <= limit <= _MOST:
        raise RuleViolated(f"limit: a page has between 1 and {_MOST} rows", rule="value", field="limit")
    return limit
