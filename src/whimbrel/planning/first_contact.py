"""First contact: find out whether the pending files of a new set touch existing objects.

Pure: no database, no disk. The input is files and catalog rows; the output is conflicts and problems.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from whimbrel.dialects.objects import TOOLS, Existing, Family, Holdings, Wanted
from whimbrel.errors import Problem, ProblemKind
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import joined, printable
from whimbrel.messages.suggestion import command
from whimbrel.migrations.migration import Migration
from whimbrel.parsing.cursor import Name
from whimbrel.planning.ddl_targets import StatementTarget
from whimbrel.planning.touched import Touch

__all__ = ["Conflict", "TouchedFile", "find_conflicts", "find_made", "find_passed_over", "find_wanted", "first_contact_problems"]

_MOST_LISTED = 20
# The word for `adopt`, by the name of a tool's table. Two tools have a table schema_migrations.
_ADOPTABLE = {
    "flyway_schema_history": "flyway",
    "schema_version": "flyway",
    "databasechangelog": "liquibase",
    "alembic_version": "alembic",
    "schema_migrations": "TOOL",
    "goose_db_version": "goose",
    "_sqlx_migrations": "sqlx",
    "refinery_schema_history": "refinery",
    "_prisma_migrations": "prisma",
    "pgmigrations": "node-pg-migrate",
    "django_migrations": "django",
    "_yoyo_migration": "yoyo",
    "gorp_migrations": "sql-migrate",
}


class TouchedFile(NamedTuple):
    """A migration and the objects that its statements touch."""

    migration: Migration
    touches: Sequence[Touch]


class Conflict(NamedTuple):
    """A statement of a pending file and the existing object that it would touch. `lacking` are columns that the table lacks."""

    migration: Migration
    touch: Touch
    existing: Existing
    lacking: tuple[str, ...] = ()

    def __str__(self) -> str:
        target, there = self.touch.target, self.existing
        place = f"{printable(self.migration.path)}:{self.touch.line}:{self.touch.column}"
        words = f"{target.words} IF NOT EXISTS" if target.passes_over and target.effect == "create" else target.words
        if target.family == "contents" or not target.name[1]:
            return f"{place}: {words}: {there.kind} {printable(there.name)}, with objects in it, exists already"
        told = f"{place}: {words}: {there.kind} {_shown(target.name, there)} exists already"
        return f"{told}, without the columns {joined(self.lacking)}" if self.lacking else told


def _shown(name: Name, there: Existing) -> str:
    return printable(f"{there.schema}.{there.name}" if name[0] and there.schema else there.name)


def find_wanted(files: Iterable[TouchedFile]) -> Wanted:
    """Return the names to look up in the catalog, with the tables that a write may reach."""
    found: dict[Family, dict[Name, None]] = {}
    for file in files:
        for touch in file.touches:
            found.setdefault(touch.target.family, {})[touch.target.name] = None
            for name in touch.target.reached:
                found.setdefault("relation", {})[name] = None
    return found


def find_made(files: Iterable[TouchedFile], there: Holdings) -> frozenset[tuple[str, str, str]]:
    """Return the keys of the objects that the files create or rename."""
    targets = (touch.target for file in files for touch in file.touches)
    return frozenset(there.key(target.family, target.name) for target in targets if target.effect == "create")


def find_passed_over(files: Iterable[TouchedFile], there: Holdings) -> dict[tuple[str, str, str], Existing]:
    """Return the tables and sequences that IF NOT EXISTS passes over, because they are as the files declare them."""
    found: dict[tuple[str, str, str], Existing] = {}
    for target in (touch.target for file in files for touch in file.touches):
        existing = there.find(target.family, target.name)
        if existing is not None and _is_as_declared(target, existing, there):
            found[there.key(target.family, target.name)] = existing
    return found


def _is_as_declared(target: StatementTarget, existing: Existing, there: Holdings) -> bool:
    if target.effect != "create" or not target.passes_over:
        return False
    if target.words == "CREATE SEQUENCE":
        return existing.kind == "sequence"
    return existing.kind == "table" and target.columns is not None and not there.lacking(existing, target.columns)


def find_conflicts(
    files: Iterable[TouchedFile],
    there: Holdings,
    made: Collection[tuple[str, str, str]] = (),
    applied: Iterable[TouchedFile] = (),
) -> list[Conflict]:
    """Return each statement that touches an existing object, unless an `applied` file of this run `made` the object.

    A write to a view touches the tables behind it if one of these files made the view.
    """
    files = list(files)
    passed_over, created = find_passed_over(files, there), find_made(files, there)
    reached = _find_reached([*applied, *files], there)
    found: list[Conflict] = []
    for file in files:
        for touch in (one for own in file.touches for one in (own, *_followed(own, reached, there))):
            name = _find_meant(touch.target, there, made, created)
            target = touch.target._replace(name=name or touch.target.name)
            existing = there.find(target.family, name) if name is not None else None
            if existing is None or _is_as_declared(target, existing, there) or _is_overload(target, existing):
                continue
            if target.of_index and target.passes_over and there.key(target.family, target.name) in passed_over:
                continue
            lacking = there.lacking(existing, target.columns or ()) if target.passes_over and existing.kind == "table" else ()
            found.append(Conflict(file.migration, touch._replace(target=target), existing, tuple(lacking)))
    return found


def _is_overload(target: StatementTarget, existing: Existing) -> bool:
    """Whether a function differs from all functions of its name. A database without overloads has no signatures."""
    return target.signature is not None and bool(existing.signatures) and target.signature not in existing.signatures


def _find_reached(files: Iterable[TouchedFile], there: Holdings) -> dict[tuple[str, str, str], list[Name]]:
    """Return, by the key of a view or table, the names that a write to it may reach."""
    found: dict[tuple[str, str, str], list[Name]] = {}
    for target in (touch.target for file in files for touch in file.touches if touch.target.reached):
        found.setdefault(there.key("relation", target.name), []).extend(target.reached)
    return found


def _followed(touch: Touch, reached: Mapping[tuple[str, str, str], Sequence[Name]], there: Holdings) -> Iterator[Touch]:
    """Yield a touch of each table that a write reaches, through any number of views."""
    target = touch.target
    # REFRESH reads the tables behind its view.
    if target.effect != "write" or target.words == "REFRESH" or not reached:
        return
    seen: set[tuple[str, str, str]] = set()
    coming = [target.name]
    while coming:
        for meant in there.meanings(coming.pop()):
            key = there.key("relation", meant)
            if key in seen:
                continue
            seen.add(key)
            for name in reached.get(key, ()):
                coming.append(name)
                yield touch._replace(target=target._replace(name=name, words=f"{target.words} through {target.name[1]}"))


def _find_meant(
    target: StatementTarget, there: Holdings, made: Collection[tuple[str, str, str]], created: Collection[tuple[str, str, str]]
) -> Name | None:
    """Return the name of the existing object that a statement touches; None if there is none, or files of this run make it."""
    # A new object is created in the first schema, even if another schema has an object of that name.
    for name in there.meanings(target.name)[: 1 if target.effect == "create" else None]:
        key = there.key(target.family, name)
        if key in made or (target.words == "SETVAL" and _is_of_table(key, made)):
            return None
        if there.find(target.family, name) is not None:
            return name
        if key in created:
            return None
    return None


def _is_of_table(sequence: tuple[str, str, str], made: Collection[tuple[str, str, str]]) -> bool:
    """Whether a sequence may be the one that PostgreSQL made with one of these tables: table_column_seq."""
    family, schema, own = sequence
    return any(key[:2] == (family, schema) and own.startswith(f"{key[2]}_") for key in made)


def first_contact_problems(
    conflicts: Sequence[Conflict], folders: Iterable[tuple[str, str]], tools: Sequence[str]
) -> list[Problem]:
    """Return a problem for each set that has conflicts. `folders` are the names and the paths of the sets."""
    found: list[Problem] = []
    for name, path in folders:
        if own := [one for one in conflicts if one.migration.set_name == name]:
            found.append(Problem(ProblemKind.FIRST_CONTACT, _message(name, path, own, tools), path))
    return found


def _message(name: str, path: str, conflicts: Sequence[Conflict], tools: Sequence[str]) -> str:
    lines = [f"set {printable(name)} was never applied to this database, but its files touch objects that exist already:"]
    lines += [str(one) for one in conflicts[:_MOST_LISTED]]
    if len(conflicts) > _MOST_LISTED:
        lines.append(f"and {len(conflicts) - _MOST_LISTED} more")
    lines += [
        f"table {printable(one)} is the history of {TOOLS[one.lower()]}, so that tool migrates this database" for one in tools
    ]
    lines += [
        f"next: to take over its history, with a proof, name the folder of its files: {_adoption(_ADOPTABLE[one.lower()], path)}"
        for one in tools
        if one.lower() in _ADOPTABLE
    ]
    lines += [
        f"{'or' if tools else 'next'}: if the database already has the objects of these files, record them as applied without "
        "running them: "
        f"{command('baseline', 'VERSION', folder=path)}; {command('baseline', '--detect', folder=path)} finds the VERSION",
        f"or, if the files are meant to run on these objects: {command('migrate', '--accept-existing')} (in Python "
        "accept_existing=True); "
        "a plain CREATE of an existing object fails then",
    ]
    return "\n    ".join(lines)


def _adoption(tool: str, path: str) -> str:
    # These files may be the ones that Flyway applied.
    words = (tool,) if tool == "flyway" else (tool, "--write", path)
    return command("adopt", *words, folder=path if tool == "flyway" else "DIR")
