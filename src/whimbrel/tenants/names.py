"""Decide which names a tenant may have. No other module decides this. Names reach SQL through Dialect.quote alone.

A tenant's schema has exactly the tenant's name. So every database and file system must keep the name unchanged and distinct from
all others: ASCII, without capitals, at most 63 characters. (PostgreSQL silently truncates a longer name to 63 bytes.) Other
alphabets belong in the organisation's display name, not in the name of its schema.
"""

from __future__ import annotations

import re

from whimbrel.errors import ConfigurationError

__all__ = ["LONGEST_NAME", "check_name", "check_server_name"]

# PostgreSQL's limit, in bytes; MySQL and MariaDB allow 64: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
LONGEST_NAME = 63
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_RULE = f"a tenant's name is 1 to {LONGEST_NAME} characters of a-z, 0-9, _ and -, and begins with a letter or digit"
_PREFIXES = ("pg_", "whimbrel", "sqlite_", "template0", "template1")
# The servers' own schemas, and names with a special meaning where SQL expects a schema.
_SCHEMAS = (
    "information_schema",
    "public",
    "mysql",
    "performance_schema",
    "sys",
    "ndbinfo",
    "main",
    "temp",
    "postgres",
    "default",
)
# Reserved on Windows with any extension: https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
_DEVICES = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9]")


def check_name(name: str) -> str:
    """Return the name, unchanged. Raises ConfigurationError if a tenant cannot have this name."""
    shown = ascii(name if len(name) <= 80 else f"{name[:80]}...")
    # match() with "$" would accept a trailing newline.
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise ConfigurationError(f"{shown} cannot be a tenant: {_RULE}")
    if name in _SCHEMAS or _DEVICES.fullmatch(name) or name.startswith(_PREFIXES):
        raise ConfigurationError(f"{shown} cannot be a tenant: databases or Whimbrel itself use that name")
    return name


def check_server_name(name: str) -> str:
    """Return the name, unchanged. Raises ConfigurationError if no server can have it."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        shown = ascii(name if len(name) <= 80 else f"{name[:80]}...")
        raise ConfigurationError(f"{shown} cannot be a server: {_RULE.replace('tenant', 'server')}")
    return name
