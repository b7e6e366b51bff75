"""Copies of a SQLite database: copied files. The file that the address names is never touched."""

from __future__ import annotations

import shutil
from pathlib import Path

from whimbrel.dialects.clones import Copies
from whimbrel.url import DatabaseUrl

__all__ = ["COPIES"]


class SqliteCopies(Copies):
    async def open(self) -> None:
        self.template = self._file("template")
        await self.migrate(self.template)

    async def take(self) -> DatabaseUrl:
        copy = self._file()
        shutil.copyfile(self.template.database, copy.database)
        return copy

    async def give_back(self, copy: DatabaseUrl) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(copy.database + suffix).unlink(missing_ok=True)

    async def close(self) -> None:
        await self.give_back(self.template)

    def _file(self, suffix: str = "") -> DatabaseUrl:
        named = self.named(suffix)
        # Drop `mode=ro` and other options that the address may have for its own file.
        return named._replace(database=str(self.folder / f"{named.database}.db"), options={})


COPIES = SqliteCopies
