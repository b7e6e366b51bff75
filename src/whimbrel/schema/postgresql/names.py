"""Names and texts in SQL for PostgreSQL, quoted if necessary. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from whimbrel.dialects.postgresql.dialect import DIALECT

__all__ = ["listed", "quoted", "text"]

# Every keyword that is not allowed as a name somewhere in a statement, as in quote_ident():
# https://www.postgresql.org/docs/current/sql-keywords-appendix.html
_KEYWORDS = """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char
    character check coalesce collate collation column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do
    else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping having ilike
    in initially inner inout int integer intersect interval into is isnull join json json_array json_arrayagg json_exists
    json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least left like
    limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset
    on only or order out outer overlaps overlay placing position precision primary real references returning right row select
    session_user setof similar smallint some substring symmetric system_user table tablesample then time timestamp to trailing
    treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
"""
_REFUSED = frozenset(_KEYWORDS.split())
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


@lru_cache(maxsize=4096)
def quoted(name: str) -> str:
    """Return a name as SQL; a plain one stays as it is, for readers of a dump."""
    return name if _PLAIN.match(name) and name not in _REFUSED else DIALECT.quote(name)


def listed(names: tuple[str, ...]) -> str:
    """Return names as SQL, with commas."""
    return ", ".join(map(quoted, names))


def text(value: str) -> str:
    """Return a text as an SQL literal that every session reads the same way."""
    return DIALECT.literal(value) if "\\" in value else "'" + value.replace("'", "''") + "'"
