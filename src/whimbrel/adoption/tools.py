"""The list of the tools whose history can be adopted."""

from __future__ import annotations

from importlib import import_module

from whimbrel.adoption.tool import Tool
from whimbrel.errors import ConfigurationError
from whimbrel.messages.printable import printable

__all__ = ["NAMES", "find_tool"]

# Each name is a module of this folder, with underscores.
NAMES = (
    "alembic",
    "dbmate",
    "django",
    "flyway",
    "golang-migrate",
    "goose",
    "liquibase",
    "node-pg-migrate",
    "prisma",
    "refinery",
    "sql-migrate",
    "sqlx",
    "yoyo",
)


def find_tool(name: str) -> Tool:
    """Return the tool with this name. Raises ConfigurationError for an unknown one."""
    if name not in NAMES:
        raise ConfigurationError(f"{printable(name)} is not a tool that can be adopted; name one of {', '.join(NAMES)}")
    tool: Tool = import_module(f"whimbrel.adoption.{name.replace('-', '_')}").TOOL
    return tool
