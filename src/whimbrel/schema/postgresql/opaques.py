"""The rows of the catalog as statements that the model keeps whole: policies, rules, operators, extensions, comments. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from whimbrel.schema.model import Opaque
from whimbrel.schema.postgresql.names import quoted
from whimbrel.schema.postgresql.render_table import comment
from whimbrel.schema.postgresql.tables import CatalogRows

__all__ = ["find_opaques"]

_COMMANDS = {"*": "", "r": " FOR SELECT", "a": " FOR INSERT", "w": " FOR UPDATE", "d": " FOR DELETE"}


def find_opaques(found: CatalogRows) -> tuple[Opaque, ...]:
    """Return all, sorted by kind and name."""
    opaques = [*_listed(found), *_of_relations(found), *_of_types(found)]
    return tuple(sorted(opaques, key=lambda one: (one.kind, one.name)))


def _commented(target: str, value: str | None) -> Iterator[Opaque]:
    """Yield the comment on an object for which the model has no place."""
    for statement in comment("", target, value or ""):
        yield Opaque(kind="comment", name=target, native=statement)


def _listed(found: CatalogRows) -> Iterator[Opaque]:
    for row in found.kinds["opaque"]:
        yield Opaque(kind=row["kind"], name=row["name"], native=row["native"])
        yield from _commented(row["target"], row["comment"])


def _of_relations(found: CatalogRows) -> Iterator[Opaque]:
    for relation in found.kinds["relation"]:
        table = quoted(relation["name"])
        for row in found.of("policy", relation):
            name = f"{quoted(row['name'])} ON {table}"
            yield Opaque(kind="policy", name=name, native=_policy(name, row))
            yield from _commented(f"POLICY {name}", row["comment"])
        for row in found.of("rule", relation):
            if not row["query"]:
                name = f"{quoted(row['name'])} ON {table}"
                yield Opaque(kind="rule", name=name, native=row["native"].removesuffix(";"))
                yield from _commented(f"RULE {name}", row["comment"])
        for row in found.of("not null", relation):
            yield from _commented(f"CONSTRAINT {quoted(row['name'])} ON {table}", row["comment"])


def _policy(name: str, row: Mapping[str, Any]) -> str:
    return (
        f"CREATE POLICY {name}{'' if row['permissive'] else ' AS RESTRICTIVE'}{_COMMANDS[row['command']]}"
        + (f" TO {', '.join(row['roles'])}" if row["roles"] else "")
        + (f" USING ({row['condition']})" if row["condition"] is not None else "")
        + (f" WITH CHECK ({row['new_rows']})" if row["new_rows"] is not None else "")
    )


def _of_types(found: CatalogRows) -> Iterator[Opaque]:
    types = {one["oid"]: one for one in found.kinds["type"]}
    for one in types.values():
        for row in found.parts["column"].get(one["relation"], []):
            yield from _commented(f"COLUMN {quoted(one['name'])}.{quoted(row['name'])}", row["comment"])
    for row in found.kinds["domain constraint"]:
        domain = quoted(types[row["type_oid"]]["name"])
        if not row["valid"]:
            added = f"ALTER DOMAIN {domain} ADD CONSTRAINT {quoted(row['name'])} {row['native']}"
            yield Opaque(kind="domain constraint", name=f"{quoted(row['name'])} ON {domain}", native=added)
        yield from _commented(f"CONSTRAINT {quoted(row['name'])} ON DOMAIN {domain}", row["comment"])
