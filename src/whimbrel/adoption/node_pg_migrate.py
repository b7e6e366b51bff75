"""node-pg-migrate: https://github.com/salsita/node-pg-migrate (`src/sqlMigration.ts`, `src/migration.ts`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from whimbrel.adoption.sections import between, offset_of_marker
from whimbrel.adoption.tool import (
    AdoptedFile,
    AdoptedRow,
    SourceFile,
    TableName,
    Tool,
    ToolColumn,
    ToolLock,
    Values,
    natural_key,
    stem,
)

__all__ = ["TOOL"]

_UP = re.compile(r"\s*--[\s-]*up\s+migration.*", re.IGNORECASE)
_DOWN = re.compile(r"\s*--[\s-]*down\s+migration.*", re.IGNORECASE)
_NUMBERED = re.compile(r"(?P<number>[0-9]+)[_-](?P<name>.+)", re.ASCII)
_SCRIPTS = (".js", ".ts", ".cjs", ".mjs", ".cts", ".mts")
_LOCK = 7241865325823964


class _NodePgMigrate(Tool):
    name = "node-pg-migrate"
    title = "node-pg-migrate"
    tables = ("pgmigrations",)
    columns = (ToolColumn("id", "number"), ToolColumn("name"))
    databases = ("postgresql",)

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        files = [
            _file(one)
            for one in sources
            if "/" not in one.path and one.name.endswith((".sql", *_SCRIPTS)) and not one.name.endswith((".down.sql", ".d.ts"))
        ]
        return sorted(files, key=lambda file: natural_key(file.identity))

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        ordered = sorted(rows, key=lambda row: int(str(row["id"])))
        return [AdoptedRow(str(row["name"]), f"id {row['id']}, name {row['name']}") for row in ordered]

    def lock(self, table: TableName, catalog: str) -> ToolLock | None:
        return ToolLock(_LOCK, "node-pg-migrate")


def _file(source: SourceFile) -> AdoptedFile:
    name = stem(source.name).removesuffix(".up")
    found = _NUMBERED.fullmatch(name)
    file = AdoptedFile(name, source.path, found["name"] if found else name, source.content, found["number"] if found else "")
    if not source.name.endswith(".sql"):
        told = "is a migration in JavaScript or TypeScript; write the SQL that node-pg-migrate prints for it as a .sql file"
        return file._replace(fault=told)
    up = offset_of_marker(source.content, lambda line: bool(_UP.fullmatch(line)))
    down = offset_of_marker(source.content, lambda line: bool(_DOWN.fullmatch(line)))
    if up is not None and down is not None and down.start < up.start:
        # Without a down marker, the up half ends at the end of the file.
        down = None
    return file._replace(up=between(source.content, up, down))


TOOL = _NodePgMigrate()
