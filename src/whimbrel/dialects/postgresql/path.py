"""The search_path of an application on PostgreSQL: no stranger's schema may come before that of the history.

The default search_path is `"$user", public`. A schema with the role's name comes first, even in open sessions, and any user who
may create schemas can create it. Writes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from whimbrel.dialects.base import Connection
from whimbrel.dialects.place import HISTORY_TABLE
from whimbrel.dialects.postgresql.objects import folded, truncated
from whimbrel.dialects.postgresql.trust import PATH, FoundTable, ask
from whimbrel.errors import ConfigurationError
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import POSTGRESQL

__all__ = ["find_current", "find_path", "passed_over", "read_path", "without_user"]

logger = logging.getLogger("whimbrel")

_EQUALS = "OPERATOR(pg_catalog.=)"
_QUICK = f"""
    SELECT pg_catalog.current_setting('search_path') AS "path",
           EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname {_EQUALS} current_user) AS "own",
           EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid {_EQUALS} c.relnamespace
                   WHERE c.relname {_EQUALS} 'whimbrel_history'
                     AND n.nspname {_EQUALS} ANY (pg_catalog.current_schemas(FALSE))) AS "history"
"""


async def find_path(connection: Connection, *, pooled: bool) -> str:
    """Return the search_path for an application's sessions; empty to keep their own.

    The result lacks "$user" if another schema has a history, and no trusted role has created the schema with the role's name.
    Behind a pooler, where a search_path costs messages, this happens only if such a schema exists. Raises ConfigurationError if
    both schemas have a history and neither owner is trusted.
    """
    row = await connection.fetch_one(_QUICK) or {}
    path = str(row["path"])
    left = without_user(path)
    if left == path or not row["history"] or (pooled and not row["own"]):
        return ""
    # The catalog's query about owners takes a few hundredths of a second, and few roles have a schema with their name.
    if not row["own"]:
        return left
    found = await ask(connection, PATH, tables=[HISTORY_TABLE])
    history, own = _find_history(connection, found), _own(found)
    if history is None:
        return ""
    if own is not None:
        logger.warning("%s", passed_over(connection, own, history.schema))
    return left


async def find_current(connection: Connection) -> str | None:
    """Return the schema in which the application creates unqualified names; None if there is none."""
    found = await ask(connection, PATH, tables=[HISTORY_TABLE])
    passed = _find_history(connection, found) is not None
    return next((one.schema for one in found if not (passed and one.yours)), None)


def _own(found: Sequence[FoundTable]) -> FoundTable | None:
    return next((one for one in found if one.yours), None)


def _find_history(connection: Connection, found: Sequence[FoundTable]) -> FoundTable | None:
    """Return the history that must precede the schema with the role's name; None if there is none, or that schema is trusted."""
    own = _own(found)
    if own is not None and own.safe:
        return None
    others = [one for one in found if not one.yours and one.table and one.fault is None and one.allowed]
    history = max(others, key=lambda one: bool(one.trusted), default=None)
    if history is not None and own is not None and own.table and not history.trusted:
        raise ConfigurationError(_ambiguous(connection, own, history))
    return history


def _ambiguous(connection: Connection, own: FoundTable, history: FoundTable) -> str:
    role, quote = connection.dialect.quote(own.me), connection.dialect.quote
    return (
        f"schemas {own.schema} and {history.schema} each have a history, owned by {own.owner} and {history.owner}, and "
        f"{own.me} trusts neither owner: it is unclear which schema its names refer to\n"
        f"  next: ALTER ROLE {role} SET search_path TO {quote(history.schema)}, or to {quote(own.schema)}; or name the schema as "
        "the manager's"
    )


def passed_over(connection: Connection, own: FoundTable, schema: str) -> str:
    """Say that the run does not use a stranger's schema with the role's name, and how to resolve this."""
    quote = connection.dialect.quote
    role, theirs = quote(own.me), quote(own.schema)
    return (
        f'schema {own.schema} is first in the search_path by "$user", and its owner is a role that {own.me} does not trust: this '
        f"run and the application's pool ignore it, since the history is in schema {schema}\n"
        f"  next: DROP SCHEMA {theirs}, or ALTER ROLE {role} SET search_path TO {quote(schema)}; if it is intended, make "
        f"{role} its owner, or add it to that search_path"
    )


def without_user(path: str) -> str:
    """Return a search_path in its original spelling, without "$user"."""
    return ", ".join(part for part in _parts(path) if _name(part) != "$user")


def read_path(path: str) -> list[str]:
    """Return the names in a search_path as the server reads them."""
    return [truncated(_name(part)) for part in _parts(path)]


def _parts(path: str) -> list[str]:
    cuts = [token.start for token in tokens(path, POSTGRESQL) if token.text == ","]
    starts = [0, *(cut + 1 for cut in cuts)]
    return [path[start:end].strip() for start, end in zip(starts, [*cuts, len(path)], strict=True)]


def _name(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else folded(part)
