"""Statements that the server does not run as they are: IF [NOT] EXISTS where MySQL lacks it, and the LOCK TABLES of a dump."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.dialects.mysql.rules import LOCKS
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer_rules import MYSQL, MYSQL_PORTABLE

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["emulate", "runs_as_it_is"]


def runs_as_it_is(database: str, statement: Statement) -> bool:
    """Whether the server gets the statement as it is written."""
    from whimbrel.parsing.alter_list import read_alter_list  # a start with nothing to do needs neither
    from whimbrel.parsing.conditional_ddl import read_conditional

    if leading_words(statement.text, MYSQL, 2) in LOCKS:
        return False
    readers = (read_conditional, read_alter_list)
    return database != "mysql" or all(read(statement.text, MYSQL_PORTABLE) is None for read in readers)


async def emulate(connection: MysqlConnection, statement: Statement) -> bool:
    """Emulate IF [NOT] EXISTS for indexes and columns on MySQL, which lacks it (error 1064). MariaDB has it.

    On both servers, skip the LOCK TABLES of a dump: it would make Whimbrel's own tables inaccessible, and the run holds the
    migration lock anyway.
    """
    if leading_words(statement.text, MYSQL, 2) in LOCKS:
        return True
    if connection.database != "mysql":
        return False
    from whimbrel.parsing.conditional_ddl import read_conditional  # a start with nothing to do does not need it

    conditional = read_conditional(statement.text, MYSQL_PORTABLE)
    if conditional is None:
        return await _alter_list(connection, statement)
    table, column = ("statistics", "index_name") if conditional.kind == "index" else ("columns", "column_name")
    of_table = "WHERE table_schema = coalesce(:schema, DATABASE()) AND table_name = :table"
    row = await connection.fetch_one(
        f"SELECT (SELECT COUNT(*) FROM information_schema.tables {of_table}) AS there, "
        f"(SELECT COUNT(*) FROM information_schema.{table} {of_table} AND {column} = :name) AS found",
        {"schema": conditional.schema or None, "table": conditional.table, "name": conditional.name},
    )
    # If the table is missing, the statement runs, so that the server reports it.
    if row is None or not row["there"] or bool(row["found"]) != conditional.wanted:
        await connection.run(conditional.text)
    return True


async def _alter_list(connection: MysqlConnection, statement: Statement) -> bool:
    """Run an ALTER TABLE with several actions, leaving out those whose condition does not hold."""
    from whimbrel.parsing.alter_list import read_alter_list

    listed = read_alter_list(statement.text, MYSQL_PORTABLE)
    if listed is None:
        return False
    rows = await connection.fetch_all(
        "SELECT column_name AS name FROM information_schema.columns "
        "WHERE table_schema = coalesce(:schema, DATABASE()) AND table_name = :table",
        {"schema": listed.schema or None, "table": listed.table},
    )
    # If the table is missing, the statement runs, so that the server reports it.
    if pending := listed.pending([row["name"] for row in rows]) or ("" if rows else statement.text):
        await connection.run(pending)
    return True
