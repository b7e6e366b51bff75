"""Send a statement of a file and the record of its intent in one message.

The server runs the statements of a message one after the other, and ends the message at the first error. So the statement runs
only if its intent is committed, and the number of answers tells which statement was refused. After the file's statement, the
message contains nothing that writes. https://dev.mysql.com/doc/c-api/9.7/en/c-api-multiple-queries.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pymysql.constants import ER

from whimbrel.dialects.base import Announced, Row
from whimbrel.dialects.mysql.catalog import definition_query, read_definition
from whimbrel.dialects.mysql.connection import MysqlConnection, written
from whimbrel.dialects.mysql.ddl import read_change
from whimbrel.dialects.mysql.errors import find_offset
from whimbrel.errors import ConnectionLost, DatabaseBusy, DatabaseError
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer_rules import MYSQL, LexerRules

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["Question", "fits", "question_before", "run_announced"]

# Every server accepts a message of this size: https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html
_MOST_CHARACTERS = 64 * 1024
# The server answers these exactly once. A CALL has an answer for each query of the procedure, and may still fail after them:
# https://dev.mysql.com/doc/c-api/9.7/en/c-api-multiple-queries.html. Statements of MariaDB such as EXECUTE IMMEDIATE may run one.
_ANSWERED_ONCE = ("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE")


class Question(NamedTuple):
    """A query for the next statement, sent behind it. `read` takes its rows or its error; it returns `Announced.seen`."""

    sql: str
    read: Callable[[Sequence[Row], DatabaseError | None], str | None]


def question_before(connection: MysqlConnection, schema: str, following: Statement, rules: LexerRules) -> Question | None:
    """Return what a run asks before the `following` statement: the state of its objects, or which tables have no transactions."""
    if not connection.dialect.shares_transaction(leading_words(following.text, MYSQL, 1)):
        asked = definition_query(connection, following, rules)
        return None if asked is None else Question(asked, lambda rows, error: read_definition(following, rows, error, rules))

    def learn(rows: Sequence[Row], error: DatabaseError | None) -> None:
        if error is None:
            connection.engines.learn(schema, [written(row) for row in rows])

    unknown = connection.engines.question(connection, schema)
    return Question(unknown, learn) if unknown else None


def fits(statement: Statement) -> bool:
    """Whether the statement can share a message with its intent: short, and for the server one statement with one answer."""
    text = statement.text
    return len(text) <= _MOST_CHARACTERS and ";" not in text and _is_answered_once(text)


def _is_answered_once(text: str) -> bool:
    words = leading_words(text, MYSQL, 1)
    return bool(words) and words[0] in _ANSWERED_ONCE


async def run_announced(
    connection: MysqlConnection, records: Sequence[str], statement: Statement, question: Question | None, rules: LexerRules
) -> Announced:
    """Send the records, the statement, and the question for the next statement.

    Raises an error of the records, and returns an error of the statement.
    """
    change = read_change(statement.text, rules)
    if change is None or change.kind != "TABLE":
        # The server keeps the text of a routine, trigger or view up to the delimiter, so nothing may follow it.
        question = None
    message = [*records, statement.text, *([] if question is None else [question.sql])]
    answers, error = await connection.fetch_until_error(message)
    if len(answers) > len(records):
        # The statement took effect. A comment in it without an end may hide the question from the server.
        rows = answers[len(records) + 1 :]
        is_answered = question is not None and (bool(rows) or error is not None)
        return Announced(seen=question.read(rows[0] if rows else [], error) if question is not None and is_answered else None)
    if error is None:
        # The server ended the message at a KILL QUERY. No answer shows whether the statement ran, so its intent has to stay.
        connection.abort()
        raise ConnectionLost(f"the server answered {len(answers)} of {len(message)} statements of a message")
    if isinstance(error, ConnectionLost) or len(answers) < len(records):
        raise error
    if not isinstance(error, DatabaseBusy):
        error = error if question is None else await _alone(connection, statement, error)
        error.offset = await find_offset(error, statement.text, rules, connection.probe)
    return Announced(error)


async def _alone(connection: MysqlConnection, statement: Statement, error: DatabaseError) -> DatabaseError:
    """Return the error that the server has for the statement alone: a syntax error also quotes the question behind it."""
    if error.code != str(ER.PARSE_ERROR):
        return error
    told = await connection.probe(statement.text)
    if told.partition("'")[0] != error.message.partition("'")[0]:
        return error
    alone = DatabaseError(told, code=error.code)
    alone.__cause__ = error.__cause__
    return alone
