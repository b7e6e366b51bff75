"""The rows of the catalog as views, sequences, types and routines. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from whimbrel.schema.model import Routine, Sequence, View
from whimbrel.schema.postgresql.names import quoted, text
from whimbrel.schema.postgresql.options import table_options
from whimbrel.schema.postgresql.tables import CatalogRows, columns_of, indexes_of, triggers_of

__all__ = ["aggregate_signature", "find_routines", "find_sequences", "find_views", "routine_signature"]

# https://www.postgresql.org/docs/current/sql-createsequence.html: the range of each type
_LIMITS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}


def find_views(found: CatalogRows) -> tuple[View, ...]:
    """Return all views and materialized views, sorted by name."""
    views = (_view(found, one) for one in found.kinds["relation"] if one["kind"] in ("v", "m"))
    return tuple(sorted(views, key=lambda one: one.name))


def _view(found: CatalogRows, one: Mapping[str, Any]) -> View:
    checked = [option.partition("=")[2] for option in one["options"] or () if option.startswith("check_option=")]
    kept = [option for option in one["options"] or () if not option.startswith("check_option=")]
    plain = {**one, "options": kept}
    rules = [row for row in found.of("rule", one) if not row["query"]]
    clauses = table_options(plain, (), found.of("index", one), found.of("trigger", one), rules)
    return View(
        name=one["name"],
        definition=one["query"].strip().removesuffix(";"),
        columns=columns_of(found, one),
        materialized=one["kind"] == "m",
        indexes=indexes_of(found, one),
        triggers=triggers_of(found, one),
        options=(*clauses, *(f"WITH {level.upper()} CHECK OPTION" for level in checked)),
        comment=one["comment"] or "",
    )


def find_sequences(found: CatalogRows) -> tuple[Sequence, ...]:
    """Return all sequences, sorted by name."""
    return tuple(sorted(map(_sequence, found.kinds["sequence"]), key=lambda one: one.name))


def _sequence(one: Mapping[str, Any]) -> Sequence:
    options = _sequence_options(one)
    if one["identity"]:
        default = one["name"] == f"{one['owner']}_{one['owner_column']}_seq"
        named = [] if default and one["persistence"] == "p" else [f"SEQUENCE NAME {quoted(one['name'])}"]
        native = " ".join([*named, *options])
    else:
        kind = [] if one["type"] == "bigint" else [f"AS {one['type']}"]
        head = "CREATE UNLOGGED SEQUENCE" if one["persistence"] == "u" else "CREATE SEQUENCE"
        native = " ".join([head, quoted(one["name"]), *kind, *options])
    owner = f"{one['owner']}.{one['owner_column']}" if one["owner"] else ""
    return Sequence(name=one["name"], native=native, owner=owner, identity=bool(one["identity"]), comment=one["comment"] or "")


def _sequence_options(one: Mapping[str, Any]) -> list[str]:
    """Return the options that differ from those of a plain sequence."""
    limit, falling = _LIMITS[one["type"]], one["step"] < 0
    lowest, highest = (-limit, -1) if falling else (1, limit - 1)
    start = one["highest"] if falling else one["lowest"]
    return [
        *([f"START WITH {one['start']}"] if one["start"] != start else []),
        *([f"INCREMENT BY {one['step']}"] if one["step"] != 1 else []),
        *([f"MINVALUE {one['lowest']}"] if one["lowest"] != lowest else []),
        *([f"MAXVALUE {one['highest']}"] if one["highest"] != highest else []),
        *([f"CACHE {one['cache']}"] if one["cache"] != 1 else []),
        *(["CYCLE"] if one["cycle"] else []),
    ]


def find_routines(found: CatalogRows) -> tuple[Routine, ...]:
    """Return all functions, procedures and aggregates, sorted by name and signature."""
    routines = [*map(_routine, found.kinds["routine"]), *map(_aggregate, found.kinds["aggregate"])]
    return tuple(sorted(routines, key=lambda one: (one.name, one.signature)))


def routine_signature(one: Mapping[str, Any]) -> str:
    """Return the signature of a routine: its quoted name and the types of its arguments."""
    return f"{quoted(one['name'])}({one['arguments']})"


def _routine(one: Mapping[str, Any]) -> Routine:
    procedure = one["kind"] == "p"
    native = f"CREATE {'PROCEDURE' if procedure else 'FUNCTION'} {quoted(one['name'])}{one['native'][len(one['head']) :]}"
    return Routine(
        name=one["name"],
        signature=routine_signature(one),
        kind="procedure" if procedure else "function",
        native=native.rstrip(),
        comment=one["comment"] or "",
    )


_PARALLEL = {"s": "SAFE", "r": "RESTRICTED"}
_MODIFY = {"r": "READ_ONLY", "s": "SHAREABLE", "w": "READ_WRITE"}


def _aggregate(one: Mapping[str, Any]) -> Routine:
    parts = {name: one[name] for name in ("sfunc", "stype")}
    parts |= {"sspace": one["sspace"] or None, "finalfunc": one["finalfunc"], "finalfunc_extra": one["finalextra"] or None}
    # An ordered-set aggregate's final function modifies its state unless it says otherwise.
    usual = "r" if one["kind"] == "n" else "w"
    parts |= {"finalfunc_modify": _MODIFY[one["finalmodify"]] if one["finalmodify"] != usual else None}
    parts |= {name: one[name] for name in ("combinefunc", "serialfunc", "deserialfunc")}
    parts |= {"initcond": _literal(one["initcond"]), "msfunc": one["msfunc"], "minvfunc": one["minvfunc"]}
    if one["msfunc"]:
        parts |= {"mstype": one["mstype"], "msspace": one["msspace"] or None, "mfinalfunc": one["mfinalfunc"]}
        parts |= {"mfinalfunc_extra": one["mfinalextra"] or None, "minitcond": _literal(one["minitcond"])}
        parts |= {"mfinalfunc_modify": _MODIFY[one["mfinalmodify"]] if one["mfinalmodify"] != usual else None}
    parts |= {"sortop": one["sortop"] and f"OPERATOR({one['sortop']})", "hypothetical": True if one["kind"] == "h" else None}
    parts |= {"parallel": _PARALLEL.get(one["parallel"])}
    clauses = [name if value is True else f"{name} = {value}" for name, value in parts.items() if value is not None]
    arguments = one["declared"] or "*"
    native = f"CREATE AGGREGATE {quoted(one['name'])}({arguments}) (\n    " + ",\n    ".join(clauses) + "\n)"
    return Routine(
        name=one["name"], signature=aggregate_signature(one), kind="aggregate", native=native, comment=one["comment"] or ""
    )


def aggregate_signature(one: Mapping[str, Any]) -> str:
    """Return the signature of an aggregate: (*) stands for no arguments."""
    return f"{quoted(one['name'])}({one['arguments'] or '*'})"


def _literal(value: str | None) -> str | None:
    return None if value is None else text(value)
