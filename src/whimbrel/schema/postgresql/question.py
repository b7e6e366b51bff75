"""The one query that reads a schema from the catalog, and the settings under which it runs. Pure.

Names in the answers are written as a session with this schema alone in its search_path writes them: without the schema. Literals
do not depend on the session either. Every function, type and operator is named in full, so that nothing that users made can run.
"""

from __future__ import annotations

from whimbrel.dialects.postgresql.dialect import DIALECT
from whimbrel.schema.postgresql.object_sql import object_parts
from whimbrel.schema.postgresql.relation_sql import EQ, Version, member, relation_parts

__all__ = ["question", "settings_sql"]

# https://www.postgresql.org/docs/current/runtime-config-client.html#RUNTIME-CONFIG-CLIENT-FORMAT and pg_dump's own list.
_SETTINGS = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "client_min_messages": "warning",
    "extra_float_digits": "3",
    "jit": "off",  # To compile the query takes far longer than to run it.
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "xmloption": "content",
}


def settings_sql(schema: str) -> list[str]:
    """Return the statements that make the transaction's answers independent of the session, until its end."""
    # A temporary table would otherwise hide a table of the schema, whose name would then be qualified.
    path = f"SET LOCAL search_path TO {DIALECT.quote(schema)}, pg_temp"
    return [path, *(f"SET LOCAL {name} TO {DIALECT.literal(value)}" for name, value in _SETTINGS.items())]


def question(version: Version) -> str:
    """Return the query for a server of this major version, with the parameter `:schema`.

    Each row has a `kind` and `data`, a JSON array of all objects of that kind, or NULL. There is no row for a schema that
    does not exist or that the user may not use.
    """
    parts = {**relation_parts(version), **object_parts(version)}
    rows = "\nUNION ALL\n".join(
        f"SELECT '{kind}' AS kind, CAST(pg_catalog.json_agg(o) AS pg_catalog.text) AS data FROM ({part}) o"
        for kind, part in parts.items()
    )
    return f"WITH RECURSIVE {_COMMON}\nSELECT kind, data FROM ({rows}) found WHERE EXISTS (SELECT FROM place)"


_COMMON = f"""
place AS MATERIALIZED (
    SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n
    WHERE n.nspname {EQ} CAST(:schema AS pg_catalog.name) AND n.nspname {EQ} pg_catalog.current_schema()
),
rel AS MATERIALIZED (
    SELECT c.oid, c.relkind FROM place p JOIN pg_catalog.pg_class c ON c.relnamespace {EQ} p.oid
    WHERE c.relkind {EQ} ANY (CAST('{{r,p,f,v,m,S,c}}' AS pg_catalog."char"[])) AND NOT {member("pg_class", "c.oid")}
),
used AS (
    SELECT DISTINCT a.atttypid AS oid FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} rel.oid
    WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    UNION
    SELECT CASE WHEN t.typtype {EQ} 'd' THEN t.typbasetype ELSE t.typelem END
    FROM used JOIN pg_catalog.pg_type t ON t.oid {EQ} used.oid
    WHERE t.typtype {EQ} 'd' OR t.typcategory {EQ} 'A'
)"""
