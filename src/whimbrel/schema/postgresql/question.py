"""The query that reads a schema from the catalog, and the settings under which it runs. Pure.

Names in the answers are written as a session with this schema alone in its search_path writes them: without the schema. Literals
do not depend on the session either. Every function, type and operator is named in full, so that nothing that users made can run.
"""

from __future__ import annotations

from whimbrel.dialects.postgresql.dialect import DIALECT
from whimbrel.schema.postgresql.object_sql import object_parts
from whimbrel.schema.postgresql.opaque_sql import opaque_parts
from whimbrel.schema.postgresql.pieces import EQ, answers, member
from whimbrel.schema.postgresql.presence import Present
from whimbrel.schema.postgresql.relation_sql import relation_parts

__all__ = ["KINDS", "question", "settings_sql"]

KINDS = (
    *("relation", "column", "constraint", "not null", "index", "trigger", "rule", "policy"),
    *("sequence", "used type", "used collation", "type", "domain constraint", "routine", "aggregate", "opaque"),
)
# https://www.postgresql.org/docs/current/runtime-config-client.html#RUNTIME-CONFIG-CLIENT-FORMAT and pg_dump's own list.
_SETTINGS = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "client_min_messages": "warning",
    "enable_mergejoin": "off",  # Planning one more strategy for each join takes longer than it can save.
    "extra_float_digits": "3",
    "from_collapse_limit": "1",  # The joins are written in a good order. Searching for better ones costs more than running it.
    "jit": "off",  # Compiling the query takes far longer than running it.
    "join_collapse_limit": "1",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "xmloption": "content",
}


def settings_sql(schema: str) -> list[str]:
    """Return the statements that make the transaction's answers independent of the session, until its end."""
    # A temporary table would otherwise hide a table of the schema, whose name would then be qualified.
    path = f"SET LOCAL search_path TO {DIALECT.quote(schema)}, pg_temp"
    return [path, *(f"SET LOCAL {name} TO {DIALECT.literal(value)}" for name, value in _SETTINGS.items())]


def question(present: Present) -> str:
    """Return the query for the kinds of objects that there are: rows with `kind` and `data`, a JSON array of the objects or NULL.

    Nothing in it is a parameter, so it need not be searched for parameters.
    """
    parts = relation_parts(present) | object_parts(present)
    if opaque := opaque_parts(present):
        parts["opaque"] = "\nUNION ALL\n".join(opaque)
    return f"WITH RECURSIVE {_common(present)}\n{answers(parts)}" if parts else ""


def _common(present: Present) -> str:
    """Return the tables that the questions share: the schema, its relations, and the types of their columns."""
    name = DIALECT.literal(present.schema)
    return f"""
place AS NOT MATERIALIZED (
    SELECT CAST({present.place} AS pg_catalog.oid) AS oid, CAST({name} AS pg_catalog.name) AS nspname
),
rel AS MATERIALIZED (
    SELECT c.oid, c.relkind, c.relname FROM pg_catalog.pg_class c
    WHERE c.relnamespace {EQ} CAST({present.place} AS pg_catalog.oid)
      AND c.relkind {EQ} ANY (CAST('{{r,p,f,v,m,S,c}}' AS pg_catalog."char"[])) AND NOT {member("pg_class", "c.oid")}
),
used AS (
    SELECT DISTINCT a.atttypid AS oid FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} rel.oid
    WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    UNION
    SELECT CASE WHEN t.typtype {EQ} 'd' THEN t.typbasetype ELSE t.typelem END
    FROM used JOIN pg_catalog.pg_type t ON t.oid {EQ} used.oid
    WHERE t.typtype {EQ} 'd' OR t.typcategory {EQ} 'A'
)"""
