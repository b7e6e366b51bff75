"""Clauses of tables and columns that only PostgreSQL has. Pure.

A table's clause that begins with ALTER is a whole statement, to run after its indexes and triggers are created.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from whimbrel.schema.postgresql.names import quoted, text

__all__ = ["column_options", "foreign_options", "not_null_clause", "table_options", "with_options"]

_STORAGES = {"p": "PLAIN", "e": "EXTERNAL", "x": "EXTENDED", "m": "MAIN"}
_COMPRESSIONS = {"p": "pglz", "l": "lz4"}
_PLAIN = "100"  # the number of the collation "default"
_STATES = {"D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS", "O": "ENABLE"}


def with_options(options: Sequence[str] | None, prefix: str = "") -> list[str]:
    """Return storage parameters ("fillfactor=70") as SQL: "fillfactor='70'"."""
    pairs = [option.partition("=") for option in options or ()]
    return [f"{prefix}{quoted(name)}={text(value)}" for name, _, value in pairs]


def foreign_options(options: Sequence[str] | None) -> str:
    """Return the options of a foreign object as a clause."""
    if not options:
        return ""
    pairs = [option.partition("=") for option in options]
    inside = ", ".join(f"{quoted(name)} {text(value)}" for name, _, value in pairs)
    return f"OPTIONS ({inside})"


def column_options(row: Mapping[str, Any], kind: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the clauses of a column. Each is an action of ALTER COLUMN, except OPTIONS and COLLATE.

    `kind` is the row of its type.
    """
    options = []
    if row["collation"] == _PLAIN != kind["collation"]:
        options.append('COLLATE "default"')
    if row["storage"] != kind["storage"]:
        options.append(f"SET STORAGE {_STORAGES[row['storage']]}")
    if row["compression"]:
        options.append(f"SET COMPRESSION {_COMPRESSIONS[row['compression']]}")
    if row["target"] is not None and row["target"] >= 0:
        options.append(f"SET STATISTICS {row['target']}")
    if row["settings"]:
        options.append(f"SET ({', '.join(with_options(row['settings']))})")
    if clause := foreign_options(row["server_options"]):
        options.append(clause)
    return tuple(options)


def not_null_clause(table: Mapping[str, Any], column: Mapping[str, Any], row: Mapping[str, Any] | None) -> str:
    """Return the text of a NOT NULL constraint that is not the plain one; empty for a plain or an inherited one.

    `row` is the constraint, which version 18 and later have.
    """
    own = column["local"] or table["partition"]
    if row is None:
        return "SET NOT NULL" if column["filled"] and not own else ""
    if not own and not row["local"]:
        return ""
    plain = row["name"] == f"{table['name']}_{column['name']}_not_null" and row["valid"] and not row["alone"]
    if plain and own:
        return ""
    clauses = f"{' NO INHERIT' if row['alone'] else ''}{'' if row['valid'] else ' NOT VALID'}"
    return f"CONSTRAINT {quoted(row['name'])} NOT NULL {quoted(column['name'])}{clauses}"


def table_options(
    one: Mapping[str, Any],
    constraints: Sequence[Mapping[str, Any]],
    indexes: Sequence[Mapping[str, Any]],
    triggers: Sequence[Mapping[str, Any]],
    rules: Sequence[Mapping[str, Any]],
) -> tuple[str, ...]:
    """Return the clauses of a table, those of its creation first."""
    name = quoted(one["name"])
    return (
        *_creation(one),
        *(f"ALTER TABLE {name} {action}" for action in _actions(one)),
        *(f"ALTER INDEX {quoted(row['name'])} SET ({', '.join(with_options(row['index_options']))})"
          for row in constraints if row["index_options"]),
        *sorted(f"ALTER INDEX {row['parent']} ATTACH PARTITION {quoted(row['name'])}" for row in indexes if row["parent"]),
        *(f"ALTER TABLE {name} {state}" for state in _states(triggers, rules)),
    )  # fmt: skip


def _creation(one: Mapping[str, Any]) -> list[str]:
    settings = [*with_options(one["options"]), *with_options(one["toast"], "toast.")]
    return [
        *(["UNLOGGED"] if one["persistence"] == "u" else []),
        *([f"OF {one['row_type']}"] if one["row_type"] else []),
        *([f"INHERITS ({', '.join(one['parents'])})"] if one["parents"] and not one["partition"] else []),
        *([f"USING {quoted(one['method'])}"] if one["method"] not in (None, "heap") else []),
        *([f"WITH ({', '.join(settings)})"] if settings else []),
        *([f"SERVER {quoted(one['server'])} {foreign_options(one['server_options'])}".strip()] if one["server"] else []),
    ]


def _actions(one: Mapping[str, Any]) -> list[str]:
    identity = {"n": "NOTHING", "f": "FULL"}.get(one["identity"], "")
    # If the index was dropped, the table has no replica identity.
    if one["identity"] == "i" and one["identity_index"]:
        identity = f"USING INDEX {quoted(one['identity_index'])}"
    return [
        *(["ENABLE ROW LEVEL SECURITY"] if one["secured"] else []),
        *(["FORCE ROW LEVEL SECURITY"] if one["forced"] else []),
        *([f"REPLICA IDENTITY {identity}"] if identity else []),
        *([f"CLUSTER ON {quoted(one['clustered'])}"] if one["clustered"] else []),
    ]


def _states(triggers: Sequence[Mapping[str, Any]], rules: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the states of triggers and rules that differ from those after their creation."""
    unusual = [row for row in triggers if row["enabled"] != (row["parent_enabled"] or "O")]
    states = sorted(f"{_STATES[row['enabled']]} TRIGGER {quoted(row['name'])}" for row in unusual)
    return states + sorted(f"{_STATES[row['enabled']]} RULE {quoted(row['name'])}" for row in rules if row["enabled"] != "O")
