"""The options that verbs share, and the settings from them: options first, then the environment, then pyproject.toml."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from whimbrel.errors import ConfigurationError
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import joined
from whimbrel.migrations.blueprints import is_blueprint, path_of
from whimbrel.migrations.set_directives import ProjectFolder
from whimbrel.settings import Project, read_project
from whimbrel.url import DATABASES, DatabaseUrl, parse_url

if TYPE_CHECKING:
    import argparse

__all__ = [
    "Answer",
    "Files",
    "Settings",
    "add_database_options",
    "add_files",
    "add_options",
    "add_url",
    "project_folders",
    "read_files",
    "read_settings",
    "read_url",
]


class Settings(NamedTuple):
    """The settings that every verb needs. `databases` are those that the sets are meant for; empty means all.

    `drift_ignore` are patterns of names that drift leaves out. `proof` has a reason for each accepted difference of a database
    from its files, by its name.
    """

    url: DatabaseUrl
    folders: tuple[str, ...]
    databases: tuple[str, ...]
    schema: str
    drift_ignore: tuple[str, ...] = ()
    proof: Mapping[str, str] = MappingProxyType({})


class Files(NamedTuple):
    """The settings of a verb that works on files. `parity` has a reason for each accepted difference, by its name."""

    folders: tuple[str, ...]
    databases: tuple[str, ...]
    parity: Mapping[str, str]


class Answer(NamedTuple):
    """The result of a verb: the exit code, the text for people, the document for programs.

    A `verbatim` text is a file for programs. It is printed as it is, in UTF-8. A `coloured` text may have the escape sequences of
    colours.
    """

    exit_code: int
    text: str
    document: object
    verbatim: bool = False
    coloured: bool = False


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a verb that works on files and a database."""
    add_database_options(parser)
    add_files(parser)


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add the options of a verb that works on files."""
    parser.add_argument(
        "--sql", action="append", metavar="DIR", help="a folder of migrations; repeat the option in the order to apply"
    )
    parser.add_argument(
        "--for",
        action="append",
        dest="databases",
        metavar="DATABASE",
        help="a database that the folders are meant for; may be repeated (default: all four)",
    )


def add_database_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a verb that works on a database."""
    add_url(parser)
    parser.add_argument("--schema", help="the schema to work in (default: the connection's own)")


def add_url(parser: argparse.ArgumentParser) -> None:
    """Add the option for the address alone."""
    names = "MIGRATION_DATABASE_URL, DATABASE_URL, [tool.whimbrel] url"
    parser.add_argument("--url", type=parse_url, help=f"the database's URL; default: {names}")


def read_settings(
    arguments: argparse.Namespace,
    directory: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    *,
    blueprints: bool = False,
) -> Settings:
    """Combine options, environment and the pyproject.toml of `directory` (by default the working directory).

    With `blueprints` it takes the project's sets for tenants, otherwise its global sets. Raises ConfigurationError.
    """
    project = read_project(directory or Path.cwd())
    url, schema = _address(arguments, project, environment)
    files = _files(arguments, project, project_folders(project, blueprints=blueprints))
    return Settings(url, *files, schema, project.drift_ignore, project.proof)


def read_files(arguments: argparse.Namespace, directory: Path | None = None) -> Files:
    """Return the folders, including the sets for tenants, and their settings, from the same sources as `read_settings`."""
    project = read_project(directory or Path.cwd())
    return Files(*_files(arguments, project, _with_directives(project, project.sql)), project.parity)


def _files(arguments: argparse.Namespace, project: Project, folders: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    chosen = _with_directives(project, arguments.sql) or folders
    if not chosen:
        raise ConfigurationError("no folder of migrations given; pass --sql DIR, or set sql in [tool.whimbrel] of pyproject.toml")
    databases = arguments.databases or project.databases
    if unknown := sorted(set(databases) - set(DATABASES)):
        raise ConfigurationError(f"unknown database {', '.join(unknown)}; known are {', '.join(DATABASES)}")
    return tuple(chosen), tuple(databases)


def read_url(
    arguments: argparse.Namespace, directory: Path | None = None, environment: Mapping[str, str] = os.environ
) -> tuple[DatabaseUrl, str]:
    """Return only the database's URL and the schema, from the same sources as `read_settings`. Raises ConfigurationError."""
    return _address(arguments, read_project(directory or Path.cwd()), environment)


def project_folders(project: Project, *, blueprints: bool = False) -> list[str]:
    """Return a project's folders of sets for tenants with `blueprints`, else of its global sets. Raises ConfigurationError."""
    return [folder for folder in _with_directives(project, project.sql) if is_blueprint(path_of(folder)) == blueprints]


def _with_directives(project: Project, folders: Sequence[str] | None) -> Sequence[str]:
    """Return the folders with the directives that the project has for their sets. Raises ConfigurationError."""
    if not project.directives or not folders:
        return folders or ()
    known = {path_of(folder).name for folder in (*project.sql, *folders)}
    inner = {name for name in project.directives for folder in project.sql if (Path(folder) / name).is_dir()}
    if unknown := sorted(set(project.directives) - known - inner):
        raise ConfigurationError(
            f"directives in [tool.whimbrel] name {joined(unknown)}, but no folder in sql has this name; write the name of a set"
        )
    return [ProjectFolder(folder, project.directives) for folder in folders]


def _address(arguments: argparse.Namespace, project: Project, environment: Mapping[str, str]) -> tuple[DatabaseUrl, str]:
    # The first variable exists for an application that itself connects through a pooler.
    named = environment.get("MIGRATION_DATABASE_URL") or environment.get("DATABASE_URL") or project.url
    if arguments.url is None and not named:
        raise ConfigurationError("no database given; pass --url, or set DATABASE_URL")
    return arguments.url or parse_url(named), getattr(arguments, "schema", None) or project.schema
