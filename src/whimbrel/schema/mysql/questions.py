"""The queries of information_schema, combined into one query for one database. Pure.

Each row of the answer is an object: its kind, and its facts as a JSON array. MariaDB opens the tables of every database unless
the database is a constant, so there is one SELECT for each view, and `tables.py` joins the answers:
https://mariadb.com/kb/en/optimizing-for-information_schema/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["Facts", "facts_query", "read_facts"]

# The facts of one object by the names below.
Facts = dict[str, Any]


class _Part(NamedTuple):
    """A SELECT: its view, the column with the database's name, the columns to return, and a further condition."""

    view: str
    place: str
    columns: tuple[str, ...]
    condition: str = ""


def _part(view: str, place: str, columns: str, condition: str = "") -> _Part:
    return _Part(view, place, tuple(columns.split()), condition)


_KEY = (
    "constraint_name table_name column_name ordinal_position referenced_table_schema referenced_table_name referenced_column_name"
)
_COLUMN = (
    "table_name column_name ordinal_position column_default is_nullable column_type extra character_set_name collation_name "
    "column_comment generation_expression"
)
_INDEX = "table_name index_name non_unique seq_in_index column_name collation sub_part index_type index_comment"
_PARTITION = (
    "table_name partition_name subpartition_name partition_ordinal_position subpartition_ordinal_position partition_method "
    "subpartition_method partition_expression subpartition_expression partition_description partition_comment"
)
_TRIGGER = "trigger_name event_object_table action_timing event_manipulation action_order"
_PARAMETER = "specific_name routine_type ordinal_position dtd_identifier"
_BOTH = {
    "schema": _part("schemata", "schema_name", "default_collation_name"),
    "table": _part("tables", "table_schema", "table_name table_type engine table_collation create_options table_comment"),
    "foreign": _part("key_column_usage", "table_schema", _KEY, "referenced_table_name IS NOT NULL"),
    "rule": _part("referential_constraints", "constraint_schema", "constraint_name table_name update_rule delete_rule"),
    "partition": _part("partitions", "table_schema", _PARTITION, "partition_method IS NOT NULL"),
    "trigger": _part("triggers", "trigger_schema", _TRIGGER),
    "routine": _part("routines", "routine_schema", "specific_name routine_type routine_definition"),
    "parameter": _part("parameters", "specific_schema", _PARAMETER),
    "event": _part("events", "event_schema", "event_name"),
    "view": _part("views", "table_schema", "table_name view_definition check_option"),
}
_PARTS: Mapping[str, Mapping[str, _Part]] = {
    "mysql": {
        **_BOTH,
        "column": _part("columns", "table_schema", f"{_COLUMN} srs_id"),
        "index": _part("statistics", "table_schema", f"{_INDEX} expression is_visible"),
        "check": _part("check_constraints", "constraint_schema", "constraint_name check_clause"),
        "checked": _part("table_constraints", "table_schema", "table_name constraint_name enforced", "constraint_type = 'CHECK'"),
    },
    "mariadb": {
        **_BOTH,
        "column": _part("columns", "table_schema", _COLUMN),
        "index": _part("statistics", "table_schema", f"{_INDEX} ignored"),
        "check": _part("check_constraints", "constraint_schema", "table_name constraint_name level check_clause"),
    },
}
# The session's settings may cut an answer, or change how MariaDB writes expressions, so the query has settings of its own:
# https://dev.mysql.com/doc/refman/9.7/en/optimizer-hints.html#optimizer-hints-set-var and https://mariadb.com/kb/en/set-statement/
_NO_LIMIT = 2**64 - 1
_BEFORE = {
    "mysql": "",
    "mariadb": f"SET STATEMENT sql_mode='NO_ENGINE_SUBSTITUTION', sql_quote_show_create=1, sql_select_limit={_NO_LIMIT}, "
    "max_join_size=DEFAULT FOR ",
}
_HINT = {"mysql": f"/*+ SET_VAR(sql_select_limit={_NO_LIMIT}) SET_VAR(sql_safe_updates=0) */ ", "mariadb": ""}
# By kind: the privileges with which a user sees its objects, as in
# https://dev.mysql.com/doc/refman/9.7/en/information-schema-triggers-table.html.
_PRIVILEGES = {"triggers": ("TRIGGER",), "routines": ("EXECUTE", "CREATE ROUTINE", "ALTER ROUTINE"), "events": ("EVENT",)}
_SESSION = "SELECT 'session', json_array(current_user(), @@sql_mode, @@sql_quote_show_create + 0)"
_US = "concat('''', substring_index(current_user(), '@', 1), '''@''', substring_index(current_user(), '@', -1), '''')"


def facts_query(database: str, name: str, place: str) -> str:
    """Return the query for all facts of one database. `place` is its name as an SQL literal."""
    selects = [*_selects(database, place), *_unseen(place), _SESSION]
    return _BEFORE[database] + " UNION ALL ".join(selects) + (_libraries(name) if database == "mysql" else "")


def _libraries(name: str) -> str:
    """Return the SELECT of the libraries as a comment that a server without this view passes over: before MySQL 9.2.

    https://dev.mysql.com/doc/refman/9.7/en/comments.html. A name in hexadecimal cannot end the comment.
    """
    facts = f"json_array({', '.join(_NAMES['library'])})"
    where = f"hex(library_schema) = '{name.encode().hex().upper()}'"
    return f" /*!90200 UNION ALL SELECT 'library', {facts} FROM information_schema.libraries WHERE {where} */"


def _selects(database: str, place: str) -> Iterator[str]:
    hint = _HINT[database]
    for kind, part in _PARTS[database].items():
        facts = f"json_array({', '.join(part.columns)})"
        further = f" AND {part.condition}" if part.condition else ""
        source = f"information_schema.{part.view} WHERE {part.place} = {place}{further}"
        yield f"SELECT {hint}'{kind}' AS kind, {facts} AS facts FROM {source}"
        hint = ""


def _unseen(place: str) -> Iterator[str]:
    """Yield a SELECT for each kind of objects: one row if this user has no privilege that shows them.

    A grant for a database may contain a pattern. These views lack the privileges of roles, so `objects.py` checks which objects
    are visible.
    """
    for kind, privileges in _PRIVILEGES.items():
        listed = ", ".join(f"'{one}'" for one in privileges)
        granted = f"grantee = {_US} AND privilege_type IN ({listed})"
        yield (
            f"SELECT 'unseen', json_array('{kind}') FROM (SELECT 1) AS one WHERE NOT EXISTS "
            f"(SELECT 1 FROM information_schema.user_privileges WHERE {granted}) AND NOT EXISTS "
            f"(SELECT 1 FROM information_schema.schema_privileges WHERE {granted} AND {place} LIKE table_schema)"
        )


_NAMES = {
    "unseen": ("kind",),
    "session": ("user", "sql_mode", "sql_quote_show_create"),
    "library": ("library_name", "library_definition"),
}


def read_facts(database: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Facts]]:
    """Return the objects of an answer by their kind."""
    found: dict[str, list[Facts]] = {kind: [] for kind in (*_PARTS[database], *_NAMES)}
    for row in rows:
        kind = str(row["kind"])
        names = _NAMES.get(kind) or _PARTS[database][kind].columns
        found[kind].append(dict(zip(names, json.loads(row["facts"]), strict=True)))
    return found
