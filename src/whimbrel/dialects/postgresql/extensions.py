"""Find types, operators and functions of extensions that a migration or a tenant does not see, and advise on them.

Writes nothing.

Outside of the search_path a type keeps its values, but not its operators: PostgreSQL then compares citext as text, finds nothing,
and reports no error. https://www.postgresql.org/docs/current/typeconv-oper.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from whimbrel.dialects.base import Connection, Row
from whimbrel.errors import ConfigurationError

__all__ = ["check_columns", "explain", "find_unseen"]

_EQUALS, _DIFFERS = "OPERATOR(pg_catalog.=)", "OPERATOR(pg_catalog.<>)"
_WORDS, _SYMBOLS = re.compile(r"\w+"), re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_NO_TYPE, _NO_FUNCTION = "42704", "42883"


def _catalog(name: str) -> str:
    return f"CAST('pg_catalog.{name}' AS pg_catalog.regclass)"


# Types that PostgreSQL treats as a built-in type if it sees none of their own operators, and the types that consist of them.
_UNSEEN = f"""
    WITH RECURSIVE unseen (oid, origin) AS (
        SELECT t.oid, t.oid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid {_EQUALS} t.typnamespace
        WHERE n.nspname {_DIFFERS} ALL (CAST(:seen AS pg_catalog.name[]))
          AND EXISTS (SELECT 1 FROM pg_catalog.pg_cast k JOIN pg_catalog.pg_type b ON b.oid {_EQUALS} k.casttarget
                      WHERE k.castsource {_EQUALS} t.oid AND k.castcontext {_EQUALS} 'i'
                        AND b.typnamespace {_EQUALS} CAST('pg_catalog' AS pg_catalog.regnamespace))
          AND EXISTS (SELECT 1 FROM pg_catalog.pg_operator o
                      WHERE o.oprleft {_EQUALS} t.oid AND o.oprnamespace {_EQUALS} t.typnamespace)
        UNION
        SELECT t.oid, u.origin FROM pg_catalog.pg_type t
        JOIN unseen u ON t.typbasetype {_EQUALS} u.oid OR t.typelem {_EQUALS} u.oid
    ), named AS (
        SELECT u.oid, t.typname AS "type", n.nspname AS "place", e.extname AS "extension"
        FROM unseen u JOIN pg_catalog.pg_type t ON t.oid {_EQUALS} u.origin
        JOIN pg_catalog.pg_namespace n ON n.oid {_EQUALS} t.typnamespace
        LEFT JOIN (pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid {_EQUALS} d.refobjid)
            ON d.classid {_EQUALS} {_catalog("pg_type")} AND d.objid {_EQUALS} t.oid AND d.deptype {_EQUALS} 'e'
    )"""
_COLUMNS = f"""{_UNSEEN}
    SELECT c.relname AS "table", a.attname AS "column", m."type", m."place", m."extension",
           CAST(current_user AS pg_catalog.text) AS "me"
    FROM named m JOIN pg_catalog.pg_attribute a ON a.atttypid {_EQUALS} m.oid
    JOIN pg_catalog.pg_class c ON c.oid {_EQUALS} a.attrelid
    JOIN pg_catalog.pg_namespace s ON s.oid {_EQUALS} c.relnamespace
    WHERE s.nspname {_EQUALS} :schema AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum LIMIT 1"""
_TYPES = f"""{_UNSEEN}
    SELECT t.typname AS "name", m."type", m."place", m."extension", CAST(current_user AS pg_catalog.text) AS "me"
    FROM named m JOIN pg_catalog.pg_type t ON t.oid {_EQUALS} m.oid"""


def _named(kind: str, relation: str, prefix: str) -> str:
    return f"""
        SELECT '{kind}' AS kind, x.{prefix}name AS name, x.{prefix}namespace AS place, {_catalog(relation)} AS class, x.oid
        FROM pg_catalog.{relation} x WHERE x.{prefix}name {_EQUALS} ANY (CAST(:words AS pg_catalog.name[]))"""


def _is_operand(column: str) -> str:
    return f"""EXISTS (SELECT 1 FROM pg_catalog.pg_type t WHERE t.oid {_EQUALS} x.{column}
        AND (CAST(t.typname AS pg_catalog.text) {_EQUALS} ANY (CAST(:words AS pg_catalog.text[]))
             OR pg_catalog.format_type(t.oid, NULL) {_EQUALS} ANY (CAST(:words AS pg_catalog.text[]))))"""


_OPERATORS = f"""
        SELECT 'operator' AS kind, x.oprname AS name, x.oprnamespace AS place, {_catalog("pg_operator")} AS class, x.oid
        FROM pg_catalog.pg_operator x WHERE x.oprname {_EQUALS} ANY (CAST(:symbols AS pg_catalog.name[]))
          AND ({_is_operand("oprleft")} OR {_is_operand("oprright")})"""
_KINDS = {
    _NO_TYPE: (
        _named("type", "pg_type", "typ"),
        _named("operator class", "pg_opclass", "opc"),
        _named("text search dictionary", "pg_ts_dict", "dict"),
        _named("text search configuration", "pg_ts_config", "cfg"),
        _named("collation", "pg_collation", "coll"),
    ),
    _NO_FUNCTION: (_named("function", "pg_proc", "pro"), _OPERATORS),
}
_MISSING = f"""
    SELECT o.kind, o.name AS "name", n.nspname AS "place", e.extname AS "extension", CAST(current_user AS pg_catalog.text) AS "me"
    FROM ({{kinds}}) o JOIN pg_catalog.pg_namespace n ON n.oid {_EQUALS} o.place
    LEFT JOIN (pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid {_EQUALS} d.refobjid)
        ON d.classid {_EQUALS} o.class AND d.objid {_EQUALS} o.oid AND d.deptype {_EQUALS} 'e'
    WHERE n.nspname {_DIFFERS} ALL (CAST(:seen AS pg_catalog.name[]))
    ORDER BY e.extname NULLS LAST, n.nspname LIMIT 1"""


class Path(NamedTuple):
    """The schemas that a session sees, and those that the role's own sessions see."""

    seen: Sequence[str]
    whole: Sequence[str]


def _path(connection: Connection, schema: str) -> Path:
    whole = connection.others if connection.whole_path is None else connection.whole_path
    return Path([schema, *connection.others, "pg_catalog", "information_schema"], whole)


async def check_columns(connection: Connection, schema: str) -> None:
    """Raise ConfigurationError if a column of the schema has a type whose operators this session does not see."""
    path = _path(connection, schema)
    for row in await connection.fetch_all(_COLUMNS, {"schema": schema, "seen": path.seen}):
        raise ConfigurationError(
            f"column {schema}.{row['table']}.{row['column']} has the {_told('type', row['type'], row)}, and sessions in schema "
            f"{schema} do not see that schema{_reason(row, path)}: PostgreSQL would compare its values as those of another type, "
            f"without an error\n  next: {_way_on(connection, row, path)}"
        )


async def find_unseen(connection: Connection, schema: str) -> dict[str, str]:
    """Return the types whose operators this session does not see, by name, each with advice.

    Empty unless the session is one of a tenant: others see what the role's own session sees.
    """
    if connection.whole_path is None:
        return {}
    path = _path(connection, schema)
    seen = ", ".join(map(connection.dialect.literal, path.seen))
    (rows,) = await connection.fetch_together([_TYPES.replace(":seen", f"ARRAY[{seen}]")])
    return {
        str(row["name"]): f"the {_told('type', row['type'], row)}, and a tenant does not see that schema{_reason(row, path)}: "
        f"PostgreSQL would compare its values as values of another type\n  next: {_way_on(connection, row, path)}"
        for row in rows
    }


async def explain(connection: Connection, schema: str, code: str, message: str) -> str:
    """Return advice for a statement that failed because its session does not see an object's schema; empty for others."""
    kinds = _KINDS.get(code)
    if kinds is None:
        return ""
    path = _path(connection, schema)
    parameters: dict[str, object] = {"words": _WORDS.findall(message), "seen": path.seen}
    if code == _NO_FUNCTION:
        parameters["symbols"] = _SYMBOLS.findall(message)
    for row in await connection.fetch_all(_MISSING.format(kinds=" UNION ALL ".join(kinds)), parameters):
        told = _told(str(row["kind"]), row["name"], row)
        return f"the {told}, which this session does not see{_reason(row, path)}; {_way_on(connection, row, path)}"
    return ""


def _told(kind: str, name: object, row: Row) -> str:
    extension = f" of the extension {row['extension']}" if row["extension"] else ""
    return f"{kind} {name}{extension} in schema {row['place']}"


def _reason(row: Row, path: Path) -> str:
    return ", because that schema has tables" if row["place"] in path.whole else ", because it is not in the search_path"


def _way_on(connection: Connection, row: Row, path: Path) -> str:
    """Return the statements that make a schema visible, or move the extension to a schema that can be."""
    quote, place, moved = connection.dialect.quote, str(row["place"]), ""
    if place in path.whole:
        place = "extensions"
        what = f"ALTER EXTENSION {quote(row['extension'])} SET SCHEMA extensions" if row["extension"] else "move it there"
        moved = f"CREATE SCHEMA IF NOT EXISTS extensions; GRANT USAGE ON SCHEMA extensions TO PUBLIC; {what}; "
    names = ", ".join(map(quote, dict.fromkeys((*path.whole, place))))
    return f"run {moved}ALTER ROLE {quote(row['me'])} SET search_path TO {names}"
