"""yoyo: https://pypi.org/project/yoyo-migrations/ (`yoyo/migrations.py`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from whimbrel.adoption.sections import lines_of
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, Column, SourceFile, Tool, Values, stem

__all__ = ["TOOL"]

_DIRECTIVE = re.compile(r"\s*--\s*(?P<name>transactional|depends)\s*:(?P<value>.*)", re.IGNORECASE)


class _Yoyo(Tool):
    name = "yoyo"
    title = "yoyo"
    tables = ("_yoyo_migration",)
    columns = (Column("migration_id"),)
    companions = ("_yoyo_log", "_yoyo_version")
    lock_tables = ("yoyo_lock",)
    lock_columns = (Column("pid", "number"), Column("locked", "truth"))
    reads = (".sql",)

    def find_files(self, sources: Sequence[SourceFile], database: str) -> list[AdoptedFile]:
        named = [one for one in sources if "/" not in one.path and one.name.endswith((".sql", ".py"))]
        files = {
            stem(one.name): _file(one) for one in named if not one.name.endswith(".rollback.sql") and one.name != "__init__.py"
        }
        needs = {stem(one.name): _depends(one) for one in named if stem(one.name) in files}
        return [files[name] for name in _sorted(needs)]

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        return [AdoptedRow(str(row["migration_id"]), f"migration_id {row['migration_id']}") for row in rows]


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


def _sorted(needs: dict[str, list[str]]) -> list[str]:
    """Return the names so that each comes after those that it needs, and otherwise in the order of the names."""
    sorter = TopologicalSorter({name: [one for one in before if one in needs] for name, before in needs.items()})
    try:
        sorter.prepare()
    except CycleError:
        # yoyo refuses such a folder, so it has no order.
        return sorted(needs)
    found: list[str] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        found.append(ready.pop(0))
        sorter.done(found[-1])
    return found


TOOL = _Yoyo()
