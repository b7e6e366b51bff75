"""Find the tables of MySQL and MariaDB without transactions: first among all tables, later among those that DDL names.

A query for all of them takes longer the more there are: 3 ms for 300 tables, which a run would spend on every second file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from whimbrel.dialects.base import Connection, Row
from whimbrel.parsing.lexer_rules import MYSQL_PORTABLE, LexerRules

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["Engines", "find_unprotected"]

# https://dev.mysql.com/doc/refman/9.7/en/information-schema-engines-table.html
_UNPROTECTED = """
    SELECT t.table_name AS name FROM information_schema.tables t JOIN information_schema.engines e ON e.engine = t.engine
    WHERE t.table_schema IN ({schema}, DATABASE()) AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
      AND coalesce(e.transactions, 'NO') <> 'YES'
"""
# One SELECT for each name, because MariaDB looks up a table only by a constant name.
_INNODB = (
    "SELECT table_name AS name FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_name = {name} AND engine = 'InnoDB'"
)
# A statement that contains one of these, even in a comment or string, may change more than the table after its verb:
# https://dev.mysql.com/doc/refman/9.7/en/alter-table.html and https://mariadb.com/kb/en/alter-table/
_FURTHER = (";", "/*", "RENAME", "CONVERT")
# Up to this number, to ask for the tables by name is quicker than to ask for all.
_MOST_CHANGED = 4


class Engines:
    """The engines of one schema's tables, as far as one connection knows them."""

    def __init__(self) -> None:
        self._schema = ""
        self._unprotected = frozenset[str]()
        self._changed = set[str]()

    def expect(self, statement: Statement) -> None:
        """Remember a statement that is about to be sent and may do more than change rows."""
        if name := _only_table(statement.text):
            self._changed.add(name)
        else:
            self._schema = ""

    async def unprotected(self, connection: Connection, schema: str) -> frozenset[str]:
        """Return, in lower case, the tables without transactions (MyISAM, say) in this database, or in that of a USE."""
        while question := self.question(connection, schema):
            self.learn(schema, await connection.fetch_all(question))
        return self._unprotected

    def question(self, connection: Connection, schema: str) -> str:
        """Return the query whose answer `learn` needs; empty if all is known."""
        literal = connection.dialect.literal
        if self._asks_all(schema):
            return _UNPROTECTED.format(schema=literal(schema))
        return " UNION ALL ".join(_INNODB.format(name=literal(name)) for name in sorted(self._changed))

    def learn(self, schema: str, rows: Sequence[Row]) -> None:
        """Note the answer to `question`. If it is not enough, the next question is about all tables."""
        if self._asks_all(schema):
            self._schema, self._unprotected = schema, frozenset(str(row["name"]).lower() for row in rows)
        elif len(rows) < len(self._changed):
            self._schema = ""
            return
        self._changed.clear()

    def _asks_all(self, schema: str) -> bool:
        # If there were no such tables, and InnoDB keeps all tables that DDL has named since, there are still none.
        few = len(self._changed) <= _MOST_CHANGED and not (self._changed and self._unprotected)
        return self._schema != schema or not few


def find_unprotected(statement: Statement, rules: LexerRules, names: frozenset[str]) -> str:
    """Return the first of these tables that the statement names; empty if it names none."""
    if not names:
        return ""
    from whimbrel.parsing.lexer import tokens, unquoted  # few databases have such tables

    found = (unquoted(token) for token in tokens(statement.text, rules) if token.kind in ("word", "name"))
    return next((name for name in found if name.lower() in names), "")


def _only_table(text: str) -> str:
    """Return the only table whose engine a statement may set; empty if it may concern another table, or several."""
    capitals = text.upper()
    if any(further in capitals for further in _FURTHER):
        return ""
    from whimbrel.dialects.mysql.ddl import read_change  # a start with nothing to do has no statements

    change = read_change(text, MYSQL_PORTABLE)
    if change is None or change.kind != "TABLE" or change.effect not in ("create", "change") or len(change.names) != 1:
        return ""
    schema, name = change.names[0]
    return "" if schema else name
