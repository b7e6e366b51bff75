"""Questions about tables and views: the relations, their columns, constraints, indexes, triggers, rules and policies. Pure."""

from __future__ import annotations

__all__ = ["EQ", "Version", "about", "commented", "member", "relation_parts"]

# The major version of a server: 18.
Version = int
EQ = "OPERATOR(pg_catalog.=)"
_NE = "OPERATOR(pg_catalog.<>)"
_GT = "OPERATOR(pg_catalog.>)"


def about(catalog: str) -> str:
    """Return the number of a catalog, as the columns `classid` have it."""
    return f"CAST('pg_catalog.{catalog}' AS pg_catalog.regclass)"


def commented(catalog: str, oid: str, part: str = "0") -> str:
    """Return the comment on an object as a subquery. The function obj_description() takes ten times as long."""
    return (
        f"(SELECT d.description FROM pg_catalog.pg_description d WHERE d.objoid {EQ} {oid} "
        f"AND d.classoid {EQ} {about(catalog)} AND d.objsubid {EQ} {part})"
    )


def member(catalog: str, oid: str) -> str:
    """Return the condition that an object belongs to an extension, which creates it."""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid {EQ} {about(catalog)} AND e.objid {EQ} {oid} "
        f"AND e.deptype {EQ} 'e')"
    )


def shown(catalog: str, oid: str) -> str:
    """Return the name of a relation or role-free object as this session writes it: qualified only if it must be."""
    return f"CAST(CAST({oid} AS pg_catalog.{catalog}) AS pg_catalog.text)"


def names_of(relation: str, numbers: str) -> str:
    """Return the names of columns by their numbers, in the order of the numbers."""
    return f"""ARRAY(SELECT a.attname FROM pg_catalog.unnest({numbers}) WITH ORDINALITY AS k (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} {relation} AND a.attnum {EQ} k.number ORDER BY k.place)"""


def relation_parts(version: Version) -> dict[str, str]:
    """Return one question for each kind of object, by the kind. All need the tables `place` and `rel` of `question.py`."""
    return {
        "relation": _relations(version),
        "column": _columns(version),
        "constraint": _constraints(version),
        "index": _indexes(version),
        "trigger": _triggers(version),
        "rule": _RULES,
        "policy": _POLICIES,
    }


def _relations(version: Version) -> str:
    return f"""
    SELECT c.oid, c.relname AS name, c.relkind AS kind, c.relpersistence AS persistence, c.reloptions AS options,
           (SELECT t.reloptions FROM pg_catalog.pg_class t WHERE t.oid {EQ} c.reltoastrelid) AS toast,
           (SELECT m.amname FROM pg_catalog.pg_am m WHERE m.oid {EQ} c.relam) AS method,
           CASE WHEN c.relkind {EQ} 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partitioning,
           c.relispartition AS partition, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound,
           ARRAY(SELECT {shown("regclass", "i.inhparent")} FROM pg_catalog.pg_inherits i
                 WHERE i.inhrelid {EQ} c.oid ORDER BY i.inhseqno) AS parents,
           CASE WHEN c.reloftype {_NE} 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS row_type,
           c.relrowsecurity AS secured, c.relforcerowsecurity AS forced,
           CASE WHEN c.relkind {EQ} ANY (CAST('{{r,p,m}}' AS pg_catalog."char"[])) THEN c.relreplident ELSE 'd' END AS identity,
           (SELECT x.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid {EQ} i.indexrelid
            WHERE i.indrelid {EQ} c.oid AND i.indisreplident) AS identity_index,
           (SELECT x.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid {EQ} i.indexrelid
            WHERE i.indrelid {EQ} c.oid AND i.indisclustered) AS clustered,
           CASE WHEN c.relkind {EQ} ANY (CAST('{{v,m}}' AS pg_catalog."char"[]))
                THEN pg_catalog.pg_get_viewdef(c.oid) END AS query,
           (SELECT s.srvname FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s ON s.oid {EQ} f.ftserver
            WHERE f.ftrelid {EQ} c.oid) AS server,
           (SELECT f.ftoptions FROM pg_catalog.pg_foreign_table f WHERE f.ftrelid {EQ} c.oid) AS server_options,
           {commented("pg_class", "c.oid")} AS comment
    FROM rel JOIN pg_catalog.pg_class c ON c.oid {EQ} rel.oid
    WHERE c.relkind {EQ} ANY (CAST('{{r,p,f,v,m}}' AS pg_catalog."char"[]))"""


def _columns(version: Version) -> str:
    compression = "a.attcompression" if version >= 14 else "CAST('' AS pg_catalog.\"char\")"
    # Version 17 has NULL for the default, where older ones have -1.
    return f"""
    SELECT a.attrelid AS relation, a.attname AS name, a.atttypid AS type_oid,
           pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS filled, a.attgenerated AS generated,
           a.attidentity AS identity, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS value, d.oid AS value_oid,
           CASE WHEN a.attcollation {_NE} 0 THEN a.attcollation END AS collation, t.typcollation AS type_collation,
           CASE WHEN a.attstorage {_NE} t.typstorage THEN a.attstorage END AS storage, {compression} AS compression,
           a.attstattarget AS target, a.attoptions AS settings, a.attfdwoptions AS server_options, a.attislocal AS local,
           {commented("pg_class", "a.attrelid", "a.attnum")} AS comment
    FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} rel.oid JOIN pg_catalog.pg_type t ON t.oid {EQ} a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid {EQ} a.attrelid AND d.adnum {EQ} a.attnum
    WHERE a.attnum {_GT} 0 AND NOT a.attisdropped AND rel.relkind {EQ} ANY (CAST('{{r,p,f,v,m,c}}' AS pg_catalog."char"[]))
    ORDER BY a.attrelid, a.attnum"""


def _constraints(version: Version) -> str:
    return f"""
    SELECT c.oid, c.conrelid AS relation, c.conname AS name, c.contype AS kind, pg_catalog.pg_get_constraintdef(c.oid) AS native,
           CASE WHEN c.contype {EQ} 'c' THEN pg_catalog.pg_get_expr(c.conbin, c.conrelid, TRUE) END AS expression,
           {names_of("c.conrelid", "c.conkey")} AS columns,
           t.relname AS target, CASE WHEN n.oid {_NE} p.oid THEN n.nspname END AS target_schema,
           CASE WHEN c.contype {EQ} 'f' THEN {names_of("c.confrelid", "c.confkey")} END AS target_columns,
           c.confupdtype AS on_update, c.confdeltype AS on_delete, c.confmatchtype AS match, c.condeferrable AS deferrable,
           c.condeferred AS deferred, c.convalidated AS valid, {"c.conenforced" if version >= 18 else "TRUE"} AS enforced,
           c.conislocal AS local, c.conparentid {_NE} 0 AS inherited, c.connoinherit AS alone, c.conindid AS index_oid,
           {"i.indnullsnotdistinct" if version >= 15 else "FALSE"} AS nulls_same, x.reloptions AS index_options,
           {commented("pg_constraint", "c.oid")} AS comment
    FROM rel CROSS JOIN place p JOIN pg_catalog.pg_constraint c ON c.conrelid {EQ} rel.oid
    LEFT JOIN pg_catalog.pg_class t ON t.oid {EQ} c.confrelid LEFT JOIN pg_catalog.pg_namespace n ON n.oid {EQ} t.relnamespace
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid {EQ} c.conindid AND c.contype {_NE} 'f'
    LEFT JOIN pg_catalog.pg_class x ON x.oid {EQ} i.indexrelid
    WHERE c.contype {EQ} ANY (CAST('{{p,u,f,c,x,n}}' AS pg_catalog."char"[]))
    ORDER BY c.conrelid, c.conname"""


def _indexes(version: Version) -> str:
    expression = "pg_catalog.pg_get_indexdef(i.indexrelid, CAST(k.place AS pg_catalog.int4), FALSE)"
    default = f"""(SELECT o.opcdefault FROM pg_catalog.pg_opclass o WHERE o.oid {EQ} i.indclass[k.place {_MINUS} 1])"""
    return f"""
    SELECT x.oid, i.indrelid AS relation, x.relname AS name, pg_catalog.pg_get_indexdef(x.oid) AS native,
           pg_catalog.format('CREATE %sINDEX %I ON %s%I.%I', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, x.relname,
               CASE WHEN x.relkind {EQ} 'I' THEN 'ONLY ' ELSE '' END, p.nspname, r.relname) AS head, r.relname AS "table",
           i.indisunique AS "unique", i.indisvalid AS valid,
           {"i.indnullsnotdistinct" if version >= 15 else "FALSE"} AS nulls_same, m.amname AS method,
           i.indnkeyatts AS key_parts, pg_catalog.pg_get_expr(i.indpred, i.indrelid, TRUE) AS predicate,
           (SELECT c.oid FROM pg_catalog.pg_constraint c WHERE c.conindid {EQ} x.oid AND c.conrelid {EQ} i.indrelid
            AND c.contype {EQ} ANY (CAST('{{p,u,x}}' AS pg_catalog."char"[]))) AS constraint_oid,
           (SELECT {shown("regclass", "h.inhparent")} FROM pg_catalog.pg_inherits h WHERE h.inhrelid {EQ} x.oid) AS parent,
           x.relkind AS kind,
           (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                'column', a.attname, 'expression', CASE WHEN k.number {EQ} 0 THEN {expression} END,
                'order', i.indoption[k.place {_MINUS} 1],
                'collation', CASE WHEN i.indcollation[k.place {_MINUS} 1] {_NE} coalesce(a.attcollation, s.typcollation)
                    THEN (SELECT pg_catalog.quote_ident(o.collname) FROM pg_catalog.pg_collation o
                          WHERE o.oid {EQ} i.indcollation[k.place {_MINUS} 1]) END,
                'class', CASE WHEN NOT {default}
                    THEN (SELECT o.opcname FROM pg_catalog.pg_opclass o WHERE o.oid {EQ} i.indclass[k.place {_MINUS} 1]) END
            ) ORDER BY k.place)
            FROM pg_catalog.unnest(CAST(i.indkey AS pg_catalog.int2[])) WITH ORDINALITY AS k (number, place)
            LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} i.indrelid AND a.attnum {EQ} k.number AND k.number {_NE} 0
            LEFT JOIN pg_catalog.pg_attribute e ON e.attrelid {EQ} i.indexrelid AND e.attnum {EQ} k.place
            LEFT JOIN pg_catalog.pg_type s ON s.oid {EQ} e.atttypid) AS parts,
           (SELECT pg_catalog.json_object_agg(a.attnum, a.attstattarget) FROM pg_catalog.pg_attribute a
            WHERE a.attrelid {EQ} x.oid AND a.attstattarget OPERATOR(pg_catalog.>=) 0) AS targets,
           {commented("pg_class", "x.oid")} AS comment
    FROM rel CROSS JOIN place p JOIN pg_catalog.pg_index i ON i.indrelid {EQ} rel.oid
    JOIN pg_catalog.pg_class x ON x.oid {EQ} i.indexrelid JOIN pg_catalog.pg_class r ON r.oid {EQ} rel.oid
    JOIN pg_catalog.pg_am m ON m.oid {EQ} x.relam
    ORDER BY x.relname"""


_MINUS = "OPERATOR(pg_catalog.-)"


def _triggers(version: Version) -> str:
    # Only from version 13 on does a trigger of a partition name the one that it was made from.
    return f"""
    SELECT t.oid, t.tgrelid AS relation, t.tgname AS name, pg_catalog.pg_get_triggerdef(t.oid, TRUE) AS native,
           t.tgenabled AS enabled, t.tgparentid {_NE} 0 AS inherited,
           (SELECT o.tgenabled FROM pg_catalog.pg_trigger o WHERE o.oid {EQ} t.tgparentid) AS parent_enabled,
           {commented("pg_trigger", "t.oid")} AS comment
    FROM rel JOIN pg_catalog.pg_trigger t ON t.tgrelid {EQ} rel.oid WHERE NOT t.tgisinternal OR t.tgparentid {_NE} 0
    ORDER BY t.tgrelid, t.tgname"""


_RULES = f"""
    SELECT r.oid, r.ev_class AS relation, r.rulename AS name, pg_catalog.pg_get_ruledef(r.oid, TRUE) AS native,
           r.ev_enabled AS enabled, r.rulename {EQ} '_RETURN' AS query, {commented("pg_rewrite", "r.oid")} AS comment
    FROM rel JOIN pg_catalog.pg_rewrite r ON r.ev_class {EQ} rel.oid"""

_POLICIES = f"""
    SELECT o.oid, o.polrelid AS relation, o.polname AS name, o.polcmd AS command, o.polpermissive AS permissive,
           ARRAY(SELECT pg_catalog.quote_ident(r.rolname) FROM pg_catalog.pg_roles r
                 WHERE r.oid {EQ} ANY (o.polroles) ORDER BY r.rolname) AS roles,
           pg_catalog.pg_get_expr(o.polqual, o.polrelid) AS condition,
           pg_catalog.pg_get_expr(o.polwithcheck, o.polrelid) AS new_rows, {commented("pg_policy", "o.oid")} AS comment
    FROM rel JOIN pg_catalog.pg_policy o ON o.polrelid {EQ} rel.oid"""
