"""Which tables of MySQL and MariaDB know no transactions: asked of all, then of the ones that DDL names.

To ask for all of them takes as long as there are many: 3 ms with 300 tables, which a run would spend on every other file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.dialects.base import Connection
from whimbrel.dialects.mysql.ddl import read_change
from whimbrel.parsing.lexer import tokens, unquoted
from whimbrel.parsing.lexer_rules import MYSQL_PORTABLE, LexerRules

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["Engines", "find_unprotected"]

# https://dev.mysql.com/doc/refman/9.7/en/information-schema-engines-table.html
_UNPROTECTED = """
    SELECT t.table_name AS name FROM information_schema.tables t JOIN information_schema.engines e ON e.engine = t.engine
    WHERE t.table_schema IN (:schema, DATABASE()) AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
      AND coalesce(e.transactions, 'NO') <> 'YES'
"""
_ENGINE = "SELECT engine AS engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = :name"
# Where a statement has one of these, perhaps in a comment or string, it may change more than the table behind its verb:
# https://dev.mysql.com/doc/refman/9.7/en/alter-table.html and https://mariadb.com/kb/en/alter-table/
_FURTHER = (";", "/*", "RENAME", "CONVERT")
# To ask for as many one by one is still quicker than for all.
_MOST_CHANGED = 4


class Engines:
    """What one connection knows of the tables of one schema."""

    def __init__(self) -> None:
        self._schema = ""
        self._unprotected = frozenset[str]()
        self._changed = set[str]()

    def expect(self, statement: Statement) -> None:
        """Take note of a statement that is about to be sent, and is more than a change of rows."""
        if name := _only_table(statement.text):
            self._changed.add(name)
        else:
            self._schema = ""

    async def unprotected(self, connection: Connection, schema: str) -> frozenset[str]:
        """Return the tables that know no transactions, MyISAM's say, in small letters: of this database, and of a USE's."""
        if not await self._is_known(connection, schema):
            rows = await connection.fetch_all(_UNPROTECTED, {"schema": schema})
            self._schema, self._unprotected = schema, frozenset(str(row["name"]).lower() for row in rows)
        self._changed.clear()
        return self._unprotected

    async def _is_known(self, connection: Connection, schema: str) -> bool:
        if self._schema != schema or len(self._changed) > _MOST_CHANGED:
            return False
        if not self._changed:
            return True
        # Where there was none, and what DDL has named since is InnoDB's, there is none.
        return not self._unprotected and all([await _is_innodb(connection, name) for name in self._changed])


def find_unprotected(statement: Statement, rules: LexerRules, names: frozenset[str]) -> str:
    """Return the first of these tables that the statement names; empty if it names none."""
    if not names:
        return ""
    found = (unquoted(token) for token in tokens(statement.text, rules) if token.kind in ("word", "name"))
    return next((name for name in found if name.lower() in names), "")


def _only_table(text: str) -> str:
    """Return the one table whose engine a statement may set; empty if it may be another one's, or several tables'."""
    capitals = text.upper()
    if any(further in capitals for further in _FURTHER):
        return ""
    change = read_change(text, MYSQL_PORTABLE)
    if change is None or change.kind != "TABLE" or change.effect not in ("create", "change") or len(change.names) != 1:
        return ""
    schema, name = change.names[0]
    return "" if schema else name


async def _is_innodb(connection: Connection, name: str) -> bool:
    """Whether the catalog has such a table, and InnoDB keeps it."""
    rows = await connection.fetch_all(_ENGINE, {"name": name})
    return bool(rows) and all(row["engine"] == "InnoDB" for row in rows)
