"""Alembic: https://alembic.sqlalchemy.org/en/latest/offline.html.

Alembic's migrations are Python, so this module reads the SQL that Alembic prints offline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from whimbrel.adoption.order import sorted_by_needs
from whimbrel.adoption.rendered import Section, cut
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, Tool, ToolColumn, Values

__all__ = ["TOOL"]

_MARKER = re.compile(r"-- Running upgrade (?P<needs>\S+(?:, \S+)*)? ?-> (?P<revision>\S+)")
_HINT = "; --sql names a folder with what Alembic prints: alembic upgrade head --sql > DIR/all.sql"


class _Alembic(Tool):
    name = "alembic"
    title = "Alembic"
    tables = ("alembic_version",)
    columns = (ToolColumn("version_num"),)
    lost_hint = _HINT

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        files = [file for one in sources if one.name.endswith(".sql") for file in _files(one, database)]
        by_revision = {file.identity: file for file in files}
        if len(by_revision) < len(files):
            return files  # If two files have the same revision, `judge.py` reports them.
        needs = {file.identity: file.needs for file in files}
        applied = {one for row in rows for one in _ancestors(str(row["version_num"]), needs)}
        # The branch that is applied comes before the other one.
        return [by_revision[one] for one in sorted(sorted_by_needs(needs), key=lambda one: one not in applied)]

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        heads = sorted(str(row["version_num"]) for row in rows)
        fault = f"is one of several heads, {', '.join(heads)}; merge them with alembic merge" if len(heads) > 1 else ""
        needs = {file.identity: file.needs for file in files}
        return [
            AdoptedRow(revision, f"version_num {head}", fault=fault if revision == head else "")
            for head in heads
            for revision in _ancestors(head, needs)
        ]


def _files(source: SourceFile, database: str) -> list[AdoptedFile]:
    sections = cut(source.content.decode("utf-8", "replace"), database, _MARKER, "alembic_version")
    if len(sections) == 1:
        fault = f"has no line -- Running upgrade, so it is not what Alembic prints{_HINT}"
        return [AdoptedFile(source.path, source.path, source.name, source.content, fault=fault)]
    return [_file(source, section, section.marker, database) for section in sections if section.marker]


def _file(source: SourceFile, section: Section, marker: re.Match[str], database: str) -> AdoptedFile:
    return AdoptedFile(
        marker["revision"],
        source.path,
        marker["revision"],
        section.content,
        # Alembic prints the transactions of a migration only on PostgreSQL.
        transaction=database != "postgresql" or not section.outside,
        needs=tuple((marker["needs"] or "").replace(",", " ").split()),
    )


def _ancestors(head: str, needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a revision and all that come before it."""
    found: dict[str, None] = {}
    coming = [head]
    while coming:
        revision = coming.pop()
        if revision not in found:
            found[revision] = None
            coming += needs.get(revision, ())
    return list(found)


TOOL = _Alembic()
