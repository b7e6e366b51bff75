"""The directives of a whole set: its file whimbrel.sql, then the project's settings. A file's own directive precedes both.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from whimbrel.errors import ConfigurationError
from whimbrel.messages.printable import printable
from whimbrel.migrations.directives import VARIANTS, read_set_directives
from whimbrel.migrations.large_file import Unreadable
from whimbrel.migrations.migration import Directives, Migration

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["SET_FILE", "ProjectFolder", "meant_for", "of_whole_set", "project_directives", "with_directives", "with_settings"]

SET_FILE = "whimbrel.sql"


class ProjectFolder(str):
    """The path of a folder, with the directives of sets from the project's settings: `transaction=off`, by the set's name."""

    __slots__ = ("directives",)
    directives: Mapping[str, str]

    def __new__(cls, path: str, directives: Mapping[str, str]) -> ProjectFolder:
        """Return the path as a text that also holds `directives`."""
        folder = super().__new__(cls, path)
        folder.directives = directives
        return folder


def with_settings(folder: str | Traversable, inner: Traversable) -> str | Traversable:
    """Return a folder inside of `folder`, with the settings that `folder` has from the project."""
    return ProjectFolder(str(inner), folder.directives) if isinstance(folder, ProjectFolder) else inner


def project_directives(folder: object, name: str) -> Directives:
    """Return the directives that the project's settings have for the set `name`. Raises ConfigurationError."""
    text = folder.directives.get(name, "") if isinstance(folder, ProjectFolder) else ""
    try:
        return read_set_directives(f"-- whimbrel: {text}") if text else Directives()
    except Unreadable as error:
        raise ConfigurationError(f"directives of set {printable(name)} in [tool.whimbrel]: {error}") from None


def of_whole_set(text: str, project: Directives) -> Directives:
    """Return the directives of a set: those of its file, completed by those of the project. Raises Unreadable."""
    own = read_set_directives(text)
    return _completed(own, project)._replace(databases=own.databases or project.databases)


def with_directives(files: Sequence[Migration], of_set: Directives) -> tuple[Migration, ...]:
    """Return the files of a set with the set's directives, where they have none of their own."""
    if of_set == Directives():
        return tuple(files)
    shared = {file.version for file in files if not file.database}
    found: list[Migration] = []
    for file in files:
        own = _completed(file.directives, of_set)
        if of_set.databases == VARIANTS and not own.databases and file.database and file.version not in shared:
            own = own._replace(databases=(file.database,))
        found.append(file._replace(directives=own))
    return tuple(found)


def _completed(own: Directives, wider: Directives) -> Directives:
    return own._replace(
        transaction=wider.transaction if own.transaction is None else own.transaction,
        lock_timeout=wider.lock_timeout if own.lock_timeout is None else own.lock_timeout,
        statement_timeout=wider.statement_timeout if own.statement_timeout is None else own.statement_timeout,
    )


def meant_for(of_set: Directives) -> tuple[str, ...]:
    """Return the databases that the whole set is meant for; empty means all."""
    return () if of_set.databases == VARIANTS else of_set.databases
