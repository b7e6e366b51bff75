"""yoyo: https://pypi.org/project/yoyo-migrations/ (`yoyo/migrations.py`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from whimbrel.adoption.order import sorted_by_needs
from whimbrel.adoption.sections import lines_of
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, Tool, ToolColumn, Values, stem

__all__ = ["TOOL"]

_DIRECTIVE = re.compile(r"\s*--\s*(?P<name>transactional|depends)\s*:(?P<value>.*)", re.IGNORECASE)


class _Yoyo(Tool):
    name = "yoyo"
    title = "yoyo"
    tables = ("_yoyo_migration",)
    columns = (ToolColumn("migration_id"),)
    companions = ("_yoyo_log", "_yoyo_version")
    lock_tables = ("yoyo_lock",)
    lock_columns = (ToolColumn("pid", "number"), ToolColumn("locked", "truth"))
    reads = (".sql",)

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        named = [one for one in sources if "/" not in one.path and one.name.endswith((".sql", ".py"))]
        files = {
            stem(one.name): _file(one)
            for one in named
            if not one.name.endswith(".rollback.sql") and one.name != "__init__.py" and not _is_hook(one)
        }
        needs = {stem(one.name): _depends(one) for one in named if stem(one.name) in files}
        return [files[name] for name in sorted_by_needs(needs)]

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        return [AdoptedRow(str(row["migration_id"]), f"migration_id {row['migration_id']}") for row in rows]

    def find_left_out(self, sources: Sequence[SourceFile]) -> dict[str, str]:
        hook = "is a hook, which yoyo runs after each of its runs, and Whimbrel has no hooks"
        return {one.path: hook for one in sources if "/" not in one.path and _is_hook(one)}


def _is_hook(source: SourceFile) -> bool:
    """Whether yoyo runs the file after each run that applied a migration, and records nothing about it."""
    return source.name.startswith("post-apply") and source.name.endswith((".sql", ".py"))


def _file(source: SourceFile) -> AdoptedFile:
    name = stem(source.name)
    file = AdoptedFile(name, source.path, name, source.content)
    if source.name.endswith(".py"):
        return file._replace(fault="is a migration in Python; write the SQL of its steps as a .sql file of the same name")
    transactional = [value for key, value in _directives(source) if key == "transactional"]
    return file._replace(transaction=transactional[-1:] != ["false"])


def _directives(source: SourceFile) -> Iterator[tuple[str, str]]:
    """Yield names and values of the directives in the comments at the top of a file."""
    for line in lines_of(source.content):
        if line.text.strip() and not line.text.lstrip().startswith("--"):
            return
        if found := _DIRECTIVE.fullmatch(line.text):
            yield found["name"].lower(), found["value"].strip().lower() if found["name"].lower() != "depends" else found["value"]


def _depends(source: SourceFile) -> list[str]:
    return [name for key, value in _directives(source) if key == "depends" for name in value.split()]


TOOL = _Yoyo()
