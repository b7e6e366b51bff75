"""Count the rows that break foreign keys, before and after files that run without foreign key checks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from whimbrel.dialects.base import Connection
from whimbrel.errors import DatabaseError

__all__ = ["KeyChecks"]


class KeyChecks:
    """The foreign keys of one session's database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # The broken rows before the first file that was allowed to break keys; None until then.
        self._before: dict[str, int] | None = None

    @asynccontextmanager
    async def kept(self, *, tolerated: bool) -> AsyncIterator[None]:
        """Raise DatabaseError if the block, which runs without foreign key checks, leaves more broken rows than before.

        If broken rows are `tolerated`, a later file may repair them. They are only counted here; see `find_broken`.
        """
        before = await self._count()
        if tolerated:
            self._before = before if self._before is None else self._before
            yield
            return
        yield
        if broken := _newly_broken(before, await self._count()):
            raise DatabaseError(broken)

    async def find_broken(self) -> str:
        """Return the rows broken since the first file that was allowed to break keys; an empty text if there are none."""
        return "" if self._before is None else _newly_broken(self._before, await self._count())

    async def _count(self) -> dict[str, int]:
        return await self._connection.dialect.broken_keys(self._connection)


def _newly_broken(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    found = ", ".join(f"{count} of {names}" for names, count in after.items() if count > before.get(names, 0))
    return f"rows refer to missing rows, since foreign keys were off: {found}" if found else ""
