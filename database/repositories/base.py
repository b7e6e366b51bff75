"""What the repositories have in common: the way to the database, and whose a row is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from database.repositories.record import constraints, is_storable
from whimbrel.errors import RuleViolated
from whimbrel.manager import DatabaseManager

__all__ = ["OWNED", "Repository", "checked_limit", "owned"]

_MOST = 1000


def owned(table: str = "") -> str:
    """Return the condition that a row of `table` is :user_id's, for every query there is.

    The first half uses the index; the second tells "Ada" from "ada" on MySQL and MariaDB, whose = does not, but whose replace()
    does: https://dev.mysql.com/doc/refman/9.7/en/string-functions.html#function_replace. It says < 1 and not = 0, of which
    PostgreSQL thinks that it leaves one row in two hundred, so that it sorts all of a user's rows for one page.
    """
    column = f"{table}.user_id" if table else "user_id"
    return f"{column} = :user_id AND length(replace({column}, :user_id, '')) < 1"


OWNED = owned()


class Repository:
    """Queries with the values of their parameters checked: what no row can have is not found, on every database."""

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
    """Return the number of rows asked for. Raises RuleViolated: a negative one means all on SQLite and nothing elsewhere."""
    if not 1 <= limit <= _MOST:
        raise RuleViolated(f"limit: a page has between 1 and {_MOST} rows", rule="value", field="limit")
    return limit
