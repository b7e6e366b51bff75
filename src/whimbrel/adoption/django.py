"""Django: https://docs.djangoproject.com/en/stable/ref/django-admin/#sqlmigrate.

Django's migrations are Python, so this module reads the SQL that Django prints for them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from whimbrel.adoption.rendered import cut
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, Column, SourceFile, Tool, Values, natural_key

__all__ = ["TOOL"]

_PATH = re.compile(r"(?:.*/)?(?P<app>[^/]+)/(?P<name>[^/]+)\.sql")
_PYTHON = re.compile(r"-- (?:THIS OPERATION|MIGRATION NOW PERFORMS OPERATION THAT) CANNOT BE WRITTEN AS SQL.*")
_NOTHING = re.compile(r"(?!)")


class _Django(Tool):
    name = "django"
    title = "Django"
    tables = ("django_migrations",)
    columns = (Column("id", "number"), Column("app"), Column("name"))
    lost_hint = "; --sql names a folder with what Django prints: manage.py sqlmigrate APP NAME > DIR/APP/NAME.sql"

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        order = {_identity(row): place for place, row in enumerate(_ordered(rows))}
        files = [_file(found, one, database) for one in sources if (found := _PATH.fullmatch(one.path))]
        # The printed SQL does not say what a migration needs. Those that are not applied come last, by app and number.
        return sorted(files, key=lambda file: (order.get(file.identity, len(order)), natural_key(file.identity)))

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        return [AdoptedRow(_identity(row), f"id {row['id']}, {row['app']}, {row['name']}") for row in _ordered(rows)]


def _ordered(rows: Sequence[Values]) -> list[Values]:
    return sorted(rows, key=lambda row: int(str(row["id"])))


def _identity(row: Values) -> str:
    return f"{row['app']}.{row['name']}"


def _file(found: re.Match[str], source: SourceFile, database: str) -> AdoptedFile:
    text = source.content.decode("utf-8", "replace")
    (section,) = cut(text, database, _NOTHING, "django_migrations")
    name = f"{found['app']}_{found['name']}"
    python = any(_PYTHON.fullmatch(line.strip()) for line in text.splitlines())
    return AdoptedFile(
        f"{found['app']}.{found['name']}",
        source.path,
        name,
        section.content,
        # Django prints no transaction for a migration with atomic = False, and none on MySQL.
        transaction=database != "postgresql" or not section.outside,
        incomplete="has an operation in Python, which Django could not print as SQL" if python else "",
    )


TOOL = _Django()
