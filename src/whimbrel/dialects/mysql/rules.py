"""The rules by which MySQL and MariaDB treat each kind of statement.

Pure: no database, no disk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from whimbrel.dialects.rules import BY_CATALOG, DialectRules, quoted_name
from whimbrel.parsing.lexer_rules import MYSQL, MYSQL_PORTABLE

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["LOCKS", "MysqlRules", "lock_name", "quote"]

_WITH_CONDITION = r"(?i)\bif\s+(?:not\s+)?exists\b"
# SET GLOBAL x, and SET @@GLOBAL.x
_LASTING = frozenset(("GLOBAL", "PERSIST", "PERSIST_ONLY", "PASSWORD"))
# Objects, statements and files of the server, which no database owns.
_SHARED = frozenset(("USER", "ROLE", "TABLESPACE", "LOGFILE", "SERVER", "RESOURCE", "INSTANCE", "UNDO"))
_OF_SERVER = (
    *("USE", "GRANT", "REVOKE", "INSTALL", "UNINSTALL", "FLUSH", "RESET", "PURGE", "KILL", "SHUTDOWN", "RESTART", "CHANGE"),
    *("STOP", "CLONE", "BINLOG"),
)
_FILES = frozenset(("OUTFILE", "DUMPFILE"))
_DEFAULTS = ("CHARACTER", "CHARSET", "COLLATE", "DEFAULT", "COMMENT")
_OWN_DATABASE = [("ALTER", word) for word in _DEFAULTS]
LOCKS = (("LOCK", "TABLE"), ("LOCK", "TABLES"), ("UNLOCK", "TABLE"), ("UNLOCK", "TABLES"))


def quote(name: str) -> str:
    """Return a name in backticks, which are quotes in every mode: https://dev.mysql.com/doc/refman/9.7/en/identifiers.html."""
    return quoted_name(name, "`")


class MysqlRules(DialectRules):
    """The kinds of statements, recognized by their text."""

    names_reach_others = True

    def quote(self, name: str) -> str:
        return quote(name)

    def needs_autocommit(self, words: Sequence[str]) -> bool:
        outside = ("SQL_LOG_BIN", "GTID_NEXT", "GTID_PURGED")
        harmless = self.sets_session(words) and not any(name in words for name in outside)
        return not self.shares_transaction(words) and not harmless

    def shares_transaction(self, words: Sequence[str]) -> bool:
        # Any other statement may commit implicitly: https://dev.mysql.com/doc/refman/9.7/en/implicit-commit.html. CALL is
        # excluded, because a procedure may do anything, and LOAD, because the server may abort it half-way.
        return tuple(words[:1]) in (("INSERT",), ("UPDATE",), ("DELETE",), ("REPLACE",), ("WITH",), ("SELECT",), ("DO",))

    def sets_session(self, words: Sequence[str]) -> bool:
        if _holds_another(words):
            return False
        return words[:1] == ("USE",) or (words[:1] == ("SET",) and not any(word in _LASTING for word in words[1:5]))

    def controls_transaction(self, words: Sequence[str]) -> bool:
        # A user's variable may have this name: @autocommit is not @@autocommit.
        named = [index for index, word in enumerate(words) if word == "AUTOCOMMIT" and words[:1] == ("SET",)]
        if words[:1] == ("XA",) or any(words[index - 1] != "@" or words[index - 2] == "@" for index in named):
            return True
        return super().controls_transaction(words)

    def switches_autocommit(self, statement: Statement) -> bool | None:
        from whimbrel.parsing.cursor import TokenCursor, leading_words  # few files need it

        words = leading_words(statement.text, MYSQL)
        if "AUTOCOMMIT" not in words or not self.controls_transaction(words):
            return None
        head = TokenCursor(statement.text, MYSQL)
        values = []
        while head.skip_to("AUTOCOMMIT"):
            head.take(":")
            if head.take("=") and (value := head.token()) is not None:
                values.append(value.text.upper())
        # A variable restores the value that it had before, which is on in each session of a run.
        return not any(value in ("0", "OFF", "FALSE") for value in values)

    def changed_form(self, words: Sequence[str], statement: Statement, database: str) -> str:
        from whimbrel.dialects.mysql.emulation import runs_as_it_is  # which needs this module

        if tuple(words[:2]) in LOCKS:
            return "left out: the run holds the migration lock, and this lock would keep it from its own tables"
        return "" if runs_as_it_is(database, statement) else BY_CATALOG

    def find_fault(self, words: Sequence[str], statement: Statement, database: str) -> str:
        if words[:2] == ("ALTER", "TABLE") and database == "mysql" and (form := _find_foreign_condition(statement)):
            return f"MySQL has no {form}; CREATE INDEX, DROP INDEX, ADD COLUMN and DROP COLUMN may have the condition here"
        # Whimbrel's records come between this statement and the transaction that it is meant for:
        # https://dev.mysql.com/doc/refman/9.7/en/set-transaction.html
        named = words[:4] in (("SET", "@", "@", "TRANSACTION_ISOLATION"), ("SET", "@", "@", "TX_ISOLATION"))
        if named or words[:2] == ("SET", "TRANSACTION"):
            return "it affects only the next transaction, which would be one of Whimbrel's; write SET SESSION TRANSACTION ..."
        if words[:2] == ("START", "TRANSACTION") and "ONLY" in words:
            return "no record can be written in a transaction that is READ ONLY; remove these words"
        return ""

    def reaches_beyond(self, words: Sequence[str]) -> bool:
        if tuple(words[:2]) == ("SET", "STATEMENT") and "FOR" in words:
            return self.reaches_beyond(words[words.index("FOR") + 1 :])
        if tuple(words[1:3]) == ("OR", "REPLACE"):
            words = (words[0], *words[3:])
        first, second, third = (*words, "", "", "")[:3]
        if first in ("CREATE", "ALTER", "DROP", "RENAME"):
            # ALTER DATABASE without a name is about the current one.
            return second in _SHARED or (second in ("DATABASE", "SCHEMA") and (first, third) not in _OWN_DATABASE)
        if first == "SET":
            return not _LASTING.isdisjoint(words)
        return first in _OF_SERVER or (first == "CALL" and third == ".") or not _FILES.isdisjoint(words)

    def is_repeatable(self, words: Sequence[str]) -> bool:
        first, second = (*words, "", "")[:2]
        if _holds_another(words):
            return False
        # A temporary table disappears with its session.
        if second == "TEMPORARY" or first in ("ANALYZE", "OPTIMIZE", "CHECK", "REPAIR", "FLUSH", "GRANT", "SET", "SHOW", "USE"):
            return True
        return tuple(words[:2]) in LOCKS

    def can_batch(self, words: Sequence[str], statement: Statement) -> bool:
        # A text with another delimiter may hold several statements, including DDL, and cannot be sent twice. Nor can a statement
        # that changes a variable or the last insert id: variables keep their new value when the rows are rolled back.
        suspicious = ";" in statement.text or "@" in statement.text or "LAST_INSERT_ID" in statement.text.upper()
        if suspicious:
            from whimbrel.parsing.lexer import tokens  # few statements need it

            if any(token.text.upper() in (";", "@", "LAST_INSERT_ID") for token in tokens(statement.text, MYSQL_PORTABLE)):
                return False
        return super().can_batch(words, statement)

    def is_one_each(self, texts: Sequence[str]) -> bool:
        # A statement without an end would contain the record and COMMIT too.
        return not any(";" in text for text in texts)

    def may_stop_halfway(self, words: Sequence[str]) -> bool:
        return words[:1] in (("CALL",), ("LOAD",)) or tuple(words[:3]) == ("BEGIN", "NOT", "ATOMIC")


def _holds_another(words: Sequence[str]) -> bool:
    """Whether it is a statement of MariaDB that runs another one: SET STATEMENT ... FOR UPDATE ..., ANALYZE UPDATE ...

    https://mariadb.com/kb/en/set-statement/ and https://mariadb.com/kb/en/analyze-statement/
    """
    tables = ("TABLE", "TABLES", "LOCAL", "NO_WRITE_TO_BINLOG")
    return tuple(words[:2]) == ("SET", "STATEMENT") or (words[:1] == ("ANALYZE",) and not set(words[1:2]) & set(tables))


def _find_foreign_condition(statement: Statement) -> str:
    if not re.search(_WITH_CONDITION, statement.text):
        return ""
    from whimbrel.parsing.alter_list import find_foreign_condition  # few statements need it

    return find_foreign_condition(statement.text, MYSQL_PORTABLE)


def lock_name(schema: str) -> str:
    """Return the name of the migration lock of a schema."""
    # Locks belong to the server, not to a database, and a lock's name has at most 64 characters.
    return f"whimbrel:{hashlib.sha256(schema.encode()).hexdigest()[:40]}"
