"""Parts of the catalog queries: names, and the test for objects of an extension. Pure.

A name has no schema in it if its schema is pg_catalog or the one that is read, `place p`.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "CHARS", "EQ", "GT", "NE", "TYPE", "Version",
    "about", "answer", "answers", "chosen", "function_name", "member", "named", "names_of", "operator_name", "shown",
]  # fmt: skip

# The major version of a server: 18.
Version = int
EQ = "OPERATOR(pg_catalog.=)"
NE = "OPERATOR(pg_catalog.<>)"
CHARS = 'pg_catalog."char"[]'
# The name of a type by its number.
TYPE = "pg_catalog.format_type({}, NULL)"
GT = "OPERATOR(pg_catalog.>)"


def about(catalog: str) -> str:
    """Return the number of a catalog, as the columns `classid` have it."""
    return f"CAST('pg_catalog.{catalog}' AS pg_catalog.regclass)"


def answers(parts: Mapping[str, str]) -> str:
    """Return the query of several questions: a row for each, with its `kind` and `data`, a JSON array of the answers or NULL."""
    return "\nUNION ALL\n".join(
        f"SELECT '{kind}' AS kind, CAST(pg_catalog.json_agg(o) AS pg_catalog.text) AS data FROM ({part}) o"
        for kind, part in parts.items()
    )


def member(catalog: str, oid: str) -> str:
    """Return the condition that an object belongs to an extension, which creates the object itself."""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid {EQ} {about(catalog)} AND e.objid {EQ} {oid} "
        f"AND e.deptype {EQ} 'e')"
    )


def shown(catalog: str, oid: str) -> str:
    """Return the name of a relation or another named object as this session writes it: qualified only if it must be."""
    return f"CAST(CAST({oid} AS pg_catalog.{catalog}) AS pg_catalog.text)"


def names_of(relation: str, numbers: str) -> str:
    """Return the names of columns by their numbers, in the order of the numbers."""
    return f"""ARRAY(SELECT a.attname FROM pg_catalog.unnest({numbers}) WITH ORDINALITY AS k (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} {relation} AND a.attnum {EQ} k.number ORDER BY k.place)"""


def named(space: str, name: str) -> str:
    """Return a name, qualified only if it belongs to another schema."""
    return f"""(SELECT CASE WHEN q.nspname {EQ} ANY (ARRAY[p.nspname, 'pg_catalog']) THEN pg_catalog.quote_ident({name})
        ELSE pg_catalog.format('%I.%I', q.nspname, {name}) END FROM pg_catalog.pg_namespace q WHERE q.oid {EQ} {space})"""


def function_name(oid: str) -> str:
    """Return the name of a function without its arguments; NULL for 0. regprocout() qualifies the name of an overloaded one."""
    return f"(SELECT {named('f.pronamespace', 'f.proname')} FROM pg_catalog.pg_proc f WHERE f.oid {EQ} {oid})"


def operator_name(oid: str) -> str:
    """Return OPERATOR(name); an operator's name is never quoted."""
    return f"""(SELECT CASE WHEN q.nspname {EQ} ANY (ARRAY[p.nspname, 'pg_catalog'])
        THEN pg_catalog.format('OPERATOR(%s)', x.oprname) ELSE pg_catalog.format('OPERATOR(%I.%s)', q.nspname, x.oprname) END
        FROM pg_catalog.pg_operator x JOIN pg_catalog.pg_namespace q ON q.oid {EQ} x.oprnamespace WHERE x.oid {EQ} {oid})"""


def chosen(condition: str, *parts: str) -> str:
    """Return the joined parts if a condition holds, else NULL."""
    return f"CASE WHEN {condition} THEN pg_catalog.concat({', '.join(parts)}) END"


def answer(kind: str, catalog: str, alias: str, name: str, native: str, target: str = "") -> str:
    """Return the columns of an answer. `target` is the object in COMMENT ON, without its kind."""
    return f"""SELECT {alias}.oid, '{catalog}' AS catalog, '{kind}' AS kind, {name} AS name, {native} AS native,
           pg_catalog.concat('{kind.upper()} ', {target or name}) AS target"""
