"""The rows of the catalog as tables: columns, keys, checks and indexes. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from whimbrel.schema.column import Collation, Column, Generated, Type
from whimbrel.schema.model import Action, Check, Deferral, ForeignKey, Index, IndexPart, Key, Table, Trigger
from whimbrel.schema.postgresql.defaults import read_default
from whimbrel.schema.postgresql.names import quoted
from whimbrel.schema.postgresql.options import column_options, not_null_clause, table_options
from whimbrel.schema.postgresql.types import find_collation, find_type

__all__ = ["CatalogRows", "Rows", "columns_of", "find_tables", "indexes_of", "triggers_of"]

Rows = Sequence[Mapping[str, Any]]
_ACTIONS: dict[str, Action] = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
# Ordinary, partitioned and foreign tables.
_PARTS = ("column", "constraint", "not null", "index", "trigger", "rule", "policy")
_TABLES = ("r", "p", "f")


@dataclass
class CatalogRows:
    """The catalog's answer: the rows of each kind, and the parts of relations by the relation's number, which is a text."""

    kinds: Mapping[str, Rows]
    parts: dict[str, dict[str, list[Mapping[str, Any]]]] = field(init=False)
    types: Mapping[str, Mapping[str, Any]] = field(init=False)
    collations: Mapping[str, Mapping[str, Any]] = field(init=False)
    names: Mapping[tuple[str, int], str] = field(init=False)
    _kinds: dict[tuple[str, str], Type] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.types = {one["oid"]: one for one in self.kinds["used type"]}
        self.collations = {one["oid"]: one for one in self.kinds["used collation"]}
        self.parts = {kind: _grouped(self.kinds[kind]) for kind in _PARTS}
        self.names = {(one["relation"], one["number"]): one["name"] for one in self.kinds["column"]}

    def columns(self, relation: str, numbers: Sequence[int]) -> tuple[str, ...]:
        """Return the names of columns by their numbers."""
        return tuple(self.names[relation, number] for number in numbers)

    def type_of(self, column: Mapping[str, Any]) -> Type:
        """Return the type of a column. Many columns share few types."""
        key = column["type_oid"], column["type"]
        if key not in self._kinds:
            self._kinds[key] = find_type(column["type"], column["type_oid"], self.types)
        return self._kinds[key]

    def of(self, kind: str, relation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the parts of a relation."""
        return self.parts[kind].get(relation["oid"], [])


def _grouped(rows: Rows) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["relation"]].append(row)
    return groups


def find_tables(found: CatalogRows) -> tuple[Table, ...]:
    """Return all tables, sorted by name."""
    tables = (_table(found, one) for one in found.kinds["relation"] if one["kind"] in _TABLES)
    return tuple(sorted(tables, key=lambda one: one.name))


def _table(found: CatalogRows, one: Mapping[str, Any]) -> Table:
    # A partition has keys of its own, but its foreign keys are the parent's.
    constraints = [row for row in found.of("constraint", one) if not (row["kind"] == "f" and row["inherited"])]
    keys = [_key(found, row) for row in constraints if row["kind"] in "pu"]
    checks = [_check(row) for row in constraints if row["kind"] == "c" and (row["local"] or one["partition"])]
    return Table(
        name=one["name"],
        columns=columns_of(found, one),
        primary_key=next((key for key in keys if key.primary), None),
        uniques=_sorted(key for key in keys if not key.primary),
        foreign_keys=_sorted(_foreign_key(found, row) for row in constraints if row["kind"] == "f"),
        checks=_sorted(checks),
        indexes=indexes_of(found, one),
        triggers=triggers_of(found, one),
        partitioning=one["partitioning"] or "",
        partition_of=f"{one['parents'][0]} {one['bound']}" if one["partition"] else "",
        options=table_options(
            one, found.of("constraint", one), found.of("index", one), found.of("trigger", one), found.of("rule", one)
        ),
        comment=one["comment"] or "",
    )


def _sorted(named: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(named, key=lambda one: one.name))


def columns_of(found: CatalogRows, one: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a table, a view or a composite type, in order."""
    filled = {row["column"]: row for row in found.of("not null", one)}
    return tuple(_column(found, one, row, filled.get(row["name"])) for row in found.of("column", one))


def _column(found: CatalogRows, table: Mapping[str, Any], row: Mapping[str, Any], filled: Mapping[str, Any] | None) -> Column:
    kind = found.type_of(row)
    made = row["generated"] in ("s", "v")
    domain = found.types[row["type_oid"]]
    refused = domain["kind"] == "d" and domain["filled"]
    return Column(
        name=row["name"],
        type=kind,
        nullable=not (row["filled"] or refused),
        default=read_default(row["value"]) if row["value"] is not None and not made else None,
        generated=Generated(native=row["value"], stored=row["generated"] == "s") if made else None,
        identity={"a": "always", "d": "by default"}.get(row["identity"], ""),  # type: ignore[arg-type]
        collation=_collation(found, row),
        comment=row["comment"] or "",
        options=column_options(row, domain),
        not_null="domain"
        if not row["filled"] and domain["kind"] == "d" and domain["filled"]
        else not_null_clause(table, row, filled),
        inherited=not row["local"],
    )


def _collation(found: CatalogRows, row: Mapping[str, Any]) -> Collation | None:
    if not row["collation"]:
        return None
    collation = find_collation(found.collations[row["collation"]], found.type_of(row))
    if found.types[row["type_oid"]]["bare"] == "citext":
        return Collation(name=collation.name, case_sensitive=False)
    return collation


def _deferral(row: Mapping[str, Any]) -> Deferral:
    return "initially deferred" if row["deferred"] else "deferrable" if row["deferrable"] else ""


def _key(found: CatalogRows, row: Mapping[str, Any]) -> Key:
    return Key(
        name=row["name"],
        columns=found.columns(row["relation"], row["numbers"]),
        primary=row["kind"] == "p",
        nulls_distinct=not row["nulls_same"],
        deferral=_deferral(row),
        comment=row["comment"] or "",
        native=row["native"],
    )


def _foreign_key(found: CatalogRows, row: Mapping[str, Any]) -> ForeignKey:
    return ForeignKey(
        name=row["name"],
        columns=found.columns(row["relation"], row["numbers"]),
        table=row["target"],
        to_columns=tuple(row["target_columns"] or found.columns(row["target_oid"], row["target_numbers"])),
        schema=row["target_schema"] or "",
        on_update=_ACTIONS[row["on_update"]],
        on_delete=_ACTIONS[row["on_delete"]],
        deferral=_deferral(row),
        match_full=row["match"] == "f",
        enforced=row["valid"] and row["enforced"],
        comment=row["comment"] or "",
        native=row["native"],
    )


def _check(row: Mapping[str, Any]) -> Check:
    return Check(
        name=row["name"],
        expression=row["expression"],
        enforced=row["valid"] and row["enforced"],
        comment=row["comment"] or "",
        native=row["native"],
    )


def indexes_of(found: CatalogRows, one: Mapping[str, Any]) -> tuple[Index, ...]:
    """Return the indexes of a relation that no constraint has made, sorted by name."""
    return _sorted(_index(row) for row in found.of("index", one) if row["constraint_oid"] is None)


def _index(row: Mapping[str, Any]) -> Index:
    parts = row["parts"]
    return Index(
        name=row["name"],
        parts=tuple(map(_part, parts[: row["key_parts"]])),
        unique=row["unique"],
        nulls_distinct=not row["nulls_same"],
        included=tuple(part["column"] for part in parts[row["key_parts"] :]),
        predicate=row["predicate"] or "",
        method=row["method"],
        # An index that was created only on a partitioned table becomes valid when the last partition has one.
        usable=row["valid"] or row["kind"] == "I",
        options=tuple(f"ALTER COLUMN {place} SET STATISTICS {target}" for place, target in _targets(parts)),
        comment=row["comment"] or "",
        native=_statement(row),
    )


def _targets(parts: Rows) -> Iterator[tuple[int, int]]:
    """Yield the places of columns with a statistics target, and the targets. None and -1 mean that the column has no target."""
    for place, part in enumerate(parts, start=1):
        if part["target"] is not None and part["target"] >= 0:
            yield place, part["target"]


def _statement(row: Mapping[str, Any]) -> str:
    """Return CREATE INDEX without the name of the schema. `head` is the beginning that the server writes."""
    head, native = row["head"], row["native"]
    assert native.startswith(head), "pg_get_indexdef() writes the index and its table first"
    unique, only = "UNIQUE " if row["unique"] else "", "ONLY " if row["kind"] == "I" else ""
    return f"CREATE {unique}INDEX {quoted(row['name'])} ON {only}{quoted(row['table'])}{native[len(head) :]}"


def _part(part: Mapping[str, Any]) -> IndexPart:
    descending, first = bool(part["order"] & 1), bool(part["order"] & 2)
    collation = f"COLLATE {part['collation']}" if part["collation"] else ""
    return IndexPart(
        column=part["column"] or "",
        expression=part["expression"] or "",
        descending=descending,
        # With a descending order, NULLs come first by default.
        nulls="" if descending == first else "first" if first else "last",
        options=" ".join(filter(None, [collation, part["class"]])),
    )


def triggers_of(found: CatalogRows, one: Mapping[str, Any]) -> tuple[Trigger, ...]:
    """Return the triggers of a relation, without those that it inherits, sorted by name."""
    return _sorted(
        Trigger(name=row["name"], native=row["native"], enabled=row["enabled"] != "D", comment=row["comment"] or "")
        for row in found.of("trigger", one)
        if not row["inherited"]
    )
