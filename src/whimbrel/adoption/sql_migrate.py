"""sql-migrate: https://github.com/rubenv/sql-migrate (`sqlparse/sqlparse.go`)."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.adoption.sections import SourceLine, lines_of
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, Tool, ToolColumn, Values, natural_key, stem

__all__ = ["TOOL"]


class _SqlMigrate(Tool):
    name = "sql-migrate"
    title = "sql-migrate"
    tables = ("gorp_migrations",)
    columns = (ToolColumn("id"),)

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        named = [one for one in sources if "/" not in one.path and one.name.endswith(".sql")]
        return sorted((_file(one) for one in named), key=lambda file: _key(file.identity))

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        return [AdoptedRow(str(row["id"]), f"id {row['id']}") for row in sorted(rows, key=lambda row: _key(str(row["id"])))]


def _key(name: str) -> tuple[bool, tuple[tuple[int, str], ...], str]:
    """Return a sort key for the tool's order: names that begin with a number, by that number; then the other names."""
    numbered = name[:1].isdigit()
    return not numbered, natural_key(name)[:2] if numbered else (), name


def _file(source: SourceFile) -> AdoptedFile:
    file = AdoptedFile(source.name, source.path, stem(source.name), b"")
    up, down, kept = None, False, []
    for line in lines_of(source.content):
        command = line.text.removeprefix("--").strip().split() if line.text.startswith("--") else []
        if command[:2] == ["+migrate", "Up"] and up is None:
            up = line
            file = file._replace(transaction="notransaction" not in command)
        elif command[:2] in (["+migrate", "Up"], ["+migrate", "Down"]):
            down = command[1] == "Down"
        elif up is not None and not down:
            kept.append(line)
    if up is None:
        return file._replace(fault="has no line -- +migrate Up, so sql-migrate refuses it; write this line before its statements")
    return file._replace(up=b"".join(_bytes(source.content, line) for line in kept))


def _bytes(content: bytes, line: SourceLine) -> bytes:
    return content[line.start : line.end]


TOOL = _SqlMigrate()
