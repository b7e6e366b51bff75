"""Read from PostgreSQL's catalog the effect of statements that cannot run in a transaction (CREATE INDEX CONCURRENTLY, ...)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from whimbrel.dialects.base import Connection
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.lexer import tokens, unquoted
from whimbrel.parsing.lexer_rules import POSTGRESQL

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["blockers", "drop_invalid", "settle", "snapshot_objects"]

# This reads all indexes of the table, since the new one may have no explicit name. An index that another session is building
# does not count.
_INDEXES = """
    SELECT c.relname AS name, i.indisvalid AS valid, n.nspname AS schema
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE i.indrelid OPERATOR(pg_catalog.=) {table}
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_progress_create_index p
                      WHERE p.index_relid OPERATOR(pg_catalog.=) i.indexrelid)
    ORDER BY c.relname
"""
# The object that the user's statement names, in the search_path of the user's file.
_NAMED = "pg_catalog.to_regclass(:name)"
_EXISTS = {
    "DATABASE": "SELECT datname AS name, true AS valid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) :name",
    "TABLESPACE": "SELECT spcname AS name, true AS valid FROM pg_catalog.pg_tablespace "
    "WHERE spcname OPERATOR(pg_catalog.=) :name",
    "SUBSCRIPTION": "SELECT subname AS name, true AS valid FROM pg_catalog.pg_stat_subscription "
    "WHERE subname OPERATOR(pg_catalog.=) :name",
    "DROPPED INDEX": f"SELECT relname AS name, true AS valid FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) {_NAMED}",
    "INDEX": _INDEXES.format(table=_NAMED),
    "REBUILT INDEX": _INDEXES.format(
        table=f"(SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid OPERATOR(pg_catalog.=) {_NAMED})"
    ),
}
_BLOCKERS = """
    SELECT DISTINCT a.pid, a.usename, a.application_name, a.state, a.xact_start, pg_catalog.left(a.query, 100) AS query
    FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.relation
    JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
    WHERE l.granted AND c.relname OPERATOR(pg_catalog.=) ANY (CAST(:names AS pg_catalog.name[]))
      AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
    ORDER BY a.xact_start LIMIT 5
"""
_MOST_NAMES = 200


class _Object(NamedTuple):
    """The object that a statement creates, drops or rebuilds.

    `name` is SQL for an index, else plain; `index_name` may be empty.
    """

    verb: str
    kind: str
    name: str
    index_name: str = ""


async def snapshot_objects(connection: Connection, statement: Statement) -> str:
    """Return the objects that the statement may create or drop, with their validity, as JSON; empty for other statements."""
    found = _read(connection, statement)
    return "" if found is None else json.dumps(await _states(connection, found), ensure_ascii=False)


async def settle(connection: Connection, statement: Statement, before: str) -> bool | None:
    """Compare the catalog with `before`, which `snapshot_objects` returned before the statement.

    An index that the statement left invalid is dropped and counts as not created. The auxiliary indexes of REINDEX are dropped
    too, and REINDEX then runs again: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY
    """
    found = _read(connection, statement)
    if found is None or not before:
        return None
    was, now = json.loads(before), await _states(connection, found)
    if found.verb == "DROP":
        return bool(was) and not now
    # Match by name where there is one: another set may have created other indexes since.
    made = [name for name in now if name not in was and found.index_name in ("", name)]
    await _drop(connection, found, [name for name in made if not now[name]])
    return any(now[name] for name in made)


async def drop_invalid(connection: Connection, statement: Statement) -> None:
    """Drop an invalid index that has the name of the one to create. IF NOT EXISTS would keep the invalid index."""
    found = _read(connection, statement)
    if found is not None and found.index_name:
        states = await _states(connection, found)
        await _drop(connection, found, [name for name, valid in states.items() if name == found.index_name and not valid])


async def blockers(connection: Connection, sql: str) -> str:
    """Describe the sessions that hold locks on the tables that a statement names."""
    names = sorted({unquoted(token, str.lower) for token in tokens(sql, POSTGRESQL) if token.kind in ("word", "name")})
    rows = await connection.fetch_all(_BLOCKERS, {"names": names[:_MOST_NAMES]})
    return "; ".join(
        f"process {row['pid']} ({row['usename']}, {row['application_name'] or 'no application_name'}, {row['state']}, "
        f"transaction since {row['xact_start']}): {row['query']}"
        for row in rows
    )


def _read(connection: Connection, statement: Statement) -> _Object | None:
    head = TokenCursor(statement.text, POSTGRESQL, fold=str.lower)
    verb = head.peek()
    head.skip()
    if verb == "REINDEX":
        return _read_reindex(connection, head)
    if verb not in ("CREATE", "DROP"):
        return None
    head.take("UNIQUE")
    kind = head.peek()
    head.skip()
    if kind == "INDEX":
        return _read_index(connection, head, verb)
    _ = head.condition(wanted=verb == "CREATE")
    name = head.name()
    return _Object(verb, kind, name) if kind in _EXISTS and name else None


def _read_index(connection: Connection, head: TokenCursor, verb: str) -> _Object | None:
    """Read the rest of `CREATE INDEX CONCURRENTLY [[IF NOT EXISTS] name] ON [ONLY] table` or of DROP INDEX CONCURRENTLY."""
    if not head.take("CONCURRENTLY"):
        return None
    _ = head.condition(wanted=verb == "CREATE")
    index = ("", "") if head.peek() == "ON" else head.qualified()
    if index is None:
        return None
    if verb == "DROP":
        return _Object(verb, "DROPPED INDEX", _sql(connection, index))
    table = (head.take("ON"), head.take("ONLY"), head.qualified())[2]
    return _Object(verb, "INDEX", _sql(connection, table), index[1]) if table else None


def _read_reindex(connection: Connection, head: TokenCursor) -> _Object | None:
    """Read the rest of `REINDEX [(options)] {TABLE | INDEX} [CONCURRENTLY] name`. Return None for a whole schema or database."""
    if head.take("("):
        while not (head.take(")") or head.ended()):
            head.skip()
    kind = head.peek()
    head.skip()
    head.take("CONCURRENTLY")
    name = head.qualified() if kind in ("TABLE", "INDEX") else None
    return _Object("REINDEX", "INDEX" if kind == "TABLE" else "REBUILT INDEX", _sql(connection, name)) if name else None


def _sql(connection: Connection, name: tuple[str, str]) -> str:
    return ".".join(connection.dialect.quote(part) for part in name if part)


async def _states(connection: Connection, found: _Object) -> dict[str, bool]:
    return {row["name"]: row["valid"] for row in await connection.fetch_all(_EXISTS[found.kind], {"name": found.name})}


async def _drop(connection: Connection, found: _Object, names: list[str]) -> None:
    if not names:
        return
    rows = await connection.fetch_all(_EXISTS[found.kind], {"name": found.name})
    for row in rows:
        if row["name"] in names:
            await connection.run(f"DROP INDEX CONCURRENTLY {_sql(connection, (row['schema'], row['name']))}")
