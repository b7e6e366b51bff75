"""Read the objects of a DDL statement from the catalog of MySQL and MariaDB."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pymysql.constants import ER

from whimbrel.dialects.base import Connection, Row
from whimbrel.dialects.mysql.connection import MysqlConnection, written
from whimbrel.dialects.mysql.ddl import ABSENT, Change, decide, left_over, read_change
from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.parsing.cursor import Name
from whimbrel.parsing.lexer import tokens, unquoted
from whimbrel.parsing.lexer_rules import LexerRules

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["blockers", "definition_query", "read_definition", "settle", "snapshot_objects"]

_ABSENT = (
    *(ER.NO_SUCH_TABLE, ER.BAD_DB_ERROR, ER.SP_DOES_NOT_EXIST, ER.TRG_DOES_NOT_EXIST, ER.UNKNOWN_TABLE, ER.BAD_TABLE_ERROR),
    *(1539, 4091),  # a missing event, and a missing sequence of MariaDB
)
_NO_PRIVILEGE = "1227"
# The state of a missing table of which some partitions exist.
_REMAINS = "absent, with partitions that were left"
# This view uses the names of files: https://mariadb.com/kb/en/information-schema-innodb_sys_tables-table/
_PARTITIONS = """
    SELECT substring_index(name, '/', -1) AS part FROM information_schema.innodb_sys_tables
    WHERE BINARY substring_index(name, '#P#', 1) = concat(
        CAST(CONVERT(coalesce(:schema, DATABASE()) USING filename) AS BINARY), '/', CAST(CONVERT(:table USING filename) AS BINARY)
    )
"""
_MOST_NAMES = 200
# Effects that leave the definitions as they are and show only in the numbers of the tables.
_NUMBERED = ("empty", "swap")
# https://dev.mysql.com/doc/refman/9.7/en/performance-schema-metadata-locks-table.html. A session idle in a transaction is
# described by its last statement: https://dev.mysql.com/doc/refman/9.7/en/performance-schema-events-statements-current-table.html
_HOLDERS = """
    SELECT DISTINCT t.processlist_id AS id, t.processlist_user AS user, t.processlist_host AS host,
           t.processlist_command AS state, t.processlist_time AS seconds,
           left(coalesce(t.processlist_info, e.sql_text), 100) AS query
    FROM performance_schema.metadata_locks m JOIN performance_schema.threads t ON t.thread_id = m.owner_thread_id
    LEFT JOIN performance_schema.events_statements_current e ON e.thread_id = t.thread_id AND e.nesting_event_level = 0
    WHERE m.object_schema = DATABASE() AND m.object_name IN ({names}) AND m.lock_status = 'GRANTED'
      AND t.processlist_id <> CONNECTION_ID()
    ORDER BY t.processlist_time DESC LIMIT 5
"""
_TRANSACTIONS = """
    SELECT p.id AS id, p.user AS user, p.host AS host, p.command AS state, p.time AS seconds, left(p.info, 100) AS query
    FROM information_schema.innodb_trx x JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id
    WHERE p.id <> CONNECTION_ID()
    ORDER BY x.trx_started LIMIT 5
"""


async def snapshot_objects(connection: Connection, statement: Statement, rules: LexerRules) -> str:
    """Return the state of each object that the statement names, as JSON; empty if the catalog cannot tell."""
    change = read_change(statement.text, rules)
    states = None if change is None else await _states(connection, change, statement.text, rules)
    return "" if states is None else _described(states)


def _described(states: Mapping[Name, str]) -> str:
    return json.dumps([[*name, state] for name, state in states.items()], ensure_ascii=False)


def definition_query(connection: Connection, statement: Statement, rules: LexerRules) -> str | None:
    """Return the single query that answers `snapshot_objects`, if one is enough. It fails if the object does not exist."""
    change = read_change(statement.text, rules)
    if change is None or change.effect in _NUMBERED or len(change.names) != 1 or _is_parted(connection, change, statement.text):
        return None
    return f"SHOW CREATE {change.kind} {_full(connection, change.names[0])}"


def read_definition(
    statement: Statement | None, rows: Sequence[Row], error: DatabaseError | None, rules: LexerRules
) -> str | None:
    """Compute the result of `snapshot_objects` from the answer to `definition_query`; None if the answer is not enough."""
    is_absent = error is not None and error.code in map(str, _ABSENT)
    if statement is None or not (rows or is_absent) or (change := read_change(statement.text, rules)) is None:
        return None
    return _described({change.names[0]: _digest(written(rows[0]), rules) if rows else ABSENT})


async def settle(connection: Connection, statement: Statement, before: str, rules: LexerRules) -> bool | None:
    """Compare the catalog with `before`, which `snapshot_objects` returned before the statement.

    A single DDL statement takes effect completely or not at all on these servers:
    https://dev.mysql.com/doc/refman/9.7/en/atomic-ddl.html and https://mariadb.com/kb/en/atomic-ddl/ (from 10.6 on). The
    exception is a DROP of several objects on MariaDB, which is atomic only for each object. If a crash interrupted one, this
    function drops the rest: running the statement again would fail for the objects that are already gone.
    """
    change = read_change(statement.text, rules)
    after = None if change is None else await _states(connection, change, statement.text, rules)
    if not before or change is None or after is None:
        return None
    was = {(schema, name): state for schema, name, state in json.loads(before)}
    for name in [name for name, state in after.items() if state == _REMAINS and was[name] == ABSENT]:
        await _clear(connection, name)
        after[name] = ABSENT
    for name in left_over(change, was, after):
        await connection.run(f"DROP {change.kind} {_full(connection, name)}")
    return decide(change, was, after)


async def blockers(connection: Connection, sql: str, rules: LexerRules) -> str:
    """Describe the connections that hold locks on the tables in a statement; on MariaDB, those with an open transaction."""
    names = sorted({unquoted(token) for token in tokens(sql, rules) if token.kind in ("word", "name")})[:_MOST_NAMES]
    if connection.database == "mariadb":
        # Only a plugin, which is seldom installed, shows metadata locks.
        rows = await connection.fetch_all(_TRANSACTIONS)
    else:
        parameters = {f"name_{index}": name for index, name in enumerate(names)}
        rows = await connection.fetch_all(_HOLDERS.format(names=", ".join(f":{name}" for name in parameters)), parameters)
    return "; ".join(
        f"connection {row['id']} ({row['user']} from {row['host']}, {row['state']} for {row['seconds']} s): {row['query'] or '-'}"
        for row in rows
    )


async def _states(connection: Connection, change: Change, text: str, rules: LexerRules) -> dict[Name, str] | None:
    ask = _table_id if change.effect in _NUMBERED else _definition
    parted = _is_parted(connection, change, text)
    try:
        states = {name: await ask(connection, change.kind, name, rules) for name in change.names}
        remaining = [name for name, state in states.items() if parted and state == ABSENT and await _remains(connection, name)]
    except ConnectionLost:
        raise
    except DatabaseError:
        # This user may change the object but not read its definition. After a crash, the user has to judge.
        return None
    return {**states, **dict.fromkeys(remaining, _REMAINS)}


def _is_parted(connection: Connection, change: Change, text: str) -> bool:
    return connection.database == "mariadb" and change.effect == "create" and "PARTITION" in text.upper()


async def _definition(connection: Connection, kind: str, name: Name, rules: LexerRules) -> str:
    assert isinstance(connection, MysqlConnection), "a dialect is given its own connections"
    try:
        row = await connection.fetch_definition(f"SHOW CREATE {kind} {_full(connection, name)}")
    except DatabaseError as error:
        if error.code in map(str, _ABSENT):
            return ABSENT
        raise
    return _digest(row, rules)


async def _remains(connection: Connection, name: Name) -> list[str]:
    """Return the partitions that MariaDB keeps of a missing table after a crash within CREATE TABLE.

    The same CREATE TABLE then always fails with error 1050, "Table ... Partition ... already exists"; seen with 10.11.
    """
    try:
        rows = await connection.fetch_all(_PARTITIONS, {"schema": name[0] or None, "table": name[1]})
    except DatabaseError as error:
        if error.code == _NO_PRIVILEGE:
            return []
        raise
    return [str(row["part"]) for row in rows]


async def _clear(connection: Connection, name: Name) -> None:
    # Use the name in its file's form: https://mariadb.com/kb/en/identifier-names/#further-rules
    for part in await _remains(connection, name):
        await connection.run(f"DROP TABLE {_full(connection, (name[0], f'#mysql50#{part}'))}")


def _full(connection: Connection, name: Name) -> str:
    return ".".join(connection.dialect.quote(part) for part in name if part)


def _digest(row: Row, rules: LexerRules) -> str:
    """Return a text that changes with the definition, but not with inserted rows or the session's quoting."""
    parts = []
    for value in row.values():
        found = list(tokens(str(value), rules))
        counter = [index for index, token in enumerate(found) if token.upper == "AUTO_INCREMENT"]
        moving = {
            at
            for index in counter
            if [token.text for token in found[index + 1 : index + 2]] == ["="]
            for at in range(index, index + 3)
        }
        quoted = ("word", "name", "string")
        kept = [token for index, token in enumerate(found) if index not in moving]
        parts.append([unquoted(token) if token.kind in quoted else token.text for token in kept])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


async def _table_id(connection: Connection, _kind: str, name: Name, _rules: LexerRules) -> str:
    # TRUNCATE recreates a table under another number; RENAME keeps the number:
    # https://dev.mysql.com/doc/refman/9.7/en/truncate-table.html
    view = "innodb_sys_tables" if connection.database == "mariadb" else "innodb_tables"
    schema, table = name
    found = await connection.fetch_value(
        f"SELECT table_id FROM information_schema.{view} WHERE name = concat(coalesce(:schema, DATABASE()), '/', :table)",
        {"schema": schema or None, "table": table},
    )
    if found is None:
        # The catalog stores the name in another form, or the table has another engine.
        raise DatabaseError(f"table {table} has no number")
    return str(found)
