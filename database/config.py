"""Where the command line's settings come from: its options, the environment, and [tool.whimbrel] in pyproject.toml."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from database.blueprints import is_blueprint, path_of
from database.errors import ConfigurationError
from database.url import DATABASES, DatabaseUrl, parse_url

if TYPE_CHECKING:
    import argparse

__all__ = ["Answer", "Settings", "add_database_options", "add_options", "read_folders", "read_settings", "read_url"]

_KEYS = ("url", "sql", "databases", "schema")


class Settings(NamedTuple):
    """What every verb needs. `databases` are those that the sets are meant for; empty means all."""

    url: DatabaseUrl
    folders: tuple[str, ...]
    databases: tuple[str, ...]
    schema: str


class Answer(NamedTuple):
    """What a verb answers: the exit code, the text for people, the document for programs."""

    exit_code: int
    text: str
    document: object


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what every verb takes that works on files and a database."""
    add_database_options(parser)
    parser.add_argument("--sql", action="append", metavar="DIR", help="a folder of migrations; repeat it in the order to apply")
    parser.add_argument(
        "--for",
        action="append",
        dest="databases",
        metavar="DATABASE",
        help="a database that the folders are meant for (all four)",
    )


def add_database_options(parser: argparse.ArgumentParser) -> None:
    """Add what every verb takes that works on a database."""
    names = "MIGRATION_DATABASE_URL, DATABASE_URL, [tool.whimbrel] url"
    parser.add_argument("--url", type=parse_url, help=f"the database; without it {names}")
    parser.add_argument("--schema", help="the schema to work in, where it is not the connection's own")


def read_settings(
    arguments: argparse.Namespace,
    directory: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    *,
    blueprints: bool = False,
) -> Settings:
    """Join options, environment and pyproject.toml; the earlier of them wins. Raises ConfigurationError.

    `directory` is where pyproject.toml is looked for, the working directory without it. Of the sets that it names, those of
    tenants are taken with `blueprints`, the global ones without.
    """
    directory = directory or Path.cwd()
    table = _read_table(directory / "pyproject.toml")
    url, schema = read_url(arguments, directory, environment)
    folders = arguments.sql or read_folders(directory, blueprints=blueprints)
    if not folders:
        raise ConfigurationError("no folder of migrations given; pass --sql DIR, or set sql in [tool.whimbrel] of pyproject.toml")
    databases = arguments.databases or _texts(table, "databases")
    if unknown := sorted(set(databases) - set(DATABASES)):
        raise ConfigurationError(f"unknown database {', '.join(unknown)}; known are {', '.join(DATABASES)}")
    return Settings(url, tuple(folders), tuple(databases), schema)


def read_url(
    arguments: argparse.Namespace, directory: Path | None = None, environment: Mapping[str, str] = os.environ
) -> tuple[DatabaseUrl, str]:
    """Return address and schema alone, found as `read_settings` finds them. Raises ConfigurationError."""
    table = _read_table((directory or Path.cwd()) / "pyproject.toml")
    # The first goes around a pooler that the application itself uses.
    named = environment.get("MIGRATION_DATABASE_URL") or environment.get("DATABASE_URL") or str(table.get("url", ""))
    if arguments.url is None and not named:
        raise ConfigurationError("no database given; pass --url, or set DATABASE_URL")
    return arguments.url or parse_url(named), arguments.schema or str(table.get("schema", ""))


def read_folders(directory: Path, *, blueprints: bool = False) -> list[str]:
    """Return the folders of [tool.whimbrel] sql in the pyproject.toml of `directory`: the global ones, or the blueprints.

    Raises ConfigurationError.
    """
    named = [str(directory / folder) for folder in _texts(_read_table(directory / "pyproject.toml"), "sql")]
    return [folder for folder in named if is_blueprint(path_of(folder)) == blueprints]


def _read_table(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        if "whimbrel" not in text:
            return {}
        import tomllib  # few say anything to us

        document = tomllib.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    tool = document.get("tool", {})
    table = tool.get("whimbrel", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: [tool.whimbrel] must be a table")
    if unknown := sorted(set(table) - set(_KEYS)):
        raise ConfigurationError(f"{path}: unknown in [tool.whimbrel]: {', '.join(unknown)}; known are {', '.join(_KEYS)}")
    return dict(table)


def _texts(table: Mapping[str, Any], key: str) -> Sequence[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigurationError(f'{key} in [tool.whimbrel] must be a list of texts, as in {key} = ["..."]')
    return value
