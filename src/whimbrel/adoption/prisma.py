"""Prisma Migrate: https://github.com/prisma/prisma-engines (`schema-engine/connectors/schema-connector/src`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from whimbrel.adoption.checksums import sha256_hex
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, TableName, Tool, ToolColumn, ToolLock, Values

__all__ = ["TOOL"]

_FOLDER = re.compile(r"(?P<version>[0-9]+)_(?P<name>.+)", re.ASCII)
_LOCK = 72707369


class _Prisma(Tool):
    name = "prisma"
    title = "Prisma"
    tables = ("_prisma_migrations",)
    columns = (
        ToolColumn("id"),
        ToolColumn("migration_name"),
        ToolColumn("checksum"),
        ToolColumn("finished_at", "present"),
        ToolColumn("rolled_back_at", "present"),
    )
    checksum = "the SHA-256 of migration.sql"

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        found = [_file(one) for one in sources if one.path.count("/") == 1 and one.name == "migration.sql"]
        # Prisma orders its folders by their names.
        return sorted(found, key=lambda file: file.identity)

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        found = [
            AdoptedRow(
                str(row["migration_name"]),
                f"id {row['id']}, migration_name {row['migration_name']}",
                str(row["checksum"]),
                "" if row["finished_at"] else "failed, or has not finished (finished_at is NULL)",
            )
            for row in rows
            if not row["rolled_back_at"]
        ]
        # One migration may have several rows; a faulty row is never ignored.
        return sorted(found, key=lambda row: (row.identity, row.fault, row.origin))

    def lock(self, table: TableName, catalog: str) -> ToolLock | None:
        return ToolLock(_LOCK, "prisma_migrate")


def _file(source: SourceFile) -> AdoptedFile:
    folder = source.path.partition("/")[0]
    found = _FOLDER.fullmatch(folder)
    name, version = (found["name"], found["version"]) if found else (folder, "")
    content = source.content
    # Prisma accepts a file whose line ends a checkout has changed.
    unix = content.replace(b"\r\n", b"\n")
    sums = dict.fromkeys(sha256_hex(one) for one in (content, unix, unix.replace(b"\n", b"\r\n")))
    return AdoptedFile(folder, source.path, name, content, version, tuple(sums))


TOOL = _Prisma()
