"""Queries for types, sequences and routines, and for the types and collations that columns use. Pure."""

from __future__ import annotations

from whimbrel.schema.postgresql.pieces import CHARS, EQ, NE, Version, about, function_name, member, shown
from whimbrel.schema.postgresql.presence import Present

__all__ = ["object_parts"]


def object_parts(present: Present) -> dict[str, str]:
    """Return the queries for the existing kinds, by kind. All need the tables `place`, `rel` and `used`."""
    parts = {"sequence": _SEQUENCES} if present.has("S") else {}
    if present.has("r", "p", "f", "v", "m", "c"):
        parts |= {"used type": _used_types(present), "used collation": _used_collations(present.version)}
    if present.has("pg_type"):
        parts |= {"type": _types(present.version), "domain constraint": _DOMAIN_CONSTRAINTS}
    if present.has("pg_proc"):
        parts |= {"routine": _ROUTINES, "aggregate": _AGGREGATES}
    return parts


# An internal dependency marks the sequence of an identity column; an automatic dependency marks a sequence that belongs to a
# column.
_SEQUENCES = f"""
    SELECT c.oid, c.relname AS name, c.relpersistence AS persistence, pg_catalog.format_type(s.seqtypid, NULL) AS type,
           s.seqstart AS start, s.seqincrement AS step, s.seqmax AS highest, s.seqmin AS lowest, s.seqcache AS cache,
           s.seqcycle AS cycle, t.relname AS owner, a.attname AS owner_column, d.deptype {EQ} 'i' AS identity,
           t.oid AS owner_oid
    FROM rel JOIN pg_catalog.pg_class c ON c.oid {EQ} rel.oid JOIN pg_catalog.pg_sequence s ON s.seqrelid {EQ} c.oid
    LEFT JOIN pg_catalog.pg_depend d ON d.classid {EQ} {about("pg_class")} AND d.objid {EQ} c.oid AND d.objsubid {EQ} 0
          AND d.refclassid {EQ} {about("pg_class")} AND d.refobjsubid {NE} 0
          AND d.deptype {EQ} ANY (CAST('{{a,i}}' AS {CHARS}))
    LEFT JOIN pg_catalog.pg_class t ON t.oid {EQ} d.refobjid
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} d.refobjid AND a.attnum {EQ} d.refobjsubid"""


def _used_types(present: Present) -> str:
    values = f"""ARRAY(SELECT l.enumlabel FROM pg_catalog.pg_enum l WHERE l.enumtypid {EQ} t.oid ORDER BY l.enumsortorder)"""
    return f"""
    SELECT t.oid, t.typtype AS kind, pg_catalog.format_type(t.oid, NULL) AS name, t.typname AS bare,
           t.typnamespace {EQ} CAST('pg_catalog' AS pg_catalog.regnamespace) AS built_in, t.typbasetype AS base,
           pg_catalog.format_type(t.typbasetype, t.typtypmod) AS base_name,
           t.typnotnull AS filled, t.typcollation AS collation, t.typstorage AS storage,
           CASE WHEN t.typcategory {EQ} 'A' THEN t.typelem END AS element, {values if present.has("enum") else "NULL"} AS values
    FROM used JOIN pg_catalog.pg_type t ON t.oid {EQ} used.oid"""


def _used_collations(version: Version) -> str:
    locale = "c.colllocale" if version >= 17 else "c.colliculocale" if version >= 15 else "c.collcollate"
    return f"""
    SELECT c.oid, {shown("regcollation", "c.oid")} AS name, c.collisdeterministic AS deterministic, c.collprovider AS provider,
           {locale} AS locale, {"c.collicurules" if version >= 16 else "NULL"} AS rules
    FROM pg_catalog.pg_collation c WHERE c.oid {EQ} ANY (ARRAY(
        SELECT a.attcollation FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} rel.oid WHERE a.attcollation {NE} 0))"""


def _types(version: Version) -> str:
    many = "pg_catalog.format_type(r.rngmultitypid, NULL)"
    collation = f"CASE WHEN {{0}} THEN {shown('regcollation', '{1}')} END"
    return f"""
    SELECT t.oid, t.typname AS name, t.typtype AS kind, t.typrelid AS relation,
           CASE WHEN t.typarray {NE} 0 THEN t.typarray END AS array_oid,
           {"r.rngmultitypid" if version >= 14 else "NULL"} AS multirange_oid,
           {"(SELECT m.typarray FROM pg_catalog.pg_type m WHERE m.oid " + EQ + " r.rngmultitypid)" if version >= 14 else "NULL"}
               AS multirange_array_oid,
           ARRAY(SELECT l.enumlabel FROM pg_catalog.pg_enum l WHERE l.enumtypid {EQ} t.oid ORDER BY l.enumsortorder) AS values,
           pg_catalog.format_type(t.typbasetype, t.typtypmod) AS base, t.typnotnull AS filled,
           CASE WHEN t.typtype {EQ} 'd' THEN coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault) END AS value,
           {collation.format(f"t.typcollation {NE} b.typcollation", "t.typcollation")} AS collation,
           pg_catalog.format_type(r.rngsubtype, NULL) AS subtype,
           CASE WHEN NOT o.opcdefault THEN {_class_name("o")} END AS subtype_class,
           {collation.format(f"r.rngcollation {NE} u.typcollation", "r.rngcollation")} AS range_collation,
           {function_name("r.rngcanonical")} AS canonical,
           {function_name("r.rngsubdiff")} AS difference,
           {many if version >= 14 else "NULL"} AS multirange,
           CASE WHEN t.typtype {EQ} 'b' THEN pg_catalog.json_build_object(
               'input', {function_name("t.typinput")}, 'output', {function_name("t.typoutput")},
               'receive', {function_name("t.typreceive")},
               'send', {function_name("t.typsend")},
               'typmod_in', {function_name("t.typmodin")},
               'typmod_out', {function_name("t.typmodout")},
               'analyze', {function_name("t.typanalyze")},
               'subscript', {function_name("t.typsubscript") if version >= 14 else "NULL"},
               'length', t.typlen, 'by_value', t.typbyval, 'alignment', t.typalign, 'storage', t.typstorage,
               'category', t.typcategory, 'preferred', t.typispreferred, 'default', t.typdefault,
               'element', CASE WHEN t.typelem {NE} 0 THEN pg_catalog.format_type(t.typelem, NULL) END,
               'delimiter', t.typdelim, 'collatable', t.typcollation {NE} 0) END AS base_facts,
           t.typisdefined AS defined
    FROM place p JOIN pg_catalog.pg_type t ON t.typnamespace {EQ} p.oid
    LEFT JOIN pg_catalog.pg_type b ON b.oid {EQ} t.typbasetype
    LEFT JOIN pg_catalog.pg_range r ON r.rngtypid {EQ} t.oid LEFT JOIN pg_catalog.pg_type u ON u.oid {EQ} r.rngsubtype
    LEFT JOIN pg_catalog.pg_opclass o ON o.oid {EQ} r.rngsubopc
    WHERE t.typtype {EQ} ANY (CAST('{{b,c,d,e,r,p}}' AS {CHARS})) AND NOT {member("pg_type", "t.oid")}
      AND (t.typrelid {EQ} 0 OR t.typrelid {EQ} ANY (ARRAY(SELECT rel.oid FROM rel WHERE rel.relkind {EQ} 'c')))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type l WHERE l.oid {EQ} t.typelem AND l.typarray {EQ} t.oid)"""


def _class_name(alias: str) -> str:
    return f"""(SELECT CASE WHEN n.nspname {EQ} ANY (ARRAY[p.nspname, 'pg_catalog']) THEN pg_catalog.quote_ident({alias}.opcname)
        ELSE pg_catalog.format('%I.%I', n.nspname, {alias}.opcname) END
        FROM pg_catalog.pg_namespace n WHERE n.oid {EQ} {alias}.opcnamespace)"""


_DOMAIN_CONSTRAINTS = f"""
    SELECT c.oid, c.contypid AS type_oid, c.conname AS name, c.contype AS kind, pg_catalog.pg_get_constraintdef(c.oid) AS native,
           c.convalidated AS valid
    FROM place p JOIN pg_catalog.pg_type t ON t.typnamespace {EQ} p.oid JOIN pg_catalog.pg_constraint c ON c.contypid {EQ} t.oid
    WHERE t.typtype {EQ} 'd' AND NOT {member("pg_type", "t.oid")} ORDER BY c.conname"""

# The text of pg_get_functiondef() begins with these words and the qualified name.
_ROUTINES = f"""
    SELECT f.oid, f.proname AS name, f.prokind AS kind, pg_catalog.pg_get_function_identity_arguments(f.oid) AS arguments,
           pg_catalog.format('CREATE OR REPLACE %s %I.%I', CASE WHEN f.prokind {EQ} 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
               p.nspname, f.proname) AS head, pg_catalog.pg_get_functiondef(f.oid) AS native,
           l.lanname {EQ} 'sql' AS is_sql
    FROM place p JOIN pg_catalog.pg_proc f ON f.pronamespace {EQ} p.oid JOIN pg_catalog.pg_language l ON l.oid {EQ} f.prolang
    WHERE f.prokind {NE} 'a' AND NOT {member("pg_proc", "f.oid")} AND NOT {{generated}}""".format(
    # The constructors of a range type come with it.
    generated=f"""EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid {EQ} {about("pg_proc")} AND d.objid {EQ} f.oid
        AND d.refclassid {EQ} {about("pg_type")} AND d.deptype {EQ} 'i')"""
)

_AGGREGATES = f"""
    SELECT f.oid, f.proname AS name, pg_catalog.pg_get_function_identity_arguments(f.oid) AS arguments,
           pg_catalog.pg_get_function_arguments(f.oid) AS declared, g.aggkind AS kind, g.aggnumdirectargs AS direct,
           f.proparallel AS parallel,
           {function_name("g.aggtransfn")} AS sfunc, pg_catalog.format_type(g.aggtranstype, NULL) AS stype,
           g.aggtransspace AS sspace, {function_name("g.aggfinalfn")} AS finalfunc, g.aggfinalextra AS finalextra,
           g.aggfinalmodify AS finalmodify, {function_name("g.aggcombinefn")} AS combinefunc,
           {function_name("g.aggserialfn")} AS serialfunc, {function_name("g.aggdeserialfn")} AS deserialfunc,
           g.agginitval AS initcond, {function_name("g.aggmtransfn")} AS msfunc,
           {function_name("g.aggminvtransfn")} AS minvfunc, pg_catalog.format_type(g.aggmtranstype, NULL) AS mstype,
           g.aggmtransspace AS msspace, {function_name("g.aggmfinalfn")} AS mfinalfunc, g.aggmfinalextra AS mfinalextra,
           g.aggmfinalmodify AS mfinalmodify, g.aggminitval AS minitcond,
           CASE WHEN g.aggsortop {NE} 0 THEN CAST(CAST(g.aggsortop AS pg_catalog.regoper) AS pg_catalog.text) END AS sortop
    FROM place p JOIN pg_catalog.pg_proc f ON f.pronamespace {EQ} p.oid JOIN pg_catalog.pg_aggregate g ON g.aggfnoid {EQ} f.oid
    WHERE NOT {member("pg_proc", "f.oid")}"""
