"""Which object needs which other one, by the names that `Schema.needs` has. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from whimbrel.schema.postgresql.names import quoted
from whimbrel.schema.postgresql.objects import aggregate_signature, routine_signature
from whimbrel.schema.postgresql.tables import Found

__all__ = ["find_needs"]

# The numbers of catalogs never change: src/include/catalog/*.h
_CLASS, _TYPE, _ROUTINE = 1259, 1247, 1255
_DEFAULT, _CONSTRAINT, _RULE, _TRIGGER, _POLICY = 2604, 2606, 2618, 2620, 3256
_CATALOGS = {
    "pg_cast": 2605,
    "pg_collation": 3456,
    "pg_constraint": _CONSTRAINT,
    "pg_conversion": 2607,
    "pg_extension": 3079,
    "pg_foreign_server": 1417,
    "pg_opclass": 2616,
    "pg_operator": 2617,
    "pg_opfamily": 2753,
    "pg_statistic_ext": 3381,
    "pg_transform": 3576,
    "pg_ts_config": 3602,
    "pg_ts_dict": 3600,
    "pg_ts_parser": 3601,
    "pg_ts_template": 3764,
}
_Key = tuple[int, str]


def find_needs(found: Found) -> tuple[tuple[str, str], ...]:
    """Return all pairs, sorted: the first object can be created only after the second."""
    names = dict(_names(found))
    pairs = set()
    for row in found.kinds["need"]:
        one, other = names.get((row["catalog"], row["oid"])), names.get((row["other_catalog"], row["other"]))
        if one and other and one != other:
            pairs.add((one, other))
    return tuple(sorted(pairs))


def _names(found: Found) -> Iterator[tuple[_Key, str]]:
    for relation in found.kinds["relation"]:
        yield from _relation(found, relation)
    for one in found.kinds["sequence"]:
        if not one["identity"]:
            yield (_CLASS, one["oid"]), f"sequence {quoted(one['name'])}"
    yield from _types(found)
    for one in found.kinds["routine"]:
        yield (_ROUTINE, one["oid"]), f"routine {routine_signature(one)}"
    for one in found.kinds["aggregate"]:
        yield (_ROUTINE, one["oid"]), f"routine {aggregate_signature(one)}"
    for one in found.kinds["opaque"]:
        if one["catalog"]:
            yield (_CATALOGS[one["catalog"]], one["oid"]), f"{one['kind']} {one['name']}"


def _types(found: Found) -> Iterator[tuple[_Key, str]]:
    names = {one["oid"]: f"type {quoted(one['name'])}" for one in found.kinds["type"]}
    for one in found.kinds["type"]:
        yield from _type(one, names[one["oid"]])
    for one in found.kinds["domain constraint"]:
        if one["valid"]:
            yield (_CONSTRAINT, one["oid"]), names[one["type_oid"]]


def _type(one: Mapping[str, Any], name: str) -> Iterator[tuple[_Key, str]]:
    """Yield a type, its array, and what belongs to it; a composite type is also a relation."""
    numbers = (one["oid"], one["array_oid"], one["multirange_oid"], one["multirange_array_oid"])
    yield from (((_TYPE, number), name) for number in numbers if number)
    yield (_CLASS, one["relation"]), name


def _relation(found: Found, relation: Mapping[str, Any]) -> Iterator[tuple[_Key, str]]:
    table = quoted(relation["name"])
    key = f"{'view' if relation['kind'] in ('v', 'm') else 'table'} {table}"
    yield (_CLASS, relation["oid"]), key
    yield from (((_TYPE, relation[number]), key) for number in ("row_type_oid", "row_array_oid") if relation[number])
    for row in found.of("column", relation):
        if row["value_oid"]:
            default = key if row["generated"] in ("s", "v") else f"default {table}.{quoted(row['name'])}"
            yield (_DEFAULT, row["value_oid"]), default
    for row in found.of("constraint", relation):
        yield (_CONSTRAINT, row["oid"]), f"constraint {table}.{quoted(row['name'])}"
    yield from _indexes(found, relation, table)
    for row in found.of("rule", relation):
        yield (_RULE, row["oid"]), key if row["query"] else f"rule {quoted(row['name'])} ON {table}"
    for kind, catalog in (("trigger", _TRIGGER), ("policy", _POLICY)):
        for row in found.of(kind, relation):
            separator = f"{table}.{quoted(row['name'])}" if kind == "trigger" else f"{quoted(row['name'])} ON {table}"
            yield (catalog, row["oid"]), f"{kind} {separator}"


def _indexes(found: Found, relation: Mapping[str, Any], table: str) -> Iterator[tuple[_Key, str]]:
    """Yield the indexes of a relation; an index that a constraint has made is the constraint."""
    exclusions = {row["oid"]: row["name"] for row in found.kinds["opaque"] if row["kind"] == "exclusion constraint"}
    for row in found.of("index", relation):
        name = f"index {quoted(row['name'])}"
        if row["constraint_oid"] is not None:
            excluded = exclusions.get(row["constraint_oid"])
            name = f"exclusion constraint {excluded}" if excluded else f"constraint {table}.{quoted(row['name'])}"
        yield (_CLASS, row["oid"]), name
