"""Which names a tenant may have: the one place that decides it. SQL gets them through Dialect.quote alone.

A tenant's schema bears exactly the tenant's name. So a name is what every database and every file system keeps as it is and
tells from all others: ASCII, without capitals, at most 63 characters (PostgreSQL cuts what is longer, without a word, to the
same 63 bytes). Other alphabets are for the organisation's own name, not for that of its schema.
"""

from __future__ import annotations

import re

from whimbrel.errors import ConfigurationError

__all__ = ["LONGEST_NAME", "check_name"]

# PostgreSQL's, in bytes; MySQL and MariaDB take 64: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
LONGEST_NAME = 63
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_RULE = f"a tenant's name is 1 to {LONGEST_NAME} characters of a-z, 0-9, _ and -, and begins with a letter or digit"
_PREFIXES = ("pg_", "whimbrel", "sqlite_", "template0", "template1")
# The servers' own schemas, and names that mean something else where a schema is named.
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
# On Windows, whatever the extension: https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
_DEVICES = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9]")


def check_name(name: str) -> str:
    """Return the name, unchanged. Raises ConfigurationError if it cannot be a tenant's."""
    shown = ascii(name if len(name) <= 80 else f"{name[:80]}...")
    # "$" would let a newline pass.
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise ConfigurationError(f"{shown} cannot be a tenant: {_RULE}")
    if name in _SCHEMAS or _DEVICES.fullmatch(name) or name.startswith(_PREFIXES):
        raise ConfigurationError(f"{shown} cannot be a tenant: databases or Whimbrel itself use that name")
    return name
