"""golang-migrate: https://github.com/golang-migrate/migrate (`source/parse.go`, `database/util.go`). Its table has one row."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, TableName, Tool, ToolColumn, ToolLock, Values

__all__ = ["TOOL", "lock_number"]

_NAME = re.compile(r"(?P<version>[0-9]+)_(?P<name>.*)\.up\.(?P<kind>[^.]+(?:\.[^.]+)*)", re.ASCII)
_SALT = 1486364155


class _GolangMigrate(Tool):
    name = "golang-migrate"
    title = "golang-migrate"
    tables = ("schema_migrations",)
    columns = (ToolColumn("version", "number"), ToolColumn("dirty", "truth"))

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        named = [(found, one) for one in sources if "/" not in one.path and (found := _NAME.fullmatch(one.name))]
        files = [
            AdoptedFile(
                str(int(found["version"])), one.path, found["name"], one.content, found["version"], fault=_fault(one.name)
            )
            for found, one in named
        ]
        return sorted(files, key=lambda file: int(file.version))

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        found: dict[str, AdoptedRow] = {}
        for row in rows:
            head = int(str(row["version"]))
            origin = f"version {head}"
            fault = "is dirty" if row["dirty"] else ""
            below = [file.identity for file in files if int(file.identity) < head]
            found |= {one: AdoptedRow(one, origin) for one in below} | {str(head): AdoptedRow(str(head), origin, fault=fault)}
        return list(found.values())

    def lock(self, table: TableName, catalog: str) -> ToolLock | None:
        # The PostgreSQL drivers pass the database's name, the schema and the table; the MySQL driver joins them into one name.
        return ToolLock(lock_number(table.schema, table.name, catalog), str(lock_number(f"{catalog}:{table.name}")))


def lock_number(*names: str) -> int:
    """Return the number that GenerateAdvisoryLockId computes from these names."""
    return zlib.crc32("\0".join(names).encode()) * _SALT & 0xFFFFFFFF


def _fault(name: str) -> str:
    return "" if name.endswith(".sql") else "is no SQL file; write its effect as a .up.sql file of the same version"


TOOL = _GolangMigrate()
