"""goose: https://github.com/pressly/goose (`internal/sqlparser/parser.go`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from whimbrel.adoption.sections import between, lines_of
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, TableName, Tool, ToolColumn, ToolLock, Values

__all__ = ["TOOL"]

_NAME = re.compile(r"(?P<version>[0-9]+)_(?P<name>.*)\.(?P<kind>sql|go)", re.ASCII)
# lock.DefaultLockID: goose takes it only if the program asks for a session locker.
_LOCK = 4097083626


class _Goose(Tool):
    name = "goose"
    title = "goose"
    tables = ("goose_db_version",)
    columns = (ToolColumn("id", "number"), ToolColumn("version_id", "number"), ToolColumn("is_applied", "truth"))
    reads = (".sql",)

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        named = [(found, one) for one in sources if "/" not in one.path and (found := _NAME.fullmatch(one.name))]
        files = [
            _file(AdoptedFile(str(int(found["version"])), one.path, found["name"], b"", found["version"]), one)
            for found, one in named
            if not one.name.endswith("_test.go")
        ]
        return sorted(files, key=lambda file: int(file.version))

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        last: dict[str, Values] = {}
        for row in sorted(rows, key=lambda row: int(str(row["id"]))):
            last[str(row["version_id"])] = row
        # The row of version 0 means the empty database.
        return [
            AdoptedRow(version, f"id {row['id']}, version_id {version}")
            for version, row in last.items()
            if version != "0" and row["is_applied"]
        ]

    def lock(self, table: TableName, catalog: str) -> ToolLock | None:
        return None if table.database != "postgresql" else ToolLock(_LOCK, "goose")


def _file(file: AdoptedFile, source: SourceFile) -> AdoptedFile:
    if source.name.endswith(".go"):
        return file._replace(fault="is a migration in Go, which has no SQL; write its effect as a .sql file of the same version")
    commands = [(line, _command(line.text)) for line in lines_of(source.content)]
    up = next((line for line, word in commands if word == "+goose Up"), None)
    down = next((line for line, word in commands if word == "+goose Down"), None)
    if up is None:
        return file._replace(fault="has no line -- +goose Up, so goose refuses it; write this line before its statements")
    if down is not None and down.start < up.start:
        return file._replace(fault="has -- +goose Down before -- +goose Up, which goose refuses; write the up half first")
    words = {word for _, word in commands}
    if {"+goose ENVSUB ON", "+goose ENVSUBST ON"} & words:
        told = "lets goose replace variables of the environment, which Whimbrel does not; write their values in their place"
        return file._replace(fault=told)
    return file._replace(up=between(source.content, up, down), transaction="+goose NO TRANSACTION" not in words)


def _command(line: str) -> str:
    return line.removeprefix("--").strip() if line.startswith("--") else ""


TOOL = _Goose()
