"""sqlx: https://github.com/launchbadge/sqlx (`sqlx-core/src/migrate/source.rs`, `sqlx-postgres/src/migrate.rs`)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from whimbrel.adoption.checksums import sha384_hex
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, TableName, Tool, ToolColumn, ToolLock, Values

__all__ = ["TOOL"]

_NAME = re.compile(r"(?P<version>[0-9]+)_(?P<name>.*?)(?:\.up)?\.sql", re.ASCII)
_SALT = 0x3D32AD9E


class _Sqlx(Tool):
    name = "sqlx"
    title = "sqlx"
    tables = ("_sqlx_migrations",)
    columns = (ToolColumn("version", "number"), ToolColumn("success", "truth"), ToolColumn("checksum", "bytes"))
    checksum = "the SHA-384 of the bytes"

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        files = [
            AdoptedFile(
                str(int(found["version"])),
                one.path,
                found["name"],
                one.content,
                found["version"],
                (sha384_hex(one.content),),
                transaction=not one.content.startswith(b"-- no-transaction"),
            )
            for one in sources
            if "/" not in one.path and not one.name.endswith(".down.sql") and (found := _NAME.fullmatch(one.name))
        ]
        return sorted(files, key=lambda file: int(file.version))

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        found = [
            AdoptedRow(
                str(row["version"]),
                f"version {row['version']}",
                checksum.hex() if isinstance(checksum := row["checksum"], bytes) else "",
                "" if row["success"] else "failed, or has not finished (success is false)",
            )
            for row in rows
        ]
        return sorted(found, key=lambda row: int(row.identity))

    def lock(self, table: TableName, catalog: str) -> ToolLock | None:
        number = _SALT * zlib.crc32(catalog.encode())
        return ToolLock(number, f"{number:x}")


TOOL = _Sqlx()
