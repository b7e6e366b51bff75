"""The query for the dependencies and comments of objects whose numbers are known. Pure."""

from __future__ import annotations

from collections.abc import Collection

from whimbrel.dialects.postgresql.dialect import DIALECT
from whimbrel.schema.postgresql.pieces import EQ, NE, about, answers

__all__ = ["Key", "linked_question"]

# The number of a catalog, and the number of an object in it, as JSON has it.
Key = tuple[int, str]


def linked_question(needing: Collection[Key], commented: Collection[Key]) -> str:
    """Return the query. Its rows have `kind` ("need" or "comment") and `data`, as those of `question`."""
    parts = {"need": _NEEDS.format(keys=_keys(needing)), "comment": _COMMENTS.format(keys=_keys(commented))}
    return answers({kind: parts[kind] for kind, keys in (("need", needing), ("comment", commented)) if keys})


def _keys(keys: Collection[Key]) -> str:
    numbers = [",".join(str(key[place]) for key in keys) for place in (0, 1)]
    arrays = [f"pg_catalog.unnest(CAST({DIALECT.literal(f'{{{one}}}')} AS pg_catalog.oid[]))" for one in numbers]
    return f"ROWS FROM ({', '.join(arrays)}) AS k (catalog, oid)"


# Numbers below 16384 belong to the server. A part depends on its own relation automatically; a partition on its parent, too.
_NEEDS = f"""
    SELECT DISTINCT CAST(d.classid AS pg_catalog.int8) AS catalog, d.objid AS oid,
           CAST(d.refclassid AS pg_catalog.int8) AS other_catalog, d.refobjid AS other
    FROM {{keys}} JOIN pg_catalog.pg_depend d ON d.classid {EQ} k.catalog AND d.objid {EQ} k.oid
    WHERE d.refobjid OPERATOR(pg_catalog.>=) 16384 AND d.refclassid {NE} {about("pg_namespace")}
      AND d.refclassid {NE} {about("pg_extension")}
      AND (d.deptype {EQ} 'n' OR (d.deptype {EQ} 'a' AND d.refclassid {NE} {about("pg_class")}))"""

_COMMENTS = f"""
    SELECT CAST(d.classoid AS pg_catalog.int8) AS catalog, d.objoid AS oid, d.objsubid AS number, d.description AS comment
    FROM {{keys}} JOIN pg_catalog.pg_description d ON d.objoid {EQ} k.oid AND d.classoid {EQ} k.catalog"""
