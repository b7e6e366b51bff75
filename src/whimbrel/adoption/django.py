"""Django: https://docs.djangoproject.com/en/stable/ref/django-admin/#sqlmigrate.

Django's migrations are Python, so this module reads the SQL that Django prints for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from whimbrel.adoption.rendered import cut
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, Tool, ToolColumn, Values, natural_key

__all__ = ["TOOL"]

_PATH = re.compile(r"(?:.*/)?(?P<app>[^/]+)/(?P<name>[^/]+)\.sql")
_PYTHON = re.compile(r"-- (?:THIS OPERATION|MIGRATION NOW PERFORMS OPERATION THAT) CANNOT BE WRITTEN AS SQL.*")
# The name that `manage.py squashmigrations` gives: the first and the last migration that it replaces.
_SQUASHED = re.compile(r"(?P<first>[0-9]{4})_squashed_(?P<last>[0-9]{4})_.+", re.ASCII)
_NUMBERED = re.compile(r"[0-9]{4}_.+", re.ASCII)
_NOTHING = re.compile(r"(?!)")


class _Django(Tool):
    name = "django"
    title = "Django"
    tables = ("django_migrations",)
    columns = (ToolColumn("id", "number"), ToolColumn("app"), ToolColumn("name"))
    lost_hint = (
        "; --sql names a folder with what Django prints: manage.py sqlmigrate APP NAME > DIR/APP/NAME.sql; "
        "manage.py migrate APP --prune removes rows of replaced migrations"
    )

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        order = {_identity(row): place for place, row in enumerate(_ordered(rows))}
        files = [_file(found, one, database) for one in sources if (found := _PATH.fullmatch(one.path))]
        for squashed, names in _replaced([*order, *(file.identity for file in files)]).items():
            # One of the two ways to the same schema counts: the squashed migration, if Django has recorded it.
            out = names if squashed in order else {squashed} if any(file.identity in names for file in files) else set()
            files = [file for file in files if file.identity not in out or not _has(files, squashed)]
            if squashed in order:
                # It takes the place of the first one that it replaces.
                order[squashed] = min(order[name] for name in (squashed, *names) if name in order)
        # The printed SQL does not say what a migration needs. Those that are not applied come last, by app and number.
        return sorted(files, key=lambda file: (order.get(file.identity, len(order)), natural_key(file.identity)))

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        found = {
            _identity(row): AdoptedRow(_identity(row), f"id {row['id']}, {row['app']}, {row['name']}") for row in _ordered(rows)
        }
        for squashed, names in _replaced(found).items():
            if _has(files, squashed):
                found = {name: row for name, row in found.items() if name not in names}
            elif any(_has(files, name) for name in names):
                found.pop(squashed, None)
        return list(found.values())


def _has(files: Sequence[AdoptedFile], identity: str) -> bool:
    return any(file.identity == identity for file in files)


def _replaced(names: Iterable[str]) -> dict[str, set[str]]:
    """Return the squashed migrations among `names`, each with those that it replaces."""
    known = {name: (name.partition(".")[0], *_reach(name.partition(".")[2])) for name in names}
    return {
        squashed: {
            name
            for name, (other, begin, end) in known.items()
            if other == app and first <= begin and end <= last and (begin, end) != (first, last)
        }
        for squashed, (app, first, last) in known.items()
        if first < last
    }


def _reach(name: str) -> tuple[str, str]:
    """Return the numbers of the first and the last migration for which one of this name stands."""
    if found := _SQUASHED.fullmatch(name):
        return found["first"], found["last"]
    return (name[:4], name[:4]) if _NUMBERED.fullmatch(name) else ("", "")


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
