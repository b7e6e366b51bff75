"""Queries for text search, with the same columns as in `opaque_sql.py`. Pure."""

from __future__ import annotations

from whimbrel.schema.postgresql.pieces import EQ, NE, chosen, function_name, member, named, shown

__all__ = ["SEARCH_PARTS"]


def _search(kind: str, catalog: str, alias: str, prefix: str, native: str, joins: str = "") -> str:
    name = f"pg_catalog.quote_ident({alias}.{prefix}name)"
    head = f"'CREATE TEXT SEARCH {kind} ', {name}"
    return f"""
    SELECT {alias}.oid, '{catalog}' AS catalog, 'text search' AS kind, pg_catalog.concat('{kind.lower()} ', {name}) AS name,
           pg_catalog.concat({head}, ' (', {native}, ')') AS native, pg_catalog.concat('TEXT SEARCH {kind} ', {name}) AS target
    FROM place p JOIN pg_catalog.{catalog} {alias} ON {alias}.{prefix}namespace {EQ} p.oid {joins}
    WHERE NOT {member(catalog, f"{alias}.oid")}"""


def _facts(**columns: str) -> str:
    parts = [chosen(f"{column} {NE} 0", f"'{name} = '", function_name(column)) for name, column in columns.items()]
    return f"pg_catalog.concat_ws(', ', {', '.join(parts)})"


_PARSERS = _search(
    "PARSER", "pg_ts_parser", "x", "prs",
    _facts(START="x.prsstart", GETTOKEN="x.prstoken", END="x.prsend", HEADLINE="x.prsheadline", LEXTYPES="x.prslextype"),
)  # fmt: skip
_TEMPLATES = _search("TEMPLATE", "pg_ts_template", "x", "tmpl", _facts(INIT="x.tmplinit", LEXIZE="x.tmpllexize"))
_OPTION = chosen("x.dictinitoption IS NOT NULL", "', '", "x.dictinitoption")
_DICTIONARIES = _search(
    "DICTIONARY", "pg_ts_dict", "x", "dict", f"'TEMPLATE = ', {named('m.tmplnamespace', 'm.tmplname')}, {_OPTION}",
    f"JOIN pg_catalog.pg_ts_template m ON m.oid {EQ} x.dicttemplate",
)  # fmt: skip
_CONFIGURATIONS = f"""{
    _search(
        "CONFIGURATION",
        "pg_ts_config",
        "x",
        "cfg",
        f"pg_catalog.concat('PARSER = ', {named('m.prsnamespace', 'm.prsname')})",
        f"JOIN pg_catalog.pg_ts_parser m ON m.oid {EQ} x.cfgparser",
    )
}
    UNION ALL
    SELECT x.oid, '', 'text search mapping', pg_catalog.concat(pg_catalog.quote_ident(x.cfgname), ' ', k.alias),
           pg_catalog.concat('ALTER TEXT SEARCH CONFIGURATION ', pg_catalog.quote_ident(x.cfgname), ' ADD MAPPING FOR ',
               pg_catalog.quote_ident(k.alias), ' WITH ', (
               SELECT pg_catalog.string_agg({shown("regdictionary", "m.mapdict")}, ', ' ORDER BY m.mapseqno)
               FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg {EQ} x.oid AND m.maptokentype {EQ} k.tokid)), ''
    FROM place p JOIN pg_catalog.pg_ts_config x ON x.cfgnamespace {EQ} p.oid
    CROSS JOIN LATERAL pg_catalog.ts_token_type(x.cfgparser) k
    WHERE NOT {member("pg_ts_config", "x.oid")}
      AND EXISTS (SELECT FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg {EQ} x.oid AND m.maptokentype {EQ} k.tokid)"""

# The queries, by the catalog of their objects.
SEARCH_PARTS = {
    "pg_ts_parser": _PARSERS,
    "pg_ts_template": _TEMPLATES,
    "pg_ts_dict": _DICTIONARIES,
    "pg_ts_config": _CONFIGURATIONS,
}
