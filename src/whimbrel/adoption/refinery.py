"""refinery: https://github.com/rust-db/refinery (`refinery_core/src/util.rs`, `migration.rs`). Its V files can stay."""

from __future__ import annotations

import re
from collections.abc import Sequence

from whimbrel.adoption.checksums import siphash13
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, Tool, ToolColumn, Values

__all__ = ["TOOL"]

_NAME = re.compile(r"(?P<prefix>[UV])(?P<version>[0-9]+(?:\.[0-9]+)?)__(?P<name>\w+)\.(?P<kind>sql|rs)")


class _Refinery(Tool):
    name = "refinery"
    title = "refinery"
    tables = ("refinery_schema_history",)
    columns = (ToolColumn("version", "number"), ToolColumn("name", nullable=True), ToolColumn("checksum", nullable=True))
    checksum = "the SipHash-1-3 of name, version and SQL"
    in_place = True

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        named = [(found, one) for one in sources if (found := _NAME.fullmatch(one.name))]
        return sorted((_file(found, one) for found, one in named), key=lambda file: float(file.version))

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        found = [AdoptedRow(str(row["version"]), f"version {row['version']}", str(row["checksum"] or "")) for row in rows]
        return sorted(found, key=lambda row: int(row.identity))

    def find_left_out(self, sources: Sequence[SourceFile]) -> dict[str, str]:
        return {
            one.path: "is no migration of refinery"
            for one in sources
            if one.name.endswith(".sql") and not _NAME.fullmatch(one.name)
        }


def _file(found: re.Match[str], source: SourceFile) -> AdoptedFile:
    version, name = found["version"], found["name"]
    file = AdoptedFile(version, source.path, name, source.content, version)
    if found["kind"] == "rs":
        return file._replace(fault="is a migration in Rust, which has no SQL file; write the SQL that it returns as a .sql file")
    if found["prefix"] == "U":
        return file._replace(
            fault="is unversioned to refinery, which applies it in any order; name it V, with a version of its own"
        )
    if not version.isdigit():
        return file._replace(fault="has a version that is no whole number, which refinery refuses; give it a whole number")
    # The version has 32 bits, or 64 with the feature int8-versions.
    sums = tuple(
        str(siphash13(_hashed(name, int(version), size, source.content))) for size in (4, 8) if int(version) >> 8 * size == 0
    )
    return file._replace(identity=str(int(version)), checksums=sums)


def _hashed(name: str, version: int, size: int, sql: bytes) -> bytes:
    """Return the bytes that Rust's Hash passes to the hasher for a string, a number and a string; 0xff ends each string."""
    return name.encode() + b"\xff" + version.to_bytes(size, "little") + sql + b"\xff"


TOOL = _Refinery()
