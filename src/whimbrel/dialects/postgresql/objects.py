"""Existing objects in a PostgreSQL database."""

from __future__ import annotations

from string import ascii_uppercase

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.objects import TOOLS, Catalog, Holdings, Wanted

__all__ = ["PostgresqlCatalog", "folded", "truncated"]

_EQUALS = "OPERATOR(pg_catalog.=)"
_KINDS = {
    **dict.fromkeys("rpf", "table"),
    **dict.fromkeys("iI", "index"),
    "v": "view",
    "m": "materialized view",
    "S": "sequence",
    "c": "type",
}
# PostgreSQL lowers the letters of ASCII alone in a database of UTF-8.
_LOWERED = {ord(letter): letter.lower() for letter in ascii_uppercase}
_IN_SCHEMAS = ("relation", "routine", "type")
# NAMEDATALEN is 64.
_MOST_BYTES = 63
_FOUND = f"""
    WITH wanted AS (
        SELECT w.family, w.place, w.name FROM ROWS FROM (
            pg_catalog.unnest(CAST(:families AS pg_catalog.text[])), pg_catalog.unnest(CAST(:places AS pg_catalog.name[])),
            pg_catalog.unnest(CAST(:names AS pg_catalog.name[]))) AS w (family, place, name)
    ), relations AS (
        SELECT c.oid, c.relkind, n.nspname, c.relname FROM wanted w
        JOIN pg_catalog.pg_namespace n ON n.nspname {_EQUALS} w.place
        JOIN pg_catalog.pg_class c ON c.relnamespace {_EQUALS} n.oid AND c.relname {_EQUALS} w.name
        WHERE w.family {_EQUALS} 'relation'
    )
    SELECT 'relation' AS family, CAST(relkind AS pg_catalog.text) AS kind, nspname AS place, relname AS name FROM relations
    UNION ALL
    SELECT 'column', CAST(r.relname AS pg_catalog.text), r.nspname, a.attname FROM relations r
    JOIN pg_catalog.pg_attribute a ON a.attrelid {_EQUALS} r.oid
    WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'routine', 'routine', n.nspname, p.proname FROM wanted w
    JOIN pg_catalog.pg_namespace n ON n.nspname {_EQUALS} w.place
    JOIN pg_catalog.pg_proc p ON p.pronamespace {_EQUALS} n.oid AND p.proname {_EQUALS} w.name
    WHERE w.family {_EQUALS} 'routine'
    UNION ALL
    SELECT 'signature', CAST(p.proname AS pg_catalog.text), n.nspname, pg_catalog.oidvectortypes(p.proargtypes) FROM wanted w
    JOIN pg_catalog.pg_namespace n ON n.nspname {_EQUALS} w.place
    JOIN pg_catalog.pg_proc p ON p.pronamespace {_EQUALS} n.oid AND p.proname {_EQUALS} w.name
    WHERE w.family {_EQUALS} 'routine'
    UNION ALL
    SELECT 'type', 'type', n.nspname, t.typname FROM wanted w
    JOIN pg_catalog.pg_namespace n ON n.nspname {_EQUALS} w.place
    JOIN pg_catalog.pg_type t ON t.typnamespace {_EQUALS} n.oid AND t.typname {_EQUALS} w.name
    WHERE w.family {_EQUALS} 'type'
    UNION ALL
    SELECT 'schema', 'schema', '', n.nspname FROM wanted w JOIN pg_catalog.pg_namespace n ON n.nspname {_EQUALS} w.name
    WHERE w.family {_EQUALS} 'schema' AND EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace {_EQUALS} n.oid)
    UNION ALL
    SELECT 'contents', 'schema', '', n.nspname FROM wanted w JOIN pg_catalog.pg_namespace n ON n.nspname {_EQUALS} w.name
    WHERE w.family {_EQUALS} 'contents' AND EXISTS (
        SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace {_EQUALS} n.oid
        AND NOT pg_catalog.starts_with(CAST(c.relname AS pg_catalog.text), 'whimbrel_'))
    UNION ALL
    SELECT 'extension', 'extension', '', e.extname FROM wanted w
    JOIN pg_catalog.pg_extension e ON e.extname {_EQUALS} w.name WHERE w.family {_EQUALS} 'extension'
    UNION ALL
    SELECT 'database', 'database', '', d.datname FROM wanted w JOIN pg_catalog.pg_database d ON d.datname {_EQUALS} w.name
    WHERE w.family {_EQUALS} 'database'
    UNION ALL
    SELECT 'tool', 'table', n.nspname, c.relname FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid {_EQUALS} c.relnamespace
    WHERE c.relkind {_EQUALS} 'r' AND c.relname {_EQUALS} ANY (CAST(:tools AS pg_catalog.name[]))"""


def folded(word: str) -> str:
    """Return the name that an unquoted word means."""
    # https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    return word.translate(_LOWERED)


def truncated(name: str) -> str:
    """Return the part of a name that PostgreSQL keeps."""
    return name.encode()[:_MOST_BYTES].decode(errors="ignore")


class PostgresqlCatalog(Catalog):
    """The objects of every schema of the database."""

    # LIKE another table, and EXCLUDE: https://www.postgresql.org/docs/current/sql-createtable.html
    not_columns = Catalog.not_columns | {"LIKE"}

    temporary_schemas = frozenset(("pg_temp",))

    def fold(self, word: str) -> str:
        return folded(word)

    def is_system(self, name: tuple[str, str]) -> bool:
        return name[0] == "pg_catalog" or (name[0] == "" and name[1].startswith("pg_"))

    def stored(self, name: str) -> str:
        return truncated(name)

    async def find(self, connection: Connection, schema: str, wanted: Wanted) -> Holdings:
        names = [
            (family, meant, name or schema)
            for family, found in wanted.items()
            for place, name in found
            for meant in ((place,) if place or family not in _IN_SCHEMAS else (schema, *connection.others))
        ]
        families, places, own = (list(column) for column in zip(*names, strict=True)) if names else ([], [], [])
        parameters = {"families": families, "places": places, "names": own, "tools": [*TOOLS]}
        rows = await connection.fetch_all(_FOUND, parameters)
        read = [{**row, "kind": _KINDS.get(row["kind"], "table")} if row["family"] == "relation" else row for row in rows]
        return Holdings(schema, read, others=connection.others)
