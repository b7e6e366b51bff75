"""All objects in schemas of a PostgreSQL database. Every user may read the catalog, without any grant."""

from __future__ import annotations

from collections.abc import Collection

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.inventory import Inventory, Stock
from whimbrel.dialects.postgresql.objects import truncated

__all__ = ["PostgresqlInventory"]

_EQUALS = "OPERATOR(pg_catalog.=)"
_QUESTION = f"""
    WITH places AS (
        SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname {_EQUALS} ANY (CAST(:schemas AS pg_catalog.name[]))
    ), relations AS (
        SELECT c.oid, c.relkind, c.relname, n.nspname FROM pg_catalog.pg_class c JOIN places n ON n.oid {_EQUALS} c.relnamespace
    )
    SELECT 'relation' AS kind, nspname AS place, '' AS owner, relname AS name FROM relations
    WHERE relkind {_EQUALS} ANY (CAST('{{r,p,f,v,m,S}}' AS pg_catalog."char"[]))
    UNION ALL
    SELECT 'column', r.nspname, r.relname, a.attname FROM relations r
    JOIN pg_catalog.pg_attribute a ON a.attrelid {_EQUALS} r.oid
    WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
      AND r.relkind {_EQUALS} ANY (CAST('{{r,p,f}}' AS pg_catalog."char"[]))
    UNION ALL
    SELECT 'index', r.nspname, t.relname, r.relname FROM relations r
    JOIN pg_catalog.pg_index i ON i.indexrelid {_EQUALS} r.oid
    JOIN pg_catalog.pg_class t ON t.oid {_EQUALS} i.indrelid
    UNION ALL
    SELECT 'trigger', r.nspname, r.relname, t.tgname FROM relations r
    JOIN pg_catalog.pg_trigger t ON t.tgrelid {_EQUALS} r.oid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'routine', n.nspname, '', p.proname FROM places n JOIN pg_catalog.pg_proc p ON p.pronamespace {_EQUALS} n.oid
    UNION ALL
    SELECT 'type', n.nspname, '', t.typname FROM places n JOIN pg_catalog.pg_type t ON t.typnamespace {_EQUALS} n.oid
"""


class PostgresqlInventory(Inventory):
    """The objects of the named schemas."""

    def spell(self, name: str) -> str:
        return truncated(name)

    async def read(self, connection: Connection, schemas: Collection[str]) -> Stock:
        return self.stock(await connection.fetch_all(_QUESTION, {"schemas": sorted(schemas)}))
