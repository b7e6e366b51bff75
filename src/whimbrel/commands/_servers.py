"""The servers of a fleet, from pyproject.toml: addresses in which `${NAME}` stands for an environment variable."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from whimbrel.errors import ConfigurationError
from whimbrel.settings import read_project
from whimbrel.url import DatabaseUrl, parse_url

__all__ = ["read_servers"]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def read_servers(directory: Path | None = None, environment: Mapping[str, str] = os.environ) -> dict[str, DatabaseUrl]:
    """Return the addresses in [tool.whimbrel.servers] by their names. Raises ConfigurationError if a variable is not set.

    A variable in the login, before the last `@`, may have any characters: it is never read as a part of the address.
    """
    servers = read_project(directory or Path.cwd()).servers
    for name, text in servers.items():
        if missing := [one for one in _VARIABLE.findall(text) if not environment.get(one)]:
            raise ConfigurationError(
                f"server {name} in [tool.whimbrel.servers] needs the environment variable {missing[0]}, which is not set\n"
                f"  next: set {missing[0]}"
            )
    return {name: parse_url(_filled(text, environment)) for name, text in servers.items()}


def _filled(text: str, environment: Mapping[str, str]) -> str:
    if _VARIABLE.fullmatch(text):
        return environment[text[2:-1]]
    login, sign, rest = text.rpartition("@")
    login = _VARIABLE.sub(lambda found: quote(environment[found[1]], safe=""), login)
    return login + sign + _VARIABLE.sub(lambda found: environment[found[1]], rest)
