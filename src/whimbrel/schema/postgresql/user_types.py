"""The rows of the catalog as types that users made, each with its complete statement. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from whimbrel.schema.model import UserType
from whimbrel.schema.postgresql.names import quoted, text
from whimbrel.schema.postgresql.tables import CatalogRows

__all__ = ["find_types", "unfinished"]

_KINDS: dict[str, Literal["enum", "domain", "composite", "range", "base"]] = {
    "e": "enum",
    "d": "domain",
    "c": "composite",
    "r": "range",
    "b": "base",
    "p": "base",
}
_ALIGNMENTS = {"c": "char", "s": "int2", "i": "int4", "d": "double"}
_STORAGES = {"p": "plain", "e": "external", "x": "extended", "m": "main"}


def find_types(found: CatalogRows) -> tuple[UserType, ...]:
    """Return all types, sorted by name. A type that was only declared has the statement CREATE TYPE name."""
    constraints: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in found.kinds["domain constraint"]:
        constraints[row["type_oid"]].append(row)
    return tuple(
        UserType(
            name=one["name"],
            kind=_KINDS[one["kind"]],
            native=_statement(found, one, constraints[one["oid"]]),
            values=tuple(one["values"]),
            comment=one["comment"] or "",
        )
        for one in sorted(found.kinds["type"], key=lambda one: str(one["name"]))
    )


def unfinished(name: str) -> str:
    """Return the statement that declares a type, so that functions can name it before it is defined."""
    return f"CREATE TYPE {quoted(name)}"


def _statement(found: CatalogRows, one: Mapping[str, Any], constraints: Sequence[Mapping[str, Any]]) -> str:
    head = unfinished(one["name"])
    if one["kind"] == "e":
        return f"{head} AS ENUM (" + ", ".join(map(text, one["values"])) + ")"
    if one["kind"] == "d":
        return _domain(one, constraints)
    if one["kind"] == "c":
        return f"{head} AS (" + ", ".join(_attributes(found, one)) + ")"
    if one["kind"] == "r":
        return f"{head} AS RANGE (" + ", ".join(_range(one)) + ")"
    return f"{head} (" + ", ".join(_base(one["base_facts"])) + ")" if one["defined"] else head


def _domain(one: Mapping[str, Any], constraints: Sequence[Mapping[str, Any]]) -> str:
    parts = [f"CREATE DOMAIN {quoted(one['name'])} AS {one['base']}"]
    parts += [f"COLLATE {one['collation']}"] if one["collation"] else []
    # Version 17 and later name the constraint; older ones have no row for it.
    filled = next((row for row in constraints if row["kind"] == "n"), None)
    if filled is not None and filled["name"] != f"{one['name']}_not_null":
        parts.append(f"CONSTRAINT {quoted(filled['name'])}")
    parts += ["NOT NULL"] if one["filled"] else []
    parts += [f"DEFAULT {one['value']}"] if one["value"] is not None else []
    parts += [f"CONSTRAINT {quoted(row['name'])} {row['native']}" for row in constraints if row["kind"] == "c" and row["valid"]]
    return " ".join(parts)


def _attributes(found: CatalogRows, one: Mapping[str, Any]) -> list[str]:
    rows = found.parts["column"].get(one["relation"], [])
    return [f"{quoted(row['name'])} {row['type']}{_collated(found, row)}" for row in rows]


def _collated(found: CatalogRows, row: Mapping[str, Any]) -> str:
    differs = row["collation"] and row["collation"] != found.types[row["type_oid"]]["collation"]
    return f" COLLATE {found.collations[row['collation']]['name']}" if differs else ""


def _range(one: Mapping[str, Any]) -> list[str]:
    facts = {
        "SUBTYPE": one["subtype"],
        "MULTIRANGE_TYPE_NAME": one["multirange"],
        "SUBTYPE_OPCLASS": one["subtype_class"],
        "COLLATION": one["range_collation"],
        "CANONICAL": one["canonical"],
        "SUBTYPE_DIFF": one["difference"],
    }
    return [f"{name} = {value}" for name, value in facts.items() if value]


def _base(one: Mapping[str, Any]) -> list[str]:
    facts = {
        **{name.upper(): one[name] for name in ("input", "output", "receive", "send", "typmod_in", "typmod_out", "analyze")},
        "SUBSCRIPT": one["subscript"],
        "INTERNALLENGTH": "VARIABLE" if one["length"] == -1 else str(one["length"]),
        "ALIGNMENT": _ALIGNMENTS[one["alignment"]],
        "STORAGE": _STORAGES[one["storage"]],
        "CATEGORY": None if one["category"] == "U" else text(one["category"]),
        "PREFERRED": "true" if one["preferred"] else None,
        "DEFAULT": None if one["default"] is None else text(one["default"]),
        "ELEMENT": one["element"],
        "DELIMITER": None if one["delimiter"] == "," else text(one["delimiter"]),
        "COLLATABLE": "true" if one["collatable"] else None,
    }
    return [f"{name} = {value}" for name, value in facts.items() if value] + (["PASSEDBYVALUE"] if one["by_value"] else [])
