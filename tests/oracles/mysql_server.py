"""A connection that accepts one statement at a time, and a listing of a database's objects."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pymysql
from pymysql.constants import COMMAND

from whimbrel.url import parse_url

from .mysql_programs import database_of

__all__ = ["read_schema", "single_statements"]

_MULTI_STATEMENTS_OFF = struct.pack("<H", 1)

_DEFINITIONS = {
    "routines": "routine_name, routine_type, routine_definition, dtd_identifier, sql_mode, routine_comment, security_type",
    "triggers": "trigger_name, event_object_table, action_timing, event_manipulation, action_statement, sql_mode",
    "events": "event_name, event_definition, starts, ends, execute_at, interval_value, interval_field, sql_mode, event_comment",
    "tables": "table_name, table_type, table_comment",
    "columns": "table_name, column_name, ordinal_position, column_type, column_default, is_nullable, extra, column_comment",
    "views": "table_name, view_definition",
    "parameters": "specific_name, routine_type, ordinal_position, parameter_name, parameter_mode, dtd_identifier",
}


@contextmanager
def single_statements(url: str) -> Iterator[Callable[[str], None]]:
    """A function that runs one statement, and raises pymysql.Error if the text is more than one."""
    connection = _connect(url)
    try:
        # Every pymysql connection asks for multi-statements; this takes them back.
        private: Any = connection
        private._execute_command(COMMAND.COM_SET_OPTION, _MULTI_STATEMENTS_OFF)
        private._read_packet()
        yield lambda statement: _query(connection, statement)
    finally:
        connection.close()


def read_schema(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every routine, trigger, event, table, column and parameter with its definition, bodies byte for byte."""
    connection = _connect(url)
    found = {}
    try:
        for view, columns in _DEFINITIONS.items():
            schema = {"triggers": "trigger", "routines": "routine", "events": "event", "parameters": "specific"}.get(
                view, "table"
            )
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {columns} FROM information_schema.{view} WHERE {schema}_schema = DATABASE()")
                # A view's text names the database.
                rows = [tuple(_plain(value, database_of(url)) for value in row) for row in cursor.fetchall()]
            found[view] = sorted(rows, key=repr)
    finally:
        connection.close()
    return found


def _plain(value: Any, database: str) -> Any:
    return value.replace(f"`{database}`.", "") if isinstance(value, str) else value


def _connect(url: str) -> "pymysql.Connection[Any]":
    parsed = parse_url(url)
    return pymysql.connect(
        host=parsed.host or "127.0.0.1",
        port=parsed.port or 3306,
        user=parsed.user,
        password=parsed.password.reveal() if parsed.password else "",
        database=parsed.database,
        charset="utf8mb4",
        autocommit=True,
    )


def _query(connection: "pymysql.Connection[Any]", statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
