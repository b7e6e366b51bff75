"""Find the schemas that a migration's statements see after the schema that they work in.

A migration sees what the role's own session sees: the `search_path` that ALTER ROLE, ALTER DATABASE or the address sets. A
tenant sees only those of these schemas that have no tables but have extensions, types or functions. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.base import Connection
from whimbrel.dialects.postgresql.path import read_path
from whimbrel.dialects.postgresql.trust import ask, in_schema

__all__ = ["find_others", "find_tableless", "visible_schemas"]

_EQUALS = "OPERATOR(pg_catalog.=)"
_QUICK = f"""
    SELECT (SELECT s.reset_val FROM pg_catalog.pg_settings s WHERE s.name {_EQUALS} 'search_path') AS "path",
           EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname {_EQUALS} current_user) AS "own"
"""
_MEMBER = f"""EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend d WHERE d.deptype {_EQUALS} 'e' AND d.objid {_EQUALS} c.oid
        AND d.classid {_EQUALS} CAST('pg_catalog.pg_class' AS pg_catalog.regclass))"""
# A schema without any object is left out, since it may get tables later. "c" is the row of a composite type.
_TABLELESS = f"""
    SELECT n.nspname AS name
    FROM pg_catalog.unnest(CAST({{names}} AS pg_catalog.name[])) WITH ORDINALITY AS p (name, position)
    JOIN pg_catalog.pg_namespace n ON n.nspname {_EQUALS} p.name
    WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace {_EQUALS} n.oid
                      AND c.relkind OPERATOR(pg_catalog.<>) 'c' AND NOT {_MEMBER})
      AND (EXISTS (SELECT 1 FROM pg_catalog.pg_type t WHERE t.typnamespace {_EQUALS} n.oid)
           OR EXISTS (SELECT 1 FROM pg_catalog.pg_proc f WHERE f.pronamespace {_EQUALS} n.oid)
           OR EXISTS (SELECT 1 FROM pg_catalog.pg_operator o WHERE o.oprnamespace {_EQUALS} n.oid))
    ORDER BY p.position"""


async def find_others(connection: Connection) -> tuple[str, ...]:
    """Return `visible_schemas` of the role that connected."""
    row = await connection.fetch_one(_QUICK) or {}
    # The query about owners takes a few hundredths of a second, and few roles have a schema with their name.
    found = await ask(connection, in_schema("'pg_catalog'"), tables=[]) if row["own"] else []
    return visible_schemas(str(row["path"]), found[0].me if found and found[0].home else "")


def visible_schemas(path: str, home: str) -> tuple[str, ...]:
    """Return the schemas of a role's own search_path, in its order.

    pg_catalog is left out, so that it comes first: no object of another user may take the place of a built-in one. "$user" is
    `home`, the schema with the role's name; empty if there is none, or if its owner is not trusted.
    """
    names = (home if name == "$user" else name for name in read_path(path))
    return tuple(name for name in names if name and name != "pg_catalog")


async def find_tableless(connection: Connection, schemas: Sequence[str]) -> tuple[str, ...]:
    """Return those of the schemas that have extensions, types or functions, and no tables but those of extensions."""
    if not schemas:
        return ()
    names = ", ".join(map(connection.dialect.literal, schemas))
    (rows,) = await connection.fetch_together([_TABLELESS.format(names=f"ARRAY[{names}]")])
    return tuple(str(row["name"]) for row in rows)
