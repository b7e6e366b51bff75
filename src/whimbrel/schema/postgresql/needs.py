"""Find the dependencies between objects, by the names in `Schema.needs`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from whimbrel.schema.postgresql.linked_sql import Key
from whimbrel.schema.postgresql.names import quoted
from whimbrel.schema.postgresql.numbers import CATALOGS, CLASS, CONSTRAINT, DEFAULT, POLICY, ROUTINE, RULE, TRIGGER, TYPE
from whimbrel.schema.postgresql.objects import aggregate_signature, routine_signature
from whimbrel.schema.postgresql.tables import CatalogRows, Rows

__all__ = ["find_names", "find_needing", "find_needs"]

# Parts of a constraint come after all tables in any case, and objects of these kinds need no object of the model.
_FREE = [CATALOGS[name] for name in ("pg_collation", "pg_extension", "pg_foreign_server", "pg_transform")]


def find_needing(found: CatalogRows, names: Mapping[Key, str]) -> list[Key]:
    """Return the objects whose dependencies matter.

    Foreign keys come after all tables and keys in any case, and keys after their tables.
    """
    rows = [*((CONSTRAINT, row) for row in found.kinds["constraint"] if row["kind"] != "c")]
    rows += ((TRIGGER, row) for row in found.kinds["trigger"] if row["internal"])
    left_out = {(catalog, row["oid"]) for catalog, row in rows}
    return [key for key in names if key[0] not in _FREE and key not in left_out]


def find_needs(names: Mapping[Key, str], rows: Rows) -> tuple[tuple[str, str], ...]:
    """Return all pairs, sorted: the first object can be created only after the second."""
    pairs = set()
    for row in rows:
        one, other = names.get((row["catalog"], row["oid"])), names.get((row["other_catalog"], row["other"]))
        if one and other and one != other:
            pairs.add((one, other))
    return tuple(sorted(pairs))


def find_names(found: CatalogRows) -> dict[Key, str]:
    """Return the names of all objects, by their catalogs and numbers."""
    return dict(_names(found))


def _names(found: CatalogRows) -> Iterator[tuple[Key, str]]:
    for relation in found.kinds["relation"]:
        yield from _relation(found, relation)
    for one in found.kinds["sequence"]:
        if not one["identity"]:
            yield (CLASS, one["oid"]), f"sequence {quoted(one['name'])}"
    yield from _types(found)
    for one in found.kinds["routine"]:
        yield (ROUTINE, one["oid"]), f"routine {routine_signature(one)}"
    for one in found.kinds["aggregate"]:
        yield (ROUTINE, one["oid"]), f"routine {aggregate_signature(one)}"
    for one in found.kinds["opaque"]:
        if one["catalog"]:
            yield (CATALOGS[one["catalog"]], one["oid"]), f"{one['kind']} {one['name']}"


def _types(found: CatalogRows) -> Iterator[tuple[Key, str]]:
    names = {one["oid"]: f"type {quoted(one['name'])}" for one in found.kinds["type"]}
    for one in found.kinds["type"]:
        yield from _type(one, names[one["oid"]])
    for one in found.kinds["domain constraint"]:
        if one["valid"]:
            yield (CONSTRAINT, one["oid"]), names[one["type_oid"]]


def _type(one: Mapping[str, Any], name: str) -> Iterator[tuple[Key, str]]:
    """Yield a type, its array, and what belongs to it; a composite type is also a relation."""
    numbers = (one["oid"], one["array_oid"], one["multirange_oid"], one["multirange_array_oid"])
    yield from (((TYPE, number), name) for number in numbers if number)
    yield (CLASS, one["relation"]), name


def _relation(found: CatalogRows, relation: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    table = quoted(relation["name"])
    key = f"{'view' if relation['kind'] in ('v', 'm') else 'table'} {table}"
    yield (CLASS, relation["oid"]), key
    yield from (((TYPE, relation[number]), key) for number in ("row_type_oid", "row_array_oid") if relation[number])
    for row in found.of("column", relation):
        if row["value_oid"]:
            default = key if row["generated"] in ("s", "v") else f"default {table}.{quoted(row['name'])}"
            yield (DEFAULT, row["value_oid"]), default
    for row in found.of("constraint", relation):
        yield (CONSTRAINT, row["oid"]), f"constraint {table}.{quoted(row['name'])}"
    yield from _indexes(found, relation, table)
    for row in found.of("rule", relation):
        yield (RULE, row["oid"]), key if row["query"] else f"rule {quoted(row['name'])} ON {table}"
    for kind, catalog in (("trigger", TRIGGER), ("policy", POLICY)):
        for row in found.of(kind, relation):
            separator = f"{table}.{quoted(row['name'])}" if kind == "trigger" else f"{quoted(row['name'])} ON {table}"
            yield (catalog, row["oid"]), f"{kind} {separator}"


def _indexes(found: CatalogRows, relation: Mapping[str, Any], table: str) -> Iterator[tuple[Key, str]]:
    """Yield the indexes of a relation; an index that a constraint has made is the constraint."""
    exclusions = {row["oid"]: row["name"] for row in found.kinds["opaque"] if row["kind"] == "exclusion constraint"}
    for row in found.of("index", relation):
        name = f"index {quoted(row['name'])}"
        if row["constraint_oid"] is not None:
            excluded = exclusions.get(row["constraint_oid"])
            name = f"exclusion constraint {excluded}" if excluded else f"constraint {table}.{quoted(row['name'])}"
        yield (CLASS, row["oid"]), name
