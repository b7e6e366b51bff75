"""Queries for objects that the model keeps as statements: extensions, operators, collations, text search and others. Pure.

Each answers with the columns `oid`, `catalog`, `kind`, `name`, `native` (the statement; empty if there is none) and `target`
(the words after COMMENT ON).
"""

from __future__ import annotations

from whimbrel.schema.postgresql.operator_sql import OPERATOR_PARTS
from whimbrel.schema.postgresql.pieces import EQ, TYPE, Version, about, answer, chosen, function_name, member
from whimbrel.schema.postgresql.presence import Present
from whimbrel.schema.postgresql.search_sql import SEARCH_PARTS

__all__ = ["opaque_parts"]


def opaque_parts(present: Present) -> list[str]:
    """Return the queries for the existing kinds. All need the tables `place` and `rel` of `question.py`."""
    parts = {
        "pg_extension": _EXTENSIONS,
        "f": _SERVERS,
        "pg_collation": _collations(present.version),
        "pg_conversion": _CONVERSIONS,
        **OPERATOR_PARTS,
        "cast": _CASTS,
        "pg_statistic_ext": _statistics(present.version),
        "transform": _TRANSFORMS,
        "exclusion": _EXCLUSIONS,
        **SEARCH_PARTS,
    }
    return [part for word, part in parts.items() if present.has(word)]


_EXTENSIONS = f"""
    SELECT e.oid, 'pg_extension' AS catalog, 'extension' AS kind, pg_catalog.quote_ident(e.extname) AS name,
           pg_catalog.format('CREATE EXTENSION IF NOT EXISTS %I', e.extname) AS native,
           '' AS target
    FROM place p JOIN pg_catalog.pg_extension e ON e.extnamespace {EQ} p.oid"""

_OPTIONS = """(SELECT pg_catalog.concat(' OPTIONS (', pg_catalog.string_agg(
        pg_catalog.format('%I %L', o.option_name, o.option_value), ', '), ')') FROM pg_catalog.pg_options_to_table({}) o
        HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0)"""

# A server belongs to no schema. The result has the servers that the schema's foreign tables use.
_SERVERS = f"""
    SELECT s.oid, 'pg_foreign_server' AS catalog, 'server' AS kind, pg_catalog.quote_ident(s.srvname) AS name,
           pg_catalog.concat('CREATE SERVER IF NOT EXISTS ', pg_catalog.quote_ident(s.srvname),
               {chosen("s.srvtype IS NOT NULL", "' TYPE '", "pg_catalog.quote_literal(s.srvtype)")},
               {chosen("s.srvversion IS NOT NULL", "' VERSION '", "pg_catalog.quote_literal(s.srvversion)")},
               ' FOREIGN DATA WRAPPER ', pg_catalog.quote_ident(w.fdwname), {_OPTIONS.format("s.srvoptions")}) AS native,
           '' AS target
    FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid {EQ} s.srvfdw
    WHERE s.oid {EQ} ANY (ARRAY(SELECT f.ftserver FROM rel JOIN pg_catalog.pg_foreign_table f ON f.ftrelid {EQ} rel.oid))"""


def _collations(version: Version) -> str:
    libc = f"c.collprovider {EQ} 'c'"
    locale = "c.colllocale" if version >= 17 else "c.colliculocale" if version >= 15 else "c.collcollate"
    options = [
        f"CASE WHEN {libc} THEN 'provider = libc' WHEN c.collprovider {EQ} 'i' THEN 'provider = icu' "
        "ELSE 'provider = builtin' END",
        "CASE WHEN NOT c.collisdeterministic THEN 'deterministic = false' END",
        chosen(
            libc,
            "'lc_collate = '",
            "pg_catalog.quote_literal(c.collcollate)",
            "', lc_ctype = '",
            "pg_catalog.quote_literal(c.collctype)",
        ),
        chosen(f"NOT {libc}", "'locale = '", f"pg_catalog.quote_literal({locale})"),
    ]
    if version >= 16:
        options.append(chosen("c.collicurules IS NOT NULL", "'rules = '", "pg_catalog.quote_literal(c.collicurules)"))
    name = "pg_catalog.quote_ident(c.collname)"
    native = f"pg_catalog.concat('CREATE COLLATION ', {name}, ' (', pg_catalog.concat_ws(', ', {', '.join(options)}), ')')"
    return f"""
    {answer("collation", "pg_collation", "c", name, native)}
    FROM place p JOIN pg_catalog.pg_collation c ON c.collnamespace {EQ} p.oid WHERE NOT {member("pg_collation", "c.oid")}"""


_CONVERSION = f"""pg_catalog.concat('CREATE ', CASE WHEN c.condefault THEN 'DEFAULT ' END, 'CONVERSION ',
    pg_catalog.quote_ident(c.conname), ' FOR ', pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.conforencoding)),
    ' TO ', pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.contoencoding)), ' FROM ', {function_name("c.conproc")})"""
_CONVERSIONS = f"""
    {answer("conversion", "pg_conversion", "c", "pg_catalog.quote_ident(c.conname)", _CONVERSION)}
    FROM place p JOIN pg_catalog.pg_conversion c ON c.connamespace {EQ} p.oid WHERE NOT {member("pg_conversion", "c.oid")}"""

_CAST_NAME = f"pg_catalog.concat('(', {TYPE.format('c.castsource')}, ' AS ', {TYPE.format('c.casttarget')}, ')')"
_CAST = f"""pg_catalog.concat('CREATE CAST ', {_CAST_NAME}, CASE WHEN c.castmethod {EQ} 'b' THEN ' WITHOUT FUNCTION'
    WHEN c.castmethod {EQ} 'i' THEN ' WITH INOUT' ELSE pg_catalog.concat(' WITH FUNCTION ',
    CAST(CAST(c.castfunc AS pg_catalog.regprocedure) AS pg_catalog.text)) END,
    CASE WHEN c.castcontext {EQ} 'a' THEN ' AS ASSIGNMENT' WHEN c.castcontext {EQ} 'i' THEN ' AS IMPLICIT' END)"""
_CASTS = f"""
    {answer("cast", "pg_cast", "c", _CAST_NAME, _CAST)}
    FROM place p CROSS JOIN pg_catalog.pg_cast c JOIN pg_catalog.pg_type s ON s.oid {EQ} c.castsource
    JOIN pg_catalog.pg_type t ON t.oid {EQ} c.casttarget LEFT JOIN pg_catalog.pg_proc f ON f.oid {EQ} c.castfunc
    WHERE p.oid {EQ} ANY (ARRAY[s.typnamespace, t.typnamespace, f.pronamespace]) AND NOT {member("pg_cast", "c.oid")}
      -- That of a range to its multirange comes with the range.
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid {EQ} {about("pg_cast")} AND d.objid {EQ} c.oid
                      AND d.deptype {EQ} 'i')"""


def _statistics(version: Version) -> str:
    name = "pg_catalog.quote_ident(s.stxname)"
    head = "pg_catalog.length(pg_catalog.format('CREATE STATISTICS %I.%I', p.nspname, s.stxname))"
    rest = f"pg_catalog.substr(pg_catalog.pg_get_statisticsobjdef(s.oid), {head} OPERATOR(pg_catalog.+) 1)"
    source = f"""FROM place p JOIN pg_catalog.pg_statistic_ext s ON s.stxnamespace {EQ} p.oid
    WHERE NOT {member("pg_statistic_ext", "s.oid")}"""
    return f"""
    {answer("statistics", "pg_statistic_ext", "s", name, f"pg_catalog.concat('CREATE STATISTICS ', {name}, {rest})")} {source}
    UNION ALL
    SELECT s.oid, '', 'statistics target', {name},
           pg_catalog.format('ALTER STATISTICS %I SET STATISTICS %s', s.stxname, s.stxstattarget), ''
    {source} AND s.stxstattarget OPERATOR(pg_catalog.>=) 0"""


# No statement is built for them.
_TRANSFORMS = f"""
    SELECT r.oid, 'pg_transform' AS catalog, 'transform' AS kind, pg_catalog.format('%s LANGUAGE %I',
           {TYPE.format("r.trftype")}, l.lanname) AS name, '' AS native, '' AS target
    FROM place p CROSS JOIN pg_catalog.pg_transform r JOIN pg_catalog.pg_type t ON t.oid {EQ} r.trftype
    JOIN pg_catalog.pg_language l ON l.oid {EQ} r.trflang
    WHERE t.typnamespace {EQ} p.oid AND NOT {member("pg_transform", "r.oid")}"""

_EXCLUSION = "pg_catalog.concat(pg_catalog.quote_ident(c.conname), ' ON ', pg_catalog.quote_ident(rel.relname))"
_EXCLUSIONS = f"""
    SELECT c.oid, 'pg_constraint' AS catalog, 'exclusion constraint' AS kind, {_EXCLUSION} AS name,
           pg_catalog.format('ALTER TABLE ONLY %I ADD CONSTRAINT %I %s', rel.relname, c.conname,
               pg_catalog.pg_get_constraintdef(c.oid)) AS native,
           pg_catalog.concat('CONSTRAINT ', {_EXCLUSION}) AS target
    FROM rel JOIN pg_catalog.pg_constraint c ON c.conrelid {EQ} rel.oid
    WHERE c.contype {EQ} 'x'"""
