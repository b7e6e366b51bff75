"""Queries for tables and views: the relations, their columns, constraints, indexes, triggers, rules and policies. Pure."""

from __future__ import annotations

from whimbrel.schema.postgresql.pieces import CHARS, EQ, GT, NE, Version, about, names_of, shown
from whimbrel.schema.postgresql.presence import Present

__all__ = ["relation_parts"]

# The version since which NOT NULL is a row of pg_constraint.
_NOT_NULL_ROWS = 18


def relation_parts(present: Present) -> dict[str, str]:
    """Return the queries for the existing kinds, by kind. All need the tables `place` and `rel`."""
    version, parts = present.version, {}
    if present.has("r", "p", "f", "v", "m"):
        parts["relation"] = _relations(present)
    if present.has("r", "p", "f", "v", "m", "c"):
        parts["column"] = _columns(version)
    if present.has("r", "p", "f"):
        parts["constraint"] = _constraints(version)
        parts |= {"not null": _not_nulls(present)} if version >= _NOT_NULL_ROWS else {}
    if present.has("r", "p", "m"):
        parts["index"] = _indexes(present)
    rare = {"trigger": _TRIGGERS, "rule": _RULES, "policy": _POLICIES}
    return parts | {kind: part for kind, part in rare.items() if present.has(kind)}


def _relations(present: Present) -> str:
    parents = server = server_options = identity = clustered = "NULL"
    if present.has("parent"):
        parents = f"""ARRAY(SELECT {shown("regclass", "i.inhparent")} FROM pg_catalog.pg_inherits i
                 WHERE i.inhrelid {EQ} c.oid ORDER BY i.inhseqno)"""
    if present.has("marked index"):
        identity, clustered = _marked("indisreplident"), _marked("indisclustered")
    if present.has("f"):
        server = f"""(SELECT s.srvname FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s
                 ON s.oid {EQ} f.ftserver WHERE f.ftrelid {EQ} c.oid)"""
        server_options = f"(SELECT f.ftoptions FROM pg_catalog.pg_foreign_table f WHERE f.ftrelid {EQ} c.oid)"
    return f"""
    SELECT c.oid, c.relname AS name, c.relkind AS kind, c.relpersistence AS persistence, c.reloptions AS options,
           CASE WHEN c.reltype {NE} 0 THEN c.reltype END AS row_type_oid,
           CASE WHEN t.typarray {NE} 0 THEN t.typarray END AS row_array_oid, o.reloptions AS toast, m.amname AS method,
           CASE WHEN c.relkind {EQ} 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partitioning,
           c.relispartition AS partition, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound,
           {parents} AS parents,
           CASE WHEN c.reloftype {NE} 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS row_type,
           c.relrowsecurity AS secured, c.relforcerowsecurity AS forced,
           CASE WHEN c.relkind {EQ} ANY (CAST('{{r,p,m}}' AS {CHARS})) THEN c.relreplident ELSE 'd' END AS identity,
           {identity} AS identity_index, {clustered} AS clustered,
           CASE WHEN c.relkind {EQ} ANY (CAST('{{v,m}}' AS {CHARS}))
                THEN pg_catalog.pg_get_viewdef(c.oid) END AS query,
           {server} AS server, {server_options} AS server_options
    FROM rel JOIN pg_catalog.pg_class c ON c.oid {EQ} rel.oid LEFT JOIN pg_catalog.pg_type t ON t.oid {EQ} c.reltype
    LEFT JOIN pg_catalog.pg_class o ON o.oid {EQ} c.reltoastrelid LEFT JOIN pg_catalog.pg_am m ON m.oid {EQ} c.relam
    WHERE rel.relkind {EQ} ANY (CAST('{{r,p,f,v,m}}' AS {CHARS}))"""


def _marked(mark: str) -> str:
    """Return the name of the relation's index with a mark."""
    return f"""(SELECT x.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid {EQ} i.indexrelid
            WHERE i.indrelid {EQ} c.oid AND i.{mark})"""


def _columns(version: Version) -> str:
    compression = "a.attcompression" if version >= 14 else "CAST('' AS pg_catalog.\"char\")"
    # Version 17 has NULL for the default, where older ones have -1.
    return f"""
    SELECT a.attrelid AS relation, a.attname AS name, a.atttypid AS type_oid,
           pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS filled, a.attgenerated AS generated,
           a.attidentity AS identity, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS value, d.oid AS value_oid,
           CASE WHEN a.attcollation {NE} 0 THEN a.attcollation END AS collation, a.attstorage AS storage,
           {compression} AS compression,
           a.attstattarget AS target, a.attoptions AS settings, a.attfdwoptions AS server_options, a.attislocal AS local,
           a.attnum AS number
    FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} rel.oid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid {EQ} a.attrelid AND d.adnum {EQ} a.attnum
    WHERE a.attnum {GT} 0 AND NOT a.attisdropped AND rel.relkind {EQ} ANY (CAST('{{r,p,f,v,m,c}}' AS {CHARS}))
    ORDER BY a.attrelid, a.attnum"""


def _constraints(version: Version) -> str:
    return f"""
    SELECT c.oid, c.conrelid AS relation, c.conname AS name, c.contype AS kind,
           pg_catalog.pg_get_constraintdef(c.oid) AS native,
           CASE WHEN c.contype {EQ} 'c' THEN pg_catalog.pg_get_expr(c.conbin, c.conrelid, TRUE) END AS expression,
           c.conkey AS numbers, c.confrelid AS target_oid, c.confkey AS target_numbers,
           t.relname AS target, CASE WHEN n.oid {NE} p.oid THEN n.nspname END AS target_schema,
           CASE WHEN n.oid {NE} p.oid THEN {names_of("c.confrelid", "c.confkey")} END AS target_columns,
           c.confupdtype AS on_update, c.confdeltype AS on_delete, c.confmatchtype AS match, c.condeferrable AS deferrable,
           c.condeferred AS deferred, c.convalidated AS valid, {"c.conenforced" if version >= 18 else "TRUE"} AS enforced,
           c.conislocal AS local, c.conparentid {NE} 0 AS inherited, c.connoinherit AS alone, c.conindid AS index_oid,
           {"i.indnullsnotdistinct" if version >= 15 else "FALSE"} AS nulls_same, x.reloptions AS index_options
    FROM rel CROSS JOIN place p JOIN pg_catalog.pg_constraint c ON c.conrelid {EQ} rel.oid
    LEFT JOIN pg_catalog.pg_class t ON t.oid {EQ} c.confrelid LEFT JOIN pg_catalog.pg_namespace n ON n.oid {EQ} t.relnamespace
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid {EQ} c.conindid AND c.contype {NE} 'f'
    LEFT JOIN pg_catalog.pg_class x ON x.oid {EQ} i.indexrelid
    WHERE c.contype {EQ} ANY (CAST('{{p,u,f,c}}' AS {CHARS}))
    ORDER BY c.conrelid, c.conname"""


def _not_nulls(present: Present) -> str:
    silent = f"""NOT EXISTS (SELECT FROM pg_catalog.pg_description d WHERE d.objoid {EQ} c.oid
        AND d.classoid {EQ} {about("pg_constraint")})"""
    # Nearly every constraint of this kind is a plain NOT NULL, which the column itself already shows.
    return f"""
    SELECT c.oid, c.conrelid AS relation, c.conname AS name, a.attname AS column, c.convalidated AS valid,
           c.connoinherit AS alone, c.conislocal AS local
    FROM rel JOIN pg_catalog.pg_constraint c ON c.conrelid {EQ} rel.oid AND c.contype {EQ} 'n'
    JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} c.conrelid AND a.attnum {EQ} c.conkey[1]
    WHERE NOT (c.conname {EQ} pg_catalog.concat(rel.relname, '_', a.attname, '_not_null') AND c.convalidated AND c.conislocal
               AND a.attislocal AND NOT c.connoinherit AND {silent if present.has("comment") else "TRUE"})"""


def _indexes(present: Present) -> str:
    version, parents = present.version, present.has("parent")
    expression = "pg_catalog.pg_get_indexdef(i.indexrelid, CAST(k.place AS pg_catalog.int4), FALSE)"
    return f"""
    SELECT x.oid, i.indrelid AS relation, x.relname AS name,
           CASE WHEN c.oid IS NULL THEN pg_catalog.pg_get_indexdef(x.oid) END AS native,
           pg_catalog.format('CREATE %sINDEX %I ON %s%I.%I', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, x.relname,
               CASE WHEN x.relkind {EQ} 'I' THEN 'ONLY ' ELSE '' END, p.nspname, rel.relname) AS head, rel.relname AS "table",
           i.indisunique AS "unique", i.indisvalid AS valid,
           {"i.indnullsnotdistinct" if version >= 15 else "FALSE"} AS nulls_same, m.amname AS method,
           i.indnkeyatts AS key_parts, pg_catalog.pg_get_expr(i.indpred, i.indrelid, TRUE) AS predicate,
           c.oid AS constraint_oid, {shown("regclass", "h.inhparent") if parents else "NULL"} AS parent,
           x.relkind AS kind,
           (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                'column', a.attname, 'expression', CASE WHEN k.number {EQ} 0 THEN {expression} END,
                'order', i.indoption[k.place {_MINUS} 1],
                'collation', CASE WHEN i.indcollation[k.place {_MINUS} 1] {NE} coalesce(a.attcollation, s.typcollation)
                    THEN pg_catalog.quote_ident(l.collname) END,
                'class', CASE WHEN NOT o.opcdefault THEN o.opcname END, 'target', e.attstattarget
            ) ORDER BY k.place)
            FROM pg_catalog.unnest(CAST(i.indkey AS pg_catalog.int2[])) WITH ORDINALITY AS k (number, place)
            LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} i.indrelid AND a.attnum {EQ} k.number AND k.number {NE} 0
            LEFT JOIN pg_catalog.pg_attribute e ON e.attrelid {EQ} i.indexrelid AND e.attnum {EQ} k.place
            LEFT JOIN pg_catalog.pg_type s ON s.oid {EQ} e.atttypid
            LEFT JOIN pg_catalog.pg_opclass o ON o.oid {EQ} i.indclass[k.place {_MINUS} 1]
            LEFT JOIN pg_catalog.pg_collation l ON l.oid {EQ} i.indcollation[k.place {_MINUS} 1]) AS parts
    FROM rel CROSS JOIN place p JOIN pg_catalog.pg_index i ON i.indrelid {EQ} rel.oid
    JOIN pg_catalog.pg_class x ON x.oid {EQ} i.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid {EQ} x.relam
    LEFT JOIN pg_catalog.pg_constraint c ON c.conindid {EQ} x.oid AND c.conrelid {EQ} i.indrelid
          AND c.contype {EQ} ANY (CAST('{{p,u,x}}' AS {CHARS}))
    {f"LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid {EQ} x.oid" if parents else ""}
    -- The index of a key is the key's own.
    WHERE c.oid IS NULL {"OR h.inhparent IS NOT NULL" if parents else ""}
    ORDER BY x.relname"""


_MINUS = "OPERATOR(pg_catalog.-)"


# Since version 13, a partition's trigger names the parent's trigger that it was created from.
_TRIGGERS = f"""
    SELECT t.oid, t.tgrelid AS relation, t.tgname AS name, pg_catalog.pg_get_triggerdef(t.oid, TRUE) AS native,
           t.tgenabled AS enabled, t.tgparentid {NE} 0 AS inherited, t.tgisinternal AS internal,
           (SELECT o.tgenabled FROM pg_catalog.pg_trigger o WHERE o.oid {EQ} t.tgparentid) AS parent_enabled
    FROM rel JOIN pg_catalog.pg_trigger t ON t.tgrelid {EQ} rel.oid WHERE NOT t.tgisinternal OR t.tgparentid {NE} 0
    ORDER BY t.tgrelid, t.tgname"""


_RULES = f"""
    SELECT r.oid, r.ev_class AS relation, r.rulename AS name, pg_catalog.pg_get_ruledef(r.oid, TRUE) AS native,
           r.ev_enabled AS enabled, r.rulename {EQ} '_RETURN' AS query
    FROM rel JOIN pg_catalog.pg_rewrite r ON r.ev_class {EQ} rel.oid"""

_POLICIES = f"""
    SELECT o.oid, o.polrelid AS relation, o.polname AS name, o.polcmd AS command, o.polpermissive AS permissive,
           ARRAY(SELECT pg_catalog.quote_ident(r.rolname) FROM pg_catalog.pg_roles r
                 WHERE r.oid {EQ} ANY (o.polroles) ORDER BY r.rolname) AS roles,
           pg_catalog.pg_get_expr(o.polqual, o.polrelid) AS condition,
           pg_catalog.pg_get_expr(o.polwithcheck, o.polrelid) AS new_rows
    FROM rel JOIN pg_catalog.pg_policy o ON o.polrelid {EQ} rel.oid"""
