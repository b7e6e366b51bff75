"""The query that finds which kinds of objects a schema has. Pure.

A query about all kinds would spend nearly all of its time on kinds that most schemas do not have.
"""

from __future__ import annotations

from typing import NamedTuple

from whimbrel.dialects.postgresql.dialect import DIALECT
from whimbrel.schema.postgresql.pieces import EQ, NE, Version, about

__all__ = ["Present", "presence_sql"]

# The schemas on which the server records no dependencies, since nothing can remove them.
_PINNED = ("pg_catalog", "pg_toast")


class Present(NamedTuple):
    """The kinds of objects that a schema has, or may have.

    `place` is the schema's number. A word is the kind of a relation (as pg_class.relkind has it), the catalog of an object of the
    schema, or one of the words in `presence_sql`.
    """

    version: Version
    schema: str
    place: int
    words: frozenset[str]

    def has(self, *words: str) -> bool:
        """Return whether there is an object of any of these kinds."""
        return self.schema in _PINNED or not self.words.isdisjoint(words)


def presence_sql(schema: str) -> str:
    """Return the query. Its row has the columns `place` and `words`; there is none if the user may not use the schema.

    The words of objects that belong to no schema stand for the whole database.
    """
    where = f"n.nspname {EQ} {DIALECT.literal(schema)} AND n.nspname {EQ} pg_catalog.current_schema()"
    rare = (f"SELECT '{word}' WHERE EXISTS (SELECT FROM {source})" for word, source in _RARE.items())
    words = "\n    UNION ALL ".join([_DEPENDENT, _RELATIONS, *rare])
    return f"""WITH place AS MATERIALIZED (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE {where}),
rel AS MATERIALIZED (
    SELECT c.oid, c.relkind, c.relhasrules FROM place p JOIN pg_catalog.pg_class c ON c.relnamespace {EQ} p.oid)
SELECT CAST(p.oid AS pg_catalog.int8) AS place, ARRAY(
    {words}
) AS words FROM place p"""


_TEXT = "pg_catalog.text"
# All objects depend on their schema, except indexes, row types and array types.
_DEPENDENT = f"""SELECT DISTINCT CAST(CAST(d.classid AS pg_catalog.regclass) AS {_TEXT}) FROM place p
    JOIN pg_catalog.pg_depend d ON d.refclassid {EQ} {about("pg_namespace")} AND d.refobjid {EQ} p.oid"""
_RELATIONS = f"SELECT DISTINCT CAST(rel.relkind AS {_TEXT}) FROM rel"
_USERS = "OPERATOR(pg_catalog.>=) 16384"  # objects with lower numbers belong to the server
_RARE = {
    "rule": "rel WHERE rel.relhasrules",
    "trigger": f"rel JOIN pg_catalog.pg_trigger t ON t.tgrelid {EQ} rel.oid WHERE NOT t.tgisinternal OR t.tgparentid {NE} 0",
    "exclusion": f"rel JOIN pg_catalog.pg_constraint c ON c.conrelid {EQ} rel.oid WHERE c.contype {EQ} 'x'",
    "marked index": f"""rel JOIN pg_catalog.pg_index i ON i.indrelid {EQ} rel.oid
        WHERE i.indisreplident OR i.indisclustered""",
    "policy": "pg_catalog.pg_policy",
    "parent": "pg_catalog.pg_inherits",
    "enum": "pg_catalog.pg_enum",
    "transform": "pg_catalog.pg_transform",
    "cast": f"pg_catalog.pg_cast c WHERE c.oid {_USERS}",
    "comment": f"pg_catalog.pg_description d WHERE d.objoid {_USERS}",
}
