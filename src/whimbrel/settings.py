"""Read the settings of a project: [tool.whimbrel] in its pyproject.toml. Knows nothing of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from whimbrel.errors import ConfigurationError
from whimbrel.messages.named_tuple import NamedTuple

__all__ = ["Project", "read_project"]

_KEYS = ("url", "sql", "databases", "schema", "directives", "drift-ignore", "parity", "proof", "lint", "servers")


class Project(NamedTuple):
    """The settings of a project. `sql` are its folders of migrations, in the order to apply. A missing setting is empty.

    `directives` has directives of whole sets, by the name of the set.
    `drift_ignore` are patterns of the names that drift leaves out; with the pattern "*" no model of the schema is kept.
    `parity` has the reason for each difference between databases that the project accepts, by the difference's name; `proof` the
    same for the differences of a database from its files. `lint` has the level of each rule that the project sets, by its code.
    `servers` has the addresses of further servers with tenants, by their names, as they are written.
    """

    url: str = ""
    sql: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    schema: str = ""
    directives: Mapping[str, str] = MappingProxyType({})
    drift_ignore: tuple[str, ...] = ()
    parity: Mapping[str, str] = MappingProxyType({})
    proof: Mapping[str, str] = MappingProxyType({})
    lint: Mapping[str, str] = MappingProxyType({})
    servers: Mapping[str, str] = MappingProxyType({})


def read_project(directory: Path) -> Project:
    """Return the settings in the pyproject.toml of `directory`. Folders are relative to it. Raises ConfigurationError."""
    table = _read_table(directory / "pyproject.toml")
    return Project(
        url=str(table.get("url", "")),
        sql=tuple(str(directory / folder) for folder in _texts(table, "sql")),
        databases=_texts(table, "databases"),
        schema=str(table.get("schema", "")),
        directives=_directives(table),
        drift_ignore=_texts(table, "drift-ignore"),
        parity=_reasons(table, "parity"),
        proof=_reasons(table, "proof"),
        lint=_levels(table),
        servers=_servers(table),
    )


def _read_table(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        if "whimbrel" not in text:
            return {}
        import tomllib  # most projects have no settings

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


def _directives(table: Mapping[str, Any]) -> Mapping[str, str]:
    value = table.get("directives", {})
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ConfigurationError(
            'directives in [tool.whimbrel] must be a table of strings, as in directives = {chat = "transaction=off"}'
        )
    return value


def _servers(table: Mapping[str, Any]) -> Mapping[str, str]:
    value = table.get("servers", {})
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ConfigurationError(
            '[tool.whimbrel.servers] must have an address for each name, as in eu2 = "postgresql://app:${EU2_PASSWORD}@eu2/app"'
        )
    return value


def _texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigurationError(f'{key} in [tool.whimbrel] must be a list of strings, as in {key} = ["..."]')
    return tuple(value)


def _reasons(table: Mapping[str, Any], key: str) -> dict[str, str]:
    value = table.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(reason, str) and reason.strip() for reason in value.values()):
        raise ConfigurationError(
            f'[tool.whimbrel.{key}] must have a reason for each name, as in "column t.c: default" = "because"'
        )
    return value


def _levels(table: Mapping[str, Any]) -> dict[str, str]:
    value = table.get("lint", {})
    levels = ("error", "warning", "note", "off")
    if not isinstance(value, dict) or not all(level in levels for level in value.values()):
        raise ConfigurationError(
            f'[tool.whimbrel.lint] must have a level for each code, as in L05 = "off"; levels are {", ".join(levels)}'
        )
    return value
