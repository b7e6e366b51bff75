"""dbmate: https://github.com/amacneil/dbmate (`pkg/dbmate/migration.go` and `db.go`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from whimbrel.adoption.sections import between, offset_of_marker
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, Tool, ToolColumn, Values, stem

__all__ = ["TOOL"]

_NAME = re.compile(r"(?P<version>[0-9]+)(?P<rest>.*)\.sql", re.ASCII)
_UP = re.compile(r"--\s*migrate:up(?:\s*|\s+\S.*)")
_DOWN = re.compile(r"--\s*migrate:down(?:\s*|\s+\S+)")


class _Dbmate(Tool):
    name = "dbmate"
    title = "dbmate"
    tables = ("schema_migrations",)
    columns = (ToolColumn("version"),)
    foreign = (("dirty", "golang-migrate"),)

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        named = [(found, one) for one in sources if "/" not in one.path and (found := _NAME.fullmatch(one.name))]
        # dbmate sorts the names as texts.
        return [_file(found["version"], found["rest"], one) for found, one in sorted(named, key=lambda pair: pair[1].name)]

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        versions = sorted(str(row["version"]) for row in rows)
        return [AdoptedRow(version, f"version {version}") for version in versions]


def _file(version: str, rest: str, source: SourceFile) -> AdoptedFile:
    up = offset_of_marker(source.content, lambda line: bool(_UP.fullmatch(line)))
    down = offset_of_marker(source.content, lambda line: bool(_DOWN.fullmatch(line)))
    file = AdoptedFile(version, source.path, rest.strip("_- ") or stem(source.name), between(source.content, up, down), version)
    if up is None:
        return file._replace(fault="has no line -- migrate:up, so dbmate refuses it; write this line before its statements")
    if down is not None and down.start < up.start:
        return file._replace(fault="has -- migrate:down before -- migrate:up, which dbmate refuses; write the up half first")
    return file._replace(transaction="transaction:false" not in up.text.split())


TOOL = _Dbmate()
