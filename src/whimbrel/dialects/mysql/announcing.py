"""Run a statement of a file behind its intent, in one message.

The server runs the statements of a message one after the other, and ends the message at the first error. So the statement runs
only if its intent is committed, and the number of answers tells which statement was refused. Behind the statement of the file
stands nothing that writes. https://dev.mysql.com/doc/c-api/9.7/en/c-api-multiple-queries.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from whimbrel.dialects.base import Announced
from whimbrel.dialects.mysql.catalog import definition_query, read_definition
from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.dialects.mysql.ddl import read_change
from whimbrel.dialects.mysql.errors import find_offset
from whimbrel.errors import ConnectionLost, DatabaseBusy
from whimbrel.parsing.lexer_rules import LexerRules

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["fits", "run_announced"]

# Every server accepts a message of this size: https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html
_MOST_CHARACTERS = 64 * 1024


def fits(statement: Statement) -> bool:
    """Whether the statement can share a message with its intent: it is short, and the server reads it as one statement."""
    return len(statement.text) <= _MOST_CHARACTERS and ";" not in statement.text


async def run_announced(
    connection: MysqlConnection, records: Sequence[str], statement: Statement, following: Statement | None, rules: LexerRules
) -> Announced:
    """Send the records, the statement, and the question for the state of the objects that the `following` statement changes.

    Raises the error of the records. Returns that of the statement.
    """
    change = read_change(statement.text, rules)
    if change is None or change.kind != "TABLE":
        # The server keeps the text of a routine, trigger or view up to the delimiter, so nothing may follow it.
        following = None
    asked = None if following is None else definition_query(connection, following, rules)
    message = [*records, statement.text, *([] if asked is None else [asked])]
    answers, error = await connection.fetch_until_error(message)
    if len(answers) > len(records):
        # The statement took effect. A comment in it without an end may hide the question from the server.
        rows = answers[len(records) + 1 :]
        return Announced(seen=read_definition(following, rows[0] if rows else [], error, rules))
    if error is None:
        # The server ended the message at a KILL QUERY. Nothing shows whether the statement ran, so its intent has to stay.
        connection.abort()
        raise ConnectionLost(f"the server answered {len(answers)} of {len(message)} statements of a message")
    if isinstance(error, ConnectionLost) or len(answers) < len(records):
        raise error
    if not isinstance(error, DatabaseBusy):
        error.offset = await find_offset(error, statement.text, rules, connection.probe)
    return Announced(error)
